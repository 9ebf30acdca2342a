"""Makes the table that a job computes on: one row per person, no identity, no date.

The result streams in batches, so a hospital of millions needs no more memory than a small one. A database
error never travels on with its text, which may quote a value: it becomes ``variables.not_staged``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import concept_query
from analysis_jobs.cohort.engines import (
    DuckDBEngine,
    Engine,
    Parameters,
    StreamingEngine,
    resolve_concept_sets,
)
from analysis_jobs.cohort.expressions import column, compare, name, named
from analysis_jobs.variables.columns_needed import columns_placed
from analysis_jobs.variables.concept_facts import named_concepts_query, stage_facts
from analysis_jobs.variables.sql import ORDER_KEY, PERSON, table_query
from analysis_jobs.variables.table_schema import table_schema
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec

_SHORTEST_KEY = 16
Source: TypeAlias = duckdb.DuckDBPyConnection | StreamingEngine


def stage_table(source: Source, spec: JobSpec, *, cdm: Cdm, order_key: bytes) -> pa.Table:
    """The whole table of a job at one hospital.

    Args:
        source: a DuckDB connection, or any engine.
        cdm: where the CDM is attached.
        order_key: at least 16 secret bytes; decides the order of the rows and nothing else.
    Raises:
        Refused: ``cohort.*``, ``variables.contradictory``, ``variables.missing_column``,
            ``variables.too_much_memory``, ``variables.not_staged``.
    """
    batches = stage_batches(source, spec, cdm=cdm, order_key=order_key)
    return pa.Table.from_batches(list(batches), schema=table_schema(spec))


def stage_batches(
    source: Source,
    spec: JobSpec,
    *,
    cdm: Cdm,
    order_key: bytes,
    rows_per_batch: int = 65_536,
    whose: Callable[[pa.Array[Any]], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """The same rows in the same order, a batch at a time. The connection is busy until the last batch.

    Args:
        whose: is told each batch's persons (int64 ids, a row each) before the batch is handed out. They
            are never part of a batch. A job for concepts has no persons.
    """
    if len(order_key) < _SHORTEST_KEY:
        raise ValueError(f"order_key needs at least {_SHORTEST_KEY} bytes")
    engine = DuckDBEngine(source) if isinstance(source, duckdb.DuckDBPyConnection) else source
    plans = [read_cohort(each) for each in spec.cohorts]
    try:
        for plan in plans:
            if plan.concept_sets:
                check_columns(engine, concept_query(plan.concept_sets, cdm=cdm))
        concept_sets = [resolve_concept_sets(engine, plan, cdm=cdm) for plan in plans]
        if spec.kind == "concepts":
            check_columns(engine, named_concepts_query((), cdm=cdm))
            yield stage_facts(engine, plans[0], concept_sets[0], cdm=cdm)
            return
        for at, each in enumerate(concept_sets):
            each.prefix = f"codeset_of_{at}"
        query = table_query(spec, plans, cdm=cdm, concept_sets=concept_sets, with_person=whose is not None)
        check_columns(engine, query)
        bound = {key: ids for each in concept_sets for key, ids in each.parameters.items()}
        parameters: Parameters = {ORDER_KEY: order_key.hex(), **bound}
        schema = table_schema(spec)
        if whose is None:
            yield from engine.stream(query, parameters, schema=schema, rows_per_batch=rows_per_batch)
            return
        whole = schema.append(pa.field(PERSON, pa.int64(), nullable=False))
        for batch in engine.stream(query, parameters, schema=whole, rows_per_batch=rows_per_batch):
            whose(batch.column(PERSON))
            yield pa.RecordBatch.from_arrays(batch.columns[:-1], schema=schema)
    except engine.memory_errors:
        raise Refused("variables.too_much_memory") from None
    except engine.errors:
        raise Refused("variables.not_staged") from None


def check_columns(engine: Engine, query: exp.Query) -> None:
    """Raises Refused(``variables.missing_column``) for the first column that the hospital's CDM lacks."""
    placed = columns_placed(query)
    present: set[tuple[str, ...]] = set()
    for catalog, schema in sorted({(catalog, schema) for catalog, schema, _, _ in placed}):
        listing = _columns_present(catalog, schema)
        present |= {(catalog, schema, *row) for row in engine.fetch(listing)}
    for catalog, schema, table, needed in sorted(placed):
        if (catalog, schema, table, needed) not in present:
            raise Refused("variables.missing_column", table=table, column=needed)


def _columns_present(catalog: str, schema: str) -> exp.Select:
    columns = exp.Table(
        this=name("columns"), db=name("information_schema"), alias=exp.TableAlias(this=name("k"))
    )
    here = exp.Literal.string(catalog) if catalog else exp.Anonymous(this="current_database")
    return (
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
