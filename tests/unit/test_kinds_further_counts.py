"""Further counts: what is refused at once, which tables and sums are not believed, and what is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.pooled import run_in_clear
from analysis_jobs.kinds.ranges import SQUARES_UNIT
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import NotTrusted, Refused
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters, CountParameters, GroupsBy, NamedCohort, OverlapParameters
from onggi.spec.results import CountTable, OverlapTable
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking

COHORT = cohort(everyone(), *(rule(f"rule {at}", age_at_least(at)) for at in range(3)))
AGE = Variable(name="age", domain="age", kind="number", low=0, high=100)
YEAR = Variable(name="year", domain="index_year", kind="number", low=2018, high=2020)
WIDE = Variable(name="year", domain="index_year", kind="number", low=1900, high=2020)
SEX = Variable(name="male", domain="sex", kind="flag", concepts=(8507,))


def counting(*, variables: tuple[Variable, ...] = (), definition: Any = COHORT, **asked: Any) -> JobSpec:
    return asking(CountParameters(**asked), cohort=definition, variables=variables)


def many(rules: int) -> Any:
    return cohort(everyone(), *(rule(f"rule {at}", age_at_least(at)) for at in range(rules)))


_CUT = COHORT | {"CensorWindow": {"StartDate": "2020-01-01"}}
_ENDED = COHORT | {"EndStrategy": {"DateOffset": {"DateField": "EndDate", "Offset": 3}}}


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (counting(funnels=((0, 3),)), "count.rule_unknown"),
        (counting(funnels=((0,),), definition=many(63)), "cohort.unsupported"),
        (counting(events=True, definition=many(63)), "cohort.unsupported"),
        (
            counting(funnels=tuple(tuple(range(at, 40)) for at in range(1, 5)), definition=many(40)),
            "count.too_many_selections",
        ),
        (counting(funnels=((1, 0),), definition=_CUT), "count.episodes_cut_off"),
        (counting(events=True, definition=_ENDED), "count.episodes_cut_off"),
        (counting(by=(GroupsBy(variable="age"),), variables=(AGE,)), "count.edges_wrong"),
        (counting(by=(GroupsBy(variable="age", edges=(0, 50)),), variables=(AGE,)), "count.edges_wrong"),
        (counting(by=(GroupsBy(variable="age", edges=(50, 101)),), variables=(AGE,)), "count.edges_wrong"),
        (counting(by=(GroupsBy(variable="year"),), variables=(WIDE,)), "count.edges_wrong"),
        (counting(by=(GroupsBy(variable="male", edges=(1,)),), variables=(SEX,)), "count.edges_wrong"),
    ],
)
def test_what_cannot_be_counted_is_refused_before_anything_runs(spec: JobSpec, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_job(spec)
    assert refused.value.code == code


def test_choices_are_held_apart_and_events_added_up_person_by_person() -> None:
    random = np.random.default_rng(5)
    persons = 20_003  # neither whole bytes nor whole blocks
    met = random.random((3, persons)) < 0.6
    own, other = (np.cumprod(met[list(order)], axis=0).sum(axis=0) for order in ((0, 1, 2), (2, 0, 1)))
    events = random.integers(1, 4, persons)
    columns = {"cohort_step": own, "_step_1": other}
    columns |= {f"_events_{step}": np.where(own >= step, events, 0) for step in range(4)}
    table = pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()})
    spec = counting(funnels=((2, 0, 1),), events=True)
    evidence = get_kind("count").local(spec, table, Ask(0, "funnel", {})).evidence
    choices = [own >= step for step in range(4)] + [other >= 1, other >= 2]
    apart = [int((one != two).sum()) for at, one in enumerate(choices) for two in choices[at + 1 :]]
    assert evidence["apart"].tolist() == apart
    assert evidence["selections"].tolist() == [each.sum() for each in choices[4:]]
    beyond = np.array([np.where(own == step, events - 1, 0) for step in range(4)])
    assert evidence["events"].tolist() == [np.where(own >= step, events, 0).sum() for step in range(4)]
    assert evidence["further_persons"].tolist() == (beyond > 0).sum(axis=1).tolist()
    assert evidence["further_events"].tolist() == beyond.sum(axis=1).tolist()
    assert (evidence["further_squares"] / SQUARES_UNIT).tolist() == (beyond**2).sum(axis=1).tolist()


def test_a_plain_funnel_may_have_cut_episodes() -> None:
    check_job(counting(definition=_CUT))


def test_years_without_edges_are_a_group_each() -> None:
    spec = counting(by=(GroupsBy(variable="year"),), variables=(YEAR,))
    table = pa.table({"year": [2018.0, 2020.0, None], "cohort_step": pa.array([3, 3, 3], pa.int32())})
    answer = run_in_clear(spec, [table])
    assert isinstance(answer, CountTable)
    assert answer.groups[0].groups == ("2018", "2019", "2020", "(missing)")
    assert answer.groups[0].persons == (1, 0, 1, 1)


_FUNNEL = counting(funnels=((1,),), events=True)
_STEPS = {"cohort_step": [3], "_step_1": [1], **{f"_events_{at}": [2] for at in range(4)}}


@pytest.mark.parametrize(
    "changed",
    [{"_step_1": None}, {"_step_1": [2]}, {"_events_2": [-1]}, {"_events_0": [1]}, {"_events_3": [None]}],
)
def test_a_table_that_does_not_fit_is_refused(changed: dict[str, Any]) -> None:
    columns = {name: values for name, values in (_STEPS | changed).items() if values is not None}
    table = pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()})
    with pytest.raises(Refused, match=r"^count\.table_wrong"):
        get_kind("count").local(_FUNNEL, table, Ask(0, "funnel", {}))


_SUMS = {"persons": [9.0, 8.0, 7.0, 6.0], "selections": [7.0], "events": [9.0, 8.0, 7.0, 6.0]}


@pytest.mark.parametrize(
    "changed",
    [
        {"selections": [10.0]},  # more than everybody
        {"selections": [7.5]},
        {"events": [9.0, 8.0, 7.0, 5.0]},  # fewer events than persons
        {"events": [9.0, 9.0, 9.0, 10.0]},
        {"selections": [7.0, 7.0]},
    ],
)
def test_impossible_sums_are_not_believed(changed: dict[str, list[float]]) -> None:
    kind = get_kind("count")
    kind.next(_FUNNEL, [{name: np.array(values) for name, values in _SUMS.items()}], sites=3)
    sums = {name: np.array(values) for name, values in (_SUMS | changed).items()}
    with pytest.raises(NotTrusted, match=r"^count\.sum_impossible"):
        kind.next(_FUNNEL, [sums], sites=3)


def test_groups_that_do_not_add_up_are_not_believed() -> None:
    spec = counting(by=(GroupsBy(variable="male"),), variables=(SEX,))
    sums = {"persons": np.array([9.0, 8.0, 7.0, 6.0]), "groups": np.array([3.0, 4.0, 0.0])}
    with pytest.raises(NotTrusted, match=r"^count\.sum_impossible"):
        get_kind("count").next(spec, [sums], sites=3)


def test_release_withholds_then_rounds_and_events_follow_their_persons() -> None:
    spec = counting(funnels=((1,),), events=True, by=(GroupsBy(variable="male"),), variables=(SEX,))
    answer = CountTable(
        sites=3,
        minimum_persons=10,
        steps=("Primary events", "rule 0", "rule 1", "rule 2"),
        persons=(103, 97, 52, 4),
        withheld=(None,) * 4,
        events=(222, 200, 102, 8),
        funnels=({"steps": ("Primary events", "rule 1"), "persons": (103, 83), "withheld": (None, None)},),
        groups=({"variable": "male", "groups": ("no", "yes"), "persons": (2, 2), "withheld": (None, None)},),
    )
    shown = get_kind("count").release(spec, answer, exact=False)
    assert isinstance(shown, CountTable)
    assert shown.persons == (105, None, 50, None)
    assert shown.events == (220, None, 100, None)
    assert shown.funnels[0].persons == (105, 85)
    assert shown.groups[0].persons == (None, None)
    assert set(shown.reasons()) == {None, "small_alone_or_by_difference"}
    with pytest.raises(TypeError):
        get_kind("count").release(spec, shown, exact=False)


def _overlap() -> JobSpec:
    again = (NamedCohort(name="b", cohort=COHORT),)
    return asking(OverlapParameters(name="a", cohorts=again), cohort=COHORT)


def test_an_overlap_is_shown_whole_or_not_at_all() -> None:
    kind, spec = get_kind("overlap"), _overlap()
    large = kind.next(spec, [{"persons": np.array([21.0, 0.0, 53.0])}], sites=3)
    shown = kind.release(spec, large, exact=False)  # type: ignore[arg-type]  # no further ask
    assert isinstance(shown, OverlapTable)
    assert (shown.persons, shown.totals, shown.rounded_to) == ((20, 0, 55), (75, 55), 5)
    # That nobody is in the second alone would tell of each of 33 persons that they are in the first.
    few = kind.next(spec, [{"persons": np.array([21.0, 0.0, 33.0])}], sites=3)
    withheld = kind.release(spec, few, exact=True)  # type: ignore[arg-type]  # no further ask
    assert isinstance(withheld, OverlapTable)
    assert withheld.persons == (None,) * 3
    small = kind.next(spec, [{"persons": np.array([21.0, 3.0, 33.0])}], sites=3)
    hidden = kind.release(spec, small, exact=True)  # type: ignore[arg-type]  # no further ask
    assert isinstance(hidden, OverlapTable)
    # Totals alone could differ by the three.
    assert (hidden.persons, hidden.totals) == ((None,) * 3, (None,) * 2)
    assert set(hidden.reasons()) == {"small_alone_or_by_difference"}


@pytest.mark.parametrize("sums", [[1.0, 2.0], [1.0, 2.5, 3.0], [1.0, -2.0, 3.0]])
def test_an_impossible_overlap_is_not_believed(sums: list[float]) -> None:
    with pytest.raises(NotTrusted, match=r"^overlap\.sum_impossible"):
        get_kind("overlap").next(_overlap(), [{"persons": np.array(sums)}], sites=3)


@pytest.mark.parametrize(
    "columns",
    [
        {"_in_0": [1]},
        {"_in_0": [1], "_in_1": [2]},
        {"_in_0": [0], "_in_1": [0]},
        {"_in_0": [None], "_in_1": [1]},
    ],
)
def test_an_overlaps_table_that_does_not_fit_is_refused(columns: dict[str, list[int]]) -> None:
    table = pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()})
    with pytest.raises(Refused, match=r"^overlap\.table_wrong"):
        get_kind("overlap").local(_overlap(), table, Ask(0, "combinations", {}))


def test_a_report_from_other_concepts_or_impossible_sums_is_not_believed() -> None:
    kind = get_kind("concepts")
    definition = cohort(everyone(), rule("asked", has_condition([7])))
    spec = asking(ConceptsParameters(), cohort=definition)
    names = ["row", "known", "standard", "valid", "size", *(f"digest_{at}" for at in range(6))]
    table = pa.table({name: pa.array([0], pa.int64()) for name in names})
    with pytest.raises(Refused, match=r"^concepts\.table_wrong"):
        kind.local(spec, table, Ask(0, "facts", {}))
    sums = {name: np.array([2.0]) for name in ("known", "standard", "valid", "size", "size_squares")}
    sums |= {name: np.zeros(6) for name in ("digest", "digest_squares")}
    assert kind.next(spec, [sums], sites=3)
    for wrong in ({"known": np.array([4.0])}, {"known": np.array([1.0])}, {"valid": np.array([1.5])}):
        with pytest.raises(NotTrusted, match=r"^concepts\.sum_impossible"):
            kind.next(spec, [sums | wrong], sites=3)


@pytest.mark.parametrize("name", ["overlap", "concepts"])
def test_another_ask_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=r"^kinds\.ask_unknown"):
        get_kind(name).layout(_overlap(), Ask(0, "funnel", {}), participants=3)
