"""Who may open which page of the coordinator: by the API's rules wherever the API does the same.

The rule of such a page has the route's name with `page_` before it. Only pages without a counterpart have a
rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Request

from coordinator.accounts.page_sessions import PageSession
from coordinator.api.access import check_may_reach, get_services, get_source
from coordinator.pages.doors import doors_of
from coordinator.pages.notices import notices_for
from coordinator.pages.renewing import note_renewed
from coordinator.permissions import PERMISSIONS, Rule, Thing, check_may_ask
from coordinator.roles import Caller, Role, Scope
from coordinator.services import Services
from pages import gate
from pages.assets import PREFIX as ASSETS
from pages.drawing import Frame, Pages, SignInWay
from pages.entries import Entries
from pages.visit import Visit as PlainVisit
from pages.visit import frame_of
from pages.visitors import SESSION, find_secret

PREFIX: Final = "page_"
_REVIEWERS: Final = frozenset({Role.COMMITTEE, Role.CHECKER})
_LOOKS_ON: Final = frozenset({Role.OPERATOR, Role.AUDITOR})
_PUBLIC: Final = Rule(public=True)
_HOLD_MEETINGS: Final = Rule(roles=frozenset({Role.COMMITTEE}), scope=Scope.SIGN)
_SEE_MEETINGS: Final = Rule(roles=frozenset({Role.COMMITTEE, Role.AUDITOR}))
_EVERYONE: Final = frozenset(Role)
_OWN_ACCOUNT: Final = Rule(roles=_EVERYONE, scope=Scope.ACCOUNT)
_OWN_PASSKEY: Final = Rule(roles=_EVERYONE, scope=Scope.ACCOUNT, thing=Thing.PASSKEY, must_own=_EVERYONE)
_OF_OPERATORS: Final = Rule(roles=frozenset({Role.OPERATOR}), scope=Scope.OPERATE)
OWN_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "page_start": _PUBLIC,
        "page_start_in_language": _PUBLIC,
        "page_asset": _PUBLIC,
        "page_sign_in": _PUBLIC,
        "page_sign_in_send": _PUBLIC,
        "page_parts": _PUBLIC,
        "page_sign_out": Rule(roles=frozenset(Role)),
        "page_desk": Rule(roles=_REVIEWERS),
        "page_application_kinds": PERMISSIONS["application_write"],
        "page_application_new": PERMISSIONS["application_write"],
        "page_application_edit": PERMISSIONS["application_rewrite"],
        "page_application_ask": PERMISSIONS["application_submit"],
        "page_application_send_back_ask": PERMISSIONS["application_send_back"],
        "page_application_grant_ask": PERMISSIONS["application_send_back"],
        "page_application_grant": PERMISSIONS["application_send_back"],
        "page_review_get": PERMISSIONS["reviews_list"],
        "page_review_new": PERMISSIONS["review_record"],
        "page_conflict_ask": PERMISSIONS["conflict_declare"],
        "page_meetings": _SEE_MEETINGS,
        "page_meeting": _SEE_MEETINGS,
        "page_meeting_minutes": _SEE_MEETINGS,
        "page_delegations": _SEE_MEETINGS,
        "page_meeting_new": _HOLD_MEETINGS,
        "page_meeting_plan": _HOLD_MEETINGS,
        "page_meeting_agenda": _HOLD_MEETINGS,
        "page_meeting_attendance": _HOLD_MEETINGS,
        "page_meeting_ask": _HOLD_MEETINGS,
        "page_meeting_move": _HOLD_MEETINGS,
        "page_meeting_item": _HOLD_MEETINGS,
        "page_meeting_decide": _HOLD_MEETINGS,
        "page_delegation_give": _HOLD_MEETINGS,
        "page_delegation_end": _HOLD_MEETINGS,
        "page_passkey_sign_in_ask": _PUBLIC,
        "page_passkey_sign_in": _PUBLIC,
        "page_oidc_begin": _PUBLIC,
        "page_oidc_back": _PUBLIC,
        "page_recover_ask": _PUBLIC,
        "page_recover": _PUBLIC,
        "page_account": _OWN_ACCOUNT,
        "page_password_change_ask": PERMISSIONS["password_change"],
        "page_sessions_end": _OWN_ACCOUNT,
        "page_confirm_ask": _OWN_ACCOUNT,
        "page_confirm": _OWN_ACCOUNT,
        "page_confirm_passkey_ask": _OWN_ACCOUNT,
        "page_confirm_passkey": _OWN_ACCOUNT,
        "page_passkey_new": _OWN_ACCOUNT,
        "page_passkey_new_ask": _OWN_ACCOUNT,
        "page_passkey_add": _OWN_ACCOUNT,
        "page_passkey_remove_ask": _OWN_PASSKEY,
        "page_passkey_remove": _OWN_PASSKEY,
        "page_oidc_link": _OWN_ACCOUNT,
        "page_oidc_unlink_ask": _OWN_ACCOUNT,
        "page_oidc_unlink": _OWN_ACCOUNT,
        "page_recovery_seen": _OWN_ACCOUNT,
        "page_recovery_stop": _OWN_ACCOUNT,
        "page_recoveries": _OF_OPERATORS,
        "page_recovery_open": _OF_OPERATORS,
        "page_recovery_get": _OF_OPERATORS,
        "page_recovery_confirm": _OF_OPERATORS,
        "page_recovery_cancel": _OF_OPERATORS,
        "page_statement_withdraw_ask": PERMISSIONS["statement_withdraw"],
        "page_statement_ticket": PERMISSIONS["statement_sign"],
        "page_export_ticket": PERMISSIONS["export_vote"],
        "page_code_file": PERMISSIONS["code"],
        "page_export_thread": PERMISSIONS["export_get"],
        "page_export_thread_write": PERMISSIONS["export_vote"],
        "page_operator": Rule(roles=_LOOKS_ON),
        "page_operator_organisations": Rule(roles=_LOOKS_ON),
        "page_organisation_add_ask": PERMISSIONS["organisation_add"],
        "page_contact_remove_ask": PERMISSIONS["contact_remove"],
        "page_account_request_create_ask": PERMISSIONS["account_request_create"],
        "page_account_request_open_ask": PERMISSIONS["account_request_open"],
        "page_account_request_refuse_ask": PERMISSIONS["account_request_refuse"],
        "page_account_request_withdraw_ask": PERMISSIONS["account_request_withdraw"],
        "page_account_setup": _PUBLIC,
        "page_certificates_revoke_ask": PERMISSIONS["certificates_revoke"],
        "page_announcement_ask": PERMISSIONS["announcement_add"],
        "page_announcement_check": PERMISSIONS["announcement_add"],
        "page_announcement_withdraw_ask": PERMISSIONS["announcement_withdraw"],
        "page_operator_year": Rule(roles=_LOOKS_ON),
        "page_operator_year_csv": Rule(roles=_LOOKS_ON),
        "page_operator_root": Rule(roles=_LOOKS_ON),
        "page_operator_root_procedure": Rule(roles=_LOOKS_ON),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(PlainVisit):
    """One look at one page of the coordinator, and who looks."""

    services: Services
    session: PageSession | None
    source: str
    """Where the visitor is, as far as the coordinator believes it."""

    @property
    def caller(self) -> Caller | None:
        return None if self.session is None else self.session.caller

    def at(self, address: str) -> Visit:
        """The same visit as of the page from which a form came: the other language begins there again."""
        return replace(self, frame=replace(self.frame, path=address.partition("?")[0]))

    @property
    def own_session(self) -> PageSession:
        """The session, on pages that nobody sees without signing in."""
        if self.session is None:
            raise RuntimeError("a page without a rule asked for a session")
        return self.session

    @property
    def person(self) -> Caller:
        """Who looks, on pages that nobody sees without signing in."""
        if self.caller is None:
            raise RuntimeError("a page without a rule asked who looks")
        return self.caller


class _Gate:
    no_rule = "access.role_needed"

    def find_rule(self, name: str) -> Rule | None:
        if not name.startswith(PREFIX):
            return None
        own = OWN_RULES.get(name)
        return own if own is not None else PERMISSIONS.get(name.removeprefix(PREFIX))

    def make_visit(
        self, request: Request, *, session: str | None, secret: str | None, entries: Entries
    ) -> Visit:
        services = get_services(request)
        found = None if session is None else services.page_sessions.find(session)
        frame = frame_of(request, site="site.coordinator", viewer=None, doors=(), secret=secret)
        framed = _strangers(frame, services) if found is None else _of(frame, found, services)
        caller = None if found is None else found.caller
        notices = partial(notices_for, services, caller, frame.language)
        return Visit(
            services=services,
            pages=cast("Pages", request.app.state.pages),
            frame=replace(framed, notices=notices),
            session=found,
            source=get_source(request),
            entries=entries,
        )

    def check_may_open(self, visit: Visit, rule: Rule, names: Mapping[str, str]) -> None:
        check_may_ask(rule, visit.person)
        check_may_reach(rule, visit.person, services=visit.services, names=names)


def _of(frame: Frame, found: PageSession, services: Services) -> Frame:
    caller = found.caller
    told = "account.recovery_banner" if services.recoveries.to_tell(caller.account) else None
    return replace(
        frame,
        viewer=caller.account,
        doors=doors_of(caller),
        form_token=found.form_token,
        banner=told,
    )


def _strangers(frame: Frame, services: Services) -> Frame:
    ways = []
    if services.passkeys.scope is not None:
        ways.append(SignInWay("/sign-in/passkey", "sign_in.by_passkey"))
    if services.oidc is not None:
        ways.append(
            SignInWay("/sign-in/oidc", "sign_in.elsewhere", services.oidc.settings.label, leaves=True)
        )
    return replace(frame, sign_in_ways=tuple(ways))


GATE: Final = _Gate()


def open_visit(request: Request, entries: gate.Sent) -> None:
    """Raises Refused or SignInNeeded unless this visitor may see or do this."""
    gate.pass_gate(request, GATE, entries)
    visit, secret = get_visit(request), find_secret(request, SESSION)
    is_page = request.method == "GET" and not request.url.path.startswith(ASSETS)
    if is_page and secret is not None and visit.session is not None and visit.session.is_due:
        sessions = visit.services.page_sessions
        note_renewed(request, sessions.renew_in_time(visit.person.token, secret=secret))


def get_visit(request: Request) -> Visit:
    return cast("Visit", request.state.visit)


Visiting = Annotated[Visit, Depends(get_visit)]


def check_every_page_has_a_rule(routers: Iterable[APIRouter]) -> None:
    """Raises RuntimeError at start-up where a page has no rule, or a rule of pages alone no page."""
    gate.check_every_page_has_a_rule(routers, GATE, of_pages_alone=OWN_RULES.keys())
