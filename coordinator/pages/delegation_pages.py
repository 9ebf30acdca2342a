"""Delegations of expedited review: who may decide without a meeting, and until when."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.parts import DelegationName
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.field_names import FormProblems
from coordinator.pages.terms_form import read_until
from coordinator.roles import Role
from onggi.errors import OnggiError
from pages.gate import page_router
from pages.problems import Problems

router = page_router()


@router.get("/{language}/delegations", name="page_delegations")
def delegations_page(visit: Visiting) -> HTMLResponse:
    return _drawn(visit, form={"receiver": "", "until": ""}, problems=Problems(visit.language))


@router.post("/{language}/delegations", name="page_delegation_give")
def give(visit: Visiting) -> Response:
    form = {name: visit.entries.text(name) for name in ("receiver", "until")}
    problems = FormProblems(visit.language)
    try:
        until = read_until(form["until"])
        visit.services.delegations.give(form["receiver"], until=until, by=visit.person)
    except OnggiError as wrong:
        problems.add("receiver" if wrong.code == "delegation.not_a_member" else "until", wrong)
        return _drawn(visit, form=form, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse(visit.address("delegations"), HTTPStatus.SEE_OTHER)


@router.post("/{language}/delegations/{delegation}/end", name="page_delegation_end")
def end(delegation: DelegationName, visit: Visiting) -> Response:
    visit.services.delegations.end(delegation, by=visit.person)
    return RedirectResponse(visit.address("delegations"), HTTPStatus.SEE_OTHER)


def _drawn(
    visit: Visit, *, form: dict[str, str], problems: Problems, status: int = HTTPStatus.OK
) -> HTMLResponse:
    own, now = visit.person.member, visit.services.clock()
    members = [one.id for one in visit.services.roots.get_current().members if one.role == "committee"]
    found = visit.services.delegations.delegations()
    return visit.answer(
        "coordinator/delegations.html",
        answer_status=status,
        delegations=[(one, one.ended is None and one.begins <= now < one.until) for one in found],
        members=[(each, each, "") for each in members if each != own],
        own=own,
        may_give=Role.COMMITTEE in visit.person.roles,
        form=form,
        problems=problems,
    )
