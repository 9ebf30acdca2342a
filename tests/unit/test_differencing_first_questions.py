"""Numbers of one answer add up to each other; that alone keeps none of them back, for any kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.kinds.registry import get_kind
from analysis_jobs.kinds.set_definitions import define_sets
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
from privacy.differencing.guard import Answered, AskedSet, Fresh, judge
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
        name="own", cohorts=tuple(NamedCohort(name=f"cohort {at}", cohort=COHORT) for at in range(2))
    ),
}


def _table() -> pa.Table:
    draw = np.random.default_rng(17)

    def column(top: int, *, gaps: bool = False) -> Any:
        values = draw.integers(0, top + 1, PERSONS).astype(float)
        return np.where(draw.random(PERSONS) < 0.1, np.nan, values) if gaps else values

    columns = {"age": column(90), "male": column(1), "group": column(2, gaps=True)}
    columns |= {"crp": column(90, gaps=True), "cohort_step": column(2)}
    columns |= {"death_days": column(90), "death_event": column(2)}
    one, other = column(1), column(1)
    columns |= {"_in_0": np.maximum(column(1), 1 - np.maximum(one, other)), "_in_1": one, "_in_2": other}
    return table_of(columns)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_first_question_is_answered_whole(name: str) -> None:
    plain = name == "overlap"
    spec = asking(
        QUESTIONS[name],
        cohort=COHORT,
        variables=() if plain else VARIABLES,
        outcomes=() if plain else (death(90, competing=1),),
    )
    sets = [each for each in get_kind(spec.kind).sets(spec, _table()) if not each.implied]
    asked = [
        AskedSet(meant, each.rows, described=each.described, left_over=each.left_over)
        for each, meant in zip(
            sets, define_sets(spec, [(each.name, each.where) for each in sets]), strict=True
        )
    ]
    judged = judge(Answered(), asked, threshold=THRESHOLD)
    assert [
        each.name for each, verdict in zip(sets, judged.verdicts, strict=True) if verdict != Fresh()
    ] == []
