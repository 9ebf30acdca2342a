"""Says which tables and columns an OMOP store has, and which type each column gets.

* Table and column names come from pyomop's CDM 5.4 models; pyomop is imported here alone, and late.
* Identifiers are signed 64-bit: real hospitals use negative and very large ones.
* Tables that pyomop lists but CDM 5.4 does not have are left out.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

ColumnType = Literal["BIGINT", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR"]

CDM_VERSION = "5.4"

_NOT_IN_CDM_54 = frozenset(
    {
        "attribute_definition",
        "cohort_attribute",
        "device_cost",
        "drug_cost",
        "location_history",
        "procedure_cost",
        "visit_cost",
    }
)

VOCABULARY_TABLES = frozenset(
    {
        "concept",
        "concept_ancestor",
        "concept_class",
        "concept_relationship",
        "concept_synonym",
        "domain",
        "drug_strength",
        "relationship",
        "source_to_concept_map",
        "vocabulary",
    }
)

# Tables about the database rather than about patients. Their required columns are not enforced:
# published data sets leave them out, and no analysis rests on them.
DESCRIPTIVE_TABLES = frozenset({"cdm_source", "metadata", "cohort_definition"})

# Tables that other tables are joined to by their own id.
JOINED_BY_ID = frozenset({"person", "visit_occurrence", "visit_detail", "care_site", "location", "provider"})

REQUIRED_TABLES = ("person", "observation_period")


@dataclass(frozen=True, slots=True)
class Column:
    """One CDM column. `required` is what the CDM says, `key` marks the table's own identifier."""

    name: str
    type: ColumnType
    required: bool
    key: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One CDM table with its columns in the CDM's order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def person_column(self) -> str | None:
        """The column that names a person, or None where the table is about no person."""
        names = self.column_names
        if "person_id" in names:
            return "person_id"
        return "subject_id" if self.name == "cohort" else None

    @property
    def single_key(self) -> str | None:
        """The table's identifier where one column alone identifies a row."""
        keys = [column.name for column in self.columns if column.key]
        return keys[0] if len(keys) == 1 and keys[0] == f"{self.name}_id" else None

    def get_column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@cache
def get_cdm_tables() -> Mapping[str, Table]:
    """All CDM 5.4 tables by name."""
    metadata = _import_pyomop_metadata()
    return MappingProxyType(
        {
            name: Table(name, tuple(_to_column(name, column) for column in model.columns))
            for name, model in sorted(metadata.tables.items())
            if name not in _NOT_IN_CDM_54
        }
    )


def _import_pyomop_metadata() -> Any:
    """pyomop's SQLAlchemy metadata, without the logging set-up that importing it leaves behind."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    quiet = logging.NullHandler()
    root.addHandler(quiet)  # basicConfig does nothing once the root logger has a handler
    pyomop_logger = logging.getLogger("pyomop")
    was_disabled, pyomop_logger.disabled = pyomop_logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyomop.cdm54 import Base
    finally:
        pyomop_logger.disabled = was_disabled
        root.handlers[:] = handlers
        root.setLevel(level)
    return Base.metadata


def _to_column(table: str, column: Any) -> Column:
    name = str(column.name)
    kind = _to_type(name, str(column.type))
    required = not column.nullable and table not in DESCRIPTIVE_TABLES
    return Column(name, kind, required, key=bool(column.primary_key))


def _to_type(name: str, declared: str) -> ColumnType:
    # Era and cohort dates are declared as DATETIME or VARCHAR by pyomop; the CDM says date.
    if name.endswith("_date"):
        return "DATE"
    base = declared.split("(")[0]
    if base in ("VARCHAR", "TEXT"):
        return "VARCHAR"
    if base == "DATETIME":
        return "TIMESTAMP"
    if base == "NUMERIC":
        return "DOUBLE"
    if base not in ("INTEGER", "BIGINT"):
        raise RuntimeError(f"pyomop declares an unknown type: {declared}")
    return "BIGINT" if name.endswith(("_id", "_id_1", "_id_2")) or "concept_id" in name else "INTEGER"
