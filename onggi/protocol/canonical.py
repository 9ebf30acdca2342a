"""Writes a statement in the one byte form that is signed, and reads bytes back without guessing.

* One value has one spelling (RFC 8785), so two hospitals that write the same thing sign the same digest.
* What has no exact spelling is refused, never rounded: NaN, infinity, integers from 2^53 on, sets.
* Reading refuses what two readers could understand differently: duplicate keys, broken UTF-8, base64
  with loose bits, and anything large or deep enough to exhaust the reader.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import TypeAlias, cast

import rfc8785
from pydantic import BaseModel

from onggi.errors import Refused

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None

LARGEST_EXACT_INTEGER = 2**53 - 1
DEEPEST = 64
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def canonical_json(value: object) -> bytes:
    """The RFC 8785 bytes of a JSON value or pydantic model (by alias, as it travels)."""
    try:
        return rfc8785.dumps(cast("rfc8785._impl._Value", _plain(value, 0)))
    except ValueError as bad:
        # rfc8785 says why in free text that quotes the value; only the kind of fault may be told.
        raise Refused("canonical.not_representable", kind=type(bad).__name__) from None


def digest_of(value: object) -> str:
    """``sha256:<hex>`` over the canonical bytes."""
    return f"sha256:{sha256_hex(canonical_json(value))}"


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: object, depth: int) -> object:
    """Turns models into plain values; sets are refused because their order differs between processes."""
    if depth > DEEPEST:
        raise Refused("canonical.too_deep", deepest=DEEPEST)
    if isinstance(value, BaseModel):
        _check_no_sets(value.model_dump(mode="python", by_alias=True))
        return _plain(value.model_dump(mode="json", by_alias=True), depth)
    if isinstance(value, Mapping):
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        raise Refused("canonical.not_representable", kind="set")
    return value


def _check_no_sets(dumped: object) -> None:
    if isinstance(dumped, set | frozenset):
        raise Refused("canonical.not_representable", kind="set")
    inner = dumped.values() if isinstance(dumped, Mapping) else dumped
    if isinstance(dumped, Mapping | list | tuple):
        for item in cast("tuple[object, ...]", tuple(cast("list[object]", inner))):
            _check_no_sets(item)


def parse_strict_json(data: bytes, limit: int) -> JsonValue:
    """Reads JSON that has exactly one meaning. `limit` is the largest accepted size in bytes."""
    if len(data) > limit:
        raise Refused("canonical.too_large", limit=limit, size=len(data))
    _check_depth(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise Refused("canonical.not_utf8", at=bad.start) from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_int=_exact_integer,
            parse_float=_finite_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as bad:
        raise Refused("canonical.not_json", at=bad.pos) from None
    if "\\u" in text:
        _check_no_lone_surrogate(value)
    return cast("JsonValue", value)


def _check_depth(data: bytes) -> None:
    """Counts brackets before parsing, so that a bomb never reaches the recursive parser."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(data):
        mark = token.group()
        if mark in (b"[", b"{"):
            depth += 1
            if depth > DEEPEST:
                raise Refused("canonical.too_deep", deepest=DEEPEST)
        elif mark in (b"]", b"}"):
            depth -= 1


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("canonical.duplicate_key")
    return found


def _exact_integer(token: str) -> int | float:
    """An integer, or the float whose one spelling is these very digits (1e17 is written so)."""
    if len(token) <= 17 and abs(int(token)) <= LARGEST_EXACT_INTEGER:
        return int(token)
    as_float = _finite_float(token)
    if rfc8785.dumps(as_float) != token.encode():
        raise Refused("canonical.not_representable", kind="integer")
    return as_float


def _finite_float(token: str) -> float:
    value = float(token)
    if not math.isfinite(value):
        raise Refused("canonical.not_representable", kind="number")
    return value


def _no_constant(token: str) -> float:
    raise Refused("canonical.not_representable", kind=token)


def _check_no_lone_surrogate(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("canonical.not_utf8", at=-1) from None


def encode_base64(data: bytes) -> str:
    """Standard alphabet with padding: the one spelling that `decode_base64` accepts."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Decodes the one standard spelling of some bytes; any other spelling of them is refused."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused("canonical.not_base64") from None
    if encode_base64(data) != text:
        raise Refused("canonical.not_base64")
    return data
