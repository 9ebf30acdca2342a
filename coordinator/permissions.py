"""The one table of who may ask what: a route that does not stand here answers nobody.

* `roles` may ask at all. Those of them in `must_own` reach only what is theirs; to anything else the answer
  is "not found", the same as for what does not exist.
* A person with several roles may ask if one of the roles may.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from coordinator.roles import Caller, Role, Scope
from onggi.errors import Refused


class Thing(StrEnum):
    """What a route's path names. The value is the path's parameter and the first half of the error code."""

    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 - a parameter's name
    PROJECT = "project"
    PERMIT = "permit"
    STATEMENT = "statement"
    JOB = "job"
    APPLICATION = "application"
    SITE = "site"
    ACCOUNT_REQUEST = "account_request"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may use one route."""

    public: bool = False
    roles: frozenset[Role] = frozenset()
    scope: Scope = Scope.READ
    thing: Thing | None = None
    must_own: frozenset[Role] = frozenset()


_EVERYONE = frozenset(Role)
_RESEARCHER = frozenset({Role.RESEARCHER})
_COMMITTEE = frozenset({Role.COMMITTEE})
_CHECKER = frozenset({Role.CHECKER})
_OPERATOR = frozenset({Role.OPERATOR})
_AUDITOR = frozenset({Role.AUDITOR})
_HOSPITAL = frozenset({Role.HOSPITAL})
_PUBLIC = Rule(public=True)


def _all(*, scope: Scope = Scope.READ) -> Rule:
    return Rule(roles=_EVERYONE, scope=scope)


def _of(
    roles: Set[Role], thing: Thing, *, must_own: Set[Role] = frozenset(), scope: Scope = Scope.READ
) -> Rule:
    return Rule(roles=frozenset(roles), thing=thing, must_own=frozenset(must_own), scope=scope)


def _writing(readers: Set[Role], thing: Thing, *, must_own: Set[Role] = frozenset()) -> Rule:
    """Whoever may open an object may write about it; the auditor, who judges the others, only reads."""
    return _of(readers - _AUDITOR, thing, must_own=must_own, scope=Scope.SUBMIT)


