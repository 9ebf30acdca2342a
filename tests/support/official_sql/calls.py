"""Rewrites T-SQL's functions and types for a dialect; a function that is not listed is refused.

* DATEADD and DATEFROMPARTS give a DATE, never a timestamp: what a definition reads are DATE columns.
* POWER of whole numbers stays a whole number.
* Division is refused where both sides may be whole numbers: T-SQL cuts the fraction, DuckDB keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.support.official_sql.tokens import (
    BEFORE_BRACKET,
    Dialect,
    NotUnderstood,
    Token,
    Tokens,
    closing,
    cut,
    parts,
    words,
    write,
)

_ALIKE = words("COUNT SUM MIN MAX COALESCE NULLIF ROW_NUMBER LEFT RIGHT")
_UNREAD = words(
    "TOP APPLY PIVOT UNPIVOT OPTION MERGE OUTPUT PERCENT TIES GO DECLARE SET EXEC EXECUTE WHILE IF IDENTITY "
    "COLLATE NOLOCK CONVERT OFFSET FETCH VALUES PRINT BEGIN RETURN USE INTERVAL"
)
_NOT_SQL = frozenset(["{", "}", "?", ":", "&", "|", ";", "=="])
_UNITS = {
    "DAY": "day",
    "DD": "day",
    "D": "day",
    "MONTH": "month",
    "MM": "month",
    "M": "month",
    "YEAR": "year",
    "YYYY": "year",
    "YY": "year",
}
_WHOLE = {"INT": "INTEGER", "INTEGER": "INTEGER", "BIGINT": "BIGINT"}
_TYPES = {
    "duckdb": {**_WHOLE, "FLOAT": "DOUBLE", "DATE": "DATE", "VARCHAR": "VARCHAR"},
    "postgres": {**_WHOLE, "FLOAT": "DOUBLE PRECISION", "DATE": "DATE", "VARCHAR": "VARCHAR"},
}
_DAY_LITERAL = re.compile(r"'\d{4}-\d{2}-\d{2}'")
# Quotients of measured values; every other numerator may be a whole number.
_FRACTIONS = frozenset({"VALUE_AS_NUMBER"})
Arguments = Sequence[Tokens]


def rewrite(tokens: Sequence[Token], dialect: Dialect) -> Tokens:
    """The tokens of an expression or query with every call rewritten."""
    written: Tokens = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        _check_readable(tokens, at)
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.kind == "name" and following == Token("sign", "(") and not token.means(*BEFORE_BRACKET):
            ends = closing(tokens, at + 1)
            written.extend(_call(token.text.upper(), tokens[at + 2 : ends], dialect))
            at = ends + 1
        else:
            written.append(Token("name", token.text[1:]) if token.kind == "temp" else token)
            at += 1
    return written


def type_of(tokens: Sequence[Token], dialect: Dialect) -> str:
    """A T-SQL type in the words of the dialect."""
    match list(tokens):
        case [Token(kind="name", text=name)] if found := _TYPES[dialect].get(name.upper()):
            return found
        case [Token(kind="name", text=name), Token(text="("), Token(kind="number"), Token(text=")")] if (
            name.upper() == "VARCHAR"
        ):
            return write(tokens)
        case _:
            raise NotUnderstood(f"a type: {write(tokens)}")


def _check_readable(tokens: Sequence[Token], at: int) -> None:
    token = tokens[at]
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.kind == "name" and token.text.upper() in _UNREAD and before != Token("sign", "."):
        raise NotUnderstood(f"the word {token.text} in: {write(tokens[max(at - 5, 0) : at + 5])}")
    if token.kind == "sign" and token.text in _NOT_SQL:
        raise NotUnderstood(f"the sign {token.text} in: {write(tokens[max(at - 5, 0) : at + 5])}")
    if token == Token("sign", "/") and (before is None or before.text.upper() not in _FRACTIONS):
        raise NotUnderstood(
            f"a division of what may be whole numbers: {write(tokens[max(at - 5, 0) : at + 5])}"
        )
    if token == Token("sign", "+") and any(one and one.kind == "string" for one in (before, after)):
        raise NotUnderstood(f"a sum of texts: {write(tokens[max(at - 5, 0) : at + 5])}")
    if token.means("LIKE") and (after is None or after.kind != "string" or set(after.text) & set("[\\^")):
        raise NotUnderstood(f"a pattern: {write(tokens[at : at + 2])}")


def _call(name: str, inner: Sequence[Token], dialect: Dialect) -> Tokens:
    if name == "CAST":
        return _cast(inner, dialect)
    if name in _ALIKE:
        return cut(f"{name}({write(rewrite(inner, dialect))})")
    rule = _RULES.get(name)
    if rule is None:
        raise NotUnderstood(f"the function {name}")
    return cut(rule([list(each) for each in parts(inner, ",")], dialect))


def _cast(inner: Sequence[Token], dialect: Dialect) -> Tokens:
    place = max((at for at, token in enumerate(inner) if token.means("AS")), default=-1)
    if place < 1:
        raise NotUnderstood(f"a cast without a type: {write(inner)}")
    value, target = rewrite(inner[:place], dialect), type_of(inner[place + 1 :], dialect)
    if target == "DATE" and value[0].kind == "string" and not _DAY_LITERAL.fullmatch(value[0].text):
        raise NotUnderstood(f"a day that is not written as 2020-12-31: {value[0].text}")
    if target in ("INTEGER", "BIGINT") and any(
        "." in token.text for token in value if token.kind == "number"
    ):
        raise NotUnderstood(f"a fraction as a whole number (T-SQL cuts, others round): {write(inner)}")
    return cut(f"CAST({write(value)} AS {target})")


def _date_add(arguments: Arguments, dialect: Dialect) -> str:
    unit, number, day = _three(arguments, "DATEADD")
    many = _whole(number, dialect)
    if unit == "day":
        return f"({_day(day, dialect)} + {many})"
    # Both engines keep the day of the month or take the month's last, as T-SQL does.
    return f"CAST({_day(day, dialect)} + {many} * INTERVAL '1 {unit}' AS DATE)"


def _date_diff(arguments: Arguments, dialect: Dialect) -> str:
    unit, first, last = _three(arguments, "DATEDIFF")
    start, end = _day(first, dialect), _day(last, dialect)
    if dialect == "duckdb":
        return f"DATE_DIFF('{unit}', {start}, {end})"
    if unit == "day":
        return f"({end} - {start})"
    # T-SQL counts the boundaries that are crossed, not the full years or months.
    years = f"(EXTRACT(YEAR FROM {end}) - EXTRACT(YEAR FROM {start}))"
    if unit == "year":
        return f"CAST({years} AS INTEGER)"
    return f"CAST({years} * 12 + EXTRACT(MONTH FROM {end}) - EXTRACT(MONTH FROM {start}) AS INTEGER)"


def _three(arguments: Arguments, name: str) -> tuple[str, Tokens, Tokens]:
    match arguments:
        case [[Token(kind="name", text=unit)], second, third] if unit.upper() in _UNITS:
            return _UNITS[unit.upper()], second, third
        case _:
            raise NotUnderstood(f"{name}({', '.join(write(each) for each in arguments)})")


def _day(tokens: Tokens, dialect: Dialect) -> str:
    """A day; the cast costs nothing where it is one already."""
    for token in tokens:
        if token.kind == "name" and token.text.lower().endswith("datetime"):
            raise NotUnderstood(f"a moment where a day is meant: {write(tokens)}")
        if token.kind == "string" and not _DAY_LITERAL.fullmatch(token.text):
            raise NotUnderstood(f"a day that is not written as 2020-12-31: {token.text}")
    return f"CAST({write(rewrite(tokens, dialect))} AS DATE)"


def _whole(tokens: Tokens, dialect: Dialect) -> str:
    if any(
        token.kind == "string" or "." in token.text for token in tokens if token.kind in ("number", "string")
    ):
        raise NotUnderstood(f"a number that is not whole: {write(tokens)}")
    if len(tokens) == 1 and tokens[0].kind == "number":
        return tokens[0].text
    return f"CAST({write(rewrite(tokens, dialect))} AS INTEGER)"


def _date_from_parts(arguments: Arguments, dialect: Dialect) -> str:
    if len(arguments) != 3:
        raise NotUnderstood("DATEFROMPARTS without year, month and day")
    return f"MAKE_DATE({', '.join(_whole(each, dialect) for each in arguments)})"


def _part(name: str) -> Callable[[Arguments, Dialect], str]:
    def rule(arguments: Arguments, dialect: Dialect) -> str:
        (day,) = arguments
        return f"CAST(EXTRACT({name} FROM {_day(day, dialect)}) AS INTEGER)"

    return rule


def _renamed(name: str) -> Callable[[Arguments, Dialect], str]:
    def rule(arguments: Arguments, dialect: Dialect) -> str:
        return f"{name}({', '.join(write(rewrite(each, dialect)) for each in arguments)})"

    return rule


def _power(arguments: Arguments, dialect: Dialect) -> str:
    base, exponent = (write(rewrite(each, dialect)) for each in arguments)
    if not re.fullmatch(r"CAST\(\d+ AS BIGINT\)", base):
        raise NotUnderstood(f"a power of {base}")
    return f"CAST(POWER({base}, {exponent}) AS BIGINT)"


_RULES: dict[str, Callable[[Arguments, Dialect], str]] = {
    "DATEADD": _date_add,
    "DATEDIFF": _date_diff,
    "DATEFROMPARTS": _date_from_parts,
    "YEAR": _part("YEAR"),
    "MONTH": _part("MONTH"),
    "DAY": _part("DAY"),
    "COUNT_BIG": _renamed("COUNT"),
    "ISNULL": _renamed("COALESCE"),
    "POWER": _power,
}
