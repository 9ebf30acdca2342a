"""Every page of a hospital's console, and who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.many.full_console import FullConsole
from benchmarks.many.timed_pages import Cases, Slowest, check_every_page_is_asked, time_pages
from node.console.accounts import ConsoleRole
from node.console.permissions import PERMISSIONS
from node.console.site import ROUTERS
from tests.support.page_visitor import Browser

LEFT_OUT: Final = frozenset({"console_asset", "console_sign_paper"})
"""No page, and a page that waits for the coordinator, which hands out its paper."""
PEOPLE: Final = {ConsoleRole.IT: "it-1", ConsoleRole.AUDITOR: "auditor-1"}
_L: Final = "/{language}"
_PERIOD: Final = "?first={first}&last={last}"
CASES: Final[Cases] = {
    "console_start": ("/",),
    "console_start_in_language": (_L + "/",),
    "console_sign_in": (_L + "/sign-in",),
    "console_home": (_L + "/home",),
    "console_pause_ask": (_L + "/pause",),
    "console_resume_ask": (_L + "/resume",),
    "console_releases": (
        _L + "/releases",
        _L + "/releases" + _PERIOD,
        _L + "/releases?text=project-7",
        _L + "/releases?before=300",
    ),
    "console_release": (_L + "/releases/{entry}",),
    "console_release_bytes": (_L + "/releases/{entry}/bytes",),
    "console_release_verify_again": (_L + "/releases/{entry}/verify",),
    "console_release_evidence": (_L + "/releases/{entry}/evidence",),
    "console_held_list": (_L + "/held",),
    "console_held": (_L + "/held/{number}",),
    "console_held_bytes": (_L + "/held/{number}/bytes",),
    "console_held_ask": (_L + "/held/{number}/approve",),
    "console_consents": (_L + "/consents",),
    "console_consent": (_L + "/consents/{run}",),
    "console_consent_ask": (_L + "/consents/{run}/give",),
    "console_runs": (_L + "/runs", _L + "/runs?page=150"),
    "console_stop_ask": (_L + "/runs/{under_way}/stop",),
    "console_deletions": (_L + "/deletions", _L + "/deletions?page=150"),
    "console_audit": (_L + "/audit", _L + "/audit?before=900"),
    "console_verify_again": (_L + "/audit/verify",),
    "console_policy": (_L + "/policy",),
    "console_policy_edit": (_L + "/policy/edit",),
    "console_policy_check_again": (_L + "/policy/check",),
    "console_budget": (_L + "/budget",),
    "console_budget_runs": (_L + "/budget/hospital", _L + "/budget/hospital?before=900"),
    "console_ceiling_edit": (_L + "/budget/hospital/ceiling",),
    "console_ceiling_check_again": (_L + "/budget/hospital/ceiling/check",),
    "console_population_edit": (_L + "/budget/hospital/populations/assign",),
    "console_population_check_again": (_L + "/budget/hospital/populations/assign/check",),
    "console_node": (_L + "/node",),
    "console_data": (_L + "/data",),
    "console_bounds": (_L + "/bounds",),
    "console_setup": (_L + "/setup",),
    "console_passkey_new": (_L + "/sign/register",),
    "console_papers": (_L + "/papers",),
    "console_ledger": (_L + "/papers/ledger", _L + "/papers/ledger" + _PERIOD),
    "console_ledger_csv": (_L + "/papers/ledger/file" + _PERIOD,),
    "console_letters": (_L + "/papers/letters",),
    "console_letter": (_L + "/papers/letters/{written}", _L + "/papers/letters/{unwritten}"),
    "console_letter_file": (_L + "/papers/letters/{written}/file",),
    "console_letter_ask": (_L + "/papers/letters/{unwritten}/write",),
    "console_diagnostics": (_L + "/papers/diagnostics",),
    "console_diagnostics_file": (_L + "/papers/diagnostics/file",),
}
"""At which addresses each page is asked for."""

OF_WHOLE_BOOKS: Final = frozenset(
    {
        "console_ledger",
        "console_ledger_csv",
        "console_letter",
        "console_letter_ask",
        "console_diagnostics",
    }
)
"""Papers that are made anew at each look, after every chain was walked from its first entry on: they promise
whole books, and take as long as the books are long."""


_TURNS_OF_WHOLE_BOOKS: Final = 3


def time_console(full: FullConsole, *, turns: int) -> tuple[Slowest, Slowest]:
    """Every page, by one person of every role that may see it: the pages, and the papers of whole books."""
    check_every_page_is_asked(ROUTERS, CASES, left_out=LEFT_OUT)
    pages = {name: at for name, at in CASES.items() if name not in OF_WHOLE_BOOKS}
    papers = {name: at for name, at in CASES.items() if name in OF_WHOLE_BOOKS}
    visitors, few = _visitors(full), min(turns, _TURNS_OF_WHOLE_BOOKS)
    return (
        time_pages(pages, visitors, names=full.names, turns=turns),
        time_pages(papers, visitors, names=full.names, turns=few),
    )


def _visitors(full: FullConsole) -> Callable[[str], Iterator[tuple[str, Browser]]]:
    stranger, known = full.house.visitor(), {}
    for role, who in PEOPLE.items():
        known[role] = full.house.visitor()
        known[role].sign_in(who)

    def visitors(name: str) -> Iterator[tuple[str, Browser]]:
        rule = PERMISSIONS[name]
        if rule.public:
            yield "", stranger
        else:
            yield from ((PEOPLE[role], known[role]) for role in sorted(rule.roles))

    return visitors
