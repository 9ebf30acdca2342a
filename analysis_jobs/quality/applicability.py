"""Decides which checks have nothing to say about this hospital, and why.

The rules of the Data Quality Dashboard: a missing or empty table or field leaves nothing to judge. Beyond:

* what the node keeps out of its store on purpose is told as such, not as a fault of the data;
* a comparison with a missing table, or with an empty vocabulary, gives no verdict instead of a pass.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.conformance import CONCEPT_KINDS
from analysis_jobs.quality.results import Reason

_FIELDS_NEEDED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "plausibleAfterBirth": (("person", "person_id"),),
    "plausibleBeforeDeath": (("death", "person_id"), ("death", "death_date")),
    "plausibleDuringLife": (("death", "person_id"), ("death", "death_date")),
    "withinVisitDates": (
        ("visit_occurrence", "visit_occurrence_id"),
        ("visit_occurrence", "visit_start_date"),
        ("visit_occurrence", "visit_end_date"),
    ),
    "plausibleGender": (("person", "person_id"), ("person", "gender_concept_id")),
    "plausibleGenderUseDescendants": (
        ("person", "person_id"),
        ("person", "gender_concept_id"),
        ("concept_ancestor", "ancestor_concept_id"),
        ("concept_ancestor", "descendant_concept_id"),
    ),
    "measurePersonCompleteness": (("person", "person_id"),),
    "measureConditionEraCompleteness": (("condition_occurrence", "person_id"),),
}
"""The other columns that a kind of check reads, beside those that the list names."""
_OWN_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "withinVisitDates": ("visit_occurrence_id",),
    "plausibleAfterBirth": ("person_id",),
    "plausibleBeforeDeath": ("person_id",),
    "plausibleDuringLife": ("person_id",),
    "plausibleGender": ("person_id",),
    "plausibleGenderUseDescendants": ("person_id",),
    "plausibleUnitConceptIds": ("unit_concept_id", "value_as_number"),
    "measureObservationPeriodOverlap": (
        "observation_period_id",
        "person_id",
        "observation_period_start_date",
        "observation_period_end_date",
    ),
    "measureConditionEraCompleteness": ("person_id",),
}
_WITHIN_TABLE: Final = frozenset({"plausibleStartBeforeEnd", "sourceValueCompleteness"})
_ABOUT_EMPTY_TABLES: Final = frozenset({"measurePersonCompleteness", "measureConditionEraCompleteness"})
_ABOUT_EMPTY_FIELDS: Final = frozenset({"measureValueCompleteness"})


@dataclass(frozen=True, slots=True)
class TableContent:
    """How full a table is. `filled`: rows with a value, by field."""

    rows: int
    filled: Mapping[str, int]


def find_missing(check: Check, shape: CdmShape) -> Reason | None:
    """Why the check cannot even be asked: a table or field that it reads is not there."""
    if not shape.has(check.table):
        return "table_missing"
    own = [field for field in (check.field, *_own_fields(check)) if field is not None]
    if not all(shape.has(check.table, field) for field in own):
        return "field_missing"
    if not all(shape.has(table, field) for table, field in _other_fields(check)):
        return "other_missing"
    return None


def _own_fields(check: Check) -> tuple[str, ...]:
    name = check.kind.name
    if name in _WITHIN_TABLE:
        return (str(check.other_field),)
    if name == "plausibleTemporalAfter":
        return (str(check.other_field) if check.other_table == check.table else "person_id",)
    if check.kind.level == "CONCEPT" and name.startswith("plausibleValue"):
        return ("unit_concept_id", "value_as_number")
    return _OWN_FIELDS.get(name, ())


def _other_fields(check: Check) -> tuple[tuple[str, str], ...]:
    name = check.kind.name
    if name == "isForeignKey":
        return ((str(check.other_table), str(check.other_field)),)
    if name in CONCEPT_KINDS:
        return (("concept", "concept_id"),)
    if name == "plausibleTemporalAfter" and check.other_table == "person":
        return (("person", "person_id"),)
    return _FIELDS_NEEDED.get(name, ())


def needed_vocabulary(check: Check) -> str | None:
    """The table of the vocabulary without which the check would pass whatever the data is."""
    if check.kind.name in CONCEPT_KINDS:
        return "concept"
    return "concept_ancestor" if check.kind.name == "plausibleGenderUseDescendants" else None


def find_empty(check: Check, content: TableContent, *, left_out: Collection[str]) -> Reason | None:
    """Why a check that could be asked has nothing to judge: an empty table, or an empty field."""
    if content.rows == 0:
        return None if check.kind.name in _ABOUT_EMPTY_TABLES else "table_empty"
    if check.field is None or content.filled.get(check.field, 1) > 0:
        return None
    if f"{check.table}.{check.field}" in left_out:
        return "left_out"
    return None if check.kind.name in _ABOUT_EMPTY_FIELDS else "field_empty"
