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
from analysis_jobs.cohort.concept_records import ConceptRecords
from analysis_jobs.cohort.expressions import (
    cdm_table,
    column,
    compare,
    is_null,
    is_one_of,
    joined,
    listed,
    named,
    whole,
)
from onggi.spec.circe.plan import ConceptItem, ConceptSet

_WRITTEN_OUT = 64
"""Up to so many concepts stand in the statement itself; more are bound as one parameter."""


def concept_query(concept_sets: Iterable[ConceptSet], *, cdm: Cdm) -> exp.Query:
    """What the vocabulary knows of the concepts that the sets name: rows ``below, above, concept_id``.

    `below` is 0 for a named concept itself and 1 for a valid descendant of the named concept `above`.
    """
    items = [item for each in concept_sets for item in each.items]
    query: exp.Query = _named(sorted({item.concept for item in items}), cdm)
    if asked := sorted({item.concept for item in items if item.descendants}):
        query = exp.Union(this=query, expression=_descendants(asked, cdm), distinct=False)
    return query


def _named(concepts: Sequence[int], cdm: Cdm) -> exp.Select:
    return (
        exp.select(
            named(whole(0), "below"),
            named(column("c", "concept_id"), "above"),
            named(column("c", "concept_id"), "concept_id"),
            copy=False,
        )
        .from_(cdm_table(cdm.vocabulary, "concept", "c"), copy=False)
        .where(is_one_of(column("c", "concept_id"), concepts), copy=False)
    )


def _descendants(above: Sequence[int], cdm: Cdm) -> exp.Select:
    ancestor = column("a", "ancestor_concept_id")
    same = compare("eq", column("c", "concept_id"), column("a", "descendant_concept_id"))
    query = (
        exp.select(
            named(whole(1), "below"),
            named(column("a", "ancestor_concept_id"), "above"),
            named(column("a", "descendant_concept_id"), "concept_id"),
            copy=False,
        )
        .from_(cdm_table(cdm.vocabulary, "concept_ancestor", "a"), copy=False)
        .where(is_null(column("c", "invalid_reason")), copy=False)
    )
    if len(above) == 1:
        query = query.where(is_one_of(ancestor, above), copy=False)
    else:
        asked = compare("eq", ancestor, column("k", "asked"))
        query = query.join(joined(listed(above, "k"), on=asked, kind="inner"), copy=False)
    concept = cdm_table(cdm.vocabulary, "concept", "c")
    return query.join(joined(concept, on=same, kind="inner"), copy=False)


def mapped_query(concepts: Iterable[int], *, cdm: Cdm) -> exp.Select:
    """Which concepts map to the given ones: rows ``concept_id, mapped``."""
    return (
        exp.select(
            named(column("r", "concept_id_2"), "concept_id"),
            named(column("r", "concept_id_1"), "mapped"),
            copy=False,
        )
        .from_(cdm_table(cdm.vocabulary, "concept_relationship", "r"), copy=False)
        .where(
            is_one_of(column("r", "concept_id_2"), sorted(concepts)),
            compare("eq", column("r", "relationship_id"), exp.Literal.string("Maps to")),
            is_null(column("r", "invalid_reason")),
            copy=False,
        )
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a hospital's vocabulary answered: concepts it has, descendants, and what maps to a concept."""

    known: frozenset[int]
    below: Mapping[int, Sequence[int]]
    mapped: Mapping[int, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[int, int, int]]) -> Vocabulary:
        """From the rows of `concept_query`."""
        known: set[int] = set()
        below: dict[int, list[int]] = {}
        for is_below, above, concept in rows:
            if is_below:
                below.setdefault(above, []).append(concept)
            else:
                known.add(concept)
        return cls(frozenset(known), below)

    def base_of(self, item: ConceptItem) -> set[int]:
        """The item's concept and, where asked, its descendants."""
        found = {item.concept} & self.known
        if item.descendants:
            found.update(self.below.get(item.concept, ()))
        return found

    def concepts_of(self, concept_set: ConceptSet) -> list[int]:
        """Every concept of a set, in order."""
        sides: dict[bool, set[int]] = {False: set(), True: set()}
        for item in concept_set.items:
            base = self.base_of(item)
            side = sides[item.excluded]
            side |= base
            if item.mapped:
                for concept in base:
                    side.update(self.mapped.get(concept, ()))
        return sorted(sides[False] - sides[True])


@dataclass(slots=True)
class ConceptSets:
    """The resolved sets of one definition, and the parameters of the statement that uses them."""

    resolved: Mapping[int, Sequence[int]]
    parameters: dict[str, list[int]] = field(default_factory=dict)
    records: ConceptRecords | None = None
    prefix: str = "codeset"
    """Tells the parameters of several definitions in one statement apart."""

    def few_in(self, table: str, concept: str, codeset: int) -> list[int] | None:
        """The set's concepts that the column holds, where their records are known to be few or none."""
        if not self.resolved[codeset]:
            return []
        if self.records is None:
            return None
        return self.records.few_of(table, concept, self.resolved[codeset])

    def records_in(self, table: str, concept: str, codeset: int) -> int | None:
        """How many of the column's records have one of the set's concepts; None where it is not known."""
        if self.records is None:
            return None
        return self.records.number_of(table, concept, self.resolved[codeset])

    def holds(self, concept: exp.Expr, codeset: int) -> exp.Expr:
        """The condition that a record's concept is in the set."""
        concepts = self.resolved[codeset]
        if len(concepts) <= _WRITTEN_OUT:
            return is_one_of(concept, concepts)
        name = f"{self.prefix}_{codeset}" if codeset >= 0 else f"{self.prefix}_minus_{-codeset}"
        self.parameters[name] = list(concepts)
        return compare("eq", concept, exp.Any(this=exp.Paren(this=exp.Placeholder(this=name))))

    def lacks(self, concept: exp.Expr, codeset: int) -> exp.Expr:
        """The condition that a record has a concept and that it is not in the set."""
        if not self.resolved[codeset]:
            # Nothing is in an empty set, and SQL's NOT IN of nothing holds for a missing concept as well.
            return exp.true()
        return exp.Not(this=exp.Paren(this=self.holds(concept, codeset)))
