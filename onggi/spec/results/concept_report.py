"""What hospitals' vocabularies know of a definition's concepts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import ResultBase


class ConceptAtSites(Frozen):
    """At how many hospitals the vocabulary has a concept, holds it as standard, and as valid."""

    concept: int
    known: int = Field(ge=0)
    standard: int = Field(ge=0)
    valid: int = Field(ge=0)


class ConceptSetAtSites(Frozen):
    """What hospitals make of one concept set. `same`: all resolve it to the very same concepts.

    `same` may be wrong where it is True, with a chance of 2^-48; never where it is False.
    """

    name: str
    concepts: tuple[ConceptAtSites, ...]
    same: bool
    mean_size: float = Field(ge=0)
    size_spread: float = Field(ge=0)


class ConceptReport(ResultBase):
    """What hospitals' vocabularies know of a definition's concepts. No person counted, no hospital named."""

    result: Literal["concept_report"] = "concept_report"
    sets: tuple[ConceptSetAtSites, ...]
