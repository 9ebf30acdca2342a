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
from analysis_jobs.variables.columns_needed import Place, columns_read_at
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
        check_columns(connection, concept_query(plan.concept_sets, cdm=cdm))
    schema = table_schema(spec)
    try:
        concept_sets = resolve_concept_sets(DuckDBEngine(connection), plan, cdm=cdm)
        query = table_query(spec, plan, cdm=cdm, concept_sets=concept_sets)
        check_columns(connection, query)
        parameters = {ORDER_KEY: order_key.hex(), **concept_sets.parameters}
        reader = connection.execute(write_sql(query, dialect="duckdb"), parameters).to_arrow_reader(
            rows_per_batch
        )
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except duckdb.Error:
        raise Refused("variables.not_staged") from None


def check_columns(connection: duckdb.DuckDBPyConnection, query: exp.Query) -> None:
    """Raises Refused(``variables.missing_column``) for the first column that the hospital lacks.

    Each table is looked for where the statement reads it: a vocabulary may stand in another catalog.
    """
    read = columns_read_at(query)
    present = {place: _columns_at(connection, place) for place in {place for place, _, _ in read}}
    for place, table, needed in sorted(read, key=lambda found: found[1:]):
        if (table, needed) not in present[place]:
            raise Refused("variables.missing_column", table=table, column=needed)


def _columns_at(connection: duckdb.DuckDBPyConnection, place: Place) -> frozenset[tuple[str, str]]:
    catalog, schema = place
    columns = exp.Table(
        this=name("columns"), db=name("information_schema"), alias=exp.TableAlias(this=name("k"))
    )
    here = exp.Literal.string(catalog) if catalog else exp.Anonymous(this="current_database")
    listing = (
        exp.select(
            named(exp.Lower(this=column("k", "table_name")), "table_name"),
            named(exp.Lower(this=column("k", "column_name")), "column_name"),
        )
        .from_(columns)
        .where(
            compare("eq", column("k", "table_catalog"), here),
            compare("eq", column("k", "table_schema"), exp.Literal.string(schema)),
        )
    )
    return frozenset(connection.execute(listing.sql(dialect="duckdb")).fetchall())
