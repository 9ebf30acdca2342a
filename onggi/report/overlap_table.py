"""How an overlap of cohorts is told: each cohort's total, then every combination."""

from __future__ import annotations

from onggi.report.bar_panels import bar_panels, told_bars
from onggi.report.count_table import PERSONS
from onggi.report.figure import Figure
from onggi.report.sheet import Column, Pair, Sheet, number_or_hidden
from onggi.spec.results import OverlapTable

COHORT = Column("cohort", ("코호트", "Cohort"))
INSIDE = Column("persons_in", ("해당 코호트", "Persons in"))


def sheets(result: OverlapTable) -> tuple[Sheet, ...]:
    """Totals, and persons in exactly these cohorts: "A + B" are in A and B and in none of the others."""
    totals = zip(result.cohorts, result.totals, result.totals_withheld, strict=True)
    exact = zip(_combination_names(result), result.persons, result.withheld, strict=True)
    return (
        Sheet(
            "cohorts",
            ("코호트별 인원", "Persons in each cohort"),
            (COHORT, PERSONS),
            tuple((cohort, number_or_hidden(count, why)) for cohort, count, why in totals),
        ),
        Sheet(
            "combinations",
            ("겹치는 인원", "Persons in exactly these cohorts"),
            (INSIDE, PERSONS),
            tuple((names, number_or_hidden(count, why)) for names, count, why in exact),
        ),
    )


def figure(result: OverlapTable) -> Figure | None:
    """Bars of persons: each cohort, then each combination."""
    shown = sheets(result)
    panels = bar_panels(shown)
    title: Pair = ("코호트별, 조합별 인원", "Persons in cohorts and in their combinations")
    return Figure(title, told_bars(shown, minimum=result.minimum_persons), panels) if panels else None


def methods(result: OverlapTable) -> tuple[Pair, ...]:  # noqa: ARG001 - part of every result's telling
    """What is counted."""
    return (
        (
            "코호트마다, 그리고 코호트의 조합마다 서로 다른 사람 수를 세었습니다.",
            "Distinct persons were counted in each cohort and in each combination of cohorts.",
        ),
        (
            "조합의 수는 해당 코호트에만 속한 사람 수입니다(OHDSI Circe 1.12의 코호트 의미).",
            "A combination holds those in exactly its cohorts (semantics of OHDSI Circe 1.12).",
        ),
    )


def _combination_names(result: OverlapTable) -> list[str]:
    return [
        " + ".join(name for name, is_in in zip(result.cohorts, flags, strict=True) if is_in)
        for flags in result.combinations
    ]
