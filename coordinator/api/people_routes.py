"""Signing in, tokens, organisations and accounts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from coordinator.accounts.account_store import Account, Organisation
from coordinator.accounts.tokens import TokenInfo
from coordinator.api.access import Asking, Source, Wired
from coordinator.api.parts import AccountName, After, Done, Limit, Page, TokenName, new_router, page_of
from coordinator.roles import Caller, Role, Scope
from onggi.errors import Refused
from onggi.spec.base import Frozen, Line, Slug

router = new_router("people")
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Password = Annotated[SecretStr, Field(max_length=200)]


class LoginRequest(Frozen):
    account: Slug
    password: Password


class NewToken(Frozen):
    """A token at the one moment when its secret is shown."""

    id: str
    secret: str
    expires: datetime


class Me(Frozen):
    account: str
    organisation: str
    roles: tuple[Role, ...]
    scopes: tuple[Scope, ...]
    member: str | None
    site: str | None


class PasswordChange(Frozen):
    old: Password
    new: Password


class TokenRequest(Frozen):
    label: Line
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=len(Scope))
    days: int = Field(default=30, ge=1, le=366)


class OrganisationRequest(Frozen):
    id: Slug
    name: Line
    kind: Literal["hospital", "university", "company", "operating_body"]
    country: Country


class AccountRequest(Frozen):
    id: Slug
    organisation: Slug
    roles: tuple[Role, ...] = Field(min_length=1, max_length=len(Role))
    password: Password | None = None
    country_of_access: Country
    pledged: date | None = None
    member: Slug | None = None
    site: Slug | None = None


@router.post("/login", name="login")
def login(request: LoginRequest, services: Wired, source: Source) -> NewToken:
    """A token for a working day."""
    issued = services.login.login(request.account, request.password.get_secret_value(), source=source)
    return NewToken(id=issued.id, secret=issued.secret, expires=issued.expires)


@router.post("/logout", name="logout")
def logout(services: Wired, caller: Asking) -> Done:
    """Ends the token that this request carries."""
    services.tokens.revoke(caller.token, by=caller.account)
    return Done()


@router.get("/me", name="me")
def me(caller: Asking) -> Me:
    return Me(
        account=caller.account,
        organisation=caller.organisation,
        roles=tuple(sorted(caller.roles)),
        scopes=tuple(sorted(caller.scopes)),
        member=caller.member,
        site=caller.site,
    )


@router.post("/me/password", name="password_change")
def password_change(request: PasswordChange, services: Wired, caller: Asking, source: Source) -> Done:
    """Ends every session of the account."""
    old, new = request.old.get_secret_value(), request.new.get_secret_value()
    services.login.change_password(caller.account, old=old, new=new, source=source)
    return Done()


@router.get("/tokens", name="tokens_list")
def tokens_list(services: Wired, caller: Asking, after: After = "", limit: Limit = 50) -> Page[TokenInfo]:
    found = services.tokens.of_account(caller.account, after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda token: token.id)


@router.post("/tokens", name="token_create", status_code=201)
def token_create(request: TokenRequest, services: Wired, caller: Asking) -> NewToken:
    """A token for a program. It can do no more than the token that asked for it."""
    _check_not_wider(request, caller)
    issued = services.tokens.issue(
        caller.account,
        kind="api",
        scopes=set(request.scopes),
        label=request.label,
        life=timedelta(days=request.days),
        by=caller.account,
    )
    return NewToken(id=issued.id, secret=issued.secret, expires=issued.expires)


def _check_not_wider(request: TokenRequest, caller: Caller) -> None:
    if wider := sorted(set(request.scopes) - caller.scopes):
        raise Refused("access.scope_needed", scope=wider[0].value)


@router.delete("/tokens/{token}", name="token_revoke")
def token_revoke(token: TokenName, services: Wired, caller: Asking) -> Done:
    services.tokens.revoke(token, by=caller.account)
    return Done()


@router.get("/organisations", name="organisations_list")
def organisations_list(services: Wired, after: After = "", limit: Limit = 50) -> Page[Organisation]:
    found = services.accounts.organisations(after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda organisation: organisation.id)


@router.post("/organisations", name="organisation_add", status_code=201)
def organisation_add(request: OrganisationRequest, services: Wired, caller: Asking) -> Organisation:
    organisation = Organisation(id=request.id, name=request.name, kind=request.kind, country=request.country)
    services.accounts.add_organisation(organisation, by=caller.account)
    return organisation


@router.get("/accounts", name="accounts_list")
def accounts_list(services: Wired, after: After = "", limit: Limit = 50) -> Page[Account]:
    found = services.accounts.accounts(after=after, limit=limit)
    return page_of(found, limit=limit, key=lambda account: account.id)


@router.post("/accounts", name="account_add", status_code=201)
def account_add(request: AccountRequest, services: Wired, caller: Asking) -> Account:
    return services.accounts.add(
        request.id,
        organisation=request.organisation,
        roles=set(request.roles),
        password=None if request.password is None else request.password.get_secret_value(),
        country_of_access=request.country_of_access,
        pledged=request.pledged,
        member=request.member,
        site=request.site,
        by=caller.account,
    )


@router.get("/accounts/{account}", name="account_get")
def account_get(account: AccountName, services: Wired) -> Account:
    return services.accounts.get(account)


@router.post("/accounts/{account}/close", name="account_close")
def account_close(account: AccountName, services: Wired, caller: Asking) -> Done:
    """Closes the account and every token of it."""
    services.accounts.close(account, by=caller.account)
    return Done()
