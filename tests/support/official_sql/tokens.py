"""Cuts SQL text into tokens and writes tokens as text again; comments are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

Dialect: TypeAlias = Literal["duckdb", "postgres"]


class NotUnderstood(ValueError):
    """A piece of SQL that the translator has no rule for."""


class Token(NamedTuple):
    """One token; `kind` is string, number, temp, parameter, quoted, name or sign."""

    kind: str
    text: str

    def means(self, *words: str) -> bool:
        """Whether this is one of the given signs or bare words, whatever its case."""
        return self.kind in ("sign", "name") and self.text.upper() in words


Tokens: TypeAlias = list[Token]


def words(listed: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(listed.split())


_KINDS = {
    "comment": r"--[^\n]*|/\*.*?\*/",
    "string": r"'(?:[^']|'')*'",
    "number": r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])",
    "temp": r"\#[A-Za-z_]\w*",
    "parameter": r"@[A-Za-z_]\w*",
    "quoted": r'"[^"]+"',
    "name": r"[A-Za-z_]\w*",
    "sign": r"!=|<>|<=|>=|==|[-+*/=<>(),.;{}?:&|]",
    "space": r"\s+",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.DOTALL)
_TIGHT_BEFORE = {",", ")", ".", ";"}
_TIGHT_AFTER = {"(", "."}
# Words that a bracket may follow without being functions.
BEFORE_BRACKET = words(
    "SELECT DISTINCT FROM JOIN IN ON AND OR NOT WHERE HAVING OVER AS EXISTS UNION ALL EXCEPT INTERSECT CASE "
    "WHEN THEN ELSE BETWEEN BY LIKE"
)


def cut(text: str) -> Tokens:
    """The tokens of a text, without comments and spaces."""
    tokens: Tokens = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NotUnderstood(f"no token begins at: {text[at : at + 40]!r}")
        kind = found.lastgroup or ""
        if (
            kind == "string"
            and found.end() < len(text)
            and found.group().startswith("'")
            and _prefixed(tokens)
        ):
            raise NotUnderstood(f"a string with a prefix: {found.group()!r}")
        if kind not in ("comment", "space"):
            tokens.append(Token(kind, found.group()))
        at = found.end()
    return tokens


def _prefixed(tokens: Tokens) -> bool:
    return bool(tokens) and tokens[-1].means("N", "E", "X", "B")


def write(tokens: Iterable[Token]) -> str:
    """The tokens as text that every dialect reads alike."""
    pieces: list[str] = []
    last = Token("", "")
    for token in tokens:
        called = token.text == "(" and last.kind == "name" and last.text.upper() not in BEFORE_BRACKET
        if pieces and not (called or token.text in _TIGHT_BEFORE or last.text in _TIGHT_AFTER):
            pieces.append(" ")
        pieces.append(token.text)
        last = token
    return "".join(pieces)


def closing(tokens: Sequence[Token], at: int) -> int:
    """Where the bracket that opens at `at` closes."""
    pairs = {"(": ")", "{": "}"}
    opens = tokens[at].text
    depth = 0
    for position in range(at, len(tokens)):
        if tokens[position].kind == "sign":
            depth += (tokens[position].text == opens) - (tokens[position].text == pairs[opens])
            if depth == 0:
                return position
    raise NotUnderstood(f"a bracket that never closes: {write(tokens[at : at + 10])}")


def parts(tokens: Sequence[Token], sign: str) -> list[Tokens]:
    """The pieces between the given sign, outside of brackets."""
    found: list[Tokens] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token == Token("sign", sign):
            found.append([])
        else:
            found[-1].append(token)
    if depth != 0:
        raise NotUnderstood(f"brackets that do not match: {write(tokens[:10])}")
    return found
