"""Runs the statements of a cohort on a database: DuckDB or PostgreSQL, read-only, one statement at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

import duckdb
import pyarrow as pa
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_records import ConceptRecords, counts_query
from analysis_jobs.cohort.concept_sets import ConceptSets, Vocabulary, concept_query, mapped_query
from analysis_jobs.cohort.dialects import Dialect, write_sql
from analysis_jobs.cohort.expressions import cdm_table, whole
from onggi.errors import Refused
from onggi.spec.circe.plan import CohortPlan, ConceptSet

Row = tuple[Any, ...]
Parameters: TypeAlias = Mapping[str, str | Sequence[int]]
_CURSOR = "staged_rows"


class Engine(Protocol):
    """A connection to one hospital's data."""

    @property
    def dialect(self) -> Dialect:
        """How statements are written."""
        ...

    def fetch(self, query: exp.Query, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a statement."""
        ...


class StreamingEngine(Engine, Protocol):
    """A connection that also hands out rows piece by piece, so that no answer must fit into memory."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the connection raises. Its text may quote a value and must not travel on."""
        ...

    @property
    def memory_errors(self) -> tuple[type[Exception], ...]:
        """Those of `errors` that say: the memory does not suffice."""
        ...

    def stream(
        self, query: exp.Query, parameters: Parameters, *, schema: pa.Schema, rows_per_batch: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows in order, a batch at a time. The connection is busy until the last batch."""
        ...

    def interrupt(self) -> None:
        """Ends the statement that runs, from another thread."""
        ...

    def recover(self) -> None:
        """Makes the connection usable again after a statement failed."""
        ...


class DuckDBEngine:
    """The embedded store."""

    dialect: Dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def fetch(self, query: exp.Query, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a statement."""
        text = write_sql(query, dialect=self.dialect)
        return self._connection.execute(text, dict(parameters or {})).fetchall()

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the connection raises."""
        return (duckdb.Error,)

    @property
    def memory_errors(self) -> tuple[type[Exception], ...]:
        """Those that say: the memory does not suffice."""
        return (duckdb.OutOfMemoryException,)

    def stream(
        self, query: exp.Query, parameters: Parameters, *, schema: pa.Schema, rows_per_batch: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows in order, a batch at a time."""
        text = write_sql(query, dialect=self.dialect)
        reader = self._connection.execute(text, dict(parameters)).to_arrow_reader(rows_per_batch)
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    def interrupt(self) -> None:
        """Ends the statement that runs."""
        self._connection.interrupt()

    def recover(self) -> None:
        """Nothing is to do."""


class PostgresEngine:
    """A hospital's own server, read in place. `connection` is one of psycopg."""

    dialect: Dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def fetch(self, query: exp.Query, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a statement."""
        text = write_sql(query, dialect=self.dialect)
        with self._connection.cursor() as cursor:
            cursor.execute(text, dict(parameters or {}))
            return list(cursor.fetchall())

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the connection raises."""
        import psycopg  # only hospitals that read in place have it at hand

        return (psycopg.Error,)

    @property
    def memory_errors(self) -> tuple[type[Exception], ...]:
        """Those that say: the memory does not suffice."""
        from psycopg.errors import OutOfMemory

        return (OutOfMemory,)

    def stream(
        self, query: exp.Query, parameters: Parameters, *, schema: pa.Schema, rows_per_batch: int
    ) -> Iterator[pa.RecordBatch]:
        """The rows in order, a batch at a time, through a cursor that the server keeps."""
        text = write_sql(query, dialect=self.dialect)
        with self._connection.cursor(name=_CURSOR) as cursor:
            cursor.execute(text, dict(parameters))
            while rows := cursor.fetchmany(rows_per_batch):
                columns = [
                    pa.array(values, type=field.type)
                    for field, values in zip(schema, zip(*rows, strict=True), strict=True)
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def interrupt(self) -> None:
        """Asks the server to end the statement that runs."""
        self._connection.cancel()

    def recover(self) -> None:
        """Ends the transaction that failed."""
        self._connection.rollback()


def resolve_concept_sets(engine: Engine, plan: CohortPlan, *, cdm: Cdm) -> ConceptSets:
    """The definition's concept sets at this hospital's vocabulary.

    Raises:
        Refused: ``cohort.no_vocabulary``: without one every set would be empty, and nobody would be found.
    """
    if not plan.concept_sets:
        return ConceptSets({})
    vocabulary = Vocabulary.of_rows(engine.fetch(concept_query(plan.concept_sets, cdm=cdm)))
    if not vocabulary.known:
        some_concept = exp.select(whole(1)).from_(cdm_table(cdm.vocabulary, "concept", "c")).limit(1)
        if not engine.fetch(some_concept):
            raise Refused("cohort.no_vocabulary")
    vocabulary = _with_mapped(engine, vocabulary, plan.concept_sets, cdm=cdm)
    records = None
    if cdm.counts is not None:
        records = ConceptRecords.of_rows(engine.fetch(counts_query(cdm.counts, cdm=cdm)))
    return ConceptSets({each.id: vocabulary.concepts_of(each) for each in plan.concept_sets}, records=records)


def _with_mapped(
    engine: Engine, vocabulary: Vocabulary, concept_sets: Iterable[ConceptSet], *, cdm: Cdm
) -> Vocabulary:
    asked: set[int] = set()
    for each in concept_sets:
        asked |= {concept for item in each.items if item.mapped for concept in vocabulary.base_of(item)}
    if not asked:
        return vocabulary
    mapped: dict[int, list[int]] = {}
    for concept, source in engine.fetch(mapped_query(asked, cdm=cdm)):
        mapped.setdefault(concept, []).append(source)
    return replace(vocabulary, mapped=mapped)
