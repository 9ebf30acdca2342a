"""Figures and sentences of descriptions: what is drawn was counted, and nothing is said that is not so."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from onggi.report.figure import Bars, Columns, Guide, Panel, Points, Tiles
from onggi.report.find_report import report_of
from onggi.spec.results import Estimate
from tests.support.answers_to_tell import answer
from tests.support.described_examples import EXAMPLES, distribution_of

T = TypeVar("T")
TABLE: Any = EXAMPLES["table_one with gaps"]
THREE: Any = EXAMPLES["table_one of three groups"]
CROSSED: Any = EXAMPLES["cross_table in strata"]
CORRELATED: Any = EXAMPLES["correlation of four"]
RATES: Any = EXAMPLES["rates in strata"]


def panels_of(result: Any) -> tuple[Panel, ...]:
    figure = report_of(result).figure(result)
    assert figure is not None
    return figure.panels


def drawn(panel: Panel, kind: type[T]) -> list[T]:
    return [each for each in panel.drawn if isinstance(each, kind)]


def said_of(result: Any) -> str:
    return answer(result).methods()


# -- Table 1 -----------------------------------------------------------------------------------------------


def test_each_difference_between_groups_is_a_point_and_one_that_there_is_not_is_none() -> None:
    [panel] = panels_of(TABLE)
    [points] = drawn(panel, Points)
    assert panel.y.names == ("age", "smokes")
    assert points.xs == (0.15, 0.05)
    assert drawn(panel, Guide) == [Guide("x", 0.1)]


def test_without_groups_nothing_is_compared() -> None:
    rows = [row.model_copy(update={"difference": None, "test": None}) for row in TABLE.variables]
    alone = TABLE.model_copy(update={"variables": tuple(rows), "by": None})
    assert report_of(alone).figure(alone) is None
    said = said_of(alone)
    assert "denominator n - 1" in said
    for word in ("Austin", "Welch", "Pearson"):
        assert word not in said


def test_a_table_names_the_tests_that_it_holds_and_no_other() -> None:
    two, three = said_of(TABLE), said_of(THREE)
    assert "Welch's t test" in two
    assert "chi-square without continuity correction" in two
    assert "variance, for equal" not in two
    assert "one-way analysis of variance" in three
    assert "Welch" not in three
    assert "largest of any two groups" in three
    assert "largest of any two groups" not in two


# -- distributions -----------------------------------------------------------------------------------------


def test_of_intervals_that_differ_in_width_the_area_is_a_number_of_persons() -> None:
    result = distribution_of(("age", "treated"))
    panels = panels_of(result)
    assert [panel.title for panel in panels] == [("전체", "overall"), "treated"]
    for panel, group in zip(panels, result.groups, strict=True):
        [columns] = drawn(panel, Columns)
        widths = [high - low for low, high in zip(columns.edges, columns.edges[1:], strict=False)]
        heights = [height or 0.0 for height in columns.heights]
        areas = [width * height for width, height in zip(widths, heights, strict=True)]
        assert areas == pytest.approx(list(group.persons))
        assert "per unit" in panel.y.title[1]
        assert [guide.at for guide in drawn(panel, Guide)] == [each.interpolated for each in group.quantiles]


def test_of_intervals_of_one_width_the_height_is_a_number_of_persons() -> None:
    result = distribution_of(("age", "treated"), edges=(0.1, 0.2, 0.3, 0.4))
    panels = panels_of(result)
    assert [drawn(panel, Columns)[0].heights for panel in panels] == [
        group.persons for group in result.groups
    ]
    assert panels[0].y.title[1] == "Persons"


@pytest.mark.parametrize(
    "edges", [(0, 0, 1, 2), (0, 1, 5e-324, 2), (-1.7e308, 0, 1, 1.7e308), (0, 5e-324, 1)]
)
def test_a_grid_is_drawn_or_not_and_never_breaks(edges: tuple[float, ...]) -> None:
    result = distribution_of(("age", "treated"), edges=edges)
    figure = report_of(result).figure(result)
    assert figure is None or answer(result).to_svg().startswith("<svg")


def test_quantiles_are_explained_where_there_are_any() -> None:
    result = distribution_of(("age", "treated"))
    assert "Hyndman, Fan 1996" in said_of(result)
    assert "without a group" in said_of(result)
    bare = result.model_copy(update={"groups": result.groups[1:], "by": None})
    assert "Hyndman" not in said_of(bare)
    assert "without a group" not in said_of(bare)


# -- cross tables ------------------------------------------------------------------------------------------


def test_bars_are_shares_of_each_row_on_one_scale_for_every_stratum() -> None:
    panels = panels_of(CROSSED)
    assert len(panels) == 3
    for panel, table in zip(panels, CROSSED.tables, strict=True):
        assert (panel.x.low, panel.x.high) == (0, 100)
        shares = [each.values for each in drawn(panel, Bars)]
        for at, cells in enumerate(table.persons):
            of = sum(cells)
            assert [column[at] for column in shares] == [round(100 * count / of, 1) for count in cells]


def test_a_row_of_nobody_has_no_shares() -> None:
    table = CROSSED.tables[0]
    table = table.model_copy(update={"persons": ((0, 0), (30, 10))})
    [panel] = panels_of(CROSSED.model_copy(update={"tables": (table,)}))
    assert panel.y.names == ("others",)
    table = table.model_copy(update={"persons": ((0, 0), (0, 0))})
    empty = CROSSED.model_copy(update={"tables": (table,)})
    assert report_of(empty).figure(empty) is None


def test_a_cross_table_names_only_the_measures_that_it_holds() -> None:
    full = said_of(CROSSED)
    for part in ("Woolf 1955", "Katz et al. 1978", "chi-square approximation may be poor", "not adjusted"):
        assert part in full
    gone = {"test": None, "two_by_two": None, "cramers_v": None}
    bare = CROSSED.model_copy(
        update={"tables": (CROSSED.tables[0].model_copy(update=gone),), "strata_variable": None}
    )
    for part in ("Woolf", "chi-square", "Cramer", "not adjusted"):
        assert part not in said_of(bare)


# -- correlations ------------------------------------------------------------------------------------------


def test_tiles_are_the_matrix() -> None:
    [panel] = panels_of(CORRELATED)
    [tiles] = drawn(panel, Tiles)
    assert tiles.values == CORRELATED.matrix()
    assert panel.x.names == panel.y.names == CORRELATED.variables
    assert "n = 740" in said_of(CORRELATED)
    exact = CORRELATED.model_copy(update={"rounded_to": 1})
    assert "tenth of their standard error" in said_of(CORRELATED)
    assert "tenth of their standard error" not in said_of(exact)


# -- rates -------------------------------------------------------------------------------------------------


def test_rates_ratios_and_strata_each_have_their_panel() -> None:
    rates, ratios, strata = panels_of(RATES)
    crude, standardised = drawn(rates, Points)
    assert list(crude.highs) == [each.rate.high for each in RATES.groups]
    assert list(standardised.xs) == [each.standardised.value for each in RATES.groups]
    assert drawn(ratios, Guide) == [Guide("x", 1.0)]
    assert ratios.x.is_log
    [points] = drawn(strata, Points)
    assert list(points.lows) == [each.rate.low for each in RATES.strata]
    assert strata.y.names[0] == ("urban, 전체", "urban, overall")


def changed(**changes: Any) -> Any:
    groups = tuple(each.model_copy(update=changes) for each in RATES.groups)
    strata = tuple(each.model_copy(update={"events": None, "rate": None}) for each in RATES.strata)
    return RATES.model_copy(update={"groups": groups, "strata": strata})


def test_what_was_not_asked_has_no_panel_and_no_sentence() -> None:
    crude = changed(standardised=None, expected=None, ratio=None)
    [panel] = panels_of(crude)
    [points] = drawn(panel, Points)
    assert points.ys == (0.0, 1.0)
    said = said_of(crude)
    assert "Garwood 1936" in said
    assert "Fay" not in said
    assert "SIR" not in said
    assert "Fay, Feuer 1997" in said_of(RATES)
    assert "SIR" in said_of(RATES)
    nothing = changed(rate=None, standardised=None, expected=None, ratio=None)
    assert report_of(nothing).figure(nothing) is None


def test_a_ratio_without_events_is_drawn_from_nought() -> None:
    none = changed(ratio=Estimate(value=0.0, low=0.0, high=0.5))
    _, ratios = panels_of(none)
    assert not ratios.x.is_log
    assert answer(none).to_svg()
