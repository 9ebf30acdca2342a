"""Tries one exact job on twins, from its cohort to its released answer, and explains what stops it.

* What is wrong with the job itself (an unreadable cohort, a contradictory variable) fails: it would fail at
  every hospital.
* What depends on data (nobody found, a separable regression, a small cell) is a remark: twins are made up.
* The answer is thrown away: an answer about nobody must not look like one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from analysis_jobs.dry_run.asked_concepts import asked_concepts
from analysis_jobs.dry_run.findings import Finding, Stage
from analysis_jobs.dry_run.practice_cdm import Needed, open_practice
from analysis_jobs.kinds.contract import Table
from analysis_jobs.kinds.noisy.kind import kind_of
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from analysis_jobs.variables.columns_needed import columns_needed
from analysis_jobs.variables.stage import stage_table
from onggi.errors import OnggiError
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec

_ORDER_KEY: Final = b"twins have no order to hide"
_NAMED_CONCEPTS: Final = 10


def try_job(spec: JobSpec, twins: Sequence[Path]) -> tuple[Finding, ...]:
    """Everything that was found. Nothing found, or remarks alone: the job passed. Raises MemoryError."""
    remarks: list[Finding] = []
    try:
        kind = kind_of(spec)
        kind.check_spec(spec)
        plans = [read_cohort(each) for each in spec.cohorts]
        needed = _needed(spec)
    except OnggiError as error:
        return (_failure("definition", error),)
    practice = open_practice(twins, needed=needed, asked=asked_concepts(spec, plans))
    try:
        if practice.unlisted:
            remarks.append(_unlisted(practice.unlisted))
        tables = [
            stage_table(practice.connection, spec, cdm=cdm, order_key=_ORDER_KEY) for cdm in practice.cdms
        ]
    except OnggiError as error:
        if error.code == "variables.too_much_memory":  # the room's own limit, which the room itself names
            raise MemoryError from error
        return (*remarks, _failure("staging", error))
    finally:
        practice.connection.close()
    return (*remarks, *_try_statistic(kind, spec, tables))


def _try_statistic(kind: Any, spec: JobSpec, tables: Sequence[Table]) -> list[Finding]:
    if not any(table.num_rows for table in tables):
        return [Finding(severity="remark", stage="staging", code="dry_run.nobody_found")]
    run = run_fixed_point if spec.privacy.masked else run_in_clear
    try:
        answer = run(spec, tables, check=True)
        kind.release(spec, answer, exact=False)
    except OnggiError as error:
        stage: Stage = "disclosure" if error.code.startswith("disclosure.") else "statistic"
        return [Finding(severity="remark", stage=stage, code=error.code, facts=error.facts)]
    return []


def _needed(spec: JobSpec) -> Needed:
    needed: Needed = {"concept": {"concept_id", "invalid_reason"}}
    for table, column in columns_needed(spec):
        needed.setdefault(table, set()).add(column)
    return needed


def _failure(stage: Stage, error: OnggiError) -> Finding:
    return Finding(severity="failure", stage=stage, code=error.code, facts=error.facts)


def _unlisted(concepts: frozenset[int]) -> Finding:
    shown = sorted(concepts)[:_NAMED_CONCEPTS]
    facts = {"concepts": ", ".join(map(str, shown)), "count": len(concepts)}
    return Finding(severity="remark", stage="staging", code="dry_run.concepts_not_listed", facts=dict(facts))
