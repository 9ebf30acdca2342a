"""Reads which checks apply, and with which thresholds, from OHDSI's published lists or a hospital's own copy.

* The lists of CDM 5.4 lie beside this module; a folder may hold others, in the form of the published files.
* A column, check or value that is not known is refused by its name: nothing in a list is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar, get_args

from analysis_jobs.quality.check_columns import (
    CHECKS,
    DESCRIPTION_COLUMNS,
    DESCRIPTIONS_PASSED_OVER,
    PASSED_OVER,
    READ,
)
from analysis_jobs.quality.check_lists import ListRow, read_rows
from analysis_jobs.quality.checks import (
    SEX_CONCEPTS,
    Category,
    Check,
    Kind,
    Level,
    Severity,
)
from onggi.errors import Refused

SHIPPED: Final = Path(__file__).with_name("data")
_FILES: Final[Mapping[Level, str]] = {
    "TABLE": "table_level",
    "FIELD": "field_level",
    "CONCEPT": "concept_level",
}
_DESCRIPTIONS: Final = "check_descriptions"
_OF_EVERY_ROW: Final[Mapping[Level, tuple[str, ...]]] = {
    "TABLE": ("cdmTable",),
    "FIELD": ("cdmField",),
    "CONCEPT": (),
}
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
_Word = TypeVar("_Word", bound=str)
_VALUED: Final = frozenset({"fkDomain", "fkClass"})


def read_checks(folder: Path | None = None) -> tuple[Check, ...]:
    """Every check of the lists, in their order; those of OHDSI for CDM 5.4 where no folder is named.

    Raises:
        Refused: ``quality.list_missing``, ``quality.unknown_column``, ``quality.missing_column``,
            ``quality.unknown_check``, ``quality.unknown_value`` or ``quality.check_twice``.
    """
    place = folder or SHIPPED
    kinds = _read_kinds(place)
    tables = list(_list_of("TABLE", place))
    vocabulary = {row.identifier("cdmTableName") for row in tables if row.text("schema").upper() == "VOCAB"}
    found = list(_table_checks(tables, kinds))
    for row in _list_of("FIELD", place):
        found.extend(_field_checks(row, kinds))
    for row in _list_of("CONCEPT", place):
        found.extend(_concept_checks(row, kinds))
    _check_no_repeats(found)
    return tuple(replace(check, vocabulary=check.table in vocabulary) for check in found)


def _list_of(level: Level, place: Path) -> Iterator[ListRow]:
    return read_rows(place, _FILES[level], read=READ[level], passed_over=PASSED_OVER[level])


def _check_no_repeats(checks: list[Check]) -> None:
    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            raise Refused("quality.check_twice", check=check.id)
        seen.add(check.id)


def _read_kinds(place: Path) -> Mapping[tuple[str, str], Kind]:
    kinds: dict[tuple[str, str], Kind] = {}
    for row in read_rows(
        place, _DESCRIPTIONS, read=DESCRIPTION_COLUMNS, passed_over=DESCRIPTIONS_PASSED_OVER
    ):
        level = _one_of(row, "checkLevel", _LEVELS)
        name = row.text("checkName")
        if name not in (*CHECKS[level], *_OF_EVERY_ROW[level]):
            raise Refused("quality.unknown_check", check=name)
        kinds[level, name] = Kind(
            level,
            name,
            _one_of(row, "kahnCategory", _CATEGORIES),
            row.text("kahnSubcategory"),
            row.text("kahnContext"),
            _one_of(row, "severity", _SEVERITIES),
        )
    # The published descriptions have no concept-level entry for these two, although their list has bounds.
    for name in ("plausibleValueLow", "plausibleValueHigh"):
        if ("FIELD", name) in kinds:
            kinds.setdefault(("CONCEPT", name), replace(kinds["FIELD", name], level="CONCEPT"))
    return kinds


def _one_of(row: ListRow, column: str, known: Sequence[_Word]) -> _Word:
    for word in known:
        if word == row.text(column):
            return word
    raise row.refuse(column)


_Kinds = Mapping[tuple[str, str], Kind]


def _table_checks(rows: list[ListRow], kinds: _Kinds) -> Iterator[Check]:
    for row in rows:
        table = row.identifier("cdmTableName")
        if kind := kinds.get(("TABLE", "cdmTable")):
            yield Check(kind=kind, table=table)
        for name in CHECKS["TABLE"]:
            if row.is_asked(name) and (kind := kinds.get(("TABLE", name))):
                yield Check(kind=kind, table=table, threshold=row.threshold(name))


def _field_checks(row: ListRow, kinds: _Kinds) -> Iterator[Check]:
    table, field = row.identifier("cdmTableName"), row.identifier("cdmFieldName")
    if kind := kinds.get(("FIELD", "cdmField")):
        yield Check(kind=kind, table=table, field=field)
    foreign = row.is_asked("isForeignKey")
    for name in CHECKS["FIELD"]:
        wanted = _is_wanted(row, name, foreign=foreign)
        if not wanted or (kind := kinds.get(("FIELD", name))) is None:
            continue
        plain = Check(kind=kind, table=table, field=field, threshold=row.threshold(name))
        yield _DETAILS.get(name, _plain)(row, plain)


def _is_wanted(row: ListRow, name: str, *, foreign: bool) -> bool:
    if name == "cdmDatatype":
        return row.text(name) == "integer"
    if name in _VALUED:
        return foreign and row.text(name) != ""
    if name in ("plausibleValueLow", "plausibleValueHigh"):
        return row.text(name) != ""
    return row.is_asked(name)


def _plain(_row: ListRow, check: Check) -> Check:
    return check


def _foreign(row: ListRow, check: Check) -> Check:
    return replace(
        check, other_table=row.identifier("fkTableName"), other_field=row.identifier("fkFieldName")
    )


def _named(row: ListRow, check: Check) -> Check:
    if row.identifier("fkTableName") != "concept":
        raise row.refuse("fkTableName")
    return replace(check, other_table="concept", name=row.text(check.kind.name))


def _bounded(row: ListRow, check: Check) -> Check:
    return replace(check, bound=row.bound(check.kind.name))


def _source_value(row: ListRow, check: Check) -> Check:
    return replace(check, other_field=row.identifier("standardConceptFieldName"))


def _start_before_end(row: ListRow, check: Check) -> Check:
    return replace(check, other_field=row.identifier("plausibleStartBeforeEndFieldName"))


def _temporal_after(row: ListRow, check: Check) -> Check:
    table = row.identifier("plausibleTemporalAfterTableName")
    field = row.identifier("plausibleTemporalAfterFieldName")
    if table not in (check.table, "person") or (table == "person" and field != "birth_datetime"):
        raise row.refuse("plausibleTemporalAfterTableName")
    return replace(check, other_table=table, other_field=field)


_DETAILS: Final[Mapping[str, Callable[[ListRow, Check], Check]]] = {
    "isForeignKey": _foreign,
    "fkDomain": _named,
    "fkClass": _named,
    "isStandardValidConcept": lambda _row, check: replace(check, other_table="concept"),
    "plausibleValueLow": _bounded,
    "plausibleValueHigh": _bounded,
    "sourceValueCompleteness": _source_value,
    "plausibleStartBeforeEnd": _start_before_end,
    "plausibleTemporalAfter": _temporal_after,
}


def _concept_checks(row: ListRow, kinds: _Kinds) -> Iterator[Check]:
    for name in CHECKS["CONCEPT"]:
        if not row.text(name) or (kind := kinds.get(("CONCEPT", name))) is None:
            continue
        check = Check(
            kind=kind,
            table=row.identifier("cdmTableName"),
            field=row.identifier("cdmFieldName"),
            threshold=row.threshold(name),
            concepts=row.whole_numbers("conceptId"),
        )
        yield _concept_details(row, check)


def _concept_details(row: ListRow, check: Check) -> Check:
    name = check.kind.name
    if name.startswith("plausibleGender"):
        sex = row.text(name)
        if sex not in SEX_CONCEPTS:
            raise row.refuse(name)
        return replace(check, sex=sex)
    if name == "plausibleUnitConceptIds":
        return replace(check, units=row.whole_numbers(name))
    bound = row.bound(name)
    if not isinstance(bound, float) or len(units := row.whole_numbers("unitConceptId")) != 1:
        raise row.refuse(name)
    return replace(check, bound=bound, unit=units[0])
