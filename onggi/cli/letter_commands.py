"""Verifying a hospital's weekly letter: by anybody who has the federation's root, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.root_commands import Fingerprint, read_chain
from onggi.cli.session import session_of
from onggi.client.private_files import read_file
from onggi.protocol.dsse import LARGEST_ENVELOPE, Envelope
from onggi.protocol.rendering import render_statement
from onggi.protocol.weekly_letters import check_continues, check_letter

app = new_group("A hospital's weekly letter about what left it: verify.")
LetterFile = Annotated[Path, typer.Argument(metavar="FILE", help="The letter as its hospital gave it.")]


# A callback keeps `verify` a command of its own: typer would fold a lone command into its group.
@app.callback()
def _group() -> None:
    """A hospital's weekly letter."""


@app.command()
def verify(
    context: typer.Context,
    file: LetterFile,
    root: Annotated[
        list[Path] | None, typer.Option("--root", help="The federation root, or its chain; repeat it.")
    ] = None,
    fingerprint: Fingerprint = None,
    after: Annotated[
        Path | None, typer.Option("--after", help="An earlier letter: its registers must go on in this one.")
    ] = None,
) -> None:
    """Check who signed the letter and that nothing in it was altered, then show it."""
    session = session_of(context)
    if root:
        roots = read_chain(root, fingerprint=fingerprint or session.home.pinned.load().fingerprint)
    else:
        roots = session.home.pinned.load()
    roots.get_current(now=session.clock())
    letter = check_letter(_read(file), roots=roots)
    if after is not None:
        check_continues(check_letter(_read(after), roots=roots), letter)
    told = session.tell("기관의 서명과 내용이 맞습니다.", "Signed by the hospital and unaltered.")
    value = {"verified": True, "continues": after is not None, "letter": letter.model_dump(mode="json")}
    session.say(f"{told}\n\n{render_statement(letter)}", value)


def _read(path: Path) -> Envelope:
    return Envelope.from_json(read_file(path, limit=LARGEST_ENVELOPE))
