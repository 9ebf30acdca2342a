"""Funnels, events, groups, overlaps and reports on concepts over many hospitals equal the pooled ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.variables.concept_facts import digest_of_ids
from analysis_jobs.variables.concept_rows import DIGEST_BYTES, FACTS_SCHEMA
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.kinds import (
    ConceptsParameters,
    CountParameters,
    GroupsBy,
    NamedCohort,
    OverlapParameters,
)
from onggi.spec.results import ConceptReport, CountTable, OverlapTable
from onggi.spec.variables import Variable
from tests.support.statistics_specs import asking

_QUICK: dict[str, Any] = {"max_examples": 60, "deadline": None, "derandomize": True}
_COHORT = cohort(everyone(), *(rule(f"over {age}", age_at_least(age)) for age in (30, 40, 50)))
_FUNNELS = ((1,), (2, 0), (0, 2), (2, 1, 0))
_AGE = Variable(name="age", domain="age", kind="number", low=0, high=100)
_SEX = Variable(
    name="sex",
    domain="sex",
    kind="category",
    concepts=(8507, 8532),
    levels=(8507, 8532),
    level_names=("male", "female"),
)
Person = tuple[list[int], int | None, int | None]
"""The rules met by each of a person's events, as bits; age; sex."""

persons = st.tuples(
    st.lists(st.integers(0, 7), min_size=1, max_size=4),
    st.none() | st.integers(20, 80),
    st.none() | st.integers(0, 1),
)
federations = st.lists(st.lists(persons, max_size=25), min_size=1, max_size=20)


def _reach(event: int, rules: tuple[int, ...]) -> int:
    for step, at in enumerate(rules):
        if not event >> at & 1:
            return step
    return len(rules)


def _table(rows: list[Person]) -> pa.Table:
    own = (0, 1, 2)
    wholes = {
        "cohort_step": [max(_reach(event, own) for event in events) for events, _, _ in rows],
        **{
            f"_step_{number}": [max(_reach(event, rules) for event in events) for events, _, _ in rows]
            for number, rules in enumerate(_FUNNELS, start=1)
        },
        **{
            f"_events_{step}": [sum(_reach(event, own) >= step for event in events) for events, _, _ in rows]
            for step in range(4)
        },
    }
    floats = {"age": [age for _, age, _ in rows], "sex": [sex for _, _, sex in rows]}
    columns = {name: pa.array(values, pa.int32()) for name, values in wholes.items()}
    return pa.table(columns | {name: pa.array(values, pa.float64()) for name, values in floats.items()})


@settings(**_QUICK)
@given(federations, st.booleans())
def test_federated_funnels_events_and_groups_equal_pooled(
    hospitals: list[list[Person]], masked: bool
) -> None:
    spec = asking(
        CountParameters(
            funnels=_FUNNELS,
            events=True,
            by=(GroupsBy(variable="age", edges=(40, 60)), GroupsBy(variable="sex")),
        ),
        sites=len(hospitals),
        masked=masked,
        cohort=_COHORT,
        variables=(_AGE, _SEX),
    )
    answer = (run_fixed_point if masked else run_in_clear)(spec, [_table(rows) for rows in hospitals])
    everybody = [person for rows in hospitals for person in rows]
    assert isinstance(answer, CountTable)

    def counted(rules: tuple[int, ...]) -> tuple[int, ...]:
        reached = [max(_reach(event, rules) for event in events) for events, _, _ in everybody]
        return tuple(sum(each >= step for each in reached) for step in range(len(rules) + 1))

    assert answer.persons == counted((0, 1, 2))
    assert tuple(each.persons for each in answer.funnels) == tuple(map(counted, _FUNNELS))
    events = [_reach(event, (0, 1, 2)) for events, _, _ in everybody for event in events]
    assert answer.events == tuple(sum(each >= step for each in events) for step in range(4))
    inside = [(age, sex) for events, age, sex in everybody if 7 in events]
    ages = [-1 if age is None else (age >= 40) + (age >= 60) for age, _ in inside]
    assert answer.groups[0].groups == ("under 40", "40 to 59", "60 or more", "(missing)")
    assert answer.groups[0].persons == tuple(ages.count(at) for at in (0, 1, 2, -1))
    sexes = [sex for _, sex in inside]
    assert answer.groups[1].groups == ("male", "female", "(missing)")
    assert answer.groups[1].persons == (sexes.count(0), sexes.count(1), sexes.count(None))


@settings(**_QUICK)
@given(st.lists(st.lists(st.integers(1, 7), max_size=30), min_size=1, max_size=20), st.booleans())
def test_federated_overlap_equals_pooled(hospitals: list[list[int]], masked: bool) -> None:
    further = tuple(NamedCohort(name=name, cohort=_COHORT) for name in ("b", "c"))
    parameters = OverlapParameters(name="a", cohorts=further)
    spec = asking(parameters, sites=len(hospitals), masked=masked, cohort=_COHORT)
    tables = [
        pa.table({f"_in_{at}": pa.array([row >> at & 1 for row in rows], pa.int32()) for at in range(3)})
        for rows in hospitals
    ]
    answer = (run_fixed_point if masked else run_in_clear)(spec, tables)
    everybody = [row for rows in hospitals for row in rows]
    assert isinstance(answer, OverlapTable)
    assert answer.cohorts == ("a", "b", "c")
    assert answer.totals == tuple(sum(row >> at & 1 for row in everybody) for at in range(3))
    numbers = [sum(inside << at for at, inside in enumerate(each)) for each in answer.combinations]
    assert numbers == list(range(1, 8))
    assert answer.persons == tuple(everybody.count(number) for number in numbers)


_CONCEPTS = (11, 12, 13)
_facts = st.tuples(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=3, max_size=3),
    st.frozensets(st.integers(1, 4), max_size=3),
)


@settings(**_QUICK)
@given(st.lists(_facts, min_size=1, max_size=20), st.booleans())
def test_federated_report_on_concepts_equals_pooled(
    hospitals: list[tuple[list[tuple[bool, bool, bool]], frozenset[int]]], masked: bool
) -> None:
    definition = cohort(everyone(), rule("asked", has_condition(_CONCEPTS)))
    spec = asking(ConceptsParameters(), sites=len(hospitals), masked=masked, cohort=definition)
    known = [
        [(has, has and standard, has and valid) for has, standard, valid in facts] for facts, _ in hospitals
    ]
    tables = []
    for told, (_, resolved) in zip(known, hospitals, strict=True):
        rows = [(0, *map(int, flags), *[0] * (1 + DIGEST_BYTES)) for flags in told]
        rows.append((1, 0, 0, 0, len(resolved), *digest_of_ids(resolved)))
        columns = [pa.array(each, pa.int64()) for each in zip(*rows, strict=True)]
        tables.append(pa.Table.from_arrays(columns, schema=FACTS_SCHEMA))
    answer = (run_fixed_point if masked else run_in_clear)(spec, tables)
    assert isinstance(answer, ConceptReport)
    (only,) = answer.sets
    for at, concept in enumerate(only.concepts):
        assert concept.concept == _CONCEPTS[at]
        flags = (concept.known, concept.standard, concept.valid)
        assert flags == tuple(sum(told[at][flag] for told in known) for flag in range(3))
    sizes = [len(resolved) for _, resolved in hospitals]
    assert only.same is (len({resolved for _, resolved in hospitals}) == 1)
    assert np.isclose(only.mean_size, np.mean(sizes))
    assert np.isclose(only.size_spread, np.std(sizes), atol=1e-6)
