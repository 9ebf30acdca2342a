"""Requests for accounts: asking, vouching for a colleague, and opening by an operator who is neither."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.accounts.request_store import AccountRequestView, WantedAccount
from coordinator.api.parts import RequestName
from coordinator.pages.access import Visit, Visiting
from coordinator.pages.history import OF_REQUEST, history_of
from coordinator.pages.organisation_pages import AfterName
from coordinator.pages.status_words import REQUEST_WORDS
from coordinator.pages.typed import TypedForm
from coordinator.permissions import PERMISSIONS, reaches_all
from coordinator.roles import Role
from coordinator.states import AccountRequestState
from onggi.errors import OnggiError
from onggi.words import public_words
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_A_PAGE: Final = 50
_OPEN: Final = (AccountRequestState.REQUESTED, AccountRequestState.VOUCHED)
Act = Literal["open", "refuse", "withdraw"]


@router.get("/{language}/account-requests", name="page_account_requests_list")
def requests_page(visit: Visiting, after: AfterName = "") -> HTMLResponse:
    """Newest first; of the viewer's organisation where the viewer reaches no further."""
    organisation = None if reaches_all("account_request_get", visit.person) else visit.person.organisation
    found = visit.services.account_requests.requests(
        organisation=organisation, after=after, limit=_A_PAGE + 1
    )
    shown = found[:_A_PAGE]
    return visit.answer(
        "coordinator/account_requests.html",
        requests=shown,
        words=REQUEST_WORDS,
        may_ask=_may(visit, "account_request_create"),
        further=visit.address("account-requests", after=shown[-1].id) if len(found) > _A_PAGE else None,
    )


@router.get("/{language}/account-requests/new", name="page_account_request_create_ask")
def request_ask(visit: Visiting) -> HTMLResponse:
    return _draw_new(visit, Problems(visit.language))


