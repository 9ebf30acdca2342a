"""Finds every problem of a definition, not only the first: each part is read alone, at its own place.

A part stands in a definition that is otherwise empty, so that neither hides the other's problems. What a
part means is decided by `read_cohort` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from onggi.errors import Refused
from onggi.spec.circe.finding import Finding
from onggi.spec.circe.plan import Domain
from onggi.spec.circe.read import read_cohort

Kind = Literal["definition", "concept_set", "item", "rule", "group", "correlated", "criterion", "demographic"]
Path: TypeAlias = tuple[str | int, ...]
Parts: TypeAlias = list[tuple[Path, Kind]]
Wrap: TypeAlias = Callable[[Any], dict[str, Any]]
MOST = 200
_DEEPEST = 24
_RECORD: Final[Mapping[str, Any]] = {"Death": {}}
_OPEN: Final = {"Start": {"Coeff": -1}, "End": {"Coeff": 1}}
_SHELLS: Final[Mapping[Kind, Any]] = {
    "definition": {
        "PrimaryCriteria": {
            "CriteriaList": [_RECORD],
            "ObservationWindow": {},
            "PrimaryCriteriaLimit": {},
        }
    },
    "concept_set": {"id": 0, "expression": {}},
    "item": {"concept": {"CONCEPT_ID": 0}},
    "rule": {"expression": {"Type": "ALL"}},
    "group": {"Type": "ALL"},
    "correlated": {"Criteria": _RECORD, "StartWindow": _OPEN, "Occurrence": {"Type": 2, "Count": 0}},
    "criterion": _RECORD,
    "demographic": {},
}
"""The emptiest part of each kind that can be read."""
_PARTS: Final[Mapping[Kind, tuple[tuple[Path, Kind], ...]]] = {
    "definition": (
        (("ConceptSets", "*"), "concept_set"),
        (("PrimaryCriteria", "CriteriaList", "*"), "criterion"),
        (("AdditionalCriteria",), "group"),
        (("InclusionRules", "*"), "rule"),
        (("CensoringCriteria", "*"), "criterion"),
    ),
    "concept_set": ((("expression", "items", "*"), "item"),),
    "item": (),
    "rule": ((("expression",), "group"),),
    "group": (
        (("CriteriaList", "*"), "correlated"),
        (("DemographicCriteriaList", "*"), "demographic"),
        (("Groups", "*"), "group"),
    ),
    "correlated": ((("Criteria",), "criterion"),),
    "criterion": tuple(((domain, "CorrelatedCriteria"), "group") for domain in get_args(Domain)),
    "demographic": (),
}
"""Which parts stand where in a part; ``*`` is every entry of a list."""


def find_problems(expression: Mapping[str, object]) -> tuple[Finding, ...]:
    """Why the definition cannot be read, place by place; empty where it can be.

    The first of them is what `read_cohort` refuses.
    """
    search = _Search(_declared(expression))
    if not search.is_read(dict(expression)):
        search.look_into(dict(expression), "definition", lambda value: value, 0)
    return tuple(search.found.values())


class _Search:
    """Collects each refusal once."""

    def __init__(self, declared: list[dict[str, Any]]) -> None:
        self.found: dict[tuple[str, str], Finding] = {}
        self._declared = declared

    def is_read(self, definition: dict[str, Any]) -> bool:
        """Whether the definition can be read; if not, why is kept."""
        if definition.get("ConceptSets") is None:
            # The sets that are declared stay known, so that only an undeclared one is missed.
            definition = {**definition, "ConceptSets": self._declared}
        try:
            read_cohort(definition)
        except Refused as refused:
            finding = Finding(refused.code, refused.facts)
            self.found.setdefault((finding.code, repr(sorted(finding.facts.items()))), finding)
            return False
        return True

    def look_into(self, value: Any, kind: Kind, wrap: Wrap, depth: int) -> None:
        """Reads a part without the parts in it, then those of them that cannot be read."""
        if depth > _DEEPEST or len(self.found) >= MOST:
            return
        parts = list(_parts(value, kind))
        head, base = value, _shell(kind, value)
        for path, part_kind in parts:
            empty = _shell(part_kind, _get(value, path))
            head, base = _with(head, path, empty), _with(base, path, empty)
        if not self.is_read(wrap(head)) and isinstance(head, Mapping):
            for each in _attributes(head, kind, [path for path, _ in parts]):
                self.is_read(wrap(each))
        self._halve(value, parts, base, wrap, depth)

    def _halve(self, value: Any, parts: Parts, base: Any, wrap: Wrap, depth: int) -> None:
        """Finds the parts that cannot be read by halves: most of a long list can."""
        together = base
        for path, _ in parts:
            together = _with(together, path, _get(value, path))
        if not parts or self.is_read(wrap(together)):
            return
        if len(parts) == 1:
            path, part_kind = parts[0]
            inside = _get(value, path)
            self.look_into(inside, part_kind, lambda part: wrap(_with(base, path, part)), depth + 1)
            return
        middle = len(parts) // 2
        for half in (parts[:middle], parts[middle:]):
            self._halve(value, half, base, wrap, depth)


def _declared(expression: Mapping[str, object]) -> list[dict[str, Any]]:
    """An empty set for every id that the definition declares."""
    listed = expression.get("ConceptSets")
    ids = [each.get("id") for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    known = dict.fromkeys(each for each in ids if isinstance(each, int | float))
    return [{"id": each, "expression": {}} for each in known]


def _attributes(head: Mapping[str, Any], kind: Kind, parts: list[Path]) -> Iterator[dict[str, Any]]:
    """The attributes one by one, in an otherwise empty part; a group's type and count belong together."""
    taken = {path[0] for path in parts}
    if kind == "criterion":
        for domain, inner in head.items():
            if domain in get_args(Domain) and isinstance(inner, Mapping):
                names = [name for name in inner if name != "CorrelatedCriteria"]
                yield from ({domain: {name: inner[name]}} for name in names)
        return
    for name, each in head.items():
        if kind == "definition" and name == "PrimaryCriteria" and isinstance(each, Mapping):
            yield from (_primary(inner, value) for inner, value in each.items())
        elif name not in taken and not (kind == "group" and name in ("Type", "Count")):
            yield {**_shell(kind, head), name: each}


