"""Keeps names, numbers and free text that could point at a patient out of the store.

* Source values, free text, addresses and serial numbers are dropped unless the hospital's policy
  lists them by `table.column`.
* What stays and is text is looked at: a column that holds a resident registration number, a phone
  number, an e-mail address or a hospital number is refused, by name of column and row, never by value.
"""

# ruff: noqa: S608 -- table and column names come from the CDM and are quoted; values and keys are bound.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import duckdb

from node.store.cdm_tables import DESCRIPTIVE_TABLES, VOCABULARY_TABLES, Table, get_cdm_tables
from node.store.private_duckdb import engine_errors_as_codes, quote_name
from node.store.staged_rows import ROW, STAGED
from onggi.errors import Refused

Lookalike = Literal["rrn", "phone", "email", "hospital_number"]

# Free text, direct identifiers and fine places. Columns that end in _source_value come on top.
_DROPPED = frozenset(
    {
        "condition_occurrence.stop_reason",
        "device_exposure.production_id",
        "device_exposure.unique_device_id",
        "drug_exposure.lot_number",
        "drug_exposure.sig",
        "drug_exposure.stop_reason",
        "location.address_1",
        "location.address_2",
        "location.city",
        "location.latitude",
        "location.longitude",
        "location.zip",
        "note.note_text",
        "note.note_title",
        "note_nlp.lexical_variant",
        "note_nlp.offset",
        "note_nlp.snippet",
        "note_nlp.term_modifiers",
        "note_nlp.term_temporal",
        "observation.value_as_string",
        "provider.dea",
        "provider.npi",
        "provider.provider_name",
        "specimen.specimen_source_id",
    }
)

_DATE = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_PATTERNS: Mapping[Lookalike, str] = {
    # Numbers given out since October 2020 have no check digit, so the written form is enough.
    "rrn": rf"(?:^|[^0-9]){_DATE}[- ][1-8][0-9]{{6}}(?:$|[^0-9])",
    "phone": (
        r"(?:^|[^0-9])(?:(?:\+?82[- ]?|0)1[016789][- .]?[0-9]{3,4}[- .]?[0-9]{4}"
        r"|0(?:2|[3-6][0-9])[- .)][0-9]{3,4}[- .][0-9]{4})(?:$|[^0-9])"
    ),
    "email": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
}
_BARE_RRN = rf"(?:^|[^0-9])({_DATE}[1-8][0-9]{{6}})(?:$|[^0-9])"
_RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)

# A column of digits that hardly ever repeat is a register of numbers, whatever its name.
_NUMBER_SHAPE = r"[A-Za-z]{0,2}[0-9]{6,12}"
_SMALLEST_REGISTER = 20
_DISTINCT_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierPolicy:
    """What one hospital decided. Columns are written `table.column`, in CDM 5.4 names.

    Args:
        keep: columns that would be dropped and are kept.
        drop: further columns to drop.
        accept_lookalikes: columns whose look was judged by a person and found harmless.
        hospital_number: a regular expression for the hospital's own chart numbers.
        unknown_person: what to do with rows of persons that `person` does not hold.
    """

    keep: frozenset[str] = field(default_factory=frozenset)
    drop: frozenset[str] = field(default_factory=frozenset)
    accept_lookalikes: frozenset[str] = field(default_factory=frozenset)
    hospital_number: str | None = None
    unknown_person: Literal["drop", "refuse"] = "drop"


def check_policy(policy: IdentifierPolicy, *, tables: Mapping[str, Table]) -> None:
    """Raises Refused when the policy names a column that no CDM table has: a typing slip protects nobody."""
    known = {f"{table.name}.{column}" for table in tables.values() for column in table.column_names}
    for name in sorted(policy.keep | policy.drop | policy.accept_lookalikes):
        if name not in known:
            raise Refused("load.policy_column", column=name)
    if policy.hospital_number is not None:
        try:
            re.compile(policy.hospital_number)
        except re.error:
            raise Refused("load.policy_pattern") from None