PERMISSIONS: Mapping[str, Rule] = MappingProxyType(
    {
        "health": _PUBLIC,
        "login": _PUBLIC,
        "logout": _all(),
        "me": _all(),
        "password_change": _all(scope=Scope.ACCOUNT),
        "tokens_list": _all(),
        "token_create": _all(scope=Scope.ACCOUNT),
        "token_revoke": _of(_EVERYONE, Thing.TOKEN, must_own=_EVERYONE - _OPERATOR, scope=Scope.ACCOUNT),
        "organisations_list": _all(),
        "organisation_add": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "accounts_list": Rule(roles=_OPERATOR | _AUDITOR),
        "account_add": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "account_get": _of(_EVERYONE, Thing.ACCOUNT, must_own=_EVERYONE - _OPERATOR - _AUDITOR),
        "account_close": _of(_OPERATOR, Thing.ACCOUNT, scope=Scope.OPERATE),
        "contacts_list": Rule(roles=_OPERATOR | _AUDITOR),
        "contact_add": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "contact_remove": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "account_requests_list": _all(),
        "account_request_create": Rule(roles=_EVERYONE - _AUDITOR, scope=Scope.ACCOUNT),
        "account_request_get": _of(
            _EVERYONE, Thing.ACCOUNT_REQUEST, must_own=_EVERYONE - _OPERATOR - _AUDITOR
        ),
        "account_request_vouch": _of(
            _EVERYONE - _AUDITOR,
            Thing.ACCOUNT_REQUEST,
            must_own=_EVERYONE - _AUDITOR - _OPERATOR,
            scope=Scope.ACCOUNT,
        ),
        "account_request_withdraw": _of(
            _EVERYONE - _AUDITOR,
            Thing.ACCOUNT_REQUEST,
            must_own=_EVERYONE - _AUDITOR - _OPERATOR,
            scope=Scope.ACCOUNT,
        ),
        "account_request_open": _of(_OPERATOR, Thing.ACCOUNT_REQUEST, scope=Scope.OPERATE),
        "account_request_refuse": _of(_OPERATOR, Thing.ACCOUNT_REQUEST, scope=Scope.OPERATE),
        "account_setup_create": _of(_OPERATOR, Thing.ACCOUNT, scope=Scope.OPERATE),
        "account_setup_use": _PUBLIC,
        "readiness_list": Rule(roles=_OPERATOR | _AUDITOR),
        "trainings_list": _of(_EVERYONE, Thing.ACCOUNT, must_own=_EVERYONE - _OPERATOR - _AUDITOR),
        "training_record": _of(_OPERATOR, Thing.ACCOUNT, scope=Scope.OPERATE),
        "pledge_record": _of(_OPERATOR, Thing.ACCOUNT, scope=Scope.OPERATE),
        "announcements_list": Rule(roles=_OPERATOR | _AUDITOR),
        "announcement_add": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "announcement_withdraw": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "projects_list": _all(),
        "project_create": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "project_get": _of(_EVERYONE, Thing.PROJECT, must_own=_RESEARCHER | _HOSPITAL),
        "project_member_add": _of(_RESEARCHER, Thing.PROJECT, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "project_member_remove": _of(_RESEARCHER, Thing.PROJECT, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "project_thread": _of(_EVERYONE, Thing.PROJECT, must_own=_RESEARCHER | _HOSPITAL),
        "project_thread_write": _writing(_EVERYONE, Thing.PROJECT, must_own=_RESEARCHER | _HOSPITAL),
        "concept_sets_list": _all(),
        "concept_set_save": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "permits_list": _all(),
        "permit_get": _of(_EVERYONE, Thing.PERMIT, must_own=_RESEARCHER | _HOSPITAL),
        "permit_budget": _of(_RESEARCHER | _COMMITTEE | _AUDITOR, Thing.PERMIT, must_own=_RESEARCHER),
        "reviews_list": _of(_EVERYONE, Thing.PROJECT, must_own=_RESEARCHER | _HOSPITAL),
        "review_record": _of(_COMMITTEE, Thing.PROJECT, scope=Scope.SIGN),
        "conflict_declare": _of(_COMMITTEE, Thing.PROJECT, scope=Scope.SIGN),
        "applications_list": _all(),
        "application_write": _of(_RESEARCHER, Thing.PROJECT, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "application_get": _of(_EVERYONE, Thing.APPLICATION, must_own=_RESEARCHER | _HOSPITAL),
        "application_thread": _of(_EVERYONE, Thing.APPLICATION, must_own=_RESEARCHER | _HOSPITAL),
        "application_thread_write": _writing(_EVERYONE, Thing.APPLICATION, must_own=_RESEARCHER | _HOSPITAL),
        "application_rewrite": _of(_RESEARCHER, Thing.APPLICATION, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "application_submit": _of(_RESEARCHER, Thing.APPLICATION, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "application_withdraw": _of(_RESEARCHER, Thing.APPLICATION, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "application_send_back": _of(_COMMITTEE, Thing.APPLICATION, scope=Scope.SIGN),
        "application_conditions": _of(_COMMITTEE, Thing.APPLICATION, scope=Scope.SIGN),
        "permit_thread": _of(_EVERYONE, Thing.PERMIT, must_own=_RESEARCHER | _HOSPITAL),
        "permit_thread_write": _writing(_EVERYONE, Thing.PERMIT, must_own=_RESEARCHER | _HOSPITAL),
        "statements_list": Rule(roles=_COMMITTEE | _AUDITOR),
        "statement_draft": Rule(roles=_COMMITTEE, scope=Scope.SIGN),
        "statement_take_signed": Rule(roles=_COMMITTEE, scope=Scope.SIGN),
        "statement_get": _of(_COMMITTEE | _AUDITOR, Thing.STATEMENT),
        "statement_sign": _of(_COMMITTEE, Thing.STATEMENT, scope=Scope.SIGN),
        "statement_withdraw": _of(_COMMITTEE, Thing.STATEMENT, must_own=_COMMITTEE, scope=Scope.SIGN),
        "statement_thread": _of(_COMMITTEE | _AUDITOR, Thing.STATEMENT),
        "statement_thread_write": _writing(_COMMITTEE, Thing.STATEMENT),
        "jobs_list": _all(),
        "job_submit": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_check": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_cost": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_dry_run": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_get": _of(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "job_explain": _of(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "job_cancel": _of(_RESEARCHER, Thing.JOB, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "job_result": _of(_RESEARCHER, Thing.JOB, must_own=_RESEARCHER),
        "job_crate": _of(_RESEARCHER, Thing.JOB, must_own=_RESEARCHER),
        "job_thread": _of(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "job_thread_write": _writing(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "exports_list": Rule(roles=_CHECKER),
        "export_get": _of(_CHECKER, Thing.JOB),
        "export_ballot": _of(_CHECKER, Thing.JOB, scope=Scope.VOTE),
        "export_vote": _of(_CHECKER, Thing.JOB, scope=Scope.VOTE),
        "samples_list": Rule(roles=_COMMITTEE | _AUDITOR),
        "sample_get": _of(_COMMITTEE | _AUDITOR, Thing.JOB),
        "sample_judge": _of(_COMMITTEE, Thing.JOB, scope=Scope.VOTE),
        "signing_read": _PUBLIC,
        "signing_hand_in": _PUBLIC,
        "log_checkpoint": _PUBLIC,
        "log_entries": _PUBLIC,
        "log_inclusion": _PUBLIC,
        "log_consistency": _PUBLIC,
        "federation_roots": _PUBLIC,
        "federation_root_advance": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "hospitals_list": _all(),
        "nodes_list": Rule(roles=_OPERATOR | _AUDITOR),
        "enrolments_list": _of(_OPERATOR | _AUDITOR | _HOSPITAL, Thing.SITE, must_own=_HOSPITAL),
        "enrolment_token_create": _of(
            _OPERATOR | _HOSPITAL, Thing.SITE, must_own=_HOSPITAL, scope=Scope.OPERATE
        ),
        "certificates_revoke": _of(
            _OPERATOR | _HOSPITAL, Thing.SITE, must_own=_HOSPITAL, scope=Scope.OPERATE
        ),
        "code": _all(),
        "disclosure_rules": _all(),
        "audit_list": Rule(roles=_AUDITOR),
        "audit_head": Rule(roles=_AUDITOR | _OPERATOR),
    }
)


def check_may_ask(rule: Rule, caller: Caller) -> None:
    """Raises Refused where neither role nor token reaches this route. Says nothing about any object."""
    if not rule.roles & caller.roles:
        raise Refused("access.role_needed")
    if rule.scope not in caller.scopes:
        raise Refused("access.scope_needed", scope=rule.scope.value)


def needs_to_own(rule: Rule, caller: Caller) -> bool:
    """Whether this caller reaches only what is theirs: no role of theirs reaches further."""
    return rule.thing is not None and not (rule.roles & caller.roles) - rule.must_own


def reaches_all(name: str, caller: Caller) -> bool:
    """For lists: whether the caller sees every entry or only their own, by the rule of the single entry."""
    return not needs_to_own(PERMISSIONS[name], caller)
