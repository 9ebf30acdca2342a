"""Survival's rules: its design, its one question, what may be seen of its steps, and what is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Array, Ask
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.survival.curves import Asked, Counts, curve_of
from analysis_jobs.kinds.survival.design import make_design
from analysis_jobs.kinds.survival.kind import KIND
from onggi.errors import NotTrusted, Refused
from onggi.report.survival_curves import sheets
from onggi.spec.kinds import SurvivalParameters
from onggi.spec.results import SurvivalCurves
from tests.support.statistics_specs import category, count_spec, flag, number, split, table_of
from tests.support.survival_specs import death, survival_spec

VARIABLES = [category("g", "a", "b"), flag("s"), number("x")]
STEPS = (10, 20, 30)


def columns(cells: dict[tuple[float, float], int], group: float = 0.0) -> dict[str, Array]:
    """So many persons for each (day, event)."""
    persons = [pair for pair, count in cells.items() for _ in range(count)]
    days, event = np.array(persons, dtype=float).T
    size = np.full(len(days), group)
    return {"death_days": days, "death_event": event, "g": size, "s": np.zeros(len(days))}


FINE = {(5, 1): 20, (5, 0): 15, (15, 1): 12, (15, 0): 10, (25, 1): 30, (25, 0): 11, (30, 0): 40}


def spec_of(**given: Any) -> Any:
    return survival_spec(death(30, competing=1), STEPS, variables=VARIABLES, **given)


def check(cells: dict[tuple[float, float], int], **given: Any) -> SurvivalCurves:
    """Two hospitals with half of the persons each: judged on the sum."""
    table = columns(cells)
    order = np.random.default_rng(1).permutation(len(table["g"]))
    mixed = {name: values[order] for name, values in table.items()}
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, sites=2, **given)
    answer = run_fixed_point(spec, split(mixed, [len(order) // 2]), check=True)
    assert isinstance(answer, SurvivalCurves)
    return answer


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("survival.unknown_variable", {"group": "absent"}),
        ("survival.unknown_variable", {"group": "g", "strata": ("absent",)}),
        ("survival.group_kind", {"group": "x"}),
        ("survival.step_beyond", {"steps": (10, 31)}),
        ("survival.too_many_cells", {"steps": tuple(range(31)), "group": "g", "strata": ("s", "many")}),
    ],
)
def test_parameters_that_make_no_sense(code: str, given: dict[str, Any]) -> None:
    many = category("many", *(f"l{at}" for at in range(60)))
    asked = {"steps": STEPS, "variables": [*VARIABLES, many]} | given
    with pytest.raises(Refused) as refused:
        KIND.check_spec(survival_spec(death(30, competing=1), **asked))
    assert refused.value.code == code


def test_an_outcome_that_the_job_does_not_define() -> None:
    spec = spec_of().model_copy(update={"outcomes": ()})
    with pytest.raises(Refused, match=r"^survival\.unknown_outcome"):
        KIND.check_spec(spec)
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


@pytest.mark.parametrize(
    "given",
    [
        {"steps": (20, 10)},
        {"steps": (10, 10)},
        {"steps": ()},
        {"steps": (10,), "restricted_mean_days": 11},
        {"steps": (10,), "strata": ("s",)},
        {"steps": (10,), "group": "g", "strata": ("g",)},
        {"steps": (10,), "quantiles": (1.0,)},
        {"steps": (10,), "confidence": 1.0},
    ],
)
def test_parameters_that_are_no_parameters(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        SurvivalParameters(outcome="death", **given)


def test_one_question_with_whole_numbers_in_range() -> None:
    spec = spec_of(group="g", strata=("s",), sites=7)
    ask = KIND.next(spec, [], sites=7)
    assert isinstance(ask, Ask)
    layout = KIND.layout(spec, ask, participants=7)
    reply = KIND.local(spec, table_of(columns(FINE)), ask)
    (entry,) = layout.arrays
    assert (entry.name, entry.shape, entry.whole) == ("persons", reply.arrays["persons"].shape, True)
    assert layout.evidence == layout.arrays
    assert entry.shape == (len(make_design(spec).cell_names()),)
    assert reply.arrays["persons"].sum() == sum(FINE.values())
    for wrong in (Ask(1, "steps", {}), Ask(0, "days", {}), Ask(0, "steps", {"steps": np.arange(3.0)})):
        with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
            KIND.local(spec, table_of(columns(FINE)), wrong)


def test_persons_watched_to_the_last_day_are_told_apart_from_those_lost_in_its_step() -> None:
    (curve,) = check(FINE).curves
    assert (curve.n, curve.beyond) == (138, 40)
    assert curve.events == ((20, 12, 30),)
    assert curve.censored == (15, 10, 11)
    assert curve.at_risk == (138, 103, 81)


@pytest.mark.parametrize("missing", [(5, 1), (5, 0), (15, 0), (25, 0), (30, 0)])
def test_nobody_at_a_step_may_be_told_and_a_few_may_not(missing: tuple[float, float]) -> None:
    assert check(FINE | {missing: 0}).curves[0].n == sum(FINE.values()) - FINE[missing]
    for few in (1, 9):
        with pytest.raises(Refused) as refused:
            check(FINE | {missing: few})
        assert refused.value.code == "disclosure.small_step"
        # Not the day: on fine steps it would be the one on which somebody died.
        way = "event" if missing[1] else "censored"
        assert refused.value.facts == {"cell": f"all: {way}", "threshold": 10}
    check(FINE | {missing: 10})


def test_totals_of_none_all_or_few_are_small() -> None:
    alive = {pair: count for pair, count in FINE.items() if pair[1] == 0}
    for cells in (alive, alive | {(5, 1): 9}):
        with pytest.raises(Refused, match=r"^disclosure\.small_cell.*event"):
            check(cells)
    dead = {pair: count for pair, count in FINE.items() if pair[1] == 1}
    for cells in (dead, dead | {(30, 0): 9}):
        with pytest.raises(Refused, match=r"^disclosure\.small_cell.*no event"):
            check(cells)
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        check({(5, 1): 4, (5, 0): 4})


def test_a_step_at_which_everybody_left_has_the_event_is_refused() -> None:
    cells = {(5, 0): 60, (5, 1): 15, (25, 1): 60}
    with pytest.raises(Refused, match=r"^disclosure\.small_step"):
        check(cells)
    check(cells | {(30, 0): 10})


def test_a_step_without_an_event_may_speak_of_many_alone() -> None:
    many = {(5, 0): 20, (5, 1): 15, (25, 1): 30, (30, 0): 20}
    check(many)  # at day 15 all 50 are at risk, and nothing happens
    with pytest.raises(Refused, match=r"^disclosure\.small_step"):
        check(many | {(25, 1): 29})
    check(many | {(5, 1): 45, (15, 1): 10, (25, 1): 10})  # nobody has it at the last step, where 20 are left


def test_a_hospitals_own_small_step_is_refused_in_clear_and_not_under_masks() -> None:
    table = columns(FINE)
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, sites=2)
    tables = split(table, [4])
    assert isinstance(run_fixed_point(spec, tables, check=True), SurvivalCurves)
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(spec, tables, check=True)


def test_each_group_and_stratum_is_judged_though_curves_are_told_by_group() -> None:
    one, other = columns(FINE, 0.0), columns(FINE, 1.0)
    both = {name: np.concatenate([one[name], other[name]]) for name in one}
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, group="g")
    assert isinstance(run_in_clear(spec, [table_of(both)], check=True), SurvivalCurves)
    strata = survival_spec(death(30), STEPS, variables=VARIABLES, group="g", strata=("s",))
    with pytest.raises(Refused, match=r"^disclosure\.small_cell.*s=yes, g=a"):
        run_in_clear(strata, [table_of(both)], check=True)
    both["s"][0] = 1.0
    with pytest.raises(Refused, match=r"^disclosure\.small"):
        run_in_clear(strata, [table_of(both)], check=True)


def test_every_difference_of_released_numbers_describes_nobody_or_enough() -> None:
    """Whatever is added and subtracted of at-risk, events and censored is a union of cells."""
    (curve,) = check(FINE).curves
    ends = [sum(each[at] for each in (*curve.events, curve.censored)) for at in range(3)]
    differences = {curve.at_risk[one] - curve.at_risk[two] for one in range(3) for two in range(one, 3)}
    differences |= {n - d for n, d in zip(curve.at_risk, curve.events[0], strict=True)} | set(ends)
    assert all(value == 0 or value >= 10 for value in differences)


def test_rounded_curves_are_those_of_rounded_running_totals() -> None:
    answer = check(FINE)
    shown = KIND.release(spec_of_masked(), answer, exact=False)
    assert isinstance(shown, SurvivalCurves)
    (curve,) = shown.curves
    assert shown.rounded_to == 5
    assert curve.events == ((20, 10, 30),)
    assert curve.censored == (15, 10, 10)
    assert all(number % 5 == 0 for number in (curve.n, curve.beyond, *curve.at_risk))
    assert curve.survival[0] == pytest.approx(1 - 20 / curve.at_risk[0], rel=1e-12)
    exact = KIND.release(spec_of_masked(), answer, exact=True)
    assert isinstance(exact, SurvivalCurves)
    assert exact.curves == answer.curves


def spec_of_masked() -> Any:
    return survival_spec(death(30), STEPS, variables=VARIABLES, sites=2)


def test_a_rounded_test_does_not_give_the_number_of_events_away() -> None:
    one, other = columns(FINE, 0.0), columns(FINE | {(5, 1): 33}, 1.0)
    both = {name: np.concatenate([one[name], other[name]]) for name in one}
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, group="g")
    answer = run_in_clear(spec, [table_of(both)], check=True)
    shown = KIND.release(spec, answer, exact=False)
    assert isinstance(answer, SurvivalCurves)
    assert isinstance(shown, SurvivalCurves)
    assert answer.test is not None
    assert shown.test is not None
    assert (answer.test.observed, shown.test.observed) == ((62, 75), (60, 75))
    assert sum(shown.test.expected) % 5 == 0
    assert shown.test.statistic == answer.test.statistic


def test_release_judges_the_answer_again() -> None:
    few = run_in_clear(spec_of_masked(), [table_of(columns(FINE | {(15, 1): 3}))])
    with pytest.raises(Refused, match=r"^disclosure\.small_step"):
        KIND.release(spec_of_masked(), few, exact=True)


def test_sums_that_cannot_be_and_no_persons() -> None:
    spec = spec_of_masked()
    size = make_design(spec).size
    for sums in (np.full(size, 0.5), np.full(size, -1.0)):
        with pytest.raises(NotTrusted, match=r"^count\.sum_impossible"):
            KIND.next(spec, [{"persons": sums}], sites=2)
    with pytest.raises(Refused, match=r"^survival\.no_complete_cases"):
        KIND.next(spec, [{"persons": np.zeros(size)}], sites=2)


@pytest.mark.parametrize("column", ["death_event", "death_days", "g"])
def test_a_table_that_is_not_what_was_asked(column: str) -> None:
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, group="g")
    halves = columns(FINE)
    halves[column][3] = 0.5
    with pytest.raises(Refused, match=r"^survival\.table_wrong"):
        run_in_clear(spec, [table_of(halves)])
    with pytest.raises(Refused, match=r"^survival\.table_wrong"):
        run_in_clear(spec, [table_of(halves).drop_columns([column])])


def test_a_curve_after_everybody_is_gone() -> None:
    counts = Counts(np.array([[0.0, 4.0], [0.0, 6.0], [0.0, 0.0]]), 0.0)
    curve = curve_of("all", counts, Asked((1, 2, 3), ("event",), (0.25, 0.5, 0.9), 3, 0.95))
    assert curve.survival == (0.6, 0.0, 0.0)
    assert curve.standard_errors[1:] == (None, None)
    assert curve.low[1:] == curve.plain_high[1:] == (None, None)
    assert [each.day for each in curve.quantiles] == [1, 2, 2]
    assert curve.restricted_mean is not None
    assert curve.restricted_mean.days == pytest.approx(1.6)
    nothing = Counts(np.array([[5.0, 0.0]]), 5.0)
    flat = curve_of("all", nothing, Asked((1,), ("event",), (0.5,), None, 0.95))
    assert (flat.survival, flat.standard_errors, flat.low) == ((1.0,), (0.0,), (None,))
    assert flat.quantiles[0].day is None


def test_groups_that_are_never_under_observation_together_are_not_compared() -> None:
    early = columns({(5, 1): 30, (5, 0): 30}, 0.0)
    empty = columns({(5, 0): 1}, 1.0)
    both = {name: np.concatenate([early[name], empty[name]]) for name in early}
    both["death_days"][-1] = np.nan
    spec = survival_spec(death(30), STEPS, variables=VARIABLES, group="g")
    answer = run_in_clear(spec, [table_of(both)])
    assert isinstance(answer, SurvivalCurves)
    assert answer.test is None


def test_the_sheets_hold_every_number() -> None:
    one, other = columns(FINE, 0.0), columns(FINE, 1.0)
    both = {name: np.concatenate([one[name], other[name]]) for name in one}
    spec = spec_of(group="g", restricted_mean_days=25)
    answer = run_in_clear(spec, [table_of(both)])
    assert isinstance(answer, SurvivalCurves)
    told = {cell for sheet in sheets(answer) for row in sheet.rows for cell in row}
    assert answer.test is not None
    for curve in answer.curves:
        assert {*curve.survival, *curve.survival_at_least, *curve.at_risk, curve.n, curve.beyond} <= told
        assert {*curve.incidence[0].incidence, *curve.incidence[1].standard_errors} <= told
        assert curve.restricted_mean is not None
        assert {curve.restricted_mean.days, curve.restricted_mean.at_least} <= told
    assert {answer.test.statistic, *answer.test.expected} <= told
