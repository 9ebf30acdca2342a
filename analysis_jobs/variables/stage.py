"""Makes the table that a job computes on: one row per person, no identity, no date.

The result streams in batches, so a hospital of millions needs no more memory than a small one. A database
error never travels on with its text, which may quote a value: it becomes ``variables.not_staged``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import concept_query
from analysis_jobs.cohort.dialects import write_sql
from analysis_jobs.cohort.engines import DuckDBEngine, resolve_concept_sets
from analysis_jobs.cohort.expressions import column, compare, name, named
from analysis_jobs.variables.columns_needed import columns_read
from analysis_jobs.variables.sql import ORDER_KEY, table_query
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec

_SHORTEST_KEY = 16


def table_schema(spec: JobSpec) -> pa.Schema:
    """The columns of a job's table: a nullable float64 per variable, then ``cohort_step``."""
    fields: list[pa.Field[Any]] = [pa.field(variable.name, pa.float64()) for variable in spec.variables]
    return pa.schema([*fields, pa.field("cohort_step", pa.int32(), nullable=False)])


def stage_table(
    connection: duckdb.DuckDBPyConnection, spec: JobSpec, *, cdm: Cdm, order_key: bytes
) -> pa.Table:
    """The whole table of a job at one hospital.

    Args:
        cdm: where the CDM is attached.
        order_key: at least 16 secret bytes; decides the order of the rows and nothing else.
    Raises:
        Refused: ``cohort.*``, ``variables.contradictory``, ``variables.missing_column``,
            ``variables.not_staged``.
    """
    batches = stage_batches(connection, spec, cdm=cdm, order_key=order_key)
    return pa.Table.from_batches(list(batches), schema=table_schema(spec))


def stage_batches(
    connection: duckdb.DuckDBPyConnection,
    spec: JobSpec,
    *,
    cdm: Cdm,
    order_key: bytes,
    rows_per_batch: int = 65_536,
) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order, a batch at a time. The connection is busy until the last batch."""
    if len(order_key) < _SHORTEST_KEY:
        raise ValueError(f"order_key needs at least {_SHORTEST_KEY} bytes")
    plan = read_cohort(spec.cohort)
    if plan.concept_sets:
        check_columns(connection, concept_query(plan.concept_sets, cdm=cdm), cdm=cdm)
    schema = table_schema(spec)
    try:
        concept_sets = resolve_concept_sets(DuckDBEngine(connection), plan, cdm=cdm)
        query = table_query(spec, plan, cdm=cdm, concept_sets=concept_sets)
        check_columns(connection, query, cdm=cdm)
        parameters = {ORDER_KEY: order_key.hex(), **concept_sets.parameters}
        reader = connection.execute(write_sql(query, dialect="duckdb"), parameters).to_arrow_reader(
            rows_per_batch
        )
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except duckdb.Error:
        raise Refused("variables.not_staged") from None


def check_columns(connection: duckdb.DuckDBPyConnection, query: exp.Query, *, cdm: Cdm) -> None:
    """Raises Refused(``variables.missing_column``) for the first column that the hospital's CDM lacks."""
    catalog: exp.Expr = exp.Anonymous(this="current_database")
    if cdm.catalog:
        catalog = exp.Literal.string(cdm.catalog)
    columns = exp.Table(
        this=name("columns"), db=name("information_schema"), alias=exp.TableAlias(this=name("k"))
    )
    listing = (
        exp.select(
            named(exp.Lower(this=column("k", "table_name")), "table_name"),
            named(exp.Lower(this=column("k", "column_name")), "column_name"),
        )
        .from_(columns)
        .where(
            compare("eq", column("k", "table_catalog"), catalog),
            compare("eq", column("k", "table_schema"), exp.Literal.string(cdm.schema)),
        )
    )
    present = set(connection.execute(listing.sql(dialect="duckdb")).fetchall())
    for table, needed in sorted(columns_read(query)):
        if (table, needed) not in present:
            raise Refused("variables.missing_column", table=table, column=needed)
