"""What each kind of statistic puts out, by the statbarns of output checkers, and which checks are excused.

The rules that a kind asks must make every check of its statbarns' classes, but those that are excused here
with a reason. A test holds each kind's own looks against this table: nobody can add a kind, or take a rule
out of one, and leave a class of output unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from privacy.disclosure.statbarns import Excused, Statbarn

_PARTITION = Excused(
    "PresenceOfLinkedTableCheck",
    "cells share nobody and each is large enough, so sums, margins and complements are",
)
_MODEL = Excused(
    "PresenceOfLinkedTableCheck",
    "a model's counts are nested in one table of which every level is large enough",
)
_LIFE_TABLE = Excused(
    "MinimumDoFCheck", "a life table fits no parameters; persons at risk are checked at each step"
)
_ONE_EACH = "everybody counts once in a count of persons: nobody dominates it"
_COUNTED = (Excused("NKCheck", _ONE_EACH), Excused("PPercentCheck", _ONE_EACH))
_TESTS = Excused(
    "MinimumDoFCheck", "the test follows from counts that were checked themselves, and fits no parameters"
)
_INTERVALS = Excused(
    "StatbarnDataCheck", "ratios and intervals follow from counts that were checked themselves"
)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The classes of a kind's numbers, and the checks that are excused."""

    statbarns: tuple[Statbarn, ...]
    excused: tuple[Excused, ...] = ()


OUTPUTS: Final[Mapping[str, Outputs]] = {
    "concepts": Outputs(()),
    "count": Outputs(("Frequencies",)),
    "overlap": Outputs(("Frequencies",), (_PARTITION,)),
    "table_one": Outputs(("Frequencies", "LinearAggregations", "Shape", "StatisticalHypothesisTests")),
    "distribution": Outputs(("Frequencies", "Position"), (_PARTITION,)),
    "cross_table": Outputs(
        ("Frequencies", "CalculatedRatios", "StatisticalHypothesisTests"),
        (_PARTITION, _INTERVALS, _TESTS, *_COUNTED),
    ),
    "correlation": Outputs(
        ("CorrelationCoefficients", "LinearAggregations", "StatisticalHypothesisTests"), (_MODEL,)
    ),
    "rates": Outputs(("Frequencies", "LinearAggregations", "CalculatedRatios"), (_PARTITION, _INTERVALS)),
    "glm": Outputs(
        (
            "CorrelationCoefficients",
            "StatisticalHypothesisTests",
            "LinearAggregations",
            "Frequencies",
            "CalculatedRatios",
        ),
        (_MODEL, _INTERVALS),
    ),
    "penalised": Outputs(("CorrelationCoefficients", "LinearAggregations"), (_MODEL,)),
    "meta": Outputs(("CorrelationCoefficients", "StatisticalHypothesisTests"), ()),
    "survival": Outputs(
        ("HazardSurvivalTables", "Frequencies", "Position", "StatisticalHypothesisTests"), (_LIFE_TABLE,)
    ),
    "cox": Outputs(
        (
            "CorrelationCoefficients",
            "CalculatedRatios",
            "LinearAggregations",
            "StatisticalHypothesisTests",
        ),
        (_MODEL, _INTERVALS),
    ),
    "evaluation": Outputs(
        ("Frequencies", "CalculatedRatios", "StatisticalHypothesisTests"), (_PARTITION, _INTERVALS)
    ),
}
