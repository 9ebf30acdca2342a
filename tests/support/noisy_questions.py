"""A question of each kind that can carry noise, and a table in which each combination of values stands."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa

from infra.demo.study import SITES
from onggi.spec.job import DifferentialPrivacy, JobSpec, Privacy
from onggi.spec.kinds import (
    CountParameters,
    CrossTableParameters,
    DistributionParameters,
    GroupsBy,
    NamedCohort,
    OverlapParameters,
)
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking, flag, number, table_of

_AGE = Variable(name="age", domain="age", kind="number", low=0, high=120)
_RULES = {"InclusionRules": [{"name": "first"}, {"name": "second"}]}
_NONE = float("nan")
QUESTIONS: dict[str, JobSpec] = {
    "count": asking(
        CountParameters(funnels=((1,),), by=(GroupsBy(variable="age", edges=(50,)),)),
        cohort=_RULES,
        variables=(_AGE,),
    ),
    "overlap": asking(OverlapParameters(name="own", cohorts=(NamedCohort(name="other", cohort={}),))),
    "cross_table": asking(
        CrossTableParameters(rows="male", columns="ill"), variables=(flag("male"), flag("ill"))
    ),
    "distribution": asking(
        DistributionParameters(variable="crp", cuts=(30, 60)), variables=(number("crp", 0, 90),)
    ),
}


def noisy(spec: JobSpec, *, masked: bool, micro_epsilon: int = 1_000_000) -> JobSpec:
    """The question of the federation's four hospitals, with noise."""
    asked = DifferentialPrivacy(micro_epsilon=micro_epsilon, delta=1e-6)
    privacy = Privacy(masked=masked, differential_privacy=asked)
    return spec.model_copy(update={"privacy": privacy, "participants": SITES})


def every_person(spec: JobSpec) -> pa.Table:
    """A person for each combination of values, a missing one included."""
    match spec.kind:
        case "count":
            rows = [
                (float(first + (first and second)), float(second), age)
                for first, second, age in product((0, 1), (0, 1), (40.0, 60.0, _NONE))
            ]
            names = ("cohort_step", "_step_1", "age")
        case "overlap":
            rows, names = [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)], ("_in_0", "_in_1")
        case "cross_table":
            rows, names = [*product((0.0, 1.0, _NONE), (0.0, 1.0))], ("male", "ill")
        case _:
            rows, names = [(10.0,), (50.0,), (80.0,), (_NONE,)], ("crp",)
    columns = np.array(rows, dtype=np.float64).T
    return table_of(dict(zip(names, columns, strict=True)))
