"""Told to a checker before voting: the findings of the disclosure rules, and the checks of ACRO they make.

The checks and classes are those of the SACRO vocabulary, by which output checkers sort statistics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analysis_jobs.kinds.outputs import OUTPUTS
from coordinator.jobs.result_store import DisclosureVerdict
from coordinator.running.verdict import NAMES
from onggi.report.findings import SMALL_CELLS, Finding, Outcome, RuleAsked, findings_of, refusal_finding
from onggi.spec.base import Frozen
from onggi.spec.results import ResultBase
from privacy.disclosure.statbarns import CHECKS_OF_RULES, CHECKS_OF_STATBARNS

_CODES: Final[Mapping[str, str]] = {name: code for code, name in NAMES.items()}


class JudgedFinding(Frozen):
    """One sentence in both languages, the cell that it concerns, and what of ACRO it answers.

    Args:
        checks: ACRO's checks that this rule makes.
        statbarns: the classes of this kind's numbers that ask for one of these checks.
    """

    rule: str
    outcome: Outcome
    cell_ko: str
    cell_en: str
    ko: str
    en: str
    checks: tuple[str, ...]
    statbarns: tuple[str, ...]


def judged_findings(kind: str, result: ResultBase, verdict: DisclosureVerdict) -> tuple[JudgedFinding, ...]:
    """Every finding about a result, rules first. It holds no number that the result does not show."""
    asked = [
        RuleAsked(rule=each.rule, withheld=each.cells, looked=each.looked, threshold=each.threshold)
        for each in verdict.rules
    ]
    return tuple(_judged(kind, each) for each in findings_of(result, asked))


def judged_refusal(kind: str, code: str | None) -> JudgedFinding | None:
    """The finding that ended a job; None where no disclosure rule did."""
    name = NAMES.get(code or "")
    return None if name is None else _judged(kind, refusal_finding(name))


def _judged(kind: str, finding: Finding) -> JudgedFinding:
    checks = _checks(finding.rule)
    return JudgedFinding(
        rule=finding.rule,
        outcome=finding.outcome,
        cell_ko=finding.cell[0],
        cell_en=finding.cell[1],
        ko=finding.words[0],
        en=finding.words[1],
        checks=tuple(sorted(checks)),
        statbarns=tuple(each for each in OUTPUTS[kind].statbarns if CHECKS_OF_STATBARNS[each] & checks),
    )


def _checks(rule: str) -> frozenset[str]:
    """None for a rule that the vocabulary does not know; the job's minimum of persons is a threshold."""
    code = _CODES.get(SMALL_CELLS if rule.startswith("at least ") else rule)
    return CHECKS_OF_RULES[code] if code is not None else frozenset()
