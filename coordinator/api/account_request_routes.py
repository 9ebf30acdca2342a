"""Requests for accounts: asked for, vouched for, opened; and the person's first password."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from coordinator.accounts.request_store import AccountRequestView, WantedAccount
from coordinator.accounts.setup_store import IssuedSetup
from coordinator.api.access import Asking, Wired
from coordinator.api.parts import AccountName, After, Done, Limit, Page, RequestName, new_router, page_of
from coordinator.api.people_routes import Password
from coordinator.operating.texts import Country
from coordinator.permissions import reaches_all
from coordinator.roles import Role
from onggi.spec.base import Frozen, Line, Slug

router = new_router("account requests")


class WantedRequest(Frozen):
    """What the account shall be. `member` and `site` are names in the federation root."""

    account: Slug
    organisation: Slug
    roles: tuple[Role, ...] = Field(min_length=1, max_length=len(Role))
    country_of_access: Country
    member: Slug | None = None
    site: Slug | None = None


class Vouching(Frozen):
    """`reason`: where an operator vouches because nobody of the organisation could."""

    reason: Line | None = None


class Refusal(Frozen):
    reason: Line


class SetupUse(Frozen):
    account: Slug
    secret: Password
    password: Password


class SetupShown(Frozen):
    """The person's one-time secret. Shown once."""

    account: str
    secret: str
    expires: datetime


@router.get("/account-requests", name="account_requests_list")
def account_requests_list(
    services: Wired, caller: Asking, after: After = "", limit: Limit = 50
) -> Page[AccountRequestView]:
    """Newest first: of the caller's organisation; all of them for those who operate or audit."""
    organisation = None if reaches_all("account_request_get", caller) else caller.organisation
    found = services.account_requests.requests(organisation=organisation, after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda request: request.id)


@router.post("/account-requests", name="account_request_create", status_code=201)
def account_request_create(request: WantedRequest, services: Wired, caller: Asking) -> AccountRequestView:
    """The same request again by the same person is the one that is open."""
    wanted = WantedAccount(
        account=request.account,
        organisation=request.organisation,
        roles=frozenset(request.roles),
        country_of_access=request.country_of_access,
        member=request.member,
        site=request.site,
    )
    return services.account_requests.ask(wanted, by=caller)


@router.get("/account-requests/{account_request}", name="account_request_get")
def account_request_get(account_request: RequestName, services: Wired) -> AccountRequestView:
    return services.account_requests.get(account_request)


@router.post("/account-requests/{account_request}/vouch", name="account_request_vouch")
def account_request_vouch(
    account_request: RequestName, request: Vouching, services: Wired, caller: Asking
) -> AccountRequestView:
    return services.account_requests.vouch(account_request, reason=request.reason, by=caller)


@router.post("/account-requests/{account_request}/open", name="account_request_open", status_code=201)
def account_request_open(account_request: RequestName, services: Wired, caller: Asking) -> SetupShown:
    """By an operator who neither asked nor vouched."""
    return _shown(services.account_requests.open(account_request, by=caller))


@router.post("/account-requests/{account_request}/refuse", name="account_request_refuse")
def account_request_refuse(
    account_request: RequestName, request: Refusal, services: Wired, caller: Asking
) -> AccountRequestView:
    return services.account_requests.refuse(account_request, reason=request.reason, by=caller)


@router.post("/account-requests/{account_request}/withdraw", name="account_request_withdraw")
def account_request_withdraw(
    account_request: RequestName, services: Wired, caller: Asking
) -> AccountRequestView:
    return services.account_requests.withdraw(account_request, by=caller)


@router.post("/accounts/{account}/setup", name="account_setup_create", status_code=201)
def account_setup_create(account: AccountName, services: Wired, caller: Asking) -> SetupShown:
    """Another one-time secret for an account without a password; the one before is worth nothing."""
    return _shown(services.setups.issue(account, by=caller.account))


@router.post("/account-setups", name="account_setup_use")
def account_setup_use(request: SetupUse, services: Wired) -> Done:
    """Sets the first password with the one-time secret."""
    services.setups.use(
        request.account,
        secret=request.secret.get_secret_value(),
        password=request.password.get_secret_value(),
    )
    return Done()


def _shown(issued: IssuedSetup) -> SetupShown:
    return SetupShown(account=issued.account, secret=issued.secret, expires=issued.expires)
