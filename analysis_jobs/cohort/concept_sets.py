"""Turns a concept set into the condition that a record's concept belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.expressions import (
    cdm_table,
    column,
    derived,
    is_one_of,
    named,
    query_table,
    rows_of,
    whole,
)
from analysis_jobs.cohort.plan import ConceptItem, ConceptSet


class ConceptSets:
    """The concept sets of one statement.

    Named concepts are written into the statement. Descendants come from ``concept_ancestor``, which is
    read only where an item asks for them. The `concept` table is not consulted: a named concept counts
    whether or not the hospital's vocabulary holds it.
    """

    def __init__(self, concept_sets: Sequence[ConceptSet], *, cdm: Cdm) -> None:
        self._cdm = cdm
        self._at = {each.id: (f"codeset_{at}", each) for at, each in enumerate(concept_sets)}

    def queries(self) -> list[tuple[str, exp.Query]]:
        """One named query for each concept set that needs descendants."""
        return [
            (alias, self._query(each))
            for alias, each in self._at.values()
            if any(item.descendants for item in each.items)
        ]

    def holds(self, concept: exp.Expr, codeset: int) -> exp.Expr:
        """The condition that a record's concept is in the set."""
        alias, found = self._at[codeset]
        if any(item.descendants for item in found.items):
            inside = exp.select(column("s", "concept_id")).from_(query_table(alias, "s"))
            return exp.In(this=concept, query=exp.Subquery(this=inside))
        named_out = {item.concept for item in found.items if item.excluded}
        named_in = {item.concept for item in found.items if not item.excluded}
        return is_one_of(concept, sorted(named_in - named_out))

    def _query(self, concept_set: ConceptSet) -> exp.Query:
        included = self._concepts([item for item in concept_set.items if not item.excluded])
        excluded = [item for item in concept_set.items if item.excluded]
        if not excluded:
            return included
        # Each side in brackets of its own: without them a union inside would bind to the wrong side.
        sides = [
            exp.select(named(column("x", "concept_id"), "concept_id")).from_(derived(side, "x"))
            for side in (included, self._concepts(excluded))
        ]
        return exp.Except(this=sides[0], expression=sides[1], distinct=True)

    def _concepts(self, items: Sequence[ConceptItem]) -> exp.Query:
        """The items' concepts and, where asked, their descendants, each once."""
        named_ones = sorted({item.concept for item in items})
        above = sorted({item.concept for item in items if item.descendants})
        if named_ones:
            listed: exp.Query = exp.select(named(column("v", "concept_id"), "concept_id")).from_(
                rows_of([[whole(each)] for each in named_ones], "v", ["concept_id"])
            )
        else:
            listed = exp.select(named(whole(0), "concept_id")).where(exp.false())
        if not above:
            return listed
        below = (
            exp.select(named(column("ca", "descendant_concept_id"), "concept_id"))
            .from_(cdm_table(self._cdm, "concept_ancestor", "ca"))
            .where(is_one_of(column("ca", "ancestor_concept_id"), above))
        )
        return exp.Union(this=listed, expression=below, distinct=True)
