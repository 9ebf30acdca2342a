"""Reads a cohort definition's JSON so that nothing in it can be overlooked.

Every object is opened, its known attributes are taken out, and `close` refuses what is left by name and
place. An attribute that is null or an empty list says nothing in Circe and may stay.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NoReturn, TypeVar

from onggi.errors import Refused

T = TypeVar("T")
MAXIMUM_DEPTH = 24


def refuse_unsupported(attribute: str, place: str) -> NoReturn:
    """Names the attribute that is not supported. Names come from the researcher's file: cut, printable."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in attribute[:80])
    raise Refused("cohort.unsupported", attribute=shown, place=place)


def refuse_contradictory(problem: str, place: str) -> NoReturn:
    """A definition that cannot mean anything."""
    raise Refused("cohort.contradictory", problem=problem, place=place)


def refuse_malformed(expected: str, place: str) -> NoReturn:
    """A value of the wrong shape."""
    raise Refused("cohort.malformed", expected=expected, place=place)


class Fields:
    """One JSON object, opened. Take attributes out, then `close`."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            refuse_malformed("object", place)
        if place.count(".") > MAXIMUM_DEPTH:
            refuse_malformed(f"at most {MAXIMUM_DEPTH} levels", "$")
        self._left: dict[str, object] = {str(name): each for name, each in value.items() if each is not None}
        self.place = place

    def names(self) -> list[str]:
        """Attributes that have not been taken yet."""
        return list(self._left)

    def at(self, name: str) -> str:
        """The place of an attribute."""
        return f"{self.place}.{name}"

    def optional(self, name: str, read: Callable[[object, str], T]) -> T | None:
        """The attribute, or None where it is absent or null."""
        if name not in self._left:
            return None
        return read(self._left.pop(name), self.at(name))

    def required(self, name: str, read: Callable[[object, str], T]) -> T:
        """The attribute. Refused where it is absent or null."""
        if name not in self._left:
            refuse_malformed(name, self.place)
        return read(self._left.pop(name), self.at(name))

    def each(self, name: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        """Every entry of a list; an absent list is empty."""
        return self.optional(name, lambda value, place: read_list(value, place, read)) or ()

    def only_false(self, name: str) -> None:
        """An attribute whose false value says nothing and whose true value is not supported."""
        if self.optional(name, read_bool):
            refuse_unsupported(name, self.place)

    def describe(self, *names: str) -> None:
        """Attributes that only describe (a name, a caption) and cannot change the answer."""
        for name in names:
            self._left.pop(name, None)

    def close(self) -> None:
        """Refuses whatever was not taken."""
        for name, value in self._left.items():
            if value != []:
                refuse_unsupported(name, self.place)


def read_list(value: object, place: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
    """Every entry of a JSON array."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        refuse_malformed("array", place)
    return tuple(read(entry, f"{place}[{at}]") for at, entry in enumerate(value))


def read_bool(value: object, place: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        refuse_malformed("true or false", place)
    return value


def read_text(value: object, place: str) -> str:
    """A string."""
    if not isinstance(value, str):
        refuse_malformed("text", place)
    return value


def read_whole(value: object, place: str) -> int:
    """A whole number of at most 64 bits; 30.0 is 30, as canonical JSON has it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse_malformed("whole number", place)
    if isinstance(value, float) and not value.is_integer():
        refuse_malformed("whole number", place)
    if abs(value) >= 2**63:
        refuse_malformed("whole number", place)
    return int(value)


def read_number(value: object, place: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse_malformed("number", place)
    try:
        number = float(value)
    except OverflowError:
        refuse_malformed("number", place)
    if not math.isfinite(number):
        refuse_malformed("number", place)
    return number


def read_day(value: object, place: str) -> date:
    """A calendar day as ATLAS writes it: year, month and day; leading zeros may be missing."""
    parts = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", read_text(value, place))
    if parts is None:
        refuse_malformed("YYYY-MM-DD", place)
    try:
        return date(*(int(part) for part in parts.groups()))
    except ValueError:
        refuse_malformed("YYYY-MM-DD", place)
