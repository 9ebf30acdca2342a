"""The hospital's policy: in sentences, as a form, tried on the past, then saved. The second saver is told."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from starlette.responses import Response

from node.console.access import Visit, Visiting
from node.console.history import history_of
from node.console.shown_policy import (
    RESULTS,
    PolicyForm,
    form_of,
    known_projects,
    read_form,
    sentences,
    typed_form,
)
from node.console.shown_rules import rule_fields, rule_rows
from node.decisions.policy_changes import USUAL
from node.decisions.preview_policy import preview_policy
from node.decisions.site_policy import SitePolicy
from node.registers.past_jobs import DAYS, list_past_jobs
from node.registers.policies import InForce, check_floor, find_floors, find_in_force, record_policy
from node.settings import read_settings
from node.state.tables import PolicyVersion
from onggi.errors import Refused
from onggi.protocol.trust_root import Floors
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_LATEST = 20


@router.get("/{language}/policy", name="console_policy")
def policy(visit: Visiting) -> HTMLResponse:
    """The policy in force, in sentences, and how it came about."""
    services = visit.services
    with services.reading() as session:
        found = find_in_force(session, services.objects, services.settings)
        floors = find_floors(session, services.settings)
        latest = select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(_LATEST)
        versions = list(session.scalars(latest))
        history = history_of(visit, session, "policy")
    return visit.answer(
        "console/policy.html",
        found=found,
        rows=sentences(visit, found.policy),
        floor=floors.minimum_persons,
        rules=rule_rows(visit, found.policy.rules, floors.rules),
        versions=versions,
        history=history,
        may_decide=visit.may_decide,
    )


@router.get("/{language}/policy/edit", name="console_policy_edit")
def edit(visit: Visiting) -> HTMLResponse:
    found, form, floors = _stand(visit)
    return _form_page(visit, form, seen=found.digest, floors=floors)


def _stand(visit: Visit) -> tuple[InForce, PolicyForm, Floors]:
    """The policy in force, its form, and the federation's floors."""
    services = visit.services
    with services.reading() as session:
        found = find_in_force(session, services.objects, services.settings)
        form = form_of(found.policy, projects=known_projects(session))
        return found, form, find_floors(session, services.settings)


def _form_page(
    visit: Visit,
    form: PolicyForm,
    *,
    seen: str,
    floors: Floors,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    return visit.answer(
        "console/policy_edit.html",
        answer_status=status,
        form=form,
        seen=seen,
        floor=floors.minimum_persons,
        rules=rule_fields(visit, dict(form.rules), floors.rules),
        usual=USUAL,
        results=RESULTS,
        problems=problems or Problems(visit.language),
    )


@router.get("/{language}/policy/check", name="console_policy_check_again")
def check_again(visit: Visiting) -> Response:
    """What was typed has no address of its own."""
    return RedirectResponse(visit.address("policy", "edit"), HTTPStatus.SEE_OTHER)


@router.post("/{language}/policy/check", name="console_policy_check")
def check(visit: Visiting) -> HTMLResponse:
    """The new policy beside the old one, and what it would have done lately. Changes nothing."""
    found, shown, floors = _stand(visit)
    form, problems = typed_form(visit.entries, shown), Problems(visit.language)
    seen = visit.entries.text("seen") or found.digest
    new = read_form(form, found.policy, problems)
    if new is not None:
        with problems.at("minimum_persons"):
            check_floor(new, floors=floors)
    if new is None or problems:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(visit, form, seen=seen, floors=floors, problems=problems, status=status)
    if visit.entries.is_ticked("again"):
        return _form_page(visit, form, seen=seen, floors=floors)
    return _check_page(visit, form, new, found=found, seen=seen)


def _check_page(
    visit: Visit,
    form: PolicyForm,
    new: SitePolicy,
    *,
    found: InForce,
    seen: str,
    problems: Problems | None = None,
    status: int = HTTPStatus.OK,
) -> HTMLResponse:
    with visit.services.reading() as session:
        jobs = list_past_jobs(session, now=visit.services.clock())
    before, after = dict(sentences(visit, found.policy)), dict(sentences(visit, new))
    return visit.answer(
        "console/policy_check.html",
        answer_status=status,
        fields=form.fields(),
        seen=seen,
        changes=[
            (label, before.get(label), after.get(label))
            for label in dict.fromkeys([*before, *after])
            if before.get(label) != after.get(label)
        ],
        preview=preview_policy(new, jobs, now=found.policy),
        days=DAYS,
        problems=problems or Problems(visit.language),
    )


@router.post("/{language}/policy/save", name="console_policy_save")
def save(visit: Visiting) -> Response:
    services = visit.services
    found, shown, floors = _stand(visit)
    form, problems = typed_form(visit.entries, shown), Problems(visit.language)
    seen = visit.entries.text("seen")
    new = read_form(form, found.policy, problems)
    if new is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(visit, form, seen=seen, floors=floors, problems=problems, status=status)
    try:
        with services.deciding() as (session, _):
            record_policy(
                session,
                services.objects,
                read_settings(services.settings.home),
                new,
                seen=seen,
                now=services.clock(),
                by=visit.person.account,
            )
    except Refused as error:
        if error.code not in ("policy.changed_meanwhile", "policy.below_floor"):
            raise
        problems.add("", error)
        # Compared with the policy of now: saved from this page, it is no blind change any more.
        status = HTTPStatus.CONFLICT
        now, _, _ = _stand(visit)
        return _check_page(visit, form, new, found=now, seen=now.digest, problems=problems, status=status)
    return RedirectResponse(visit.address("policy"), HTTPStatus.SEE_OTHER)
