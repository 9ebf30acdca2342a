"""The way from a paper to the page where its signer signs: another host's, which gets a ticket for it.

Only addresses that the federation root names for this member's passkeys are led to.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from coordinator.api.parts import JobName, StatementName
from coordinator.decisions.export_votes import Verdict
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.export_pages import draw_export
from coordinator.pages.signing_hosts import signing_hosts
from onggi.errors import OnggiError, Refused
from onggi.protocol.quorum import Role as SigningRole
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_LONGEST_REASON: Final = 300
_VERDICTS: Final[dict[str, Verdict]] = {"approve": "approve", "refuse": "refuse"}


@router.post("/{language}/statements/{statement}/ticket", name="page_statement_ticket")
def statement_ticket(statement: StatementName, visit: Visiting) -> HTMLResponse:
    origin = _host(visit, "committee")
    secret = visit.services.signing_tickets.for_statement(statement, by=visit.person)
    return _way(visit, origin, secret, back=visit.address("statements", statement))


@router.post("/{language}/exports/{job}/ticket", name="page_export_ticket")
def export_ticket(job: JobName, visit: Visiting) -> HTMLResponse:
    """A vote is drawn up as it was entered; it counts only once it is signed."""
    origin, entries = _host(visit, "output_checker"), visit.entries
    problems = Problems(visit.language)
    verdict, reason = _VERDICTS.get(entries.text("verdict")), entries.text("reason")
    if verdict is None:
        problems.add("verdict", Refused("page.choice_missing"))
    if len(reason) > _LONGEST_REASON or "\n" in reason or (verdict == "refuse" and not reason):
        problems.add("reason", Refused("page.one_line", longest=_LONGEST_REASON))
    if not problems and verdict is not None:
        try:
            tickets = visit.services.signing_tickets
            secret = tickets.for_ballot(job, verdict, reason=reason or None, by=visit.person)
        except OnggiError as refused:
            problems.add("", refused)
        else:
            return _way(visit, origin, secret, back=visit.address("exports", job))
    return draw_export(visit, job, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _host(visit: Visit, role: SigningRole) -> str:
    """The address that was chosen. Raises Refused where the root does not name it for this person."""
    chosen = visit.entries.text("origin")
    if chosen not in signing_hosts(visit, role):
        raise Refused("signing.no_passkey_here", origin=chosen[:100], role=role)
    return chosen


def _way(visit: Visit, origin: str, secret: str, *, back: str) -> HTMLResponse:
    address = f"{origin}/{visit.language}/sign?{urlencode({'ticket': secret})}"
    return visit.answer("coordinator/to_sign.html", origin=origin, address=address, back=back)
