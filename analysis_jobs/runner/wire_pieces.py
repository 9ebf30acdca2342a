"""Writes and reads the encoded form of records around their large arrays, without copying the arrays.

Protobuf's own encoder copies every array once per level, and its decoder twice. The bytes are the same here.

* Writing: a list of pieces whose concatenation is the encoded form; an array is a piece as it lies in memory.
* Reading: `cut` gives the same message with a short mark in place of each array's bytes, which protobuf reads
  as usual, and where the bytes lie. Structure is protobuf's to judge: only the bytes behind `data` are moved.
* Reading costs no more than a bounded number of steps; beyond that, and for a spelling that is not plain,
  `cut` says None and the caller decodes the whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from onggi.protocol.varints import read_varint, write_varint

Buffer: TypeAlias = bytes | bytearray | memoryview
Schema: TypeAlias = Mapping[int, "Schema | None"]

# Field numbers on the way to an array's bytes; a contract test compares them with Flower's own.
ARRAY: Final[Schema] = {4: None}
RECORDS: Final[Schema] = {1: {2: {1: {2: ARRAY}}}}
MESSAGE: Final[Schema] = {2: RECORDS}

_SIZED: Final = 2
_FIXED: Final = {1: 8, 5: 4}
_MOST_STEPS: Final = 20_000
_MARK: Final = struct.Struct(">4sI")
_SIGN: Final = b"\0cut"


def field(number: int, *pieces: Buffer) -> list[Buffer]:
    """One length-delimited field around the pieces."""
    head = bytes([number << 3 | _SIZED]) + write_varint(sum(map(len, pieces)))
    return [head, *pieces]


def join_small(pieces: Sequence[Buffer], *, below: int = 4096) -> list[Buffer]:
    """The same bytes in fewer pieces: neighbours that are short become one."""
    joined: list[Buffer] = []
    run: list[Buffer] = []
    for piece in pieces:
        if len(piece) < below:
            run.append(piece)
            continue
        if run:
            joined.append(b"".join(run))
            run = []
        joined.append(piece)
    return [*joined, b"".join(run)] if run else joined


def cut(encoded: memoryview, schema: Schema) -> tuple[bytes, list[memoryview]] | None:
    """(the message with marks for arrays' bytes, those bytes in the order of their marks), or None."""
    found: list[memoryview] = []
    budget = iter(range(_MOST_STEPS))
    try:
        pieces = _cut(encoded, schema, found, budget)
    except (IndexError, StopIteration):
        return None
    return b"".join(pieces), found


def marked(data: bytes, found: Sequence[memoryview]) -> memoryview | None:
    """The bytes that a mark stands for."""
    if len(data) != _MARK.size:
        return None
    sign, place = _MARK.unpack(data)
    return found[place] if sign == _SIGN and place < len(found) else None


def _cut(view: memoryview, schema: Schema, found: list[memoryview], budget: Iterator[int]) -> list[Buffer]:
    pieces: list[Buffer] = []
    at = kept = 0
    while at < len(view):
        next(budget)
        tag, begin = read_varint(view, at)
        number, kind = tag >> 3, tag & 7
        if kind == _SIZED:
            length, begin = read_varint(view, begin)
            end = begin + length
            if end > len(view):
                raise IndexError
            if number in schema:
                pieces += [view[kept:at], *_cut_field(number, view[begin:end], schema, found, budget)]
                kept = end
        elif kind == 0:
            _, end = read_varint(view, begin)
        elif kind in _FIXED:
            end = begin + _FIXED[kind]
        else:
            raise IndexError  # groups: nobody writes them any more
        at = end
    return [*pieces, view[kept:]]


def _cut_field(
    number: int, inside: memoryview, schema: Schema, found: list[memoryview], budget: Iterator[int]
) -> list[Buffer]:
    deeper = schema[number]
    if deeper is not None:
        return field(number, *_cut(inside, deeper, found, budget))
    found.append(inside)
    return field(number, _MARK.pack(_SIGN, len(found) - 1))