@router.post("/{language}/account-requests", name="page_account_request_create")
def request_create(visit: Visiting) -> Response:
    problems = Problems(visit.language)
    form = TypedForm(visit.entries, problems)
    account, roles, country = form.slug("account"), form.choices("roles", Role), form.country("country")
    member, site = form.optional_slug("member"), form.optional_slug("site")
    operates = Role.OPERATOR in visit.person.roles
    organisation = form.slug("organisation") if operates else visit.person.organisation
    if not problems:
        wanted = WantedAccount(
            account=account,
            organisation=organisation,
            roles=roles,
            country_of_access=country,
            member=member,
            site=site,
        )
        with problems.at("account"):
            made = visit.services.account_requests.ask(wanted, by=visit.person)
            return RedirectResponse(visit.address("account-requests", made.id), HTTPStatus.SEE_OTHER)
    return _draw_new(visit, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _draw_new(visit: Visit, problems: Problems, *, status: int = HTTPStatus.OK) -> HTMLResponse:
    return visit.answer(
        "coordinator/account_request_new.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        roles=[(role.value, visit.say(f"role.{role.value}"), "") for role in Role],
        operates=Role.OPERATOR in visit.person.roles,
        organisation=visit.person.organisation,
    )


@dataclass(frozen=True, slots=True)
class _Reason:
    """Why an act is not possible now, in words."""

    words: str


@router.get("/{language}/account-requests/{account_request}", name="page_account_request_get")
def request_page(account_request: RequestName, visit: Visiting) -> HTMLResponse:
    found = visit.services.account_requests.get(account_request)
    return _draw_one(visit, found, Problems(visit.language))


@router.post("/{language}/account-requests/{account_request}/vouch", name="page_account_request_vouch")
def vouch(account_request: RequestName, visit: Visiting) -> Response:
    problems = Problems(visit.language)
    form = TypedForm(visit.entries, problems)
    reason = form.line("reason") if visit.entries.text("reason") else None
    if not problems:
        with problems.at("reason"):
            visit.services.account_requests.vouch(account_request, reason=reason, by=visit.person)
            return RedirectResponse(visit.address("account-requests", account_request), HTTPStatus.SEE_OTHER)
    found = visit.services.account_requests.get(account_request)
    return _draw_one(visit, found, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _draw_one(
    visit: Visit, found: AccountRequestView, problems: Problems, *, status: int = HTTPStatus.OK
) -> HTMLResponse:
    is_open = found.state in _OPEN
    operates = _may(visit, "account_request_open")
    return visit.answer(
        "coordinator/account_request.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        request=found,
        wanted=found.wanted,
        status=REQUEST_WORDS[found.state],
        waits_for_voucher=found.state is AccountRequestState.REQUESTED and not _is_auditor(visit),
        no_vouching=_why_no_vouching(visit, found),
        as_operator=operates and found.wanted.organisation != visit.person.organisation,
        may_open=operates and found.state is AccountRequestState.VOUCHED,
        is_own=visit.person.account in (found.requested_by, found.vouched_by),
        may_refuse=operates and is_open,
        may_withdraw=is_open and found.requested_by == visit.person.account,
        history=history_of(visit, found.id, OF_REQUEST),
    )


def _why_no_vouching(visit: Visit, found: AccountRequestView) -> _Reason | None:
    try:
        visit.services.account_requests.check_may_vouch(found.id, by=visit.person)
    except OnggiError as refused:
        return _Reason(" ".join(public_words(refused, visit.language)))
    return None


def _is_auditor(visit: Visit) -> bool:
    return Role.AUDITOR in visit.person.roles


def _may(visit: Visit, name: str) -> bool:
    return bool(PERMISSIONS[name].roles & visit.person.roles)


@router.get("/{language}/account-requests/{account_request}/open", name="page_account_request_open_ask")
def open_ask(account_request: RequestName, visit: Visiting) -> HTMLResponse:
    return _draw_act(visit, account_request, "open", Problems(visit.language))


@router.get("/{language}/account-requests/{account_request}/refuse", name="page_account_request_refuse_ask")
def refuse_ask(account_request: RequestName, visit: Visiting) -> HTMLResponse:
    return _draw_act(visit, account_request, "refuse", Problems(visit.language))


@router.get(
    "/{language}/account-requests/{account_request}/withdraw", name="page_account_request_withdraw_ask"
)
def withdraw_ask(account_request: RequestName, visit: Visiting) -> HTMLResponse:
    return _draw_act(visit, account_request, "withdraw", Problems(visit.language))


def _draw_act(
    visit: Visit, account_request: str, act: Act, problems: Problems, *, status: int = HTTPStatus.OK
) -> HTMLResponse:
    return visit.answer(
        "coordinator/account_request_act.html",
        answer_status=status,
        problems=problems,
        entries=visit.entries,
        request=visit.services.account_requests.get(account_request),
        act=act,
    )


@router.post("/{language}/account-requests/{account_request}/open", name="page_account_request_open")
def open_account(account_request: RequestName, visit: Visiting) -> HTMLResponse:
    """The secret stands on this answer alone; asking again does not show it again."""
    issued = visit.services.account_requests.open(account_request, by=visit.person)
    return visit.answer("coordinator/setup_issued.html", issued=issued)


@router.post("/{language}/account-requests/{account_request}/refuse", name="page_account_request_refuse")
def refuse(account_request: RequestName, visit: Visiting) -> Response:
    problems = Problems(visit.language)
    reason = TypedForm(visit.entries, problems).line("reason")
    if problems:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _draw_act(visit, account_request, "refuse", problems, status=status)
    visit.services.account_requests.refuse(account_request, reason=reason, by=visit.person)
    return RedirectResponse(visit.address("account-requests", account_request), HTTPStatus.SEE_OTHER)


@router.post("/{language}/account-requests/{account_request}/withdraw", name="page_account_request_withdraw")
def withdraw(account_request: RequestName, visit: Visiting) -> Response:
    visit.services.account_requests.withdraw(account_request, by=visit.person)
    return RedirectResponse(visit.address("account-requests", account_request), HTTPStatus.SEE_OTHER)
