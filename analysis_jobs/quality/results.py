"""What the checks found: one row a check, gathered by table, in the form in which a hospital keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field

from analysis_jobs.quality.checks import Category, Check, Level, Severity
from onggi.spec.base import Digest, Frozen, Instant, Slug

if TYPE_CHECKING:
    from analysis_jobs.quality.measures import Tally

Status: TypeAlias = Literal["passed", "failed", "not_applicable", "error"]
Reason: TypeAlias = Literal[
    "table_missing",
    "field_missing",
    "table_empty",
    "field_empty",
    "left_out",
    "other_missing",
    "other_empty",
    "concept_missing",
    "nothing_to_judge",
    "engine_failed",
]
"""Why a check has no verdict. `other_...`: the table or field that it is compared with."""


class CheckResult(Frozen):
    """One check's verdict and numbers.

    `violators` and `conforming`: at least so many distinct persons stand behind the violated rows and
    behind the others; None where the table names no persons.
    """

    id: str
    level: Level
    category: Category
    subcategory: str
    severity: Severity
    table: str
    field: str | None
    status: Status
    reason: Reason | None
    violated: int | None = Field(default=None, ge=0)
    denominator: int | None = Field(default=None, ge=0)
    percent: float | None = None
    threshold: float | None
    violators: int | None = None
    conforming: int | None = None


class TableQuality(Frozen):
    """All checks of one table. `persons`: those of `person` with a row here; None where unknown."""

    table: str
    rows: int | None
    persons: int | None
    results: tuple[CheckResult, ...]


class QualityReport(Frozen):
    """One run over one generation of a hospital's data. It stays in the hospital."""

    format: Literal[1] = 1
    dataset: Slug
    generation: int
    digest: Digest
    cdm_version: str
    checked_at: Instant
    tables: tuple[TableQuality, ...]

    @property
    def results(self) -> tuple[CheckResult, ...]:
        return tuple(result for table in self.tables for result in table.results)


def without_verdict(
    check: Check, reason: Reason, *, status: Literal["not_applicable", "error"] = "not_applicable"
) -> CheckResult:
    """The row of a check that could not be judged."""
    return _row(check, status=status, reason=reason, tally=None)


def judged(check: Check, tally: Tally) -> CheckResult:
    """The row of a check with its numbers: more violated rows than accepted fail it."""
    if tally.denominator == 0:
        return without_verdict(
            check, "concept_missing" if check.kind.level == "CONCEPT" else "nothing_to_judge"
        )
    failed = check.is_exceeded(tally.violated, tally.denominator)
    return _row(check, status="failed" if failed else "passed", reason=None, tally=tally)


def _row(check: Check, *, status: Status, reason: Reason | None, tally: Tally | None) -> CheckResult:
    violated, denominator, violators, conforming = tally or (None, None, None, None)
    return CheckResult(
        id=check.id,
        level=check.kind.level,
        category=check.kind.category,
        subcategory=check.kind.subcategory,
        severity=check.kind.severity,
        table=check.table,
        field=check.field,
        status=status,
        reason=reason,
        violated=violated,
        denominator=denominator,
        percent=None if violated is None or not denominator else round(100 * violated / denominator, 4),
        threshold=check.threshold,
        violators=violators,
        conforming=conforming,
    )
