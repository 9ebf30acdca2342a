"""A concept set under a name and a version: what was meant can be said again, word for word, years later.

A definition carries the set's concepts themselves, as ATLAS reads them; name and version stand in the name of
its concept set ("statins@3"). Each hospital resolves the concepts at its own vocabulary, as with any set.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from onggi.spec.base import Frozen, Line, Slug
from onggi.spec.circe.write import Concepts, Item

_LARGEST = 2**53 - 1
ConceptId = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]


class NamedConcept(Frozen):
    """One line of a set, as in Circe; `name` only describes it."""

    concept: ConceptId
    name: Line | None = None
    descendants: bool = False
    mapped: bool = False
    excluded: bool = False


class NamedConceptSet(Frozen):
    """One version of a set. A version never changes; a change is the next version."""

    name: Slug
    version: int = Field(ge=1)
    items: tuple[NamedConcept, ...] = Field(min_length=1, max_length=5000)

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if all(each.excluded for each in self.items):
            raise ValueError("a concept set without a concept would silently match nobody")
        return self

    @property
    def label(self) -> str:
        """How a definition calls it."""
        return f"{self.name}@{self.version}"

    def concepts(self) -> Concepts:
        """For `onggi.events` and every other builder."""
        return Concepts(
            self.label,
            tuple(
                Item(each.concept, each.name, each.descendants, each.mapped, each.excluded)
                for each in self.items
            ),
        )


def items_of(concepts: Concepts) -> tuple[NamedConcept, ...]:
    """The lines of a set that was written with `onggi.concepts`."""
    return tuple(
        NamedConcept(
            concept=each.concept,
            name=each.name,
            descendants=each.descendants,
            mapped=each.mapped,
            excluded=each.excluded,
        )
        for each in concepts.items
    )