def _primary(name: str, value: Any) -> dict[str, Any]:
    return {"PrimaryCriteria": {**_SHELLS["definition"]["PrimaryCriteria"], name: value}}


def _shell(kind: Kind, value: Any) -> Any:
    """The emptiest part of that kind. A criterion keeps its domain, which decides what can be counted."""
    if kind == "criterion" and isinstance(value, Mapping) and len(value) == 1:
        return {domain: {} for domain in value if domain in get_args(Domain)} or _SHELLS[kind]
    if kind == "correlated" and isinstance(value, Mapping):
        return {**_SHELLS[kind], "Criteria": _shell("criterion", value.get("Criteria"))}
    if kind == "concept_set" and isinstance(value, Mapping) and value.get("id") is not None:
        return {**_SHELLS[kind], "id": value["id"]}
    return _SHELLS[kind]


def _parts(value: Any, kind: Kind) -> Iterator[tuple[Path, Kind]]:
    for pattern, part_kind in _PARTS[kind]:
        for path in _matches(value, pattern):
            yield path, part_kind


def _matches(value: Any, pattern: Path) -> Iterator[Path]:
    if not pattern:
        yield ()
        return
    step, rest = pattern[0], pattern[1:]
    if step == "*":
        for at, each in enumerate(value if isinstance(value, list) else ()):
            yield from ((at, *path) for path in _matches(each, rest))
    elif isinstance(value, Mapping) and value.get(step) is not None:
        yield from ((step, *path) for path in _matches(value[str(step)], rest))


def _get(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(value: Any, path: Path, part: Any) -> Any:
    """A copy in which the part stands at that path. Lists are filled from their beginning."""
    if not path:
        return part
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        listed = list(value) if isinstance(value, list) else []
        listed += [None] * (step + 1 - len(listed))
        listed[step] = _with(listed[step], rest, part)
        return listed
    inner = dict(value) if isinstance(value, Mapping) else {}
    inner[step] = _with(inner.get(step), rest, part)
    return inner
