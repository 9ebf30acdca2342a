"""From an approved application to the act that is signed: the committee sets its terms and drafts it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import JsonValue
from starlette.responses import Response

from coordinator.api.parts import ApplicationName
from coordinator.committee.application_content import (
    Amendment,
    Closing,
    Extension,
    Feasibility,
    JobReview,
    NewPermit,
    PermitTerms,
    act_of,
    terms_fields,
)
from coordinator.committee.application_store import Application
from coordinator.committee.drafts import ActName
from coordinator.committee.review_store import newest
from coordinator.database.idempotency import Once
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.field_names import FormProblems
from coordinator.pages.terms_form import entered, entered_terms, offered, read_terms, shown_terms
from coordinator.pages.terms_words import offers, terms_in
from coordinator.states import ApplicationState
from onggi.errors import Refused
from onggi.spec.base import as_instant
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_REVOCATION_LIFE: Final = timedelta(days=3650)


@router.get("/{language}/applications/{application}/grant", name="page_application_grant_ask")
def grant_page(application: ApplicationName, visit: Visiting) -> HTMLResponse:
    """The terms as they were asked for; the committee may grant less."""
    found = _approved(visit, application)
    terms = _terms(visit, found)
    now = visit.services.clock()
    sets = [] if terms is None else offered(visit, found.project, terms.datasets)
    return _drawn(visit, found, form=shown_terms(terms, now=now), sets=sets, has_terms=terms is not None)


@router.post("/{language}/applications/{application}/grant", name="page_application_grant")
def grant(application: ApplicationName, visit: Visiting) -> Response:
    """Drafts the act. It says what it says only once the quorum signed its text."""
    found, services = _approved(visit, application), visit.services
    asked, problems = _terms(visit, found), FormProblems(visit.language)
    sets = [] if asked is None else entered(visit.entries, offered(visit, found.project, asked.datasets))
    terms = None if asked is None else read_terms(visit.entries, sets, problems)
    if not visit.entries.text("add") and (asked is None or terms is not None):
        with problems.at(""):
            services.applications.check_may_grant(application, by=visit.person)
            act, fields = _act(visit, found, terms)
            # Sent twice, or again after a crash in between, it is the same draft.
            once = Once(
                account=visit.person.account, key=f"grant-{application}", request=["grant", application]
            )
            drafted = services.statements.draft(act, fields, by=visit.person, once=once)
            services.applications.remember_statement(application, drafted.id, by=visit.person)
            return RedirectResponse(visit.address("statements", drafted.id), HTTPStatus.SEE_OTHER)
    form, wrong = entered_terms(visit.entries), HTTPStatus.UNPROCESSABLE_ENTITY
    return _drawn(
        visit, found, form=form, sets=sets, has_terms=asked is not None, problems=problems, status=wrong
    )


def _approved(visit: Visit, application: str) -> Application:
    found = visit.services.applications.get(application, caller=visit.person)
    if found.state is not ApplicationState.APPROVED:
        raise Refused("application.not_approved")
    if found.statement is not None:
        raise Refused("application.already_drafted")
    return found


def _terms(visit: Visit, found: Application) -> PermitTerms | None:
    match found.content:
        case NewPermit(terms=terms) | Amendment(terms=terms):
            return terms
        case Extension(permit=permit, expires=expires):
            current = terms_in(visit.services.permits.get(permit).permit)
            return current.model_copy(update={"expires": expires})
    return None


def _act(visit: Visit, found: Application, terms: PermitTerms | None) -> tuple[ActName, dict[str, JsonValue]]:
    content = found.content
    if isinstance(content, Closing | Feasibility | JobReview):
        act, fields = act_of(content, project=found.project)
        if isinstance(content, Closing):
            fields["expires"] = as_instant(visit.services.clock() + _REVOCATION_LIFE)
        return act, fields
    assert terms is not None, "what is no permit has its act by now"
    replaces = content.permit if isinstance(content, Amendment | Extension) else None
    counts = newest(visit.services.reviews.of_project(found.project))
    granted = []
    for one in terms.datasets:
        kept = counts.get((one.site, one.dataset))
        if kept is None or kept.review.conclusion != "adequate":
            raise Refused("permit.no_review", site=one.site, dataset=one.dataset)
        granted.append(one.model_copy(update={"review": kept.digest}))
    whole = terms.model_copy(update={"datasets": tuple(granted)})
    return "project-permit", terms_fields(whole, project=found.project, replaces=replaces)


def _drawn(
    visit: Visit,
    found: Application,
    *,
    form: dict[str, Any],
    sets: list[Any],
    has_terms: bool,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    return visit.answer(
        "coordinator/application_grant.html",
        answer_status=status,
        application=found,
        form=form,
        sets=sets,
        has_terms=has_terms,
        offers=offers(visit, visit.services.projects.get(found.project).people),
        problems=Problems(visit.language) if problems is None else problems,
    )
