"""Answers that describe persons, each with all that its type can hold, and with names that mean harm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from onggi.spec.results import (
    BinnedPersons,
    CorrelatedPair,
    Correlation,
    CrossedPersons,
    CrossTable,
    Distribution,
    Estimate,
    GridQuantile,
    GroupRate,
    GroupTest,
    LevelsRow,
    NumberRow,
    Rates,
    Result,
    StratumRate,
    TableOne,
    TwoByTwo,
)

_SHARED: Final = {"sites": 4, "minimum_persons": 10, "rounded_to": 5}
_WIDE: Final = Estimate(value=1.25, low=0.75, high=2.5)


def table_one_of(names: Sequence[str]) -> TableOne:
    """Two groups; a number that some lack and another that nobody has, and two levels of a third variable."""
    number, chosen, group, other = names[:4]
    return TableOne(
        **_SHARED,
        by="arm",
        groups=(group, other),
        persons=(620, 320, 300),
        variables=(
            NumberRow(
                variable=number,
                present=(600, 310, 290),
                missing=(20, 10, 10),
                means=(61.25, 60.5, 62.125),
                standard_deviations=(10.5, 10.25, 10.75),
                difference=0.15,
                test=GroupTest(test="welch_t", statistic=-1.9, dof=590.5, p_value=0.058),
            ),
            NumberRow(
                variable="nobody's",
                present=(0, 0, 0),
                missing=(620, 320, 300),
                means=(None, None, None),
                standard_deviations=(None, None, None),
            ),
            LevelsRow(
                variable=chosen,
                levels=(f"{chosen}: yes", "others"),
                persons=((400, 210, 190), (220, 110, 110)),
                shares=((0.645, 0.656, 0.633), (0.355, 0.344, 0.367)),
                missing=(0, 0, 0),
                difference=0.05,
                test=GroupTest(test="pearson_chi_square", statistic=0.36, dof=1, p_value=0.55),
            ),
        ),
    )


def three_groups() -> TableOne:
    """As `table_one_of`, where analysis of variance compares three groups."""
    return TableOne(
        **_SHARED,
        by="stage",
        groups=("I", "II", "III"),
        persons=(900, 300, 310, 290),
        variables=(
            NumberRow(
                variable="age",
                present=(900, 300, 310, 290),
                missing=(0, 0, 0, 0),
                means=(61.0, 60.0, 61.5, 62.0),
                standard_deviations=(10.5, 10.25, 10.75, 10.0),
                difference=0.2,
                test=GroupTest(
                    test="one_way_anova", statistic=3.1, dof=2, denominator_dof=897, p_value=0.0455
                ),
            ),
        ),
    )


def distribution_of(names: Sequence[str], *, edges: Sequence[float] = (0, 40, 60, 120)) -> Distribution:
    """Everybody and one group on one grid, with quantiles of everybody."""
    variable, group = names[:2]
    bins = len(edges) - 1
    return Distribution(
        **_SHARED,
        variable=variable,
        edges=tuple(map(float, edges)),
        by="arm",
        groups=(
            BinnedPersons(
                group="overall",
                persons=tuple(300 + 5 * at for at in range(bins)),
                quantiles=(
                    GridQuantile(probability=0.5, low=edges[1], high=edges[2], interpolated=edges[1] + 1.5),
                ),
            ),
            BinnedPersons(group=group, persons=(150,) * bins, quantiles=()),
        ),
    )


def cross_table_of(names: Sequence[str]) -> CrossTable:
    """Two by two in two strata, one of which has cells with few expected persons."""
    row, column, stratum, other = names[:4]

    def crossed(name: str, cells: tuple[tuple[int, int], ...], smallest: float) -> CrossedPersons:
        return CrossedPersons(
            stratum=name,
            persons=cells,
            row_totals=tuple(map(sum, cells)),
            column_totals=tuple(map(sum, zip(*cells, strict=True))),
            total=sum(map(sum, cells)),
            test=GroupTest(test="pearson_chi_square", statistic=2.5, dof=1, p_value=0.114),
            cramers_v=0.0625,
            smallest_expected=smallest,
            two_by_two=TwoByTwo(odds_ratio=_WIDE, risk_ratio=_WIDE, risk_difference=_WIDE),
        )

    return CrossTable(
        **_SHARED,
        rows_variable="sex",
        row_levels=(row, "others"),
        columns_variable="smokes",
        column_levels=(column, "total"),
        strata_variable="region",
        tables=(
            crossed("overall", ((200, 100), (210, 90)), 95.0),
            crossed(stratum, ((190, 90), (200, 80)), 85.0),
            crossed(other, ((10, 10), (10, 10)), 4.75),
        ),
    )


def correlation_of(names: Sequence[str]) -> Correlation:
    """Every two of these variables; some go together, others go against each other."""
    pairs = [
        CorrelatedPair(
            first=one,
            second=other,
            coefficient=0.5 - 0.25 * at,
            low=0.375 - 0.25 * at,
            high=0.625 - 0.25 * at,
            p_value=0.001,
        )
        for at, (one, other) in enumerate(combinations(names, 2))
    ]
    return Correlation(**_SHARED, variables=tuple(names), n=740, pairs=tuple(pairs))


def rates_of(names: Sequence[str]) -> Rates:
    """Crude and standardised rates, observed over expected events, and two strata."""
    group, stratum, outcome, other = names[:4]
    groups = tuple(
        GroupRate(
            group=name,
            persons=persons,
            person_years=persons * 1.75,
            events=persons // 10,
            rate=Estimate(value=57.0, low=40.0, high=80.0 + persons / 10),
            standardised=Estimate(value=60.0, low=41.0, high=90.0),
            expected=persons / 8,
            ratio=_WIDE,
        )
        for name, persons in (("overall", 600), (group, 300))
    )
    strata = tuple(
        StratumRate(
            group=each.group,
            stratum=name,
            persons=each.persons // 2,
            person_years=each.person_years / 2,
            events=each.events // 2,
            rate=Estimate(value=57.0, low=35.0, high=95.0),
        )
        for each in groups
        for name in (stratum, other)
    )
    return Rates(
        **_SHARED, outcome=outcome, by="arm", stratified_by=("region",), groups=groups, strata=strata
    )


WORDS_OF_DESCRIPTIONS: Final = (
    "treated",
    "urban",
    "rural",
    "pressure",
    "height",
    "smokes",
    "nobody's",
    "yes",
    "smokes=total",
)
"""What a researcher typed in them."""

EXAMPLES: Final[dict[str, Result]] = {
    "table_one with gaps": table_one_of(("age", "smokes", "treated", "untreated")),
    "table_one of three groups": three_groups(),
    "distribution with wide ends": distribution_of(("age", "treated")),
    "cross_table in strata": cross_table_of(("male", "yes", "urban", "rural")),
    "correlation of four": correlation_of(("age", "pressure", "weight", "height")),
    "rates in strata": rates_of(("treated", "urban", "death", "rural")),
}


def hostile_descriptions(names: Sequence[str]) -> dict[str, Result]:
    """Each type with these names wherever somebody's text reaches it."""
    shown = [names[0], names[3], names[1], names[2]]
    return {
        "table_one": table_one_of(shown),
        "distribution": distribution_of(shown),
        "cross_table": cross_table_of(shown),
        "correlation": correlation_of(shown),
        "rates": rates_of(shown),
    }
