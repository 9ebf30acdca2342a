"""Who looks at which addresses of the coordinator's pages."""

from __future__ import annotations

from typing import Final

from coordinator.pages.application_form import ABOUT_A_PERMIT, KINDS
from coordinator.pages.ceremony import Procedure
from coordinator.pages.held_code import held_code

HELD: Final = held_code()
CODE_ADDRESSES: Final = tuple(
    f"/{{language}}/code/{digest}"
    for digest in (HELD.source, HELD.environment, HELD.sandbox, "sha256:" + "0" * 64)
)
FORMS: Final = {
    kind: f"/{{language}}/projects/{{project}}/apply/{kind}"
    + ("?permit={permit}" if kind in ABOUT_A_PERMIT else "")
    for kind in KINDS
}
"""The form of each kind of application."""
LOOKS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "page_start": (None, ("/",)),
    "page_start_in_language": (None, ("/{language}/",)),
    "page_sign_in": (None, ("/{language}/sign-in", "/{language}/sign-in?to=/{language}/desk")),
    "page_parts": (None, ("/{language}/parts",)),
    "page_desk": ("committee-1", ("/{language}/desk",)),
    "page_statement_get": (
        "committee-1",
        ("/{language}/statements/{statement}", "/{language}/statements/{own_statement}"),
    ),
    "page_statement_withdraw_ask": ("committee-1", ("/{language}/statements/{own_statement}/withdraw",)),
    "page_jobs_list": (
        "checker-1",
        ("/{language}/jobs", "/{language}/jobs?state=failed", "/{language}/jobs?state="),
    ),
    "page_job_get": ("checker-1", ("/{language}/jobs/{job}", "/{language}/jobs/{glm}")),
    "page_export_get": (
        "checker-1",
        ("/{language}/exports/{job}", "/{language}/exports/{glm}", "/{language}/exports/{overlap}"),
    ),
    "page_code": ("checker-1", CODE_ADDRESSES),
    "page_code_file": ("checker-1", (f"/{{language}}/code/{HELD.source}/onggi/spec/ids.py",)),
    "page_projects_list": ("checker-1", ("/{language}/projects",)),
    "page_project_get": ("checker-1", ("/{language}/projects/{project}",)),
    "page_permits_list": ("checker-1", ("/{language}/permits",)),
    "page_permit_get": ("checker-1", ("/{language}/permits/{permit}",)),
    "page_application_thread": ("committee-1", ("/{language}/applications/{submitted}/thread",)),
    "page_project_thread": ("researcher-1", ("/{language}/projects/{project}/thread",)),
    "page_permit_thread": ("committee-1", ("/{language}/permits/{permit}/thread",)),
    "page_statement_thread": ("committee-1", ("/{language}/statements/{own_statement}/thread",)),
    "page_job_thread": (
        "researcher-1",
        ("/{language}/jobs/{job}/thread", "/{language}/jobs/{job}?answer={asked}"),
    ),
    "page_export_thread": ("checker-2", ("/{language}/exports/{job}/thread",)),
    "page_samples_list": ("committee-1", ("/{language}/samples",)),
    "page_sample_get": ("committee-1", ("/{language}/samples/{sample}", "/{language}/samples/{job}")),
    "page_operator": ("operator-1", ("/{language}/operator",)),
    "page_operator_organisations": ("operator-1", ("/{language}/operator/organisations",)),
    "page_organisation_add_ask": ("operator-1", ("/{language}/operator/organisations/new",)),
    "page_contacts_list": ("operator-1", ("/{language}/operator/organisations/university-1",)),
    "page_contact_remove_ask": (
        "operator-1",
        ("/{language}/operator/organisations/university-1/contacts/{contact}/remove",),
    ),
    "page_account_requests_list": ("operator-1", ("/{language}/account-requests",)),
    "page_account_request_create_ask": ("operator-1", ("/{language}/account-requests/new",)),
    "page_account_request_get": ("operator-1", ("/{language}/account-requests/{account_request}",)),
    "page_account_request_open_ask": (
        "operator-1",
        ("/{language}/account-requests/{account_request}/open",),
    ),
    "page_account_request_refuse_ask": (
        "operator-1",
        ("/{language}/account-requests/{account_request}/refuse",),
    ),
    "page_account_request_withdraw_ask": (
        "operator-1",
        ("/{language}/account-requests/{account_request}/withdraw",),
    ),
    "page_account_setup": (None, ("/{language}/set-up",)),
    "page_readiness_list": ("operator-1", ("/{language}/operator/people",)),
    "page_trainings_list": ("operator-1", ("/{language}/operator/people/researcher-1",)),
    "page_nodes_list": ("operator-1", ("/{language}/operator/hospitals",)),
    "page_enrolments_list": ("operator-1", ("/{language}/operator/hospitals/zurich",)),
    "page_certificates_revoke_ask": ("operator-1", ("/{language}/operator/hospitals/zurich/revoke",)),
    "page_announcements_list": ("operator-1", ("/{language}/operator/announcements",)),
    "page_announcement_ask": ("operator-1", ("/{language}/operator/announcements/new",)),
    "page_announcement_withdraw_ask": (
        "operator-1",
        ("/{language}/operator/announcements/{announcement}/withdraw",),
    ),
    "page_operator_year": ("operator-1", ("/{language}/operator/year",)),
    "page_operator_root": ("operator-1", ("/{language}/operator/root",)),
    "page_operator_root_procedure": (
        "operator-1",
        tuple(f"/{{language}}/operator/root/{each.value}" for each in Procedure),
    ),
    "page_account": ("hospital-1", ("/{language}/account", "/{language}/account?done=passkey")),
    "page_password_change_ask": ("hospital-1", ("/{language}/account/password",)),
    "page_confirm_ask": ("hospital-1", ("/{language}/account/confirm",)),
    "page_passkey_new": ("hospital-1", ("/{language}/account/passkeys/new",)),
    "page_passkey_remove_ask": ("hospital-1", ("/{language}/account/passkeys/{passkey}/remove",)),
    "page_oidc_unlink_ask": ("hospital-1", ("/{language}/account/oidc/unlink",)),
    "page_oidc_back": (None, ("/{language}/oidc/back",)),
    "page_recoveries": ("operator-1", ("/{language}/recoveries",)),
    "page_recovery_get": ("operator-1", ("/{language}/recoveries/{recovery}",)),
    "page_recover_ask": (None, ("/{language}/recover",)),
    "page_applications_list": ("committee-1", ("/{language}/applications",)),
    "page_application_kinds": ("researcher-1", ("/{language}/projects/{project}/apply",)),
    "page_application_new": ("researcher-1", tuple(FORMS.values())),
    "page_application_edit": ("researcher-1", ("/{language}/applications/{returned}/edit",)),
    "page_application_get": (
        "committee-2",
        tuple(
            f"/{{language}}/applications/{{{each}}}"
            for each in ("submitted", "on_agenda", "job_application", "approved", "conditional", "returned")
        ),
    ),
    "page_application_ask": (
        "researcher-1",
        tuple(f"/{{language}}/applications/{{draft}}/ask/{act}" for act in ("submit", "withdraw")),
    ),
    "page_application_send_back_ask": ("committee-2", ("/{language}/applications/{submitted}/send-back",)),
    "page_application_grant_ask": ("committee-2", ("/{language}/applications/{approved}/grant",)),
    "page_review_get": ("committee-1", ("/{language}/projects/{project}/reviews/zurich/lung",)),
    "page_review_new": (
        "committee-1",
        (
            "/{language}/projects/{project}/reviews/zurich/lung/new",
            "/{language}/projects/{project}/reviews/zurich/other/new",
        ),
    ),
    "page_conflict_ask": ("committee-1", ("/{language}/projects/{project}/conflict",)),
    "page_meetings": ("committee-1", ("/{language}/meetings",)),
    "page_meeting_new": ("committee-1", ("/{language}/meetings/new",)),
    "page_meeting": (
        "committee-1",
        tuple(
            f"/{{language}}/meetings/{{{each}}}" for each in ("meeting", "past_meeting", "planned_meeting")
        ),
    ),
    "page_meeting_ask": (
        "committee-1",
        (
            "/{language}/meetings/{meeting}/close",
            "/{language}/meetings/{planned_meeting}/open",
            "/{language}/meetings/{planned_meeting}/cancel",
        ),
    ),
    "page_meeting_item": (
        "committee-1",
        (
            "/{language}/meetings/{meeting}/items/{on_agenda}",
            "/{language}/meetings/{past_meeting}/items/{conditional}",
        ),
    ),
    "page_meeting_minutes": (
        "auditor-1",
        ("/{language}/meetings/{past_meeting}/minutes", "/{language}/meetings/{meeting}/minutes"),
    ),
    "page_delegations": ("committee-1", ("/{language}/delegations",)),
}
"""By the page's name: who looks, and at which addresses."""
FILES: Final = frozenset({"page_asset", "page_operator_year_csv", "page_job_crate"})
"""Not pages: what pages load or hand over as a file."""
NO_PAGES: Final = ("/{language}/nothing-of-that-name", "/{language}/jobs/nothing-of-that-name")
_SEND: Final = "main form button[type=submit]"
SENT: Final = (
    (None, "/{language}/sign-in", _SEND),
    ("researcher-1", FORMS["permit"], _SEND),
    ("researcher-1", FORMS["feasibility"], _SEND),
    ("researcher-1", FORMS["job"], _SEND),
    ("committee-1", "/{language}/projects/{project}/reviews/zurich/other/new", _SEND),
    ("committee-1", "/{language}/projects/{project}/conflict", _SEND),
    ("committee-1", "/{language}/meetings/new", _SEND),
    ("committee-1", "/{language}/meetings/{meeting}/items/{on_agenda}", _SEND),
    ("committee-1", "/{language}/delegations", "main form[action$='/delegations'] button[type=submit]"),
    ("committee-2", "/{language}/applications/{submitted}", _SEND),
    ("committee-2", "/{language}/applications/{submitted}/send-back", _SEND),
)
"""Pages that only a form shows: who, where, and the button. Here each form is wrong."""
