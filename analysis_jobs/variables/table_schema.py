"""Which columns the staged table of a job has: from the spec alone, without a database."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from analysis_jobs.variables.concept_rows import FACTS_SCHEMA
from analysis_jobs.variables.whole_columns import further_columns, member_column, staged_name
from onggi.spec.job import JobSpec


def table_schema(spec: JobSpec) -> pa.Schema:
    """The columns of a job's table: a nullable float64 per column of the spec, then the whole numbers."""
    if spec.kind == "concepts":
        return FACTS_SCHEMA
    wholes = ["cohort_step", *further_columns(spec)]
    if spec.kind == "overlap":
        wholes = [member_column(at) for at in range(len(spec.cohorts))]
    fields: list[pa.Field[Any]] = [pa.field(each.name, pa.float64()) for each in spec.columns]
    return pa.schema([*fields, *(pa.field(staged_name(each), pa.int32(), nullable=False) for each in wholes)])
