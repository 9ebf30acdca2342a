"""Says which columns of which CDM tables a job reads: what a permit shows and what a node hands over."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets, concept_query, mapped_query
from analysis_jobs.variables.concept_facts import named_concepts_query
from analysis_jobs.variables.sql import table_query
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters


def columns_needed(spec: JobSpec) -> frozenset[tuple[str, str]]:
    """(table, column) pairs, read off the very statement that will run, so that the two cannot differ.

    Raises:
        Refused: ``cohort.*`` or ``variables.contradictory``.
    """
    plans, cdm = [read_cohort(each) for each in spec.cohorts], Cdm()
    needed: frozenset[tuple[str, str]] = frozenset()
    for plan in plans:
        if plan.concept_sets:
            needed |= columns_read(concept_query(plan.concept_sets, cdm=cdm))
        if any(item.mapped for each in plan.concept_sets for item in each.items):
            needed |= columns_read(mapped_query((), cdm=cdm))
    if isinstance(spec.parameters, ConceptsParameters):
        return needed | columns_read(named_concepts_query((), cdm=cdm))
    # Which columns are read does not depend on what a vocabulary makes of the sets, as long as they hold
    # something: nothing is looked up in an empty set.
    unresolved = [ConceptSets({each.id: (0,) for each in plan.concept_sets}) for plan in plans]
    return needed | columns_read(table_query(spec, plans, cdm=cdm, concept_sets=unresolved))


def columns_read(query: exp.Query) -> frozenset[tuple[str, str]]:
    """The CDM columns that a statement reads. A CDM table is one that names its schema."""
    return frozenset((table.name, name) for table, name in _columns_of(query))


def columns_placed(query: exp.Query) -> frozenset[tuple[str, str, str, str]]:
    """The same with where they stand: (catalog or nothing, schema, table, column)."""
    return frozenset((table.catalog, table.db, table.name, name) for table, name in _columns_of(query))


def _columns_of(query: exp.Query) -> Iterator[tuple[exp.Table, str]]:
    for scope in traverse_scope(query):
        tables = {
            alias: source
            for alias, source in scope.sources.items()
            if isinstance(source, exp.Table) and source.db
        }
        yield from ((tables[each.table], each.name) for each in scope.columns if each.table in tables)
