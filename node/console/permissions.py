"""Who may open which page of the console: one table, and what it does not name nobody opens.

An auditor sees everything and changes nothing; their one act is to have the books, or one entry, verified,
which changes nothing either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from node.console.accounts import ConsoleRole
from onggi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may open a page. `public`: without signing in as well."""

    roles: frozenset[ConsoleRole] = frozenset()
    public: bool = False


_PUBLIC: Final = Rule(public=True)
_SEE: Final = Rule(roles=frozenset(ConsoleRole))
_DECIDE: Final = Rule(roles=frozenset({ConsoleRole.IT}))
PERMISSIONS: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "console_start": _PUBLIC,
        "console_start_in_language": _PUBLIC,
        "console_asset": _PUBLIC,
        "console_sign_in": _PUBLIC,
        "console_sign_in_send": _PUBLIC,
        "console_sign_paper": _PUBLIC,
        "console_sign_paper_send": _PUBLIC,
        "console_passkey_new": _PUBLIC,
        "console_passkey_prove": _PUBLIC,
        "console_passkey_done": _PUBLIC,
        "console_sign_out": _SEE,
        "console_home": _SEE,
        "console_pause_ask": _DECIDE,
        "console_pause": _DECIDE,
        "console_resume_ask": _DECIDE,
        "console_resume": _DECIDE,
        "console_releases": _SEE,
        "console_release": _SEE,
        "console_release_bytes": _SEE,
        "console_release_evidence": _SEE,
        "console_release_verify": _SEE,
        "console_release_verify_again": _SEE,
        "console_held_list": _SEE,
        "console_held": _SEE,
        "console_held_bytes": _SEE,
        "console_held_ask": _DECIDE,
        "console_held_decide": _DECIDE,
        "console_consents": _SEE,
        "console_consent": _SEE,
        "console_consent_ask": _DECIDE,
        "console_consent_decide": _DECIDE,
        "console_runs": _SEE,
        "console_stop_ask": _DECIDE,
        "console_stop": _DECIDE,
        "console_deletions": _SEE,
        "console_node": _SEE,
        "console_policy": _SEE,
        "console_policy_edit": _DECIDE,
        "console_policy_check": _DECIDE,
        "console_policy_check_again": _DECIDE,
        "console_policy_save": _DECIDE,
        "console_budget": _SEE,
        "console_budget_runs": _SEE,
        "console_ceiling_edit": _DECIDE,
        "console_ceiling_check": _DECIDE,
        "console_ceiling_check_again": _DECIDE,
        "console_ceiling_save": _DECIDE,
        "console_population_edit": _DECIDE,
        "console_population_check": _DECIDE,
        "console_population_check_again": _DECIDE,
        "console_population_save": _DECIDE,
        "console_data": _SEE,
        "console_bounds": _SEE,
        "console_setup": _SEE,
        "console_audit": _SEE,
        "console_verify": _SEE,
        "console_verify_again": _SEE,
        "console_papers": _SEE,
        "console_ledger": _SEE,
        "console_ledger_csv": _SEE,
        "console_letters": _SEE,
        "console_letter": _SEE,
        "console_letter_file": _SEE,
        "console_letter_ask": _DECIDE,
        "console_letter_write": _DECIDE,
        "console_diagnostics": _SEE,
        "console_diagnostics_file": _SEE,
    }
)
DECIDING: Final = _DECIDE.roles


def check_may_open(rule: Rule, role: ConsoleRole) -> None:
    """Raises Refused(``console.role_needed``)."""
    if role not in rule.roles:
        raise Refused("console.role_needed")
