"""Signs with a passkey, on a page that this computer serves."""

from __future__ import annotations

from pydantic import JsonValue

from onggi.cli.session import Session
from onggi.client.connection import Client
from onggi.protocol.dsse import Envelope
from onggi.protocol.papers import Paper, read_whole_paper
from onggi.signing_page.local_host import sign_on_this_computer


def signed_in_browser(
    session: Session, client: Client, paper: Paper, named: JsonValue | None, *, port: int
) -> Envelope:
    """The paper with the passkey's signature; what it names by digest is shown beside it."""
    root = client.review.pinned.get_current(now=session.clock())
    return sign_on_this_computer(
        read_whole_paper(paper.unsigned, root=root, named=named) if named is not None else paper,
        root=root,
        language=session.language,
        clock=session.clock,
        show=lambda address: show_address(session, address),
        port=port,
    )


def show_address(session: Session, address: str) -> None:
    told = session.tell("이 컴퓨터의 브라우저에서 여십시오", "Open this in a browser on this computer")
    session.say_aside(f"{told}: {address}")
