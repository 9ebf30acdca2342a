"""Which columns the published check files have: those that are read, and those that say nothing to a machine.

Any other column is refused by name, so that a newer version of the checks is never half understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analysis_jobs.quality.checks import Level

DESCRIPTION_COLUMNS: Final = frozenset(
    {
        "checkLevel",
        "checkName",
        "kahnContext",
        "kahnCategory",
        "kahnSubcategory",
        "severity",
    }
)
_FLAGGED_FIELDS: Final = (
    "isRequired",
    "isPrimaryKey",
    "isForeignKey",
    "isStandardValidConcept",
    "measureValueCompleteness",
    "standardConceptRecordCompleteness",
    "sourceConceptRecordCompleteness",
    "sourceValueCompleteness",
    "plausibleTemporalAfter",
    "plausibleDuringLife",
    "plausibleStartBeforeEnd",
    "plausibleAfterBirth",
    "plausibleBeforeDeath",
    "withinVisitDates",
)
_VALUED_FIELDS: Final = ("cdmDatatype", "fkDomain", "fkClass", "plausibleValueLow", "plausibleValueHigh")
_FLAGGED_TABLES: Final = (
    "measurePersonCompleteness",
    "measureConditionEraCompleteness",
    "measureObservationPeriodOverlap",
)
_VALUED_CONCEPTS: Final = (
    "plausibleValueLow",
    "plausibleValueHigh",
    "plausibleGender",
    "plausibleGenderUseDescendants",
    "plausibleUnitConceptIds",
)
_UNUSED_CONCEPTS: Final = ("isTemporallyConstant", "validPrevalenceLow", "validPrevalenceHigh")

CHECKS: Final[Mapping[Level, tuple[str, ...]]] = {
    "TABLE": _FLAGGED_TABLES,
    "FIELD": (*_FLAGGED_FIELDS, *_VALUED_FIELDS),
    "CONCEPT": _VALUED_CONCEPTS,
}
"""The checks that have a column of their own; `cdmTable` and `cdmField` apply to every row."""


def _with_thresholds(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset({*names, *(f"{name}Threshold" for name in names)})


READ: Final[Mapping[Level, frozenset[str]]] = {
    "TABLE": _with_thresholds(CHECKS["TABLE"]) | {"cdmTableName", "schema"},
    "FIELD": _with_thresholds(CHECKS["FIELD"])
    | {
        "cdmTableName",
        "cdmFieldName",
        "fkTableName",
        "fkFieldName",
        "standardConceptFieldName",
        "plausibleTemporalAfterTableName",
        "plausibleTemporalAfterFieldName",
        "plausibleStartBeforeEndFieldName",
    },
    "CONCEPT": _with_thresholds(CHECKS["CONCEPT"])
    | {"cdmTableName", "cdmFieldName", "conceptId", "unitConceptId"},
}
"""The columns that decide which checks run; a file that lacks one is refused."""


def _notes(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f"{name}Notes" for name in names)


# Beside notes for people: `runForCohort` chooses checks for runs on a cohort, `isRequired` of a table and
# `conceptPrefix` belong to no check, the names of concepts are their vocabularies' property, and three
# columns of concepts have neither a description nor a threshold.
PASSED_OVER: Final[Mapping[Level, frozenset[str]]] = {
    "TABLE": _notes(CHECKS["TABLE"])
    | {"isRequired", "conceptPrefix", "validation", "tableDescription", "userGuidance", "etlConventions"},
    "FIELD": _notes(CHECKS["FIELD"]) | {"databaseSchema", "userGuidance", "etlConventions", "runForCohort"},
    "CONCEPT": _notes(CHECKS["CONCEPT"])
    | _with_thresholds(_UNUSED_CONCEPTS)
    | _notes(_UNUSED_CONCEPTS)
    | {"conceptName", "unitConceptName"},
}
DESCRIPTIONS_PASSED_OVER: Final = frozenset({"checkDescription", "sqlFile", "evaluationFilter"})
