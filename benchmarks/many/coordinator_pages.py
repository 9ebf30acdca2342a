"""Every page of the coordinator, and who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, get_args

from benchmarks.many.full_coordinator import FullCoordinator
from benchmarks.many.timed_pages import Cases, Slowest, check_every_page_is_asked, time_pages
from coordinator.committee.application_content import Kind
from coordinator.pages.access import GATE
from coordinator.pages.ceremony import Procedure
from coordinator.pages.held_code import held_code
from coordinator.pages.site import ROUTERS
from coordinator.roles import Role
from coordinator.states import JobState
from tests.support.page_visitor import Browser, Visitor

LEFT_OUT: Final = frozenset({"page_asset", "page_oidc_back"})
"""No pages of their own: a file beside pages, and the way back from another log-in, which ends elsewhere."""
PEOPLE: Final = {
    Role.RESEARCHER: "researcher-1",
    Role.COMMITTEE: "committee-1",
    Role.CHECKER: "checker-1",
    Role.HOSPITAL: "hospital-1",
    Role.OPERATOR: "operator-1",
    Role.AUDITOR: "auditor-1",
}
_KINDS: Final = get_args(Kind)
_L: Final = "/{language}"
_PROJECT: Final = _L + "/projects/{project}"
_REVIEW: Final = _PROJECT + "/reviews/{review_site}/{dataset}"
_ORGANISATION: Final = _L + "/operator/organisations/{organisation}"
_REQUEST: Final = _L + "/account-requests/{account_request}"
_NODE: Final = _L + "/operator/hospitals/{site}"


def _applied(state: str, page: str = "", kinds: tuple[str, ...] = _KINDS) -> tuple[str, ...]:
    return tuple(f"{_L}/applications/{{{kind}_{state}}}{page}" for kind in kinds)


def cases() -> Cases:
    """At which addresses each page is asked for."""
    held = held_code()
    return {
        "page_start": ("/",),
        "page_start_in_language": (_L + "/",),
        "page_parts": (_L + "/parts",),
        "page_sign_in": (_L + "/sign-in",),
        "page_desk": (_L + "/desk",),
        "page_statement_get": (_L + "/statements/{statement}",),
        "page_statement_withdraw_ask": (_L + "/statements/{statement}/withdraw",),
        "page_jobs_list": (_L + "/jobs", *(f"{_L}/jobs?state={state.value}" for state in JobState)),
        "page_job_get": (_L + "/jobs/{job}", _L + "/jobs/{glm}"),
        "page_job_crate": (_L + "/jobs/{released}/crate",),
        "page_export_get": (_L + "/exports/{job}", _L + "/exports/{glm}"),
        "page_code": tuple(f"{_L}/code/{each}" for each in (held.source, held.environment, held.sandbox)),
        "page_code_file": (f"{_L}/code/{held.source}/onggi/spec/job.py",),
        "page_projects_list": (_L + "/projects",),
        "page_project_get": (_PROJECT,),
        "page_permits_list": (_L + "/permits",),
        "page_permit_get": (_L + "/permits/{permit}",),
        "page_applications_list": (_L + "/applications",),
        "page_application_kinds": (_PROJECT + "/apply",),
        "page_application_new": tuple(f"{_PROJECT}/apply/{kind}?permit={{permit}}" for kind in _KINDS),
        "page_application_edit": _applied("draft", "/edit"),
        "page_application_get": (*_applied("submitted"), *_applied("approved")),
        "page_application_thread": _applied("submitted", "/thread", ("permit",)),
        "page_application_ask": _applied("draft", "/ask/submit"),
        "page_application_send_back_ask": _applied("submitted", "/send-back"),
        "page_application_grant_ask": _applied("approved", "/grant"),
        "page_review_get": (_REVIEW,),
        "page_review_new": (_REVIEW + "/new",),
        "page_conflict_ask": (_PROJECT + "/conflict",),
        "page_meetings": (_L + "/meetings",),
        "page_meeting_new": (_L + "/meetings/new",),
        "page_meeting": (_L + "/meetings/{meeting}", _L + "/meetings/{open_meeting}"),
        "page_meeting_minutes": (_L + "/meetings/{closed_meeting}/minutes",),
        "page_meeting_ask": (_L + "/meetings/{meeting}/open", _L + "/meetings/{open_meeting}/close"),
        "page_meeting_item": (_L + "/meetings/{open_meeting}/items/{open_item}",),
        "page_delegations": (_L + "/delegations",),
        "page_project_thread": (_PROJECT + "/thread",),
        "page_permit_thread": (_L + "/permits/{permit}/thread",),
        "page_statement_thread": (_L + "/statements/{statement}/thread",),
        "page_job_thread": (_L + "/jobs/{job}/thread",),
        "page_export_thread": (_L + "/exports/{job}/thread",),
        "page_samples_list": (_L + "/samples",),
        "page_sample_get": (_L + "/samples/{sample}",),
        "page_operator": (_L + "/operator",),
        "page_operator_organisations": (_L + "/operator/organisations",),
        "page_organisation_add_ask": (_L + "/operator/organisations/new",),
        "page_contacts_list": (_ORGANISATION,),
        "page_contact_remove_ask": (_ORGANISATION + "/contacts/{contact}/remove",),
        "page_account_requests_list": (_L + "/account-requests",),
        "page_account_request_create_ask": (_L + "/account-requests/new",),
        "page_account_request_get": (_REQUEST,),
        "page_account_request_open_ask": (_REQUEST + "/open",),
        "page_account_request_refuse_ask": (_REQUEST + "/refuse",),
        "page_account_request_withdraw_ask": (_REQUEST + "/withdraw",),
        "page_account_setup": (_L + "/set-up",),
        "page_readiness_list": (_L + "/operator/people",),
        "page_trainings_list": (_L + "/operator/people/{account}",),
        "page_nodes_list": (_L + "/operator/hospitals",),
        "page_enrolments_list": (_NODE,),
        "page_certificates_revoke_ask": (_NODE + "/revoke",),
        "page_announcements_list": (_L + "/operator/announcements",),
        "page_announcement_ask": (_L + "/operator/announcements/new",),
        "page_announcement_withdraw_ask": (_L + "/operator/announcements/{announcement}/withdraw",),
        "page_operator_year": (_L + "/operator/year?year={year}",),
        "page_operator_year_csv": (_L + "/operator/year/{year}/csv",),
        "page_operator_root": (_L + "/operator/root",),
        "page_operator_root_procedure": tuple(f"{_L}/operator/root/{each.value}" for each in Procedure),
        "page_account": (_L + "/account",),
        "page_password_change_ask": (_L + "/account/password",),
        "page_confirm_ask": (_L + "/account/confirm",),
        "page_passkey_new": (_L + "/account/passkeys/new",),
        "page_passkey_remove_ask": tuple(
            f"{_L}/account/passkeys/{{{who}_passkey}}/remove" for who in PEOPLE.values()
        ),
        "page_oidc_unlink_ask": (_L + "/account/oidc/unlink",),
        "page_recoveries": (_L + "/recoveries",),
        "page_recovery_get": (_L + "/recoveries/{recovery}",),
        "page_recover_ask": (_L + "/recover",),
    }


def time_coordinator(full: FullCoordinator, *, turns: int) -> Slowest:
    """Every page, by one person of every role that may see it."""
    asked = cases()
    check_every_page_is_asked(ROUTERS, asked, left_out=LEFT_OUT)
    return time_pages(asked, _visitors(full), names=full.names, turns=turns)


def _visitors(full: FullCoordinator) -> Callable[[str], Iterator[tuple[str, Browser]]]:
    stranger, known = Visitor(full.house), {}
    for role, who in PEOPLE.items():
        known[role] = Visitor(full.house)
        known[role].sign_in(who)

    def visitors(name: str) -> Iterator[tuple[str, Browser]]:
        rule = GATE.find_rule(name)
        if rule is None or rule.public:
            yield "", stranger
        else:
            yield from ((PEOPLE[role], known[role]) for role in sorted(rule.roles))

    return visitors
