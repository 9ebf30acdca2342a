"""How long a masked count over five hospitals takes, beside pandas on the pooled table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis_jobs.variables.whole_columns import events_column, staged_name, step_column
from benchmarks.statistics.compared import Statistic, apart, read_columns
from benchmarks.statistics.made_up_cohort import FUNNELS, RULES, StagedCohort
from benchmarks.statistics.questions import question
from onggi.spec.builders import cohorts
from onggi.spec.circe.write import Json
from onggi.spec.kinds import CountParameters, GroupsBy
from onggi.spec.results import CountTable

_AGES = (40, 50, 60, 70, 80)
_REACHED = ("cohort_step", *(staged_name(step_column(at)) for at in range(1, len(FUNNELS) + 1)))
_EVENTS = tuple(staged_name(events_column(step)) for step in range(len(RULES) + 1))


def _cohort() -> Json:
    found = cohorts.everyone()
    for least, name in enumerate(RULES, start=1):
        found = found.rule(name, cohorts.age(at_least=least))
    return found.as_circe()


def _pooled(staged: StagedCohort) -> dict[str, Any]:
    """Persons at every step of each funnel, events, and who met all rules by age and sex."""
    frame = read_columns(staged.pooled, (*_REACHED, *_EVENTS, "age", "male"))
    chosen = frame[frame["cohort_step"] == len(RULES)]
    ages = pd.cut(chosen["age"], [-np.inf, *_AGES, np.inf], right=False)
    return {
        "funnels": [frame[name].value_counts().sort_index()[::-1].cumsum()[::-1] for name in _REACHED],
        "events": frame[list(_EVENTS)].sum(),
        "groups": [ages.value_counts(sort=False), chosen["male"].value_counts().sort_index()],
    }


def _differences(answer: CountTable, told: dict[str, Any]) -> Sequence[float]:
    funnels = [answer.persons, *(funnel.persons for funnel in answer.funnels)]
    groups = [each.persons[:-1] for each in answer.groups]  # the last are those of whom it is not known
    found = [apart(answer.events, told["events"])]
    found += [apart(*pair) for pair in zip(funnels, told["funnels"], strict=True)]
    return found + [apart(*pair) for pair in zip(groups, told["groups"], strict=True)]


STATISTIC = Statistic(
    name="stat_count",
    spec=question(
        CountParameters(
            funnels=FUNNELS,
            events=True,
            by=(GroupsBy(variable="age", edges=_AGES), GroupsBy(variable="male")),
        ),
        result="count_table",
        columns=("age", "male"),
        cohort=_cohort(),
    ),
    peer="pandas' value_counts, sum and cut (three funnels, events at five steps, groups by age and sex)",
    agrees="Counts must be equal.",
    tolerance=0.0,
    pooled=_pooled,
    differences=_differences,
)
BENCHMARK = STATISTIC.benchmark()
