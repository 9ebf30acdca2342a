"""Fills in `@parameters` and decides which `{condition}?{blocks}` of an OHDSI text stay.

A block that writes statistics is left out where the caller names no schema for them: the published texts were
rendered with statistics on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.support.official_sql.tokens import NotUnderstood, Token, Tokens, closing, cut, parts, write

STATISTICS = "results_database_schema"
_VALUE = re.compile(r'-?\d+|(?:[A-Za-z_]\w*|"[^"]+")(?:\.(?:[A-Za-z_]\w*|"[^"]+"))*')


def filled_in(text: str, parameters: Mapping[str, str | int]) -> Tokens:
    """The tokens of a text without parameters and without conditions."""
    values = {name.lower(): _value(name, str(value)) for name, value in parameters.items()}
    kept = _kept(cut(text), values)
    filled: Tokens = []
    for token in kept:
        if token.kind != "parameter":
            filled.append(token)
        elif (value := values.get(token.text[1:].lower())) is not None:
            filled.extend(value)
        else:
            raise NotUnderstood(f"a parameter without a value: {token.text}")
    return filled


def _value(name: str, value: str) -> Tokens:
    if not _VALUE.fullmatch(value):
        raise NotUnderstood(f"@{name} is neither a whole number nor a name: {value!r}")
    return cut(value)


def _kept(tokens: Tokens, values: Mapping[str, Tokens]) -> Tokens:
    kept: Tokens = []
    at = 0
    while at < len(tokens):
        if tokens[at] != Token("sign", "{"):
            kept.append(tokens[at])
            at += 1
            continue
        ends = closing(tokens, at)
        holds = _holds(tokens[at + 1 : ends], values)
        then, at = _block(tokens, ends + 1, "?")
        otherwise: Tokens = []
        if tokens[at : at + 2] == [Token("sign", ":"), Token("sign", "{")]:
            otherwise, at = _block(tokens, at, ":")
        chosen = then if holds else otherwise
        if STATISTICS in values or not _writes_statistics(chosen):
            kept.extend(_kept(chosen, values))
    return kept


def _block(tokens: Tokens, at: int, sign: str) -> tuple[Tokens, int]:
    if tokens[at : at + 2] != [Token("sign", sign), Token("sign", "{")]:
        raise NotUnderstood(f"a condition without a block: {write(tokens[at - 4 : at + 4])}")
    ends = closing(tokens, at + 1)
    return tokens[at + 2 : ends], ends + 1


def _writes_statistics(tokens: Tokens) -> bool:
    return any(token.kind == "parameter" and token.text[1:].lower() == STATISTICS for token in tokens)


def _holds(condition: Sequence[Token], values: Mapping[str, Tokens]) -> bool:
    return any(
        all(_compared(comparison, values) for comparison in parts(way, "&")) for way in parts(condition, "|")
    )


def _compared(comparison: Tokens, values: Mapping[str, Tokens]) -> bool:
    match comparison:
        case [left, Token(kind="sign", text=("=" | "==" | "!=" | "<>") as sign), right]:
            same = _operand(left, values) == _operand(right, values)
            return same if sign in ("=", "==") else not same
        case _:
            raise NotUnderstood(f"a condition that is no comparison: {write(comparison)}")


def _operand(token: Token, values: Mapping[str, Tokens]) -> str:
    if token.kind == "parameter":
        found = values.get(token.text[1:].lower())
        if found is None:
            raise NotUnderstood(f"a condition on a parameter without a value: {token.text}")
        return write(found)
    if token.kind in ("number", "string", "name"):
        return token.text.strip("'")
    raise NotUnderstood(f"a condition on {token.text}")
