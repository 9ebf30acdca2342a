"""Replaces the hospital's own identifiers by random-looking ones that only its key can reproduce.

* Persons: HMAC-SHA-256 of the source id, 63 bits, checked for collisions; one distinct id is hashed once.
* All other row identifiers (visits, events, providers, sites, notes) are enciphered with AES-256 under a key
  of their own, 63 bits of the block, because an encounter or order number can be looked up at the desk as
  easily as a chart number. Almost each of them is distinct, so that hashing each would take most of a load;
  a cipher is as good a pseudo-random function of 64 bits and many times as fast. All kinds of ids share one
  key: that keeps references between tables intact, those included whose target table is only said in
  another column.
* A new load with the same key gives the same ids, so person sets of two generations can be compared.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from duckdb.func import ARROW, SPECIAL

from node.store.cdm_tables import VOCABULARY_TABLES, Table
from node.store.keys import PseudonymKey
from node.store.private_duckdb import engine_errors_as_codes, quote_name
from onggi.errors import Refused

_BLOCK = 64
_MASK_63 = (1 << 63) - 1
_ROW_IDS = "onggi_row_ids"
# The concepts with which data sets say "this fact is a person": the domain, and the CDM 5.4 field.
_PERSON_CONCEPTS = "(56, 1147314)"
_DESCRIBES_NO_ROW = frozenset({"cohort_definition_id", "metadata_id"})


class Rekeyer:
    """Builds the SQL that re-keys ids. No key is ever part of it: bound, or inside the function it calls."""

    def __init__(self, key: PseudonymKey) -> None:
        secret = hmac.digest(key.secret.reveal(), b"onggi store ids v1", "sha256").ljust(_BLOCK, b"\0")
        self._inner = bytes(byte ^ 0x36 for byte in secret)
        self._outer = bytes(byte ^ 0x5C for byte in secret)
        rows = hmac.digest(key.secret.reveal(), b"onggi store row ids v2", "sha256")
        # Single blocks that never repeat a plaintext under another meaning: the one use ECB is right for.
        self._cipher = Cipher(AES(rows), modes.ECB())  # noqa: S305 -- a function of one block, not a stream

    @property
    def parameters(self) -> dict[str, bytes]:
        return {"inner": self._inner, "outer": self._outer}

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Gives the engine the function behind `row_ids`."""
        many = connection.list_type("BIGINT")
        connection.create_function(
            _ROW_IDS, self._encipher_lists, [many], many, type=ARROW, null_handling=SPECIAL
        )

    def person_id(self, old: str) -> str:
        """SQL that gives the new id of the BIGINT expression `old`; `parameters` belong to it.

        HMAC is spelt out with DuckDB's sha256: in one vectorised pass it is three times as fast
        as calling Python for each id, and nothing leaves the engine.
        """
        message = f"encode('person:' || CAST({old} AS VARCHAR))"
        digest = f"sha256(CAST($outer AS BLOB) || unhex(sha256(CAST($inner AS BLOB) || {message})))"
        number = f"CAST(CAST('0x' || substr({digest}, 1, 16) AS UBIGINT) & {_MASK_63} AS BIGINT)"
        return f"CASE WHEN {old} IS NOT NULL THEN {number} END"

    @staticmethod
    def row_ids(columns: Sequence[str]) -> str:
        """SQL that gives the list of the new ids of several columns: a call costs as much as 2,000 ids."""
        return f"{_ROW_IDS}([{', '.join(columns)}])"

    def encipher(self, ids: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The new ids: 63 bits of AES-256 over (id, zero)."""
        blocks = np.zeros((len(ids), 2), "<i8")
        blocks[:, 0] = ids
        enciphered = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(enciphered, "<i8")[::2] & _MASK_63

    def _encipher_lists(self, lists: Any) -> Any:
        if isinstance(lists, pa.ChunkedArray):
            lists = lists.combine_chunks()
        old = lists.values
        new = self.encipher(old.fill_null(0).to_numpy())
        absent = old.is_null().to_numpy(zero_copy_only=False) if old.null_count else None
        return pa.ListArray.from_arrays(lists.offsets, pa.array(new, mask=absent))

    def create_person_map(self, connection: duckdb.DuckDBPyConnection, *, persons: str) -> None:
        """Makes the temporary table person_map(old, new) from a query that yields a column `id`."""
        with engine_errors_as_codes("load.engine_failed", file="person"):
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE person_map AS "
                f"SELECT id AS old, {self.person_id('id')} AS new "
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


def may_be_person(column: str, *, table: str, columns: Sequence[str]) -> str | None:
    """The condition under which a row identifier is a person's: only facts say so, in another column."""
    if table != "fact_relationship":
        return None
    domain = "domain_concept_id_1" if column.endswith("_1") else "domain_concept_id_2"
    return f"{quote_name(domain)} IN {_PERSON_CONCEPTS}" if domain in columns else None
