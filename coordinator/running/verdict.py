"""What the disclosure rules said about the pooled result: what a checker reads before the result itself.

The rules are those that were asked while the result was made fit to be shown, and no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coordinator.jobs.result_store import DisclosureVerdict, RuleOutcome
from onggi.report.findings import SMALL_CELLS, withheld_findings
from onggi.spec.results import ConceptReport, CountTable, OverlapTable, Result
from privacy.disclosure.looks import Look

NOISE: Final = "noise in every number"
NAMES: Final[Mapping[str, str]] = {
    "disclosure.small_cell": SMALL_CELLS,
    "disclosure.small_difference": "differences under the threshold",
    "disclosure.small_step": "steps of curves",
    "disclosure.low_dof": "residual degrees of freedom",
    "disclosure.effective_sample": "effective number of persons",
    "disclosure.few_differ": "a few who differ",
    "disclosure.one_value": "one value of everybody",
}
"""How a verdict calls a rule; `onggi.report.rule_words` has the words."""


def verdict_of(result: Result, looks: Sequence[Look] = ()) -> DisclosureVerdict:
    """The verdict on a result. A rule that was asked and did not refuse has passed.

    Args:
        looks: what the rules looked at while the result was released.
    """
    if isinstance(result, ConceptReport):
        return DisclosureVerdict(rules=(RuleOutcome(rule="no person is counted", outcome="passed"),))
    # Nobody knows how many persons are behind a noisy number: what was held to is that it is noisy.
    first = NOISE if result.noise is not None else f"at least {result.minimum_persons} persons"
    rules = [RuleOutcome(rule=first, outcome="passed")]
    if isinstance(result, CountTable | OverlapTable):
        withheld = sum(1 for _ in withheld_findings(result))
        outcome = RuleOutcome(
            rule=SMALL_CELLS,
            outcome="withheld" if withheld else "passed",
            cells=withheld,
            looked=len(result.reasons()),
            threshold=result.minimum_persons,
        )
        return DisclosureVerdict(rules=(*rules, outcome))
    return DisclosureVerdict(rules=(*rules, *_asked(looks)))


def _asked(looks: Sequence[Look]) -> list[RuleOutcome]:
    """One outcome a rule, in the order in which they were first asked; with its highest threshold."""
    asked: dict[str, tuple[int, int]] = {}
    for each in looks:
        looked, threshold = asked.get(each.code, (0, 0))
        asked[each.code] = looked + each.cells, max(threshold, each.threshold)
    return [
        RuleOutcome(rule=NAMES[code], outcome="passed", looked=looked, threshold=threshold)
        for code, (looked, threshold) in asked.items()
    ]
