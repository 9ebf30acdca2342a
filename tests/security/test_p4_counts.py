"""P4: counts made to isolate a person are refused, in clear at the site and under masks pooled.

Each attack is a job that is well-formed and inside its permit; the numbers that it would show give one person
(or a few) away by adding and subtracting. Its honest twin, with enough persons in that place, is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.errors import Refused
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters, GroupsBy, NamedCohort, OverlapParameters
from onggi.spec.results import CountTable, OverlapTable
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking

_AGE = Variable(name="age", domain="age", kind="number", low=0, high=120)
_RULES = ("Diabetes", "Age 50 or more", "Age 51 or more", "Insulin")
_COHORT = cohort(everyone(), *(rule(name, age_at_least(at)) for at, name in enumerate(_RULES)))
RUNS = pytest.mark.parametrize("masked", [False, True], ids=["in clear at the site", "pooled under masks"])
Patients = Sequence[tuple[int, int]]
"""(how many patients, which rules each of them meets, as bits)."""


def _spec(parameters: Any, *, masked: bool, **more: Any) -> JobSpec:
    return asking(parameters, sites=3, masked=masked, **({"cohort": _COHORT} | more))


def _reach(met: int, rules: Sequence[int]) -> int:
    return next((step for step, at in enumerate(rules) if not met >> at & 1), len(rules))


def _funnel_table(patients: Patients, funnels: Sequence[Sequence[int]]) -> pa.Table:
    met = [bits for count, bits in patients for _ in range(count)]
    columns = {"cohort_step": [_reach(bits, range(4)) for bits in met]}
    for number, rules in enumerate(funnels, start=1):
        columns[f"_step_{number}"] = [_reach(bits, rules) for bits in met]
    return pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()})


def _ask(spec: JobSpec, *tables: pa.Table) -> Any:
    """Small groups lie at one hospital: under masks the others add more persons elsewhere."""
    check_job(spec)
    run = run_fixed_point if spec.privacy.masked else run_in_clear
    return run(spec, tables, check=True)


def _refused(spec: JobSpec, *tables: pa.Table) -> str:
    with pytest.raises(Refused) as refused:
        _ask(spec, *tables)
    assert all(str(fact) in ("10", "4") or not isinstance(fact, int) for fact in refused.value.facts.values())
    return refused.value.code


# --- choices of rules ------------------------------------------------------------------------------------

_DIABETES, _FIFTY, _FIFTY_ONE, _INSULIN = 1, 2, 4, 8
_BACKGROUND = [(40, 0), (40, _DIABETES), (40, 7), (40, 15), (40, _FIFTY | _FIFTY_ONE | _INSULIN), (40, 3)]


def _funnels(*funnels: tuple[int, ...], masked: bool) -> JobSpec:
    return _spec(CountParameters(funnels=funnels), masked=masked)


@RUNS
def test_choices_of_large_groups_are_answered(masked: bool) -> None:
    funnels = ((3, 1), (3, 2))
    answer = _ask(_funnels(*funnels, masked=masked), _funnel_table(_BACKGROUND, funnels))
    assert isinstance(answer, CountTable)
    assert [each.persons for each in answer.funnels] == [(240, 80, 80), (240, 80, 80)]


@RUNS
def test_one_age_apart_is_refused_though_no_rule_contains_the_other(masked: bool) -> None:
    """On insulin and 50 or more, less on insulin and 51 or more: the one patient on insulin who is fifty."""
    funnels = ((3, 1), (3, 2))
    table = _funnel_table([*_BACKGROUND, (1, _FIFTY | _INSULIN)], funnels)
    assert _refused(_funnels(*funnels, masked=masked), table) == "disclosure.small_difference"


@RUNS
def test_a_choice_padded_with_one_more_rule_is_refused(masked: bool) -> None:
    funnels = ((0, 3),)
    table = _funnel_table([*_BACKGROUND, (3, _DIABETES | _INSULIN)], funnels)
    assert _refused(_funnels(*funnels, masked=masked), table) == "disclosure.small_difference"


@RUNS
@pytest.mark.parametrize(
    ("funnels", "others"),
    [
        # Everybody, less those of either of two rules, and back those of both: who has neither.
        (((3, 0),), [(40, 0b0001), (40, 0b1000), (40, 0b1001), (40, 0b1111), (40, 0b0111), (40, 0b0011)]),
    ],
)
def test_those_who_met_neither_are_refused(
    funnels: tuple[tuple[int, ...], ...], others: list[tuple[int, int]], masked: bool
) -> None:
    assert _ask(_funnels(*funnels, masked=masked), _funnel_table([*others, (12, 0)], funnels))
    table = _funnel_table([*others, (4, 0)], funnels)
    assert _refused(_funnels(*funnels, masked=masked), table) == "disclosure.small_difference"


@RUNS
def test_those_who_met_none_of_three_are_refused(masked: bool) -> None:
    """With every choice of three rules released, inclusion and exclusion give who met none of them."""
    funnels = ((1, 2), (2, 0), (0, 2), (1, 0))
    others = [(40, bits) for bits in range(1, 8)] + [(40, 15)]
    assert _ask(_funnels(*funnels, masked=masked), _funnel_table([*others, (12, 0)], funnels))
    table = _funnel_table([*others, (5, 0)], funnels)
    assert _refused(_funnels(*funnels, masked=masked), table) == "disclosure.small_difference"


@RUNS
def test_padding_around_one_persons_own_rules_is_refused(masked: bool) -> None:
    """Two rules, less those with a third, less those with a fourth, and back those with all: just the two."""
    funnels = ((1, 3, 0), (1, 3, 2))
    others = [(40, bits) for bits in range(16) if bits != 0b1010]
    assert _ask(_funnels(*funnels, masked=masked), _funnel_table([*others, (40, 0b1010)], funnels))
    table = _funnel_table([*others, (1, 0b1010)], funnels)
    assert _refused(_funnels(*funnels, masked=masked), table) == "disclosure.small_difference"


# --- groups ----------------------------------------------------------------------------------------------


def _ages(*ages: float | None) -> pa.Table:
    steps = pa.array([4] * len(ages), pa.int32())
    return pa.table({"age": pa.array(ages, pa.float64()), "cohort_step": steps})


def _by(*edges: int, masked: bool) -> JobSpec:
    by = (GroupsBy(variable="age", edges=edges),)
    return _spec(CountParameters(by=by), masked=masked, variables=(_AGE,))


@RUNS
def test_edges_around_one_person_are_refused(masked: bool) -> None:
    table = _ages(*[40] * 30, 57, *[70] * 30)
    assert _refused(_by(57, 58, masked=masked), table) == "disclosure.small_cell"
    answer = _ask(_by(58, masked=masked), table)
    assert answer.groups[0].persons == (31, 30, 0)


@RUNS
@pytest.mark.parametrize("unknown", [1, 9])
def test_few_persons_without_a_value_are_refused(unknown: int, masked: bool) -> None:
    table = _ages(*[40] * 30, *[70] * 30, *[None] * unknown)
    assert _refused(_by(58, masked=masked), table) == "disclosure.small_cell"


@RUNS
def test_a_group_of_nobody_is_refused(masked: bool) -> None:
    """That nobody is so old tells something of each person who was counted."""
    assert _refused(_by(50, 90, masked=masked), _ages(*[40] * 30, *[70] * 30)) == "disclosure.small_cell"


_MEN = Variable(name="men", domain="sex", kind="flag", concepts=(8507,))
_WOMEN = Variable(name="women", domain="sex", kind="flag", concepts=(8532,))
_ILL = Variable(name="ill", domain="condition", kind="flag", concepts=(1,))


@pytest.mark.parametrize(
    ("variables", "by", "code"),
    [
        # Ages cut at 50 and at 51: the difference is whoever is fifty.
        ((_AGE, _AGE.model_copy(update={"name": "years"})), ("age", "years"), "count.grouped_twice"),
        # All, less men, less women.
        ((_MEN, _WOMEN), ("men", "women"), "count.grouped_twice"),
        # A diagnosis within another.
        ((_ILL,), ("ill",), "count.not_grouped_by"),
    ],
)
def test_groups_that_overlap_are_refused_before_anything_runs(
    variables: tuple[Variable, ...], by: tuple[str, ...], code: str
) -> None:
    edges = {"age": (50,), "years": (51,)}
    groups = tuple(GroupsBy(variable=name, edges=edges.get(name, ())) for name in by)
    spec = _spec(CountParameters(by=groups), masked=True, variables=variables)
    with pytest.raises(Refused, match=f"^{code}"):
        check_job(spec)


# --- events ----------------------------------------------------------------------------------------------


def _events(*of_persons: tuple[int, int]) -> pa.Table:
    """(how many persons, how many events each); every event meets every rule."""
    events = [number for persons, number in of_persons for _ in range(persons)]
    columns = {"cohort_step": [4] * len(events), **{f"_events_{step}": events for step in range(5)}}
    return pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()})


@RUNS
def test_events_of_many_are_answered(masked: bool) -> None:
    spec = _spec(CountParameters(events=True), masked=masked)
    assert _ask(spec, _events((60, 1), (20, 2), (20, 3))).events == (160,) * 5
    assert _ask(spec, _events((60, 1))).events == (60,) * 5


@RUNS
@pytest.mark.parametrize(
    ("events", "code"),
    [
        (((60, 1), (1, 2)), "disclosure.small_cell"),  # events less persons: one person came twice
        (((60, 1), (9, 2)), "disclosure.small_cell"),
        (((60, 1), (20, 2), (1, 400)), "disclosure.effective_sample"),  # one holds most of them
    ],
)
def test_events_of_few_are_refused(events: tuple[tuple[int, int], ...], code: str, masked: bool) -> None:
    assert _refused(_spec(CountParameters(events=True), masked=masked), _events(*events)) == code


@RUNS
def test_events_that_only_one_person_has_at_a_step_are_refused(masked: bool) -> None:
    """Everybody has two events that meet all rules, and one patient a third that misses the last."""
    table = _events((60, 2))
    at = table.schema.get_field_index("_events_3")
    table = table.set_column(at, "_events_3", pa.array([3, *[2] * 59], pa.int32()))
    for earlier in range(3):
        table = table.set_column(earlier + 1, f"_events_{earlier}", table.column("_events_3"))
    assert _refused(_spec(CountParameters(events=True), masked=masked), table) == "disclosure.small_cell"


@RUNS
def test_a_rule_that_all_of_a_known_dozen_meet_is_refused(masked: bool) -> None:
    """Who knows the twelve learns of each that they meet the later rules; of sixty it tells little."""
    spec = _spec(CountParameters(), masked=masked)
    assert _refused(spec, _funnel_table([(100, 0), (12, 0b1111)], [])) == "disclosure.small_difference"
    _ask(spec, _funnel_table([(100, 0), (60, 0b1111)], []))


# --- overlaps --------------------------------------------------------------------------------------------


def _overlap(*, masked: bool) -> JobSpec:
    again = (NamedCohort(name="again", cohort=cohort(everyone(), rule("ill", has_condition([1])))),)
    return _spec(OverlapParameters(name="once", cohorts=again), masked=masked)


def _members(*of_persons: tuple[int, int]) -> pa.Table:
    """(how many persons, in which cohorts, as bits)."""
    rows = [bits for persons, bits in of_persons for _ in range(persons)]
    columns = {f"_in_{at}": pa.array([row >> at & 1 for row in rows], pa.int32()) for at in range(2)}
    return pa.table(columns)


@RUNS
def test_a_cohort_and_itself_overlap_wholly_and_tell_no_more_than_its_count(masked: bool) -> None:
    answer = _ask(_overlap(masked=masked), _members((50, 0b11)))
    assert isinstance(answer, OverlapTable)
    assert (answer.totals, answer.persons) == ((50, 50), (0, 0, 50))


@RUNS
@pytest.mark.parametrize(
    "members",
    [
        ((50, 0b11), (1, 0b01)),  # a cohort and the same one without one person
        ((50, 0b01), (50, 0b10), (3, 0b11)),
        ((50, 0b01), (50, 0b10)),  # nobody is in both: told of everybody in either
    ],
)
def test_overlaps_that_isolate_are_refused(members: tuple[tuple[int, int], ...], masked: bool) -> None:
    assert _refused(_overlap(masked=masked), _members(*members)) == "disclosure.small_cell"
