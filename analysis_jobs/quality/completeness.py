"""Checks of completeness: values that are missing, and records whose concept says "no matching concept"."""

from __future__ import annotations

from analysis_jobs.cohort.expressions import compare, is_null, is_present, whole
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.measures import Measure, base_column

_WITH_VALUES = frozenset({"measurement", "observation"})


def missing_value(check: Check, _shape: CdmShape) -> Measure:
    """`isRequired`, `measureValueCompleteness`: rows without a value."""
    return Measure(check, violated=is_null(base_column(str(check.field))))


def concept_is_zero(check: Check, shape: CdmShape) -> Measure:
    """`standardConceptRecordCompleteness`, `sourceConceptRecordCompleteness`: rows whose concept is 0.

    A unit is expected where there is a number.
    """
    with_number = check.field == "unit_concept_id" and check.table in _WITH_VALUES
    eligible = None
    if with_number and shape.has(check.table, "value_as_number"):
        eligible = is_present(base_column("value_as_number"))
    return Measure(check, violated=compare("eq", base_column(str(check.field)), whole(0)), eligible=eligible)


def unmapped_source_values(check: Check, _shape: CdmShape) -> Measure:
    """`sourceValueCompleteness`: distinct source values that stand beside concept 0."""
    return Measure(
        check,
        violated=compare("eq", base_column(str(check.other_field)), whole(0)),
        distinct=base_column(str(check.field)),
    )
