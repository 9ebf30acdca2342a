"""Where a committee member signs with a passkey: on this hospital's page, which the coordinator did not make.

Nobody signs in to the console for it: the ticket says which paper and for whom, and the passkey says who.
What is signed is read by this node's own root, and handed in only after it was verified here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.release_pages import as_file
from node.state.memory import load_roots
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import PublicKey
from onggi.protocol.papers import Paper, read_whole_paper
from onggi.protocol.passkey import PasskeyScope
from onggi.protocol.passkey_registration import draft_registration
from onggi.protocol.passkey_signing import bytes_of, request_for, sign_with_passkey
from onggi.protocol.rendering import render_statement
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import PasskeyRegistration
from onggi.protocol.trust_root import TrustRoot
from onggi.signing_page.local_host import browser_answer
from onggi.signing_page.registering import prove_possession, request_of
from pages.entries import Entries
from pages.gate import page_router
from pages.problems import Problems
from pages.strangers import answer_anybody

router = page_router()
_LONGEST: Final = 200
Ticket = Annotated[str, Query(max_length=_LONGEST)]


@router.get("/{language}/sign", name="console_sign_paper")
def sign_page(visit: Visiting, ticket: Ticket = "") -> HTMLResponse:
    """The paper in full, and one button."""
    paper, root = _fetch(visit, ticket)
    return _drawn(visit, paper, root=root, ticket=ticket)


@router.post("/{language}/sign", name="console_sign_paper_send")
def sign_send(visit: Visiting) -> HTMLResponse:
    """Fetches the same paper again, verifies the passkey's answer over it, and hands it in."""
    ticket, services = visit.entries.text("ticket"), visit.services
    paper, root = _fetch(visit, ticket)
    problems = Problems(visit.language)
    with problems.at(""):
        origin = services.papers_to_sign.page.origin
        answer = browser_answer(_form(visit.entries))
        signed = sign_with_passkey(paper, answer, origin=origin, root=root, now=services.clock())
        services.papers_to_sign.hand_in(ticket, signed)
        return visit.answer("console/signed.html")
    return _drawn(visit, paper, root=root, ticket=ticket, problems=problems)


@router.get("/{language}/sign/register", name="console_passkey_new")
def register_page(visit: Visiting) -> HTMLResponse:
    """Makes a passkey that signs on this page alone."""
    page = visit.services.papers_to_sign.page
    return answer_anybody(
        visit, "console/passkey_new.html", new_secret=visit.services.new_secret(), rp_id=page.rp_id, member=""
    )


@router.post("/{language}/sign/register", name="console_passkey_prove")
def prove_page(visit: Visiting) -> HTMLResponse:
    """The registration before the passkey that was just made: it signs that first."""
    page, problems = visit.services.papers_to_sign.page, Problems(visit.language)
    member = visit.entries.text("member")
    with problems.at("member"):
        scope = PasskeyScope(origin=page.origin, rp_id=page.rp_id)
        key = PublicKey(bytes_of(visit.entries.text("public_key")))
        paper = draft_registration(member, key, scope=scope, root=_root(visit), now=visit.services.clock())
        return _prove(visit, paper, problems=problems)
    return answer_anybody(
        visit,
        "console/passkey_new.html",
        new_secret=visit.services.new_secret(),
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY,
        rp_id=page.rp_id,
        member=member[:_LONGEST],
        problems=problems,
    )


@router.post("/{language}/sign/registered", name="console_passkey_done")
def registered(visit: Visiting) -> Response:
    """The registration as a file, for the member who vouches."""
    envelope = Envelope.from_json(visit.entries.text("paper").encode())
    root, problems = _root(visit), Problems(visit.language)
    statement = read_statement(envelope, PasskeyRegistration, federation=root.federation)
    paper = Paper(predicate=statement, rendering=render_statement(statement), envelope=envelope)
    with problems.at(""):
        signed = prove_possession(paper, _form(visit.entries))
        return as_file(signed.to_json(), f"passkey-{statement.member}.json")
    return _prove(visit, paper, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _fetch(visit: Visit, ticket: str) -> tuple[Paper, TrustRoot]:
    fetched, root = visit.services.papers_to_sign.fetch(ticket), _root(visit)
    return read_whole_paper(fetched.envelope, root=root, named=fetched.named), root


def _root(visit: Visit) -> TrustRoot:
    services = visit.services
    with services.reading() as session:
        roots = load_roots(session, fingerprint=services.settings.root_fingerprint)
    return roots.get_current(now=services.clock())


def _form(entries: Entries) -> dict[str, str]:
    names = ("authenticator_data", "client_data_json", "signature")
    if not all(entries.text(name) for name in names):
        raise Refused("page.not_a_form")
    return {name: entries.text(name) for name in names}


def _drawn(
    visit: Visit, paper: Paper, *, root: TrustRoot, ticket: str, problems: Problems | None = None
) -> HTMLResponse:
    status = HTTPStatus.OK if problems is None else HTTPStatus.UNPROCESSABLE_ENTITY
    request = request_for(paper, origin=visit.services.papers_to_sign.page.origin, root=root)
    return answer_anybody(
        visit,
        "console/sign_paper.html",
        new_secret=visit.services.new_secret(),
        answer_status=status,
        paper=paper,
        asked=request,
        ticket=ticket,
        problems=problems or Problems(visit.language),
    )


def _prove(visit: Visit, paper: Paper, *, problems: Problems, status: int = HTTPStatus.OK) -> HTMLResponse:
    return answer_anybody(
        visit,
        "console/passkey_prove.html",
        new_secret=visit.services.new_secret(),
        answer_status=status,
        paper=paper,
        paper_text=paper.envelope.to_json().decode(),
        asked=request_of(paper, visit.entries.text("credential")),
        problems=problems,
    )
