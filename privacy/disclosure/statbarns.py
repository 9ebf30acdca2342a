"""Which checks of the SACRO vocabulary our rules make, and which ones each class of output calls for.

Statbarns are the classes in which output checkers sort statistics, each with its risks and the checks that
meet them (https://w3id.org/statbarnsdc, as ACRO has it). Nothing is decided here: a test holds each kind of
statistic against this table, so that a new kind of output cannot leave without the rules of its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from onggi.spec.disclosure_rules import RuleName

Statbarn = Literal[
    "CalculatedRatios",
    "Clusters",
    "CorrelationCoefficients",
    "Endpoints",
    "Frequencies",
    "GiniCoefficient",
    "HazardSurvivalTables",
    "LinearAggregations",
    "LinkedMultilevelTables",
    "Mode",
    "NonLinearConcentrationRatios",
    "Position",
    "Shape",
    "StatisticalHypothesisTests",
]
Check = Literal[
    "MinimumDoFCheck",
    "MinimumThresholdCheck",
    "NKCheck",
    "PPercentCheck",
    "PresenceOfLinkedTableCheck",
    "PresenceOfZeroCheck",
    "RequiredZeroCheck",
    "StatbarnDataCheck",
]

CHECKS_OF_RULES: Final[Mapping[str, frozenset[Check]]] = {
    # Zero is small: the threshold is the check for zeros too.
    "disclosure.small_cell": frozenset({"MinimumThresholdCheck", "PresenceOfZeroCheck", "RequiredZeroCheck"}),
    "disclosure.small_difference": frozenset({"PresenceOfLinkedTableCheck", "StatbarnDataCheck"}),
    "disclosure.small_step": frozenset(
        {"MinimumThresholdCheck", "PresenceOfZeroCheck", "PresenceOfLinkedTableCheck", "StatbarnDataCheck"}
    ),
    "disclosure.low_dof": frozenset({"MinimumDoFCheck"}),
    "disclosure.effective_sample": frozenset({"NKCheck", "PPercentCheck"}),
    "disclosure.few_differ": frozenset({"NKCheck", "PPercentCheck"}),
    "disclosure.one_value": frozenset({"PresenceOfZeroCheck", "RequiredZeroCheck"}),
}

CHECKS_OF_STATBARNS: Final[Mapping[Statbarn, frozenset[Check]]] = {
    "CalculatedRatios": frozenset({"NKCheck", "PPercentCheck", "StatbarnDataCheck"}),
    "Clusters": frozenset(),
    "CorrelationCoefficients": frozenset({"MinimumDoFCheck"}),
    "Endpoints": frozenset({"MinimumThresholdCheck", "PresenceOfZeroCheck", "RequiredZeroCheck"}),
    "Frequencies": frozenset(
        {"MinimumThresholdCheck", "PresenceOfZeroCheck", "RequiredZeroCheck", "PresenceOfLinkedTableCheck"}
    ),
    "GiniCoefficient": frozenset({"MinimumThresholdCheck"}),
    "HazardSurvivalTables": frozenset({"MinimumDoFCheck", "StatbarnDataCheck"}),
    "LinearAggregations": frozenset(
        {"MinimumThresholdCheck", "NKCheck", "PPercentCheck", "PresenceOfLinkedTableCheck"}
    ),
    "LinkedMultilevelTables": frozenset(),
    "Mode": frozenset({"PresenceOfLinkedTableCheck", "PresenceOfZeroCheck", "RequiredZeroCheck"}),
    "NonLinearConcentrationRatios": frozenset({"MinimumThresholdCheck", "NKCheck", "PPercentCheck"}),
    "Position": frozenset({"MinimumThresholdCheck", "PresenceOfZeroCheck", "RequiredZeroCheck"}),
    "Shape": frozenset({"MinimumDoFCheck"}),
    "StatisticalHypothesisTests": frozenset({"MinimumDoFCheck"}),
}
NEVER_PUT_OUT: Final[frozenset[Statbarn]] = frozenset({"Endpoints", "Mode"})
"""The least, the greatest and the most frequent value are values of persons: no kind may put them out."""


CHECKS_OF_NUMBERS: Final[Mapping[RuleName, frozenset[Check]]] = {
    "residual_dof": frozenset({"MinimumDoFCheck"}),
    "effective_contributors": frozenset({"NKCheck", "PPercentCheck"}),
    "effective_event_holders": frozenset({"NKCheck", "PPercentCheck"}),
    "zero_drop_is_small": frozenset({"PresenceOfZeroCheck", "PresenceOfLinkedTableCheck"}),
    "empty_step_is_small": frozenset({"PresenceOfZeroCheck", "StatbarnDataCheck"}),
    "empty_combination_is_small": frozenset({"PresenceOfZeroCheck", "RequiredZeroCheck"}),
    # What is shown after every check: no check of the vocabulary asks for it.
    "rounding_base": frozenset(),
    "shown_digits": frozenset(),
}
"""To which checks each number of `DisclosureRules` belongs."""


@dataclass(frozen=True, slots=True)
class Excused:
    """A check that no rule of ours makes for an output, and what stands in its place."""

    check: Check
    because: str