def may_keep(column: str, *, table: str, policy: IdentifierPolicy) -> bool:
    """Whether a column enters the store at all."""
    name = f"{table}.{column}"
    if name in policy.drop:
        return False
    if name in policy.keep:
        return True
    return not (name in _DROPPED or column.endswith("_source_value"))


def columns_left_out(policy: IdentifierPolicy) -> frozenset[str]:
    """The columns, written `table.column`, that the policy keeps out of a store."""
    return frozenset(
        f"{table.name}.{column}"
        for table in get_cdm_tables().values()
        for column in table.column_names
        if not may_keep(column, table=table.name, policy=policy)
    )


def check_lookalikes(
    connection: duckdb.DuckDBPyConnection,
    *,
    table: Table,
    columns: Sequence[str],
    file: str,
    policy: IdentifierPolicy,
) -> None:
    """Raises Refused with load.identifier_found when a kept text column looks like identifiers.

    Args:
        columns: the CDM columns that were staged.
    """
    if table.name in VOCABULARY_TABLES | DESCRIPTIVE_TABLES:
        return  # public codes and the database's own description: long numbers are normal there
    for column in columns:
        if f"{table.name}.{column}" in policy.accept_lookalikes:
            continue
        if table.get_column(column).type != "VARCHAR":
            continue
        found = _find_lookalike(connection, column=quote_name(column), policy=policy)
        if found is not None:
            raise Refused("load.identifier_found", file=file, column=column, row=found[1], kind=found[0])


def _find_lookalike(
    connection: duckdb.DuckDBPyConnection, *, column: str, policy: IdentifierPolicy
) -> tuple[Lookalike, int] | None:
    patterns = dict(_PATTERNS)
    if policy.hospital_number is not None:
        patterns["hospital_number"] = rf"(?:^|[^0-9A-Za-z])(?:{policy.hospital_number})(?:$|[^0-9A-Za-z])"
    for kind, pattern in patterns.items():
        row = _first_row(connection, f"regexp_matches({column}, $pattern)", {"pattern": pattern})
        if row is not None:
            return kind, row
    row = _first_row(connection, _has_bare_rrn(column), {})
    if row is not None:
        return "rrn", row
    with engine_errors_as_codes("load.policy_pattern"):
        seen, distinct, shaped, first = connection.execute(
            f"SELECT count({column}), count(DISTINCT {column}), "
            f"count_if(regexp_full_match({column}, $shape)), min({ROW}) FROM {STAGED}",
            {"shape": _NUMBER_SHAPE},
        ).fetchall()[0]
    if seen >= _SMALLEST_REGISTER and min(distinct, shaped) >= _DISTINCT_SHARE * seen:
        return "hospital_number", int(first)
    return None


def _first_row(
    connection: duckdb.DuckDBPyConnection, condition: str, parameters: dict[str, str]
) -> int | None:
    with engine_errors_as_codes("load.policy_pattern"):
        query = f"SELECT min({ROW}) FROM {STAGED} WHERE {condition}"
        found = connection.execute(query, parameters).fetchone()
    return None if found is None or found[0] is None else int(found[0])


def _has_bare_rrn(column: str) -> str:
    """SQL: thirteen digits in a row with a plausible date whose check digit fits."""
    digits = f"regexp_extract({column}, '{_BARE_RRN}', 1)"
    weighed = " + ".join(
        f"{weight} * TRY_CAST(substr({digits}, {place}, 1) AS INTEGER)"
        for place, weight in enumerate(_RRN_WEIGHTS, 1)
    )
    check = f"TRY_CAST(substr({digits}, 13, 1) AS INTEGER)"
    return f"regexp_matches({column}, '{_BARE_RRN}') AND (11 - ({weighed}) % 11) % 10 = {check}"
