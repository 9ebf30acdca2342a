"""Who looks at which addresses of a hospital's console."""

from __future__ import annotations

from typing import Final

LOOKS: Final[dict[str, tuple[str | None, tuple[str, ...]]]] = {
    "console_start": (None, ("/",)),
    "console_start_in_language": (None, ("/{language}/",)),
    "console_sign_in": (None, ("/{language}/sign-in", "/{language}/sign-in?to=/{language}/releases")),
    "console_sign_paper": (None, ("/{language}/sign",)),
    "console_passkey_new": (None, ("/{language}/sign/register",)),
    "console_home": ("it-1", ("/{language}/home",)),
    "console_pause_ask": ("it-1", ("/{language}/pause",)),
    "console_resume_ask": ("it-1", ("/{language}/resume",)),
    "console_releases": (
        "it-1",
        (
            "/{language}/releases",
            "/{language}/releases?text=lung",
            "/{language}/releases?text=nothing-of-that",
        ),
    ),
    "console_release": (
        "it-1",
        tuple(f"/{{language}}/releases/{{{each}}}" for each in ("clear", "masked", "evidenced")),
    ),
    "console_release_verify_again": ("it-1", ("/{language}/releases/{evidenced}/verify",)),
    "console_held_list": ("it-1", ("/{language}/held",)),
    "console_held": ("it-1", ("/{language}/held/{held}", "/{language}/held/{unreadable}")),
    "console_held_ask": (
        "it-1",
        tuple(f"/{{language}}/held/{{held}}/{answer}" for answer in ("approve", "refuse")),
    ),
    "console_consents": ("it-1", ("/{language}/consents",)),
    "console_consent": ("it-1", ("/{language}/consents/{asked}", "/{language}/consents/{running}")),
    "console_consent_ask": (
        "it-1",
        tuple(f"/{{language}}/consents/{{asked}}/{answer}" for answer in ("give", "refuse")),
    ),
    "console_runs": ("it-1", ("/{language}/runs",)),
    "console_stop_ask": ("it-1", ("/{language}/runs/{running}/stop",)),
    "console_deletions": ("it-1", ("/{language}/deletions",)),
    "console_node": ("it-1", ("/{language}/node",)),
    "console_policy": ("it-1", ("/{language}/policy",)),
    "console_policy_edit": ("it-1", ("/{language}/policy/edit",)),
    "console_policy_check_again": ("it-1", ("/{language}/policy/check",)),
    "console_budget": ("it-1", ("/{language}/budget",)),
    "console_budget_runs": ("it-1", ("/{language}/budget/hospital", "/{language}/budget/donors")),
    "console_ceiling_edit": ("it-1", ("/{language}/budget/hospital/ceiling",)),
    "console_ceiling_check_again": ("it-1", ("/{language}/budget/hospital/ceiling/check",)),
    "console_population_edit": (
        "it-1",
        tuple(f"/{{language}}/budget/hospital/populations/{act}" for act in ("assign", "join")),
    ),
    "console_population_check_again": ("it-1", ("/{language}/budget/hospital/populations/assign/check",)),
    "console_data": ("it-1", ("/{language}/data",)),
    "console_bounds": ("it-1", ("/{language}/bounds",)),
    "console_setup": ("it-1", ("/{language}/setup",)),
    "console_audit": ("it-1", ("/{language}/audit",)),
    "console_verify_again": ("it-1", ("/{language}/audit/verify",)),
    "console_papers": ("it-1", ("/{language}/papers",)),
    "console_ledger": ("it-1", ("/{language}/papers/ledger",)),
    "console_letters": ("it-1", ("/{language}/papers/letters",)),
    "console_letter": (
        "it-1",
        tuple(f"/{{language}}/papers/letters/{{{each}}}" for each in ("written_week", "open_week")),
    ),
    "console_letter_ask": ("it-1", ("/{language}/papers/letters/{open_week}/write",)),
    "console_diagnostics": ("it-1", ("/{language}/papers/diagnostics",)),
}
"""By the page's name: who looks, and at which addresses."""
AUDITED: Final = (
    "/{language}/home",
    "/{language}/held/{held}",
    "/{language}/consents/{asked}",
    "/{language}/runs",
    "/{language}/policy",
    "/{language}/budget",
    "/{language}/papers/letters/{open_week}",
)
"""Where an auditor reads why there is no act."""
FILES: Final = frozenset(
    {
        "console_asset",
        "console_release_bytes",
        "console_release_evidence",
        "console_held_bytes",
        "console_ledger_csv",
        "console_letter_file",
        "console_diagnostics_file",
    }
)
"""Not pages: what pages load or hand over as a file."""
NO_PAGES: Final = (
    "/{language}/nothing-of-that-name",
    "/{language}/releases/999",
    "/{language}/consents/nobody",
    "/{language}/budget/nobody",
)
_SEND: Final = "main form button[type=submit]"
SENT: Final = (
    (None, "/{language}/sign-in", _SEND),
    ("it-1", "/{language}/policy/edit", _SEND),
    ("it-1", "/{language}/budget/hospital/ceiling", _SEND),
    ("it-1", "/{language}/budget/hospital/populations/assign", _SEND),
    ("it-1", "/{language}/audit", _SEND),
    ("auditor-1", "/{language}/releases/{evidenced}", _SEND),
)
"""Pages that only a form shows: who, where, and the button."""
