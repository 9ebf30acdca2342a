"""Replaces the hospital's own identifiers by random-looking ones that only its key can reproduce.

* Persons: HMAC-SHA-256 of the source id, 63 bits, checked for collisions; one distinct id is hashed once.
* All other row identifiers (visits, events, providers, sites, notes) get the same treatment under one
  shared name, because an encounter or order number can be looked up at the desk as easily as a chart
  number. One name for all of them keeps references between tables intact, those included whose
  target table is only said in another column.
* A new load with the same key gives the same ids, so person sets of two generations can be compared.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import hmac

import duckdb

from node.store.cdm_tables import VOCABULARY_TABLES, Table
from node.store.keys import PseudonymKey
from node.store.private_duckdb import engine_errors_as_codes, quote_name
from onggi.errors import Refused

_BLOCK = 64
_MASK_63 = (1 << 63) - 1
# The concepts with which data sets say "this fact is a person": the domain, and the CDM 5.4 field.
_PERSON_CONCEPTS = "(56, 1147314)"
_DESCRIBES_NO_ROW = frozenset({"cohort_definition_id", "metadata_id"})


class Rekeyer:
    """Builds the SQL that re-keys ids. The key travels as bound parameters, never as text."""

    def __init__(self, key: PseudonymKey) -> None:
        secret = hmac.digest(key.secret.reveal(), b"onggi store ids v1", "sha256").ljust(_BLOCK, b"\0")
        self._inner = bytes(byte ^ 0x36 for byte in secret)
        self._outer = bytes(byte ^ 0x5C for byte in secret)

    @property
    def parameters(self) -> dict[str, bytes]:
        return {"inner": self._inner, "outer": self._outer}

    def new_id(self, old: str, *, kind: str) -> str:
        """SQL that gives the new id of the BIGINT expression `old`.

        HMAC is spelt out with DuckDB's sha256: in one vectorised pass it is three times as fast
        as calling Python for each id, and nothing leaves the engine.
        """
        message = f"encode('{kind}:' || CAST({old} AS VARCHAR))"
        digest = f"sha256(CAST($outer AS BLOB) || unhex(sha256(CAST($inner AS BLOB) || {message})))"
        number = f"CAST(CAST('0x' || substr({digest}, 1, 16) AS UBIGINT) & {_MASK_63} AS BIGINT)"
        return f"CASE WHEN {old} IS NOT NULL THEN {number} END"

    def create_person_map(self, connection: duckdb.DuckDBPyConnection, *, persons: str) -> None:
        """Makes the temporary table person_map(old, new) from a query that yields a column `id`."""
        with engine_errors_as_codes("load.engine_failed", file="person"):
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE person_map AS "
                f"SELECT id AS old, {self.new_id('id', kind='person')} AS new "
                f"FROM (SELECT DISTINCT id FROM ({persons}))",
                self.parameters,
            )
        check_no_collision(connection, table="person_map", column="new", name="person")


def check_no_collision(connection: duckdb.DuckDBPyConnection, *, table: str, column: str, name: str) -> None:
    """Raises Refused when two different rows share one new id."""
    column = quote_name(column)
    row = connection.execute(f"SELECT count({column}) - count(DISTINCT {column}) FROM {table}").fetchone()
    if row is None or row[0]:
        raise Refused("load.id_collision", table=name)


def find_rekeyed_columns(table: Table) -> frozenset[str]:
    """The columns of a table that hold row identifiers other than a person's."""
    if table.name in VOCABULARY_TABLES:
        return frozenset()
    return frozenset(
        column.name
        for column in table.columns
        if column.type == "BIGINT"
        and "concept" not in column.name
        and column.name != table.person_column
        and column.name not in _DESCRIBES_NO_ROW
    )


def rekeyed(rekeyer: Rekeyer, value: str, *, table: str, column: str) -> str:
    """SQL for the new value of a re-keyed column."""
    plain = rekeyer.new_id(value, kind="row")
    if table != "fact_relationship":
        return plain
    domain = "domain_concept_id_1" if column.endswith("_1") else "domain_concept_id_2"
    person = rekeyer.new_id(value, kind="person")
    is_person = f"TRY_CAST({quote_name(domain)} AS BIGINT) IN {_PERSON_CONCEPTS}"
    return f"CASE WHEN {is_person} THEN {person} ELSE {plain} END"
