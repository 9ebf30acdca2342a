"""The smallest number of persons stated by the bytes that left in clear: read from them, never estimated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from node.registers.what_left import read_numbers
from onggi.errors import OnggiError
from onggi.protocol.statements import LeftPersons

_OF_PERSONS: Final[Mapping[str, Mapping[str, bool]]] = MappingProxyType(
    {
        "count": {
            "arrays.persons": True,
            "arrays.selections": True,
            "arrays.groups": True,
            "arrays.events": False,
        },
        "overlap": {"arrays.persons": True},
        "survival": {"arrays.persons": True},
        "distribution": {"arrays.persons": True},
        "cross_table": {"arrays.persons": True},
    }
)
"""By kind, each array that a reply may hold, and whether its numbers are persons. Events are a person's own
several times over: they state no group."""
_WITHOUT_PERSONS: Final[Set[str]] = frozenset({"concepts"})


@dataclass(frozen=True, slots=True)
class ClearThing:
    """Something that left in clear. `kind` is its job's, None where the job is not known here."""

    content: bytes
    kind: str | None


def tell_persons(things: Iterable[ClearThing]) -> LeftPersons:
    """What they state together."""
    numbers: list[int] = []
    tables = without = unknown = 0
    for thing in things:
        if thing.kind in _WITHOUT_PERSONS:
            without += 1
        elif (read := _find_persons(thing)) is None:
            unknown += 1
        else:
            tables += 1
            numbers += read
    groups = [number for number in numbers if number > 0]
    return LeftPersons(
        smallest=min(groups, default=None),
        numbers=len(numbers),
        empty=len(numbers) - len(groups),
        tables=tables,
        without=without,
        unknown=unknown,
    )


def _find_persons(thing: ClearThing) -> list[int] | None:
    """Every number of persons, or None where one cannot be told from the bytes."""
    arrays = _OF_PERSONS.get(thing.kind or "")
    if arrays is None:
        return None
    try:
        told = read_numbers(thing.content)
    except OnggiError:
        return None
    found: list[int] = []
    for each in told:
        is_persons, values = arrays.get(str(each["name"])), each["values"]
        assert isinstance(values, list)
        if is_persons is None or not all(value >= 0 and float(value).is_integer() for value in values):
            return None
        found += [int(value) for value in values] if is_persons else []
    return found or None
