"""Writes the parts of a Circe definition as JSON: concept sets, ranges, windows and groups.

Every builder writes through here; what a whole definition means is checked by reading it back.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol, TypeAlias, get_args

from pydantic import JsonValue

from onggi.spec.circe.plan import GroupType

Json: TypeAlias = dict[str, JsonValue]
Slot = Literal["CriteriaList", "DemographicCriteriaList", "Groups"]
"""In which list of a group a member stands."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a concept set; `name` only describes it."""

    concept: int
    name: str | None = None
    descendants: bool = False
    mapped: bool = False
    excluded: bool = False

    def as_json(self) -> Json:
        """As ATLAS writes it."""
        concept: Json = {"CONCEPT_ID": self.concept}
        if self.name is not None:
            concept["CONCEPT_NAME"] = self.name
        return {
            "concept": concept,
            "isExcluded": self.excluded,
            "includeDescendants": self.descendants,
            "includeMapped": self.mapped,
        }


@dataclass(frozen=True, slots=True)
class Concepts:
    """A concept set. Without a name it is called by its number."""

    name: str | None
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        for each in self.items:
            if isinstance(each.concept, bool) or not isinstance(each.concept, int):
                raise ValueError(f"a concept id is a whole number, not {each.concept!r}")
        if not any(not each.excluded for each in self.items):
            raise ValueError("a concept set without a concept would silently match nobody")

    def including(self, *ids: int, descendants: bool = False, mapped: bool = False) -> Concepts:
        """The set with these concepts too."""
        return self._with(ids, descendants=descendants, mapped=mapped, excluded=False)

    def excluding(self, *ids: int, descendants: bool = False, mapped: bool = False) -> Concepts:
        """The set without these concepts, whatever else brings them in."""
        return self._with(ids, descendants=descendants, mapped=mapped, excluded=True)

    def called(self, names: Mapping[int, str]) -> Concepts:
        """The same set with names beside its concepts; they help whoever reads the definition."""
        named = (replace(each, name=names.get(each.concept, each.name)) for each in self.items)
        return replace(self, items=tuple(named))

    def _with(self, ids: Sequence[int], *, descendants: bool, mapped: bool, excluded: bool) -> Concepts:
        if not ids:
            raise ValueError("name at least one concept id")
        more = (Item(each, None, descendants, mapped, excluded) for each in ids)
        return replace(self, items=(*self.items, *more))


class ConceptSetTable:
    """Gives every distinct concept set one number, in order of first use."""

    def __init__(self, known: Sequence[JsonValue] = ()) -> None:
        self._sets: list[JsonValue] = copy.deepcopy(list(known))

    def id_of(self, concepts: Concepts) -> int:
        """The number of this set; a new one where no equal set has one."""
        numbers = [-1]
        for each in self._sets:
            assert isinstance(each, dict)
            number = each["id"]
            assert isinstance(number, int | float)
            numbers.append(int(number))
            if each == self._written(concepts, numbers[-1]):
                return numbers[-1]
        self._sets.append(self._written(concepts, max(numbers) + 1))
        return max(numbers) + 1

    @staticmethod
    def _written(concepts: Concepts, number: int) -> Json:
        name = f"set {number}" if concepts.name is None else concepts.name
        items: list[JsonValue] = [each.as_json() for each in concepts.items]
        return {"id": number, "name": name, "expression": {"items": items}}

    def as_json(self) -> list[JsonValue]:
        """All of them."""
        return copy.deepcopy(self._sets)


class Member(Protocol):
    """What may stand in a group: `slot` names its list."""

    slot: ClassVar[Slot]

    def as_member(self, sets: ConceptSetTable) -> Json:
        """Its JSON there."""
        ...


def group_json(
    kind: GroupType, members: Sequence[Member], sets: ConceptSetTable, *, count: int | None = None
) -> Json:
    """A group of which all, any, at least or at most so many members must hold."""
    found: Json = {"Type": kind}
    # List by list, so that concept sets are numbered in the order in which a reader meets them.
    for slot in get_args(Slot):
        found[slot] = [each.as_member(sets) for each in members if each.slot == slot]
    return found if count is None else found | {"Count": count}


def concepts_json(concepts: Sequence[int]) -> list[JsonValue]:
    """Single concepts by id."""
    return [{"CONCEPT_ID": each} for each in concepts]


def range_json(op: str, value: JsonValue, extent: JsonValue = None) -> Json:
    """A comparison with one value, or with two."""
    shown: Json = {"Op": op, "Value": value}
    if extent is not None:
        shown["Extent"] = extent
    return shown


def window_json(
    first: int | None, last: int | None, *, from_end: bool | None = None, to_end: bool = False
) -> Json:
    """Days around the start (or the end) of the index event; None leaves a side open."""
    window: Json = {"Start": _bound(first, open_side=-1), "End": _bound(last, open_side=1)}
    if from_end is not None:
        window["UseIndexEnd"] = from_end
    return window | {"UseEventEnd": to_end}


def _bound(days: int | None, *, open_side: int) -> Json:
    if days is None:
        return {"Coeff": open_side}
    return {"Days": abs(days), "Coeff": -1 if days < 0 else 1}
