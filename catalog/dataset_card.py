"""Describes a dataset without the data: bands and shares from which nobody can tell one patient.

* A level appears only where it rests on at least `minimum_persons` distinct persons; numbers of a
  measurement only where they rest on at least 50. What is smaller is left out, not shown as small.
* There is no smallest and no greatest value, no free text and no date: years in steps of five.
* Only concepts of the hospital's own (2,000,000,000 and above) bring their names: of licensed vocabularies a
  card holds numbers alone.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, Self

import rfc8785
from pydantic import Field, StringConstraints, ValidationError, model_validator

from catalog.bands import CountBand, ValueBand
from onggi.errors import Refused
from onggi.spec.base import Digest, Frozen, Line, Slug
from onggi.spec.ids import SiteId

MINIMUM_PERSONS: Final = 10
MINIMUM_FOR_NUMBERS: Final = 50
MOST_CONCEPTS: Final = 500
MOST_ANCESTORS: Final = 50_000
FIRST_OWN_CONCEPT: Final = 2_000_000_000
YEARS: Final = 5
QUANTILES: Final = (0.10, 0.25, 0.50, 0.75, 0.90)
LARGEST_CARD: Final = 8 * 2**20

ConceptId = Annotated[int, Field(gt=-(2**53), lt=2**53)]
"""Vocabularies number in 32 bits; a JSON number is exact up to 53."""
Percent = Annotated[int, Field(ge=0, le=100, multiple_of=5)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ._/-]{0,50}$")]
RecordTableName = Literal[
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
]
ColumnLabel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class TableCard(Frozen):
    """One table: its columns that hold anything, how many persons have a record, and how many each.

    The total of rows is not told: one person with very many records could move it.
    """

    name: ColumnLabel
    columns: tuple[ColumnLabel, ...] = Field(max_length=200)
    persons: CountBand | None = None
    records_each: CountBand | None = None


class ConceptShare(Frozen):
    """The share of persons with one concept."""

    concept: ConceptId
    percent: Percent


class YearShare(Frozen):
    """The share of persons whose year lies in the five years from `first`."""

    first: int = Field(ge=1800, le=2100, multiple_of=YEARS)
    percent: Percent


class LengthShare(Frozen):
    """The share of persons whose observation lasts so many days."""

    days: CountBand
    percent: Percent


class NumberCard(Frozen):
    """A measurement's numbers in one unit, one per person: the bands of five fixed quantiles."""

    unit: ConceptId | None
    persons: CountBand
    bands: tuple[ValueBand, ValueBand, ValueBand, ValueBand, ValueBand]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        lows = [band.low for band in self.bands]
        if lows != sorted(lows):
            raise ValueError("quantiles rise")
        return self


class ConceptCard(Frozen):
    """One concept of one table. `missing` is the share of persons who have a record without a number."""

    table: RecordTableName
    concept: ConceptId
    persons: CountBand
    records_each: CountBand
    numbers: tuple[NumberCard, ...] = Field(default=(), max_length=20)
    missing: Percent = 0
    answers: tuple[ConceptShare, ...] = Field(default=(), max_length=100)


class VocabularyEntry(Frozen):
    """A concept's place in its vocabulary; the name only where it is the hospital's own."""

    concept: ConceptId
    name: Line | None = None
    domain: Code
    vocabulary: Code
    concept_class: Code
    standard: Literal["S", "C"] | None


class Ancestor(Frozen):
    """One concept stands above another."""

    ancestor: ConceptId
    descendant: ConceptId


class DatasetCard(Frozen):
    """Everything that is told about one dataset of one hospital."""

    version: Literal[1] = 1
    site: SiteId | None
    dataset: Slug
    generation: int = Field(ge=0)
    cdm_version: Code
    vocabulary_version: Line | None = None
    minimum_persons: int = Field(ge=MINIMUM_PERSONS)
    persons: CountBand
    sexes: tuple[ConceptShare, ...] = Field(default=(), max_length=20)
    births: tuple[YearShare, ...] = Field(default=(), max_length=60)
    starts: tuple[YearShare, ...] = Field(default=(), max_length=60)
    lengths: tuple[LengthShare, ...] = Field(default=(), max_length=40)
    deaths: Percent = 0
    tables: tuple[TableCard, ...] = Field(default=(), max_length=100)
    concepts: tuple[ConceptCard, ...] = Field(default=(), max_length=7 * MOST_CONCEPTS)
    vocabulary: tuple[VocabularyEntry, ...] = Field(default=(), max_length=MOST_ANCESTORS)
    ancestors: tuple[Ancestor, ...] = Field(default=(), max_length=MOST_ANCESTORS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        listed = [(each.table, each.concept) for each in self.concepts]
        if len(set(listed)) != len(listed):
            raise ValueError("a concept stands twice in one table")
        known = [each.concept for each in self.vocabulary]
        if len(set(known)) != len(known):
            raise ValueError("a concept stands twice in the vocabulary")
        return self

    @property
    def digest(self) -> Digest:
        """Names this very card."""
        return f"sha256:{hashlib.sha256(self.to_json()).hexdigest()}"

    def to_json(self) -> bytes:
        """The card as its file holds it: RFC 8785, so that equal cards are equal bytes."""
        return rfc8785.dumps(self.model_dump(mode="json"))


def read_card(content: bytes) -> DatasetCard:
    """The card in a file. Raises Refused(``card.unreadable``) naming the first wrong field, no content."""
    if len(content) > LARGEST_CARD:
        raise Refused("card.unreadable", field="size")
    try:
        return DatasetCard.model_validate_json(content)
    except ValidationError as wrong:
        place = ".".join(str(part) for part in wrong.errors(include_url=False)[0]["loc"])
        raise Refused("card.unreadable", field="".join(filter(str.isprintable, place))[:100]) from None
    except ValueError:
        raise Refused("card.unreadable", field="json") from None
