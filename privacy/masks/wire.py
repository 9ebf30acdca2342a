"""Reads and writes the small messages of a masked sum so strictly that each has one spelling only.

* A message is RFC 8785 JSON: bytes that are not exactly their own canonical form are refused, which
  also refuses doubled names, spare spaces and other spellings of a number.
* Names are exactly the expected ones, lengths are exact, lists are bounded; nothing is guessed.
* Byte strings are base64 with its one spelling.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import rfc8785

from onggi.errors import NotTrusted

Json: TypeAlias = str | int | list["Json"] | dict[str, "Json"]
Item = TypeVar("Item")

VERSION = 1
MOST_PARTICIPANTS = 128
LONGEST_NAME = 200
# Ample for the largest message that 128 participants can need; a vector travels outside the JSON.
LARGEST_MESSAGE = 1 << 20


def to_canonical(value: Mapping[str, Json]) -> bytes:
    """The one spelling of a message."""
    return rfc8785.dumps(dict(value))


def to_text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode("ascii")


class Fields:
    """One JSON object whose names were checked to be exactly the expected ones."""

    __slots__ = ("_kind", "_values")

    def __init__(self, value: object, *, kind: str, names: Sequence[str]) -> None:
        if not isinstance(value, dict) or value.keys() != set(names):
            raise malformed(kind)
        self._kind = kind
        self._values: dict[str, object] = value

    def name(self, field: str) -> str:
        """A short, non-empty text."""
        value = self._values[field]
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
            raise malformed(self._kind)
        return value

    def data(self, field: str, *, length: int | None = None, most: int | None = None) -> bytes:
        """Bytes of exactly `length`, or of at most `most`."""
        return read_bytes(self._values[field], kind=self._kind, length=length, most=most)

    def number(self, field: str, *, most: int) -> int:
        """A whole number from 0 to `most`."""
        value = self._values[field]
        if type(value) is not int or not 0 <= value <= most:
            raise malformed(self._kind)
        return value

    def items(self, field: str, read: Callable[[object], Item], *, most: int) -> tuple[Item, ...]:
        """A list of at most `most` items, each read by `read`."""
        value = self._values[field]
        if not isinstance(value, list) or len(value) > most:
            raise malformed(self._kind)
        return tuple(read(item) for item in value)


def read_message(data: bytes, *, kind: str, names: Sequence[str], most: int = LARGEST_MESSAGE) -> Fields:
    """The fields of one message of the given kind, or NotTrusted."""
    if len(data) > most:
        raise NotTrusted("masks.message_too_large", kind=kind, most=most)
    try:
        value = json.loads(bytes(data))
        canonical = isinstance(value, dict) and rfc8785.dumps(value) == data
    except (ValueError, RecursionError, OverflowError) as error:
        # Bytes that are no text, numbers out of range and bottomless nesting all come from the other side.
        raise malformed(kind) from error
    if not canonical:
        raise malformed(kind)
    fields = Fields(value, kind=kind, names=("kind", "version", *names))
    # Through the typed readers: in Python the truth value `true` equals 1.
    if fields.name("kind") != kind or fields.number("version", most=VERSION) != VERSION:
        raise malformed(kind)
    return fields


def read_bytes(value: object, *, kind: str, length: int | None = None, most: int | None = None) -> bytes:
    """Bytes out of base64 text, with their length checked before and after decoding."""
    limit = length if length is not None else most
    assert limit is not None, "every byte string has a bound"
    if not isinstance(value, str) or len(value) > (limit + 2) // 3 * 4:
        raise malformed(kind)
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(kind) from error
    if to_text(data) != value or (len(data) != length if length is not None else len(data) > limit):
        raise malformed(kind)
    return data


def malformed(kind: str) -> NotTrusted:
    """The error for a message that is not what it should be."""
    return NotTrusted("masks.message_malformed", kind=kind)
