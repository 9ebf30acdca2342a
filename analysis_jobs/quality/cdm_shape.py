"""Finds out which tables and columns a hospital's CDM really has, and of which kind each column is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.dialects import Dialect
from analysis_jobs.cohort.engines import Engine
from analysis_jobs.cohort.expressions import cdm_table, column, compare, name, named

Family: TypeAlias = Literal["integer", "number", "text", "date", "moment", "other"]

_INTEGERS: Final = ("int", "tinyint", "smallint", "bigint", "hugeint", "utinyint", "usmallint", "ubigint")
_FAMILIES: Final[tuple[tuple[str, Family], ...]] = (
    ("timestamp", "moment"),
    ("date", "date"),
    *((each, "integer") for each in (*_INTEGERS, "uint", "uhugeint")),
    ("numeric", "number"),
    ("decimal", "number"),
    ("double", "number"),
    ("float", "number"),
    ("real", "number"),
    ("character", "text"),
    ("varchar", "text"),
    ("text", "text"),
    ("string", "text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CdmShape:
    """The tables and columns that are there, and the day on which the checks run."""

    cdm: Cdm
    vocabulary: frozenset[str]
    columns: Mapping[str, Mapping[str, Family]]
    today: date

    def has(self, table: str, field: str | None = None) -> bool:
        """Whether the table, or one of its columns, is there."""
        found = self.columns.get(table)
        return found is not None and (field is None or field in found)

    def family(self, table: str, field: str) -> Family:
        return self.columns[table][field]

    def source(self, table: str, alias: str) -> exp.Table:
        """The table in a statement."""
        return cdm_table(self.cdm.vocabulary if table in self.vocabulary else self.cdm, table, alias)

    def person_column(self, table: str) -> str | None:
        """The column that names a person, where persons can be told apart by it."""
        wanted = "subject_id" if table == "cohort" else "person_id"
        if self.has(table, wanted) and self.family(table, wanted) == "integer":
            return wanted
        return None


def find_shape(engine: Engine, *, cdm: Cdm, vocabulary: Iterable[str], today: date) -> CdmShape:
    """Asks the engine's own catalogue; nothing is read from a table of patients.

    Args:
        vocabulary: the tables that stand with the vocabulary.
    """
    shared = frozenset(vocabulary)
    columns = find_columns(engine, cdm=cdm, vocabulary=shared)
    return CdmShape(cdm=cdm, vocabulary=shared, columns=columns, today=today)


def find_columns(
    engine: Engine, *, cdm: Cdm, vocabulary: frozenset[str]
) -> Mapping[str, Mapping[str, Family]]:
    """The columns of each table that is there."""
    own = _read(engine, cdm)
    elsewhere = own if cdm.vocabulary == cdm else _read(engine, cdm.vocabulary)
    columns = {table: found for table, found in own.items() if table not in vocabulary}
    return columns | {table: found for table, found in elsewhere.items() if table in vocabulary}


def _read(engine: Engine, cdm: Cdm) -> dict[str, dict[str, Family]]:
    columns: dict[str, dict[str, Family]] = {}
    for table, field, kind in engine.fetch(shape_query(cdm, dialect=engine.dialect)):
        columns.setdefault(table, {})[field] = _family(str(kind))
    return columns


def shape_query(cdm: Cdm, *, dialect: Dialect) -> exp.Select:
    """Rows ``table, column, type``; in lower case where the engine matches names whatever their case."""
    catalogue = exp.Table(
        this=name("columns"),
        db=name("information_schema"),
        alias=exp.TableAlias(this=name("c")),
    )
    here = exp.Literal.string(cdm.catalog) if cdm.catalog else exp.Anonymous(this="CURRENT_DATABASE")

    def told(field: str) -> exp.Expr:
        found = column("c", field)
        return exp.Lower(this=found) if dialect == "duckdb" else found

    return (
        exp.select(
            named(told("table_name"), "table_name"),
            named(told("column_name"), "column_name"),
            named(column("c", "data_type"), "data_type"),
            copy=False,
        )
        .from_(catalogue, copy=False)
        .where(
            compare("eq", column("c", "table_catalog"), here),
            compare("eq", column("c", "table_schema"), exp.Literal.string(cdm.schema)),
            copy=False,
        )
    )


def _family(kind: str) -> Family:
    told = kind.lower()
    return next((family for begin, family in _FAMILIES if told.startswith(begin)), "other")
