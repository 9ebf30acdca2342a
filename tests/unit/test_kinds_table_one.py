"""What a Table 1 refuses, what its evidence demands, and what it shows beside rounded counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.kinds.table_one.kind import KIND
from onggi.errors import Refused
from onggi.spec.kinds import TableOneParameters
from onggi.spec.results import LevelsRow, NumberRow, TableOne
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking, category, count_spec, flag, number, split, table_of

VARIABLES = (
    number("age", 0, 120),
    flag("male"),
    category("stage", "i", "ii", "iii"),
    flag("ill"),
    category("arm", "a", "b", "c"),
)
SURVEY = Ask(0, "survey", {})


def columns(n: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    return {
        "age": rng.normal(60, 10, n).round(),
        "male": (rng.random(n) < 0.5).astype(float),
        "stage": rng.integers(0, 3, n).astype(float),
        "ill": (rng.random(n) < 0.4).astype(float),
        "arm": rng.integers(0, 3, n).astype(float),
    }


def spec(by: str | None = None, *, masked: bool = False, sites: int = 1, **given: Any) -> Any:
    given.setdefault("variables", tuple(each.name for each in VARIABLES if each.name != by))
    return asking(TableOneParameters(by=by, **given), variables=VARIABLES, masked=masked, sites=sites)


def refusal(data: dict[str, Any], by: str | None = None, **given: Any) -> Refused:
    """The same refusal from one hospital in clear and from the pooled evidence."""
    asked = spec(by, **given)
    summary = KIND.local(asked, table_of(data), SURVEY)
    found = []
    for check in (
        lambda: KIND.check_site(asked, SURVEY, summary),
        lambda: KIND.check_pooled(asked, SURVEY, summary.evidence),
    ):
        with pytest.raises(Refused) as refused:
            check()
        found.append(refused.value)
    assert str(found[0]) == str(found[1])
    return found[0]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("describe.unknown_variable", {"variables": ("weight",)}),
        ("describe.unknown_variable", {"by": "weight", "variables": ("age",)}),
        ("describe.needs_levels", {"by": "age", "variables": ("male",)}),
    ],
)
def test_parameters_that_make_no_sense(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        KIND.check_spec(spec(**given))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "given",
    [
        {"variables": ("age", "age")},
        {"variables": ("age",), "by": "age"},
        {"variables": ("age",), "complete": ("male",)},
        {"variables": ("age",), "complete": ("age", "age")},
        {"variables": ()},
    ],
)
def test_parameters_that_cannot_be_written(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="TableOneParameters"):
        TableOneParameters(**given)


def test_too_many_cells_and_other_kinds_are_refused() -> None:
    many = tuple(category(f"c{at}", *(f"l{level}" for level in range(20))) for at in range(11))
    asked = asking(TableOneParameters(variables=tuple(each.name for each in many)), variables=many)
    with pytest.raises(Refused, match=r"^describe\.too_many_cells"):
        KIND.check_spec(asked)
    with pytest.raises(Refused, match=r"^kinds\.wrong_kind"):
        KIND.check_spec(count_spec("one"))


@pytest.mark.parametrize("few", [0, 1, 9])
@pytest.mark.parametrize("by", [None, "arm"])
def test_every_small_level_is_refused_zero_included(few: int, by: str | None) -> None:
    data = columns()
    data["stage"] = np.where(data["stage"] == 2, 1, data["stage"])
    data["stage"][np.flatnonzero(data["arm"] == 0)[:few]] = 2
    cell = "stage=iii" if by is None else "arm=a: stage=iii"
    found = refusal(data, by)
    assert (found.code, found.facts["cell"]) == ("disclosure.small_cell", cell)
    assert "threshold" in found.facts
    assert set(found.facts) == {"cell", "threshold"}


@pytest.mark.parametrize("name", ["age", "stage"])
def test_a_few_missing_values_are_refused_and_left_out_when_asked(name: str) -> None:
    data = columns()
    data[name][:3] = np.nan
    assert refusal(data).facts["cell"] == f"{name}: (missing)"
    table = run_in_clear(spec(complete=(name,)), [table_of(data)], check=True)
    assert isinstance(table, TableOne)
    assert table.persons == (397,)
    data[name][:10] = np.nan
    assert isinstance(run_in_clear(spec(), [table_of(data)], check=True), TableOne)


def test_a_small_group_is_refused() -> None:
    data = columns()
    data["arm"] = np.where(np.arange(400) < 9, 2.0, np.arange(400) % 2)
    assert refusal(data, "arm").facts["cell"] == "arm=c: persons"


@pytest.mark.parametrize("apart", [1, 9])
def test_one_flag_within_another_is_refused_where_few_stand_between(apart: int) -> None:
    data = columns()
    data["ill"] = data["male"].copy()
    data["ill"][np.flatnonzero(data["male"] == 1)[:apart]] = 0
    assert refusal(data).code == "disclosure.small_difference"
    data["ill"] = data["male"].copy()
    data["ill"][np.flatnonzero(data["male"] == 1)[:10]] = 0
    KIND.check_pooled(spec(), SURVEY, KIND.local(spec(), table_of(data), SURVEY).evidence)


def test_two_variables_that_nearly_the_same_persons_lack_are_refused() -> None:
    data = columns()
    data["age"][:20] = data["stage"][:23] = np.nan
    found = refusal(data)
    assert (found.code, found.facts["cell"]) == ("disclosure.small_difference", "stage: (missing)")
    data["stage"][:20] = 1
    data["stage"][20:40] = data["age"][20:40] = np.nan
    data["age"][:20] = 60
    KIND.check_pooled(spec(), SURVEY, KIND.local(spec(), table_of(data), SURVEY).evidence)


def test_flags_that_hold_the_same_persons_are_shown() -> None:
    data = columns()
    data["ill"] = 1 - data["male"]
    KIND.check_pooled(spec(), SURVEY, KIND.local(spec(), table_of(data), SURVEY).evidence)


def test_a_sum_that_a_few_persons_make_up_is_refused() -> None:
    data = columns()
    data["age"] = np.where(np.arange(400) < 4, 100.0, 0.01)
    assert refusal(data).code == "disclosure.effective_sample"
    for few in (9, 0):
        data["age"] = np.where(np.arange(400) < few, 100.0, 0.0)
        found = refusal(data)
        assert (found.code, found.facts["cell"]) == ("disclosure.small_cell", "age, other than 0")


@pytest.mark.parametrize("by", [None, "ill"])
def test_one_value_for_everybody_is_refused(by: str | None) -> None:
    data = columns()
    data["age"] = np.where(data["ill"] == 1, 50.0, data["age"] if by else 50.0)
    found = refusal(data, by)
    assert (found.code, found.facts) == ("disclosure.one_value", {"cell": "ill=yes: age" if by else "age"})


@pytest.mark.parametrize(("persons", "code"), [(10, "disclosure.low_dof"), (11, None)])
def test_a_standard_deviation_leaves_ten_degrees_of_freedom(persons: int, code: str | None) -> None:
    data = {"age": np.arange(40.0, 40.0 + persons)}
    if code is None:
        KIND.check_site(
            spec(variables=("age",)), SURVEY, KIND.local(spec(variables=("age",)), table_of(data), SURVEY)
        )
    else:
        assert refusal(data, variables=("age",)).code == code


def test_an_empty_hospital_is_refused_in_clear_and_takes_part_under_masks() -> None:
    tables = split(columns(), [0, 1])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        run_in_clear(spec("arm", sites=3), tables, check=True)
    answer = run_fixed_point(spec("arm", sites=3, masked=True), tables, check=True)
    assert isinstance(answer, TableOne)
    assert (answer.persons[0], answer.sites) == (400, 3)


def test_nobody_at_all_is_refused_with_words() -> None:
    empty = {name: values[:0] for name, values in columns().items()}
    with pytest.raises(Refused, match=r"^describe\.nobody"):
        run_in_clear(spec("arm"), [table_of(empty), table_of(empty)])


@pytest.mark.parametrize("name", ["male", "arm"])
def test_half_a_level_and_a_missing_column_are_refused(name: str) -> None:
    data = columns()
    data[name][3] = 0.5
    with pytest.raises(Refused, match=r"^describe\.table_wrong"):
        run_in_clear(spec("arm"), [table_of(data)])
    del data[name]
    with pytest.raises(Refused, match=r"^describe\.table_wrong"):
        run_in_clear(spec("arm"), [table_of(data)])


@pytest.mark.parametrize(
    "ask",
    [
        Ask(0, "rows", {}),
        Ask(0, "survey", {"extra": np.zeros(1)}),
        Ask(1, "spread", {"center": np.zeros(1)}),
        Ask(1, "spread", {"center": np.zeros(2), "unit": np.ones(2)}),
        Ask(1, "spread", {"center": np.full(1, np.nan), "unit": np.ones(1)}),
        Ask(1, "spread", {"center": np.zeros(1), "unit": np.zeros(1)}),
    ],
)
def test_malformed_asks_are_refused(ask: Ask) -> None:
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.local(spec(), table_of(columns()), ask)
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        KIND.layout(spec(), ask, participants=3)


def test_a_crafted_unit_answers_with_numbers_outside_the_layout_alone() -> None:
    ask = Ask(1, "spread", {"center": np.zeros(1), "unit": np.full(1, 1e-300)})
    reply = KIND.local(spec(), table_of(columns()), ask)
    [limit] = {entry.high for entry in KIND.layout(spec(), ask, participants=3).arrays}
    assert not (np.abs(reply.arrays["squares"]) <= limit).any()


def test_sums_that_cannot_be_are_not_trusted() -> None:
    asked = spec()
    sums = dict(KIND.local(asked, table_of(columns()), SURVEY).arrays)
    sums["persons"] = sums["persons"] + np.eye(1, sums["persons"].size)[0]
    with pytest.raises(Exception, match=r"^describe\.sum_impossible"):
        KIND.next(asked, [sums], sites=1)


def test_what_is_shown_follows_from_rounded_counts_alone() -> None:
    asked = spec("arm")
    exact = run_in_clear(asked, [table_of(columns(377))])
    shown = KIND.release(asked, exact, exact=False)
    assert KIND.release(asked, exact, exact=True) == exact
    assert isinstance(exact, TableOne)
    assert isinstance(shown, TableOne)
    assert shown.rounded_to == 5
    assert all(count % 5 == 0 for count in shown.persons)
    for before, after in zip(exact.variables, shown.variables, strict=True):
        if isinstance(after, LevelsRow) and isinstance(before, LevelsRow):
            assert all(count % 5 == 0 for level in after.persons for count in level)
            whole = [sum(column) for column in zip(*after.persons, strict=True)]
            wanted = [
                tuple(count / sum_ for count, sum_ in zip(level, whole, strict=True))
                for level in after.persons
            ]
            assert list(after.shares) == wanted
            assert after.test != before.test
        if isinstance(after, NumberRow) and isinstance(before, NumberRow):
            assert all(count % 5 == 0 for count in after.present)
            assert all(mean == round(mean, 2) for mean in after.means if mean is not None)
            assert after.means != before.means
            assert after.means == pytest.approx(before.means, abs=0.05)


def test_release_refuses_what_a_stricter_threshold_refuses() -> None:
    asked = spec("arm")
    answer = run_in_clear(asked, [table_of(columns())])
    with pytest.raises(Refused, match=r"^disclosure\.small_cell"):
        KIND.release(asked, answer.model_copy(update={"minimum_persons": 80}), exact=True)


def test_every_reply_keeps_its_layout() -> None:
    asked = spec("arm", sites=7)
    table = table_of(columns())
    survey = KIND.local(asked, table, SURVEY)
    spread = KIND.next(asked, [survey.arrays], sites=1)
    assert isinstance(spread, Ask)
    for ask, reply in ((SURVEY, survey), (spread, KIND.local(asked, table, spread))):
        layout = KIND.layout(asked, ask, participants=7)
        for entries, arrays in ((layout.arrays, reply.arrays), (layout.evidence, reply.evidence)):
            assert {entry.name: entry.shape for entry in entries} == {
                name: array.shape for name, array in arrays.items()
            }
            for entry in entries:
                assert ((arrays[entry.name] >= entry.low) & (arrays[entry.name] <= entry.high)).all()
                assert not entry.whole or (arrays[entry.name] % 1 == 0).all()


def test_an_outcomes_columns_can_be_described() -> None:
    asked: Variable = number("age", 0, 120)
    parameters = TableOneParameters(variables=("age", "dead_event"))
    outcome = {
        "name": "dead",
        "event": {"domain": "death"},
        "horizon_days": 365,
        "prior_events": "ignore",
    }
    described = asking(parameters, variables=(asked,), outcomes=(outcome,))
    data = {"age": columns()["age"], "dead_event": columns()["ill"], "dead_days": np.full(400, 30.0)}
    answer = run_in_clear(described, [table_of(data)])
    assert isinstance(answer, TableOne)
    assert isinstance(answer.variables[1], LevelsRow)
    assert answer.variables[1].levels == ("censored", "event")
