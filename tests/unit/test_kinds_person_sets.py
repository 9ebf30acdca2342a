"""Every number of persons in a reply is the size of the set that claims its place, for every kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.contract import Ask, PersonSet
from analysis_jobs.kinds.registry import get_kind, kind_names
from analysis_jobs.kinds.set_definitions import define_sets, is_level, known
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from onggi.spec.kinds import (
    ConceptsParameters,
    CorrelationParameters,
    CountParameters,
    CoxParameters,
    CrossTableParameters,
    DistributionParameters,
    EvaluationParameters,
    GlmParameters,
    GroupsBy,
    LogisticModel,
    MetaParameters,
    ModelTerm,
    NamedCohort,
    OverlapParameters,
    PenalisedParameters,
    RatesParameters,
    RateStrata,
    SurvivalParameters,
    TableOneParameters,
)
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking, category, flag, number, table_of
from tests.support.survival_specs import death

ROWS = 400
COHORT = cohort(everyone(), rule("50+", age_at_least(50)), rule("ill", has_condition([1])))
AGE = Variable(name="age", domain="age", kind="number", low=0, high=100)
SEX = Variable(name="male", domain="sex", kind="flag", concepts=(8507,))
_RNG = np.random.default_rng(11)


def _column(top: int, *, gaps: bool = False) -> Any:
    values = _RNG.integers(0, top + 1, ROWS).astype(float)
    return np.where(_RNG.random(ROWS) < 0.1, np.nan, values) if gaps else values


def _counts() -> tuple[JobSpec, pa.Table]:
    asked = CountParameters(
        funnels=((1, 0),), events=True, by=(GroupsBy(variable="age", edges=(50,)), GroupsBy(variable="male"))
    )
    spec = asking(asked, cohort=COHORT, variables=(AGE, SEX))
    first = _column(3)
    own = _column(2)
    columns = {"age": _column(99, gaps=True), "male": _column(1), "cohort_step": own}
    other_way = np.where(own == 2, 2, _column(1))  # both funnels end with the same persons
    columns |= {"_step_1": other_way, "_events_0": first + 2, "_events_1": first + 1, "_events_2": first}
    return spec, table_of(columns)


def _overlap() -> tuple[JobSpec, pa.Table]:
    named = tuple(NamedCohort(name=f"cohort {at}", cohort=COHORT) for at in range(2))
    spec = asking(OverlapParameters(name="own", cohorts=named), cohort=COHORT)
    columns = {f"_in_{at}": _column(1) for at in range(3)}
    columns["_in_0"] = np.maximum(columns["_in_0"], 1 - np.maximum(columns["_in_1"], columns["_in_2"]))
    return spec, table_of(columns)


def _glm(family: Any, outcome: Variable, **more: Any) -> tuple[JobSpec, pa.Table]:
    variables = (outcome, number("age"), flag("male"), category("group", "a", "b", "c"), number("w", 0, 9))
    spec = asking(
        GlmParameters(family=family, outcome="y", terms=("age", "male", "group"), **more), variables=variables
    )
    columns = {"y": _column(1), "age": _column(90, gaps=True), "male": _column(1), "group": _column(2)}
    columns["w"] = _column(9)
    return spec, table_of(columns)


def _evaluation(by: str | None) -> tuple[JobSpec, pa.Table]:
    variables = (flag("y"), number("age"), category("group", "a", "b", "c"))
    terms = (
        ModelTerm(variable="age", coefficient=0.05),
        ModelTerm(variable="group", level="c", coefficient=1.0),
    )
    model = LogisticModel(intercept=-2.0, terms=terms)
    asked = EvaluationParameters(outcome="y", model=model, edges=(0.2, 0.5, 0.7), by=by)
    columns = {"y": _column(1), "age": _column(90, gaps=True), "group": _column(2)}
    return asking(asked, variables=variables), table_of(columns)


def _times(parameters: Any) -> tuple[JobSpec, pa.Table]:
    variables = (number("age"), flag("male"), category("group", "a", "b", "c"))
    spec = asking(parameters, variables=variables, outcomes=(death(90, competing=1),))
    columns = {"age": _column(90, gaps=True), "male": _column(1), "group": _column(2, gaps=True)}
    return spec, table_of(columns | {"death_days": _column(90, gaps=True), "death_event": _column(2)})


def _penalised(family: Any, outcome: Variable, **more: Any) -> tuple[JobSpec, pa.Table]:
    spec, table = _glm(family, outcome)
    asked = PenalisedParameters(family=family, outcome="y", terms=("age", "male", "group"), **more)
    return asking(asked, variables=spec.variables), table


def _meta(family: Any, outcome: Variable) -> tuple[JobSpec, pa.Table]:
    spec, table = _glm(family, outcome)
    asked = MetaParameters(model=spec.parameters, term="male")  # type: ignore[arg-type]
    return asking(asked, sites=2, variables=spec.variables), table


def _described(parameters: Any) -> tuple[JobSpec, pa.Table]:
    variables = (number("age", 0, 100), flag("male"), category("group", "a", "b", "c"), number("crp", 0, 90))
    spec = asking(parameters, variables=variables)
    columns = {"age": _column(90, gaps=True), "male": _column(1), "group": _column(2, gaps=True)}
    return spec, table_of(columns | {"crp": _column(90, gaps=True)})


def _rates(**given: Any) -> tuple[JobSpec, pa.Table]:
    strata = (RateStrata(variable="age", cuts=(30, 60)),)
    outcome = {"name": "fall", "event": {"domain": "death"}, "horizon_days": 365, "prior_events": "ignore"}
    asked = RatesParameters(outcome="fall", by="male", strata=strata, **given)
    spec = asking(asked, variables=(number("age", 0, 100), flag("male")), outcomes=(outcome,))
    columns = {"age": _column(90, gaps=True), "male": _column(1), "fall_days": _column(365)}
    return spec, table_of(columns | {"fall_event": _column(1)})


CASES = {
    "survival": _times(
        SurvivalParameters(outcome="death", steps=(10, 40, 80), group="group", strata=("male",))
    ),
    "cox": _times(CoxParameters(outcome="death", terms=("age", "group"), strata=("male",))),
    "rates": _rates(),
    "rates-expected": _rates(reference_rates=(1, 2, 3)),
    "distribution": _described(DistributionParameters(variable="age", cuts=(30, 60), by="group")),
    "cross_table": _described(CrossTableParameters(rows="male", columns="group")),
    "correlation": _described(CorrelationParameters(variables=("age", "crp"))),
    "table_one": _described(TableOneParameters(variables=("age", "male", "crp"), by="group")),
    "table_one-complete": _described(TableOneParameters(variables=("age", "group"), complete=("age",))),
    "count": _counts(),
    "overlap": _overlap(),
    "evaluation": _evaluation(None),
    "evaluation-by-group": _evaluation("group"),
    "glm-binomial": _glm("binomial", flag("y")),
    "glm-evaluated": _glm("binomial", flag("y"), risk_edges=(0.5,)),
    "glm-poisson": _glm("poisson", number("y", 0, 10)),
    "glm-gaussian": _glm("gaussian", number("y", 0, 10)),
    "meta": _meta("binomial", flag("y")),
    "meta-without-an-estimate": (
        _meta("binomial", flag("y"))[0],
        _glm("binomial", flag("y"))[1].slice(0, 30),
    ),
    "penalised-folds": _penalised("binomial", flag("y")),
    "penalised-counts": _penalised("poisson", number("y", 0, 10), folds=0),
    "penalised-line": _penalised("gaussian", number("y", 0, 10)),
    "penalised-gamma": _penalised("gamma", number("y", 1e-3, 10), link="log", folds=0),
    "glm-gamma": _glm("gamma", number("y", 1e-3, 10)),
    "glm-weights": _glm("binomial", flag("y"), weights="w"),
    "glm-own-intercepts": _glm("poisson", number("y", 0, 10), site_effects=True),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[JobSpec, pa.Table]:
    return CASES[request.param]


def test_each_place_holds_the_number_of_its_persons(case: tuple[JobSpec, pa.Table]) -> None:
    spec, table = case
    kind = get_kind(spec.kind)
    first = kind.next(spec, [], sites=1)
    assert isinstance(first, Ask)
    arrays = kind.local(spec, table, replace(first, position=0)).arrays
    sets = kind.sets(spec, table)
    places = [place for each in sets for place in each.counted]
    assert len(set(places)) == len(places)
    for each in sets:
        assert each.rows.shape == (table.num_rows,)
        for array, position in each.counted:
            assert arrays[array].ravel()[position] == np.count_nonzero(each.rows), each.name


def test_numbers_beside_persons_rest_on_a_described_set(case: tuple[JobSpec, pa.Table]) -> None:
    """A reply with more numbers than counts says on whom they rest."""
    spec, table = case
    kind = get_kind(spec.kind)
    first = kind.next(spec, [], sites=1)
    assert isinstance(first, Ask)
    sets = kind.sets(spec, table)
    numbers = sum(array.size for array in kind.local(spec, table, replace(first, position=0)).arrays.values())
    counted = sum(len(each.counted) for each in sets)
    assert counted == numbers or any(each.described for each in sets)


def test_which_sets_there_are_follows_from_the_spec(case: tuple[JobSpec, pa.Table]) -> None:
    spec, table = case

    def told(sets: tuple[PersonSet, ...]) -> list[Any]:
        return [(each.name, each.counted, each.described, each.where) for each in sets]

    sets = get_kind(spec.kind).sets(spec, table)
    assert told(get_kind(spec.kind).sets(spec, table.slice(0, 0))) == told(sets)


SHARED = (
    number("age", 0, 100),
    flag("male"),
    category("group", "a", "b", "c"),
    number("crp", 0, 90),
    number("dose", 0.5, 80),
)
SAME = {
    "count": CountParameters(),
    "table_one": TableOneParameters(variables=("age", "male"), by="group"),
    "table_one-plain": TableOneParameters(variables=("age", "crp", "group")),
    "cross_table": CrossTableParameters(rows="male", columns="group"),
    "glm": GlmParameters(family="binomial", outcome="male", terms=("age", "crp")),
    "glm-other-way": GlmParameters(family="gaussian", outcome="crp", terms=("age", "male")),
    "glm-gamma": GlmParameters(family="gamma", outcome="dose", terms=("age", "male")),
    "penalised": PenalisedParameters(family="binomial", outcome="male", terms=("age", "crp"), folds=0),
    "penalised-folds": PenalisedParameters(family="binomial", outcome="male", terms=("age", "crp"), folds=3),
    "evaluation": EvaluationParameters(
        outcome="male",
        model=LogisticModel(
            intercept=0.0,
            terms=(
                ModelTerm(variable="age", coefficient=0.01),
                ModelTerm(variable="crp", coefficient=0.01),
                ModelTerm(variable="group", level="b", coefficient=1.0),
            ),
        ),
        edges=(0.5,),
    ),
    "correlation-dose": CorrelationParameters(variables=("age", "dose")),
    "cox": CoxParameters(outcome="death", terms=("group",), strata=("male",)),
    "survival": SurvivalParameters(outcome="death", steps=(30, 80), group="group", strata=("male",)),
    "correlation": CorrelationParameters(variables=("age", "crp")),
}


def test_sets_of_one_definition_hold_the_same_persons_whatever_the_statistic() -> None:
    columns = {"age": _column(90, gaps=True), "male": _column(1), "group": _column(2, gaps=True)}
    columns |= {"crp": _column(90, gaps=True), "dose": _column(90, gaps=True)}
    columns |= {"death_days": _column(90, gaps=True), "death_event": _column(2)}
    table = table_of(columns | {"cohort_step": np.full(ROWS, 2.0)})
    found: dict[str, list[tuple[str, np.ndarray[Any, Any]]]] = {}
    for name, parameters in SAME.items():
        outcomes = (death(90, competing=1),)
        spec = asking(parameters, cohort=COHORT, variables=SHARED, outcomes=outcomes)
        sets = get_kind(spec.kind).sets(spec, table)
        defined = define_sets(spec, [(each.name, each.where) for each in sets])
        for known_as, each in zip(defined, sets, strict=True):
            found.setdefault(known_as.digest, []).append((f"{name}: {each.name}", each.rows))
    shared = {digest: alike for digest, alike in found.items() if len(alike) > 1}
    for alike in shared.values():
        assert all(np.array_equal(rows, alike[0][1]) for _, rows in alike), [name for name, _ in alike]
    together = [{name for name, _ in alike} for alike in shared.values()]
    assert any({"count: ill", "table_one-plain: persons"} <= each for each in together)
    for same in (
        {"glm: complete cases", "glm-other-way: complete cases", "penalised: all: complete cases"},
        {"glm: complete cases", "penalised-folds: complete cases"},
        {"glm: male>0", "glm-other-way: male=yes"},
        {"cox: complete cases", "survival: complete cases"},
    ):
        assert any(same <= each for each in together), same


def test_a_set_is_what_its_columns_are_made_of_not_what_they_are_called() -> None:
    where = (known("age"), is_level("male", "yes"))
    asked = CrossTableParameters(rows="male", columns="group")
    spec = asking(asked, cohort=COHORT, variables=SHARED)
    plain = define_sets(spec, [("cell", where)])
    renamed = [each.model_copy(update={"name": f"{each.name}2"}) for each in SHARED]
    other = asking(CrossTableParameters(rows="male2", columns="group2"), cohort=COHORT, variables=renamed)
    assert define_sets(other, [("x", (is_level("male2", "yes"), known("age2")))]) == plain
    assert define_sets(spec, [("cell", (*where, known("male")))]) == plain
    narrower = [number("age", 0, 99), *SHARED[1:]]
    for changed in (
        define_sets(asking(asked, cohort=COHORT, variables=narrower), [("cell", where)]),
        define_sets(asking(asked, cohort=cohort(everyone()), variables=SHARED), [("cell", where)]),
        define_sets(spec, [("cell", (known("age"),))]),
        define_sets(spec, [("cell", None)]),
    ):
        assert changed != plain
    assert define_sets(spec, [("a", None)]) != define_sets(spec, [("b", None)])


def test_every_kind_that_describes_persons_is_tried_here() -> None:
    assert {spec.kind for spec, _ in CASES.values()} | {"concepts"} == set(kind_names())
    spec = asking(ConceptsParameters(), cohort=COHORT)
    assert get_kind("concepts").sets(spec, table_of({"row": np.zeros(1)})) == ()
