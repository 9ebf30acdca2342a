"""Reads an OHDSI text statement by statement and writes each for a dialect.

* `#temp` tables become temporary tables, `SELECT ... INTO` becomes `CREATE TEMP TABLE ... AS`.
* `UPDATE STATISTICS` is `ANALYZE` on PostgreSQL, which also analyzes every table made by `SELECT ... INTO`,
  as OHDSI's own renderer does; DuckDB keeps its statistics by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.official_sql.blocks import filled_in
from tests.support.official_sql.calls import rewrite, type_of
from tests.support.official_sql.tokens import Dialect, NotUnderstood, Token, Tokens, closing, parts, write


def translate(sql: str, *, dialect: Dialect, parameters: Mapping[str, str | int] | None = None) -> list[str]:
    """The statements of any OHDSI-SQL text, ready to be executed one after another.

    Blocks that write statistics are left out unless `parameters` names `results_database_schema`.
    """
    tokens = filled_in(sql, parameters or {})
    statements: list[str] = []
    for statement in parts(tokens, ";"):
        if statement:
            statements.extend(_statement(statement, dialect))
    return statements


def _statement(tokens: Tokens, dialect: Dialect) -> list[str]:
    match [token.text.upper() if token.kind == "name" else "" for token in tokens[:2]]:
        case ["CREATE", "TABLE"]:
            return [_create(tokens, dialect)]
        case ["INSERT", "INTO"]:
            return [_insert(tokens, dialect)]
        case ["DELETE", "FROM"]:
            return [f"DELETE FROM {write(rewrite(tokens[2:], dialect))}"]
        case ["UPDATE", "STATISTICS"]:
            table = _table(tokens[2:])
            return [f"ANALYZE {table}"] if dialect == "postgres" else []
        case ["TRUNCATE" | "DROP" as verb, "TABLE"]:
            return [f"{verb} TABLE {_table(tokens[2:])}"]
        case ["SELECT", *_]:
            return _select(tokens, dialect)
        case ["WITH", _]:
            return _with(tokens, dialect)
        case _:
            raise NotUnderstood(f"a statement: {write(tokens[:12])}")


def _table(tokens: Tokens) -> str:
    named = all(token.kind in ("name", "quoted", "temp") for token in tokens[::2])
    dotted = all(token == Token("sign", ".") for token in tokens[1::2])
    if not (named and dotted) or len(tokens) % 2 == 0:
        raise NotUnderstood(f"a table: {write(tokens)}")
    return write(_plain(tokens))


def _plain(tokens: Tokens) -> Tokens:
    return [Token("name", token.text[1:]) if token.kind == "temp" else token for token in tokens]


def _create(tokens: Tokens, dialect: Dialect) -> str:
    if len(tokens) < 5 or tokens[2].kind != "temp" or closing(tokens, 3) != len(tokens) - 1:
        raise NotUnderstood(f"a table that is not temporary: {write(tokens[:8])}")
    columns = [_column(each, dialect) for each in parts(tokens[4:-1], ",")]
    return f"CREATE TEMP TABLE {tokens[2].text[1:]} ({', '.join(columns)})"


def _column(tokens: Tokens, dialect: Dialect) -> str:
    rest = tokens[1:]
    required = len(rest) > 2 and rest[-2].means("NOT") and rest[-1].means("NULL")
    return f"{tokens[0].text} {type_of(rest[:-2] if required else rest, dialect)}{' NOT NULL' * required}"


def _insert(tokens: Tokens, dialect: Dialect) -> str:
    opens = tokens.index(Token("sign", "("))
    ends = closing(tokens, opens)
    columns = ", ".join(_table(each) for each in parts(tokens[opens + 1 : ends], ","))
    if not tokens[ends + 1].means("SELECT"):
        raise NotUnderstood(f"an insert that is no query: {write(tokens[: ends + 4])}")
    return f"INSERT INTO {_table(tokens[2:opens])} ({columns}) {write(rewrite(tokens[ends + 1 :], dialect))}"


def _select(tokens: Tokens, dialect: Dialect, *, before: str = "") -> list[str]:
    depth = 0
    places = []
    for place, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")") if token.kind == "sign" else 0
        if depth == 0 and token.means("INTO"):
            places.append(place)
    if len(places) != 1:
        raise NotUnderstood(f"a query whose answer goes nowhere: {write(tokens[:12])}")
    at = places[0]
    if tokens[at + 1].kind != "temp" or not tokens[at + 2].means("FROM"):
        raise NotUnderstood(f"a target that is not temporary: {write(tokens[at : at + 4])}")
    name = tokens[at + 1].text[1:]
    query = write(rewrite(tokens[:at] + tokens[at + 2 :], dialect))
    made = [f"CREATE TEMP TABLE {name} AS {before}{query}"]
    return [*made, f"ANALYZE {name}"] if dialect == "postgres" else made


def _with(tokens: Tokens, dialect: Dialect) -> list[str]:
    """`WITH one(columns) AS (query), another AS (query) SELECT ...`."""
    tables: list[str] = []
    at = 0
    while tokens[at].means("WITH", ","):
        name, at = tokens[at + 1].text, at + 2
        columns = ""
        if tokens[at] == Token("sign", "("):
            ends = closing(tokens, at)
            columns = f"({', '.join(_table(each) for each in parts(tokens[at + 1 : ends], ','))})"
            at = ends + 1
        if not tokens[at].means("AS"):
            raise NotUnderstood(f"a WITH: {write(tokens[:12])}")
        ends = closing(tokens, at + 1)
        tables.append(f"{name}{columns} AS ({write(rewrite(tokens[at + 2 : ends], dialect))})")
        at = ends + 1
    if not tokens[at].means("SELECT"):
        raise NotUnderstood(f"a WITH without a query: {write(tokens[at : at + 8])}")
    return _select(tokens[at:], dialect, before=f"WITH {', '.join(tables)} ")
