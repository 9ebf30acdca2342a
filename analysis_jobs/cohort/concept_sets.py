"""Resolves concept sets at a hospital's own vocabulary, and asks whether a record's concept is in one.

* A named concept counts where the vocabulary holds it; a descendant where it is valid. That is Circe's
  meaning, and it lets a report say which concepts a hospital no longer has.
* Resolution is a statement of its own: the sets are then known numbers, with which an engine plans best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.expressions import (
    cdm_table,
    column,
    compare,
    derived,
    every,
    is_null,
    is_one_of,
    named,
    query_table,
    rows_of,
    whole,
    with_queries,
)
from onggi.spec.circe.plan import ConceptSet

_WRITTEN_OUT = 64
"""Up to so many concepts stand in the statement itself; more are bound as one parameter."""


def concept_set_query(concept_sets: Sequence[ConceptSet], *, cdm: Cdm) -> exp.Select:
    """One row for each set and concept: ``codeset, concept_id``."""
    rows = [
        [
            whole(each.id),
            whole(item.concept),
            *(whole(int(told)) for told in (item.excluded, item.descendants, item.mapped)),
        ]
        for each in concept_sets
        for item in each.items
    ]
    columns = ("codeset", "concept_id", "excluded", "descendants", "mapped")
    items = exp.select(*(named(column("v", each), each) for each in columns))
    if rows:
        items = items.from_(rows_of(rows, "v", columns))
    else:
        items = exp.select(*(named(whole(0), each) for each in columns)).where(exp.false())
    queries: list[tuple[str, exp.Query]] = [("items", items), ("named_concepts", _named_concepts(cdm))]
    every_item = [item for each in concept_sets for item in each.items]
    parts = ["named_concepts"]
    if above := sorted({item.concept for item in every_item if item.descendants}):
        queries.append(("below_concepts", _below(cdm, above)))
        parts.append("below_concepts")
    if any(item.mapped for item in every_item):
        queries.append(("mapped_concepts", _mapped(cdm, parts)))
        parts = [*parts, "mapped_concepts"]
    found = derived(_union(parts, ("codeset", "excluded", "concept_id")), "f")
    left_out = exp.Max(this=column("f", "excluded"))
    query = (
        exp.select(named(column("f", "codeset"), "codeset"), named(column("f", "concept_id"), "concept_id"))
        .from_(found)
        .group_by(column("f", "codeset"), column("f", "concept_id"))
        .having(compare("eq", left_out, whole(0)))
    )
    return with_queries(query, queries)


def _told() -> list[exp.Expr]:
    return [column("i", each) for each in ("codeset", "excluded", "mapped")]


def _named_concepts(cdm: Cdm) -> exp.Select:
    same = compare("eq", column("c", "concept_id"), column("i", "concept_id"))
    return (
        exp.select(*_told(), column("c", "concept_id"))
        .from_(query_table("items", "i"))
        .join(cdm_table(cdm.vocabulary, "concept", "c"), on=same, join_type="inner")
    )


def _below(cdm: Cdm, above: Sequence[int]) -> exp.Select:
    of_item = every(
        [
            compare("eq", column("a", "ancestor_concept_id"), column("i", "concept_id")),
            # Told twice, so that an engine reads only these ancestors of the many millions.
            is_one_of(column("a", "ancestor_concept_id"), above),
        ]
    )
    same = compare("eq", column("c", "concept_id"), column("a", "descendant_concept_id"))
    return (
        exp.select(*_told(), column("c", "concept_id"))
        .from_(query_table("items", "i"))
        .join(cdm_table(cdm.vocabulary, "concept_ancestor", "a"), on=of_item, join_type="inner")
        .join(cdm_table(cdm.vocabulary, "concept", "c"), on=same, join_type="inner")
        .where(compare("eq", column("i", "descendants"), whole(1)), is_null(column("c", "invalid_reason")))
    )


def _mapped(cdm: Cdm, parts: Sequence[str]) -> exp.Select:
    """The concepts that map to a concept of an item which asks for them."""
    base = derived(_union(parts, ("codeset", "excluded", "mapped", "concept_id")), "b")
    maps_to = every(
        [
            compare("eq", column("r", "concept_id_2"), column("b", "concept_id")),
            compare("eq", column("r", "relationship_id"), exp.Literal.string("Maps to")),
            is_null(column("r", "invalid_reason")),
        ]
    )
    return (
        exp.select(
            column("b", "codeset"),
            column("b", "excluded"),
            column("b", "mapped"),
            named(column("r", "concept_id_1"), "concept_id"),
        )
        .from_(base)
        .join(cdm_table(cdm.vocabulary, "concept_relationship", "r"), on=maps_to, join_type="inner")
        .where(compare("eq", column("b", "mapped"), whole(1)))
    )


def _union(parts: Sequence[str], columns: Sequence[str]) -> exp.Query:
    selects = [
        exp.select(*(column("u", each) for each in columns)).from_(query_table(part, "u")) for part in parts
    ]
    union: exp.Query = selects[0]
    for select in selects[1:]:
        union = exp.Union(this=union, expression=select, distinct=False)
    return union


@dataclass(slots=True)
class ConceptSets:
    """The resolved sets of one definition, and the parameters of the statement that uses them."""

    resolved: Mapping[int, Sequence[int]]
    parameters: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, concept_sets: Iterable[ConceptSet], rows: Iterable[tuple[int, int]]) -> ConceptSets:
        """The sets from the rows of `concept_set_query`; a set without rows is empty."""
        found: dict[int, list[int]] = {each.id: [] for each in concept_sets}
        for codeset, concept in rows:
            found[codeset].append(concept)
        return cls({codeset: sorted(concepts) for codeset, concepts in found.items()})

    def holds(self, concept: exp.Expr, codeset: int) -> exp.Expr:
        """The condition that a record's concept is in the set."""
        concepts = self.resolved[codeset]
        if len(concepts) <= _WRITTEN_OUT:
            return is_one_of(concept, concepts)
        name = f"codeset_{codeset}" if codeset >= 0 else f"codeset_minus_{-codeset}"
        self.parameters[name] = list(concepts)
        return compare("eq", concept, exp.Any(this=exp.Paren(this=exp.Placeholder(this=name))))

    def lacks(self, concept: exp.Expr, codeset: int) -> exp.Expr:
        """The condition that a record has a concept and that it is not in the set."""
        if not self.resolved[codeset]:
            # Nothing is in an empty set, and SQL's NOT IN of nothing holds for a missing concept as well.
            return exp.true()
        return exp.Not(this=exp.Paren(this=self.holds(concept, codeset)))
