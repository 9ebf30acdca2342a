"""The set of persons that the product's own engine gives for each question of the honest log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, resolve_concept_sets
from analysis_jobs.cohort.sql import cohort_entries
from onggi.spec.circe.read import read_cohort
from tests.trackers.honest.changes import apply_changes
from tests.trackers.honest.definitions import Expression, read_expression
from tests.trackers.honest.queries import Query


@dataclass(frozen=True, slots=True)
class AskedSet:
    """Persons by id, sorted. `funnel`: those with an entry event, then those left after each rule in order.

    A definition without rules has a funnel of one line, which is the cohort; the last line always is.
    """

    funnel: tuple[NDArray[np.int64], ...]

    @property
    def persons(self) -> NDArray[np.int64]:
        """The final cohort."""
        return self.funnel[-1]


def asked_set(connection: duckdb.DuckDBPyConnection, cdm: Cdm, expression: Expression) -> AskedSet:
    """The persons of one definition."""
    engine, plan = DuckDBEngine(connection), read_cohort(expression)
    concept_sets = resolve_concept_sets(engine, plan, cdm=cdm)
    query = cohort_entries(plan, cdm=cdm, concept_sets=concept_sets)
    rows = engine.fetch(query, concept_sets.parameters)
    persons = np.array([row[0] for row in rows], dtype=np.int64)
    steps = np.array([row[2] for row in rows], dtype=np.int64)
    return AskedSet(tuple(np.unique(persons[steps >= step]) for step in range(len(plan.rules) + 1)))


def asked_sets(
    connection: duckdb.DuckDBPyConnection, cdm: Cdm, queries: Sequence[Query]
) -> Sequence[AskedSet]:
    """The persons of each question, in order. An identical question is looked up only once."""
    # Of identical questions the first one stands for all: they may list their changes in another order.
    first = {query.question: query for query in reversed(queries)}
    found = {
        question: asked_set(connection, cdm, apply_changes(read_expression(query.definition), query.changes))
        for question, query in first.items()
    }
    return [found[query.question] for query in queries]
