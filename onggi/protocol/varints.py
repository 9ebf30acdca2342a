"""Writes and reads protobuf's numbers of varying length, for code that frames large bytes by hand."""

from __future__ import annotations


def write_varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(raw: bytes | memoryview, at: int) -> tuple[int, int]:
    """(the number, the place after it). Raises IndexError where it is cut off or longer than 64 bits."""
    number = shift = 0
    while raw[at] > 0x7F:
        number |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if shift > 63:
            raise IndexError
    return number | raw[at] << shift, at + 1
