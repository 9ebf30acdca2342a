"""Numbers of one answer add up to each other; that alone keeps none of them back, for any kind."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.contract import PersonSet
from analysis_jobs.kinds.registry import get_kind
from analysis_jobs.kinds.set_definitions import define_sets
from node.decisions.masked_sets import look_here
from node.decisions.told_sets import NewSet, Standing
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.kinds import (
    CorrelationParameters,
    CountParameters,
    CoxParameters,
    CrossTableParameters,
    DistributionParameters,
    EvaluationParameters,
    GlmParameters,
    GroupsBy,
    LogisticModel,
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
from privacy.differencing.guard import Answered, AskedSet, Fresh, TooNear, judge
from privacy.differencing.meanings import KnownMeanings, varying_columns
from privacy.differencing.released_sets import pack
from tests.support.statistics_specs import asking, category, number, table_of
from tests.support.survival_specs import death

PERSONS = 6000
THRESHOLD = 10
COHORT = cohort(everyone(), rule("50+", age_at_least(50)), rule("ill", has_condition([1])))
VARIABLES = (
    Variable(name="age", domain="age", kind="number", low=0, high=100),
    Variable(name="male", domain="sex", kind="flag", concepts=(8507,)),
    category("group", "a", "b", "c"),
    number("crp", 0, 90),
)
_MODEL = LogisticModel(
    intercept=-1.0,
    terms=(
        ModelTerm(variable="age", coefficient=0.01),
        ModelTerm(variable="crp", coefficient=0.01),
        ModelTerm(variable="group", level="b", coefficient=1.0),
    ),
)
QUESTIONS: dict[str, Any] = {
    "count": CountParameters(),
    "count by": CountParameters(
        by=(GroupsBy(variable="age", edges=(30, 60)), GroupsBy(variable="male")),
    ),
    "distribution": DistributionParameters(variable="age", cuts=(30, 60)),
    "distribution by": DistributionParameters(variable="age", cuts=(20, 40, 60), by="group"),
    "cross_table": CrossTableParameters(rows="male", columns="group"),
    "table_one": TableOneParameters(variables=("age", "male", "crp"), by="group"),
    "table_one plain": TableOneParameters(variables=("age", "crp", "group")),
    "correlation": CorrelationParameters(variables=("age", "crp")),
    "glm": GlmParameters(family="binomial", outcome="male", terms=("age", "crp", "group")),
    "penalised": PenalisedParameters(family="binomial", outcome="male", terms=("age", "crp"), folds=3),
    "evaluation": EvaluationParameters(outcome="male", model=_MODEL, edges=(0.4, 0.5, 0.6)),
    "cox": CoxParameters(outcome="death", terms=("group",), strata=("male",)),
    "survival": SurvivalParameters(outcome="death", steps=(30, 60), group="group", strata=("male",)),
    "rates": RatesParameters(outcome="death", by="male", strata=(RateStrata(variable="age", cuts=(40,)),)),
    "overlap": OverlapParameters(
        name="own",
        cohorts=tuple(
            NamedCohort(name=f"{age}+", cohort=cohort(everyone(), rule("age", age_at_least(age))))
            for age in (60, 70)
        ),
    ),
}


def _table(*, in_cohort: bool = False) -> pa.Table:
    draw = np.random.default_rng(17)

    def column(top: int, *, gaps: bool = False) -> Any:
        values = draw.integers(0, top + 1, PERSONS).astype(float)
        return np.where(draw.random(PERSONS) < 0.1, np.nan, values) if gaps else values

    columns = {"age": column(90, gaps=True), "male": column(1), "group": column(2, gaps=True)}
    columns |= {
        "crp": column(90, gaps=True),
        "cohort_step": np.full(PERSONS, 2.0) if in_cohort else column(2),
    }
    columns |= {"death_days": column(90, gaps=True), "death_event": column(2, gaps=True)}
    one, other = column(1), column(1)
    columns |= {"_in_0": np.maximum(column(1), 1 - np.maximum(one, other)), "_in_1": one, "_in_2": other}
    return table_of(columns)


def _sets(name: str, table: pa.Table) -> tuple[tuple[PersonSet, ...], list[AskedSet]]:
    """Those of a question, and as a guard takes them."""
    plain = name == "overlap"
    spec = asking(
        QUESTIONS[name],
        cohort=COHORT,
        variables=() if plain else VARIABLES,
        outcomes=() if plain else (death(90, competing=1),),
    )
    sets = get_kind(spec.kind).sets(spec, table)
    defined = define_sets(spec, [(each.name, each.where) for each in sets])
    asked = [
        AskedSet(
            known.digest,
            each.rows,
            described=each.described,
            left_over=each.left_over,
            implied=each.implied,
            meaning=known.meaning,
        )
        for each, known in zip(sets, defined, strict=True)
    ]
    return sets, asked


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_first_question_is_answered_whole(name: str) -> None:
    sets, asked = _sets(name, _table())
    shown = [at for at, each in enumerate(sets) if not each.implied]
    judged = judge(Answered(), [asked[at] for at in shown], threshold=THRESHOLD)
    assert [
        sets[at].name for at, verdict in zip(shown, judged.verdicts, strict=True) if verdict != Fresh()
    ] == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_first_question_is_answered_whole_under_masks(name: str) -> None:
    """By one of the hospitals alone: what all of them say of themselves counts together."""
    _, asked = _sets(name, _table())
    look = partial(look_here, sites=("here",), threshold=THRESHOLD, work_out=())
    here = look(Standing(Answered()), asked)
    assert {each.apart for each in here.sets} == {THRESHOLD}
    told = Standing(Answered())
    for at, each in enumerate(asked):
        told.add(("run-1", 0), NewSet(at, each.definition, 0, 0, pack(each.members), each.meaning), ("here",))
    again = look(told, asked)
    assert all(each.same or each.empty for each in again.sets)


def test_what_follows_by_its_meaning_follows_by_who_is_in_it() -> None:
    """Of any question beside all before it; and hardly anything else does."""
    table = _table(in_cohort=True)
    known, follow, not_seen = KnownMeanings(), 0, []
    told = np.zeros((0, PERSONS))
    for name in QUESTIONS:
        if name == "overlap":
            continue
        sets, asked = _sets(name, table)
        varying = varying_columns(each.meaning for each in asked)
        for which, each in zip(sets, asked, strict=True):
            assert each.meaning is not None
            rows = each.members.astype(float)
            rest = rows - (rows @ told.T) @ told
            is_combination = bool(np.abs(rest).max() < 1e-6)
            if known.follows(each.meaning, varying=varying):
                assert is_combination, (name, which.name)
                follow += 1
            elif is_combination:
                not_seen.append(f"{name}: {which.name}")
            else:
                rest -= (rest @ told.T) @ told
                told = np.vstack([told, rest / np.linalg.norm(rest)])
            known.add(each.meaning)
    assert follow > 50
    assert not_seen == ["count: 50+", "count: ill"], "everybody in the table meets the rules"


def test_a_description_of_what_follows_from_told_numbers_by_its_meaning_loses_nobody() -> None:
    """In clear: the last level of a model, when everybody and the other levels were told."""
    table = _table(in_cohort=True)
    _, asked = _sets("glm", table)
    told = Answered()
    for each in asked[:-1]:
        told = judge(told, [replace(each, described=True)], threshold=THRESHOLD).after
    last = replace(asked[-1], described=True)
    assert judge(told, [last], threshold=THRESHOLD).verdicts == (Fresh(),)
    assert judge(told, [replace(last, meaning=None)], threshold=THRESHOLD).verdicts == (TooNear(),)
