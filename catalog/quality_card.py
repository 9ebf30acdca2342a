"""What the catalogue may show of a hospital's data quality: verdicts and coarse bands, never a count of rows.

* Per table and category: how many checks passed, failed, do not apply, or are not told.
* Per failed check: a band for the share of rows that violate it.
* A verdict is told only where it describes nobody, or enough persons on both sides: those behind the rows
  that violate the check, if there are any, and those behind the rows that do not, if there are any.
* A verdict over everybody, "no row violates", singles out nobody and may be told, of enough persons.
* "Not told" has one wording: few persons with a concept, none at all and unknown read the same.
* A table with fewer persons than the threshold, nobody included, tells nothing but whether it is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from onggi.spec.base import Frozen, Slug
from privacy.disclosure.thresholds import is_small

Category: TypeAlias = Literal["Completeness", "Conformance", "Plausibility"]
Told: TypeAlias = Literal["passed", "failed", "not_applicable", "not_told", "error"]
Band: TypeAlias = Literal["<1", "1-5", "5-10", "10-25", "25-50", "50+"]

CATEGORIES: Final[tuple[Category, ...]] = ("Completeness", "Conformance", "Plausibility")
_BANDS: Final[tuple[tuple[int, Band], ...]] = (
    (1, "<1"),
    (5, "1-5"),
    (10, "5-10"),
    (25, "10-25"),
    (50, "25-50"),
)
_PRESENCE: Final = frozenset({"cdmTable", "cdmField"})
# Facts about columns and about the node's own rules, true whatever the rows say.
_OF_THE_SCHEMA: Final = frozenset({"table_missing", "field_missing", "other_missing", "left_out"})
# Whole columns or vocabularies without content: true of everybody in the table.
_OF_EVERYBODY: Final = frozenset({"field_empty", "other_empty"})
_ABOUT_NOBODY: Final = frozenset(
    {
        "care_site",
        "cdm_source",
        "cohort_definition",
        "concept",
        "concept_ancestor",
        "concept_class",
        "concept_relationship",
        "concept_synonym",
        "domain",
        "drug_strength",
        "metadata",
        "relationship",
        "source_to_concept_map",
        "vocabulary",
    }
)
# Each row of these is a person, though not a patient.
_ROWS_ARE_PERSONS: Final = frozenset({"provider"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCheck:
    """One check as the hospital knows it.

    `violators` and `conforming`: at least so many distinct persons are behind the rows that violate it and
    behind those that could and do not; None where nobody knows.
    """

    id: str
    category: Category
    status: Literal["passed", "failed", "not_applicable", "error"]
    reason: str | None
    violated: int | None
    denominator: int | None
    violators: int | None
    conforming: int | None

    @property
    def kind(self) -> str:
        return self.id.split("/", 1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedTable:
    """One table's checks. `persons`: how many distinct persons have a row; None where rows name none."""

    table: str
    rows: int | None
    persons: int | None
    checks: Sequence[JudgedCheck]


class QualityCell(Frozen):
    """How many checks of a table and category came out how."""

    table: str
    category: Category
    passed: Annotated[int, Field(ge=0)]
    failed: Annotated[int, Field(ge=0)]
    not_applicable: Annotated[int, Field(ge=0)]
    not_told: Annotated[int, Field(ge=0)]
    error: Annotated[int, Field(ge=0)]


class FailedCheck(Frozen):
    """A check that failed, and the percent of rows that violate it, as a band."""

    check: str
    band: Band


class QualityCard(Frozen):
    """The quality of one data generation as anybody may read it."""

    format: Literal[1] = 1
    dataset: Slug
    generation: Annotated[int, Field(ge=1)]
    threshold: Annotated[int, Field(ge=1)]
    cells: tuple[QualityCell, ...]
    failed: tuple[FailedCheck, ...]


def quality_card(
    tables: Iterable[JudgedTable], *, dataset: str, generation: int, threshold: int
) -> QualityCard:
    """The card of a run over all tables.

    Args:
        threshold: the fewest distinct persons that anything on the card may describe.
    """
    cells: list[QualityCell] = []
    failed: list[FailedCheck] = []
    for table in tables:
        told = [(check, decide_told(check, table, threshold=threshold)) for check in table.checks]
        for category in CATEGORIES:
            counted = Counter(verdict for check, verdict in told if check.category == category)
            if counted:
                cells.append(_cell(table.table, category, counted))
        for check, verdict in told:
            if verdict == "failed":
                failed.append(FailedCheck(check=check.id, band=_band_of(check)))
    return QualityCard(
        dataset=dataset,
        generation=generation,
        threshold=threshold,
        cells=tuple(cells),
        failed=tuple(failed),
    )


def _cell(table: str, category: Category, counted: Counter[Told]) -> QualityCell:
    return QualityCell(
        table=table,
        category=category,
        passed=counted["passed"],
        failed=counted["failed"],
        not_applicable=counted["not_applicable"],
        not_told=counted["not_told"],
        error=counted["error"],
    )


def decide_told(check: JudgedCheck, table: JudgedTable, *, threshold: int) -> Told:
    """What the card says of a check: its verdict, or that it is not told."""
    if check.kind in _PRESENCE or check.reason in _OF_THE_SCHEMA or table.table in _ABOUT_NOBODY:
        return check.status
    persons = table.rows if table.table in _ROWS_ARE_PERSONS else table.persons
    if persons is None or is_small(persons, threshold=threshold):
        return "not_told"
    if check.status == "error" or check.reason in _OF_EVERYBODY:
        return check.status
    if check.status == "not_applicable":
        return "not_told"  # "nobody with this concept" is a count of persons too
    return check.status if _may_tell(check, table, threshold=threshold) else "not_told"


def _may_tell(check: JudgedCheck, table: JudgedTable, *, threshold: int) -> bool:
    """Enough persons on each side that has rows, and rows on at least one side."""
    if check.violated is None or check.denominator is None:
        return False
    kept = check.denominator - check.violated
    violators, conforming = check.violators, check.conforming
    if table.table in _ROWS_ARE_PERSONS:
        violators, conforming = check.violated, kept
    sides = [persons or 0 for rows, persons in ((check.violated, violators), (kept, conforming)) if rows != 0]
    return bool(sides) and not any(is_small(persons, threshold=threshold) for persons in sides)


def _band_of(check: JudgedCheck) -> Band:
    violated, denominator = check.violated or 0, check.denominator or 0
    for percent, band in _BANDS:
        if violated * 100 < percent * denominator:
            return band
    return "50+"
