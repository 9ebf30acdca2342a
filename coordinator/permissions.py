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

from coordinator.accounts.roles import Caller, Role, Scope
from onggi.errors import Refused


class Thing(StrEnum):
    """What a route's path names. The value is the path's parameter and the first half of the error code."""

    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 - a parameter's name
    PROJECT = "project"
    PERMIT = "permit"
    STATEMENT = "statement"
    JOB = "job"
    SITE = "site"


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
        "projects_list": _all(),
        "project_create": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "project_get": _of(_EVERYONE, Thing.PROJECT, must_own=_RESEARCHER | _HOSPITAL),
        "project_member_add": _of(_RESEARCHER, Thing.PROJECT, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "project_member_remove": _of(_RESEARCHER, Thing.PROJECT, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "concept_sets_list": _all(),
        "concept_set_save": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "permits_list": _all(),
        "permit_get": _of(_EVERYONE, Thing.PERMIT, must_own=_RESEARCHER | _HOSPITAL),
        "statements_list": Rule(roles=_COMMITTEE | _AUDITOR),
        "statement_draft": Rule(roles=_COMMITTEE, scope=Scope.SIGN),
        "statement_take_signed": Rule(roles=_COMMITTEE, scope=Scope.SIGN),
        "statement_get": _of(_COMMITTEE | _AUDITOR, Thing.STATEMENT),
        "statement_sign": _of(_COMMITTEE, Thing.STATEMENT, scope=Scope.SIGN),
        "statement_withdraw": _of(_COMMITTEE, Thing.STATEMENT, must_own=_COMMITTEE, scope=Scope.SIGN),
        "jobs_list": _all(),
        "job_submit": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_check": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_dry_run": Rule(roles=_RESEARCHER, scope=Scope.SUBMIT),
        "job_get": _of(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "job_explain": _of(_EVERYONE, Thing.JOB, must_own=_RESEARCHER | _HOSPITAL),
        "job_cancel": _of(_RESEARCHER, Thing.JOB, must_own=_RESEARCHER, scope=Scope.SUBMIT),
        "job_result": _of(_RESEARCHER, Thing.JOB, must_own=_RESEARCHER),
        "exports_list": Rule(roles=_CHECKER),
        "export_get": _of(_CHECKER, Thing.JOB),
        "export_ballot": _of(_CHECKER, Thing.JOB, scope=Scope.VOTE),
        "export_vote": _of(_CHECKER, Thing.JOB, scope=Scope.VOTE),
        "signing_read": _PUBLIC,
        "signing_hand_in": _PUBLIC,
        "log_checkpoint": _PUBLIC,
        "log_entries": _PUBLIC,
        "log_inclusion": _PUBLIC,
        "log_consistency": _PUBLIC,
        "federation_roots": _PUBLIC,
        "federation_root_advance": Rule(roles=_OPERATOR, scope=Scope.OPERATE),
        "hospitals_list": _all(),
        "enrolment_token_create": _of(
            _OPERATOR | _HOSPITAL, Thing.SITE, must_own=_HOSPITAL, scope=Scope.OPERATE
        ),
        "certificates_revoke": _of(
            _OPERATOR | _HOSPITAL, Thing.SITE, must_own=_HOSPITAL, scope=Scope.OPERATE
        ),
        "code": _all(),
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
