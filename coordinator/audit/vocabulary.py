"""The closed list of acts that the audit trail knows, each named source:subject:action.

A retired act stays listed in a comment and its name is never used again: old trails must stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from onggi.errors import Fact

COORDINATOR = "coordinator"
"""The actor's name where the software acts by itself."""


class AuditEvent(StrEnum):
    """Who acted (person or coordinator), on what, and how."""

    ORGANISATION_ADDED = "person:organisation:add"
    ACCOUNT_ADDED = "person:account:add"
    ACCOUNT_CLOSED = "person:account:close"
    CONTACT_ADDED = "person:contact:add"
    CONTACT_REMOVED = "person:contact:remove"
    ACCOUNT_REQUESTED = "person:account_request:create"
    ACCOUNT_VOUCHED = "person:account_request:vouch"
    ACCOUNT_OPENED = "person:account_request:open"
    ACCOUNT_REFUSED = "person:account_request:refuse"
    ACCOUNT_REQUEST_WITHDRAWN = "person:account_request:withdraw"
    SETUP_ISSUED = "person:account:issue_setup"
    PLEDGE_RECORDED = "person:account:record_pledge"
    TRAINING_RECORDED = "person:account:record_training"
    ANNOUNCEMENT_ADDED = "person:announcement:add"
    ANNOUNCEMENT_WITHDRAWN = "person:announcement:withdraw"
    PASSWORD_CHANGED = "person:account:change_password"  # noqa: S105 - an act's name, no password
    LOGIN_DONE = "person:login:succeed"
    LOGIN_FAILED = "person:login:fail"
    SESSIONS_ENDED = "person:account:end_sessions"
    PASSKEY_ADDED = "person:passkey:add"
    PASSKEY_REMOVED = "person:passkey:remove"
    OIDC_LINKED = "person:oidc_link:add"
    OIDC_UNLINKED = "person:oidc_link:remove"
    RECOVERY_OPENED = "person:recovery:open"
    RECOVERY_CONFIRMED = "person:recovery:confirm"
    RECOVERY_CANCELLED = "person:recovery:cancel"
    RECOVERY_USED = "person:recovery:use"
    RECOVERY_EXPIRED = "coordinator:recovery:expire"
    RECOVERY_SEEN = "person:recovery:see"
    TOKEN_ISSUED = "person:token:issue"  # noqa: S105 - an act's name, no token
    TOKEN_REVOKED = "person:token:revoke"  # noqa: S105 - an act's name, no token
    PROJECT_CREATED = "person:project:create"
    PROJECT_MEMBER_ADDED = "person:project:add_member"
    PROJECT_MEMBER_REMOVED = "person:project:remove_member"
    CONCEPT_SET_SAVED = "person:concept_set:save"
    STATEMENT_DRAFTED = "person:statement:draft"
    STATEMENT_SIGNED = "person:statement:sign"
    SIGNING_TICKET_ISSUED = "person:signing_ticket:issue"
    STATEMENT_COMPLETED = "person:statement:complete"
    STATEMENT_WITHDRAWN = "person:statement:withdraw"
    STATEMENT_EXPIRED = "coordinator:statement:expire"
    PERMIT_GRANTED = "person:permit:grant"
    PERMIT_WITHDRAWN = "person:permit:withdraw"
    PERMIT_EXPIRED = "coordinator:permit:expire"
    PERMIT_REPLACED = "person:permit:replace"
    PERMIT_CLOSED = "person:permit:close"
    REVIEW_RECORDED = "person:review:record"
    APPLICATION_WRITTEN = "person:application:write"
    APPLICATION_SUBMITTED = "person:application:submit"
    APPLICATION_WITHDRAWN = "person:application:withdraw"
    APPLICATION_RETURNED = "person:application:return"
    APPLICATION_ON_AGENDA = "person:application:put_on_agenda"
    APPLICATION_OFF_AGENDA = "person:application:take_off_agenda"
    APPLICATION_DECIDED = "person:application:decide"
    APPLICATION_CONDITIONS_MET = "person:application:confirm_conditions"
    APPLICATION_STATED = "person:application:draft_statement"
    CONFLICT_DECLARED = "person:conflict:declare"
    DELEGATION_GIVEN = "person:delegation:give"
    DELEGATION_ENDED = "person:delegation:end"
    MEETING_PLANNED = "person:meeting:plan"
    MEETING_OPENED = "person:meeting:open"
    MEETING_CLOSED = "person:meeting:close"
    MEETING_CANCELLED = "person:meeting:cancel"
    ATTENDANCE_RECORDED = "person:meeting:record_attendance"
    JOB_SUBMITTED = "person:job:submit"
    JOB_INSIDE_BOUNDS = "coordinator:job:admit"
    JOB_NEEDS_VOTE = "coordinator:job:ask_committee"
    JOB_APPROVED = "person:job:approve"
    JOB_REFUSED = "person:job:refuse"
    JOB_CANCELLED = "person:job:cancel"
    JOB_STARTED = "coordinator:job:start"
    JOB_FAILED = "coordinator:job:fail"
    JOB_EXPIRED = "coordinator:job:expire"
    RESULT_HELD = "coordinator:result:hold"
    RESULT_RELEASED_BY_PERMIT = "coordinator:result:release"
    EXPORT_VOTED = "person:export:vote"
    EXPORT_APPROVED = "person:export:approve"
    EXPORT_REFUSED = "person:export:refuse"
    THREAD_WRITTEN = "person:thread:write"
    SAMPLE_JUDGED = "person:sample:judge"
    LOG_APPENDED = "coordinator:log:append"
    CHECKPOINT_PUBLISHED = "coordinator:checkpoint:publish"
    CHECKPOINT_COSIGNED = "node:checkpoint:cosign"
    ROOT_RECEIVED = "person:root:install"
    ENROLMENT_TOKEN_ISSUED = "person:enrolment:issue"  # noqa: S105 - an act's name, no token
    ENROLMENT_TOKEN_USED = "node:enrolment:use"  # noqa: S105 - an act's name, no token
    CERTIFICATE_ISSUED = "coordinator:certificate:issue"
    CERTIFICATE_REVOKED = "person:certificate:revoke"
    CARD_ADDED = "person:card:add"
    RUN_ORDERED = "coordinator:run:order"
    ORDER_ANSWERED = "node:order:answer"
    RUN_REPORTED = "node:run:report"
    DELETION_RECEIVED = "node:deletion:report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What a change says about itself. `facts` hold names, codes and digests, never a password or token."""

    event: AuditEvent
    actor: str
    subject: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
