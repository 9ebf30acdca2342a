"""Compares two job specifications field by field: what came, what went, and what changed from what to what.

* Where order means nothing it is not looked at: participants, a variable's concepts, the groups of a cohort.
  Things that have a name (variables, outcomes, further cohorts, concept sets) are compared under it.
* Where order means something (rules, terms, levels, primary criteria) a thing that moved has changed.
* A step of a path in brackets names one thing of a list; every other step is a field's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

from pydantic import JsonValue

from onggi.spec.job import JobSpec

Path: TypeAlias = tuple[str, ...]
How = Literal["added", "removed", "changed"]
IDS_AND_DATES: Final[frozenset[Path]] = frozenset({("expires",), ("permit",), ("project",)})
"""What differs between any two jobs of one study: it says nothing about the question."""
_BY_NAME: Final[Mapping[str, str]] = {
    "variables": "name",
    "outcomes": "name",
    "cohorts": "name",
    "by": "variable",
    "conversions": "unit",
    "releases": "result",
    "arrays": "name",
    "ConceptSets": "id",
}
_ANY_ORDER: Final = frozenset({"participants", "concepts"})
_NAMED_VALUES: Final = frozenset({"references"})
"""Fields whose value is a table of names: the names are no fields."""
_IN_ORDER_IN_COHORTS: Final = frozenset({"InclusionRules"})
_LONGEST_ALIGNED: Final = 500
"""Longer lists are compared place by place: aligning two of ten thousand would take minutes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `old` is None where something was added, `new` where it was removed."""

    path: Path
    how: How
    old: JsonValue
    new: JsonValue

    @property
    def is_of_the_question(self) -> bool:
        """Whether it is more than another date or id."""
        return self.path not in IDS_AND_DATES


def compare_specs(old: JobSpec, new: JobSpec) -> list[Change]:
    """Every difference, in the order of the fields."""
    return list(_compare(old.model_dump(mode="json"), new.model_dump(mode="json"), ()))


def compare_values(old: JsonValue, new: JsonValue) -> list[Change]:
    """As `compare_specs`, of any two values."""
    return list(_compare(old, new, ()))


def _compare(old: JsonValue, new: JsonValue, path: Path) -> Iterator[Change]:
    if _form(old, path) == _form(new, path):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_named(old, new, path, _step_into(path))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _compare_lists(old, new, path)
    else:
        yield Change(path, "changed", old, new)


def steps_of(table: Mapping[str, JsonValue], path: Path) -> list[str]:
    """The next step of the way to each thing in the table that stands at this path."""
    return [_step_into(path)(name) for name in table]


def _step_into(path: Path) -> Callable[[str], str]:
    return _in_brackets if _field(path) in _NAMED_VALUES else str


def _compare_named(
    old: Mapping[str, JsonValue], new: Mapping[str, JsonValue], path: Path, step: Callable[[str], str]
) -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        here = (*path, step(name))
        if name not in new:
            yield Change(here, "removed", old[name], None)
        elif name not in old:
            yield Change(here, "added", None, new[name])
        else:
            yield from _compare(old[name], new[name], here)


def _compare_lists(old: list[JsonValue], new: list[JsonValue], path: Path) -> Iterator[Change]:
    before, after = _by_name(old, path), _by_name(new, path)
    if before is not None and after is not None:
        yield from _compare_named(before, after, path, _in_brackets)
    elif _any_order(path):
        yield from _compare_bags(old, new, path)
    elif all(_is_plain(each) for each in (*old, *new)):
        yield Change(path, "changed", old, new)
    else:
        yield from _compare_rows(old, new, path)


def _compare_bags(old: list[JsonValue], new: list[JsonValue], path: Path) -> Iterator[Change]:
    """What both hold is left out; of the rest, things of many fields are taken as changed, two by two."""
    gone, come = _left_over(old, new, path), _left_over(new, old, path)
    for at, (one, other) in enumerate(zip(gone, come, strict=False)):
        if isinstance(one[1], dict) and isinstance(other[1], dict):
            yield from _compare(one[1], other[1], (*path, _in_brackets(other[0] + 1)))
        else:
            yield Change(path, "removed", gone[at][1], None)
            yield Change(path, "added", None, come[at][1])
    paired = min(len(gone), len(come))
    yield from (Change(path, "removed", each, None) for _, each in gone[paired:])
    yield from (Change(path, "added", None, each) for _, each in come[paired:])


def _left_over(
    of: Sequence[JsonValue], without: Sequence[JsonValue], path: Path
) -> list[tuple[int, JsonValue]]:
    """(place, thing) of what the other list does not hold."""
    there = Counter(_form(each, path) for each in without)
    left = []
    for at, each in enumerate(of):
        form = _form(each, path)
        if there[form] > 0:
            there[form] -= 1
        else:
            left.append((at, each))
    return left


def _compare_rows(old: list[JsonValue], new: list[JsonValue], path: Path) -> Iterator[Change]:
    """In order: a row that was put in between moves those behind it and changes none of them."""
    for start, end, first, last in _unequal(old, new, path):
        paired = min(end - start, last - first)
        for at in range(paired):
            yield from _compare(old[start + at], new[first + at], (*path, _in_brackets(first + at + 1)))
        for at in range(start + paired, end):
            yield Change((*path, _in_brackets(at + 1)), "removed", old[at], None)
        for at in range(first + paired, last):
            yield Change((*path, _in_brackets(at + 1)), "added", None, new[at])


def _unequal(
    old: Sequence[JsonValue], new: Sequence[JsonValue], path: Path
) -> Iterator[tuple[int, int, int, int]]:
    if max(len(old), len(new)) > _LONGEST_ALIGNED:
        yield 0, len(old), 0, len(new)
        return
    forms = [_form(each, path) for each in old], [_form(each, path) for each in new]
    for tag, start, end, first, last in SequenceMatcher(None, *forms, autojunk=False).get_opcodes():
        if tag != "equal":
            yield start, end, first, last


def _by_name(listed: list[JsonValue], path: Path) -> dict[str, JsonValue] | None:
    """The things of a list under their names, or None where they have none of their own."""
    key = _BY_NAME.get(_field(path))
    if key is None:
        return None
    named: dict[str, JsonValue] = {
        str(each.get(key)): each for each in listed if isinstance(each, dict) and key in each
    }
    return named if len(named) == len(listed) else None


def _any_order(path: Path) -> bool:
    if "cohort" in path:
        in_order = _IN_ORDER_IN_COHORTS | ({"CriteriaList"} if path[-2:-1] == ("PrimaryCriteria",) else set())
        return _field(path) not in in_order
    return _field(path) in _ANY_ORDER | _BY_NAME.keys()


def _field(path: Path) -> str:
    return path[-1] if path else ""


def _in_brackets(name: object) -> str:
    return f"[{name}]"


def _is_plain(value: JsonValue) -> bool:
    return not isinstance(value, dict | list)


def _form(value: JsonValue, path: Path) -> Hashable:
    """Equal for values that say the same, and only for those: true is no 1."""
    if isinstance(value, dict):
        return "table", frozenset((name, _form(each, (*path, name))) for name, each in value.items())
    if isinstance(value, list):
        forms = [_form(each, (*path, "[]")) for each in value]
        return ("bag", frozenset(Counter(forms).items())) if _any_order(path) else ("row", tuple(forms))
    return type(value).__name__ if isinstance(value, bool) or value is None else "", value
