"""Finds the names that a definition gives to concepts and concept sets: for display, never for meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id. A concept that the JSON calls by several names has them all."""

    concepts: Mapping[int, str]
    concept_sets: Mapping[int, str]


def read_names(expression: Mapping[str, object]) -> Names:
    """The names in a definition that `read_cohort` has read."""
    concepts: dict[int, list[str]] = {}
    for concept, name in _concepts(expression):
        known = concepts.setdefault(concept, [])
        if plain(name) not in known:
            known.append(plain(name))
    return Names(
        {concept: " / ".join(known) for concept, known in concepts.items()},
        dict(_concept_sets(expression)),
    )


def _concepts(expression: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """Every named concept of the JSON, in the order of the file."""
    waiting: list[object] = [expression]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            concept, name = value.get("CONCEPT_ID"), value.get("CONCEPT_NAME")
            if isinstance(concept, int | float) and isinstance(name, str) and name.strip():
                yield int(concept), name
            waiting += reversed(list(value.values()))
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            waiting += reversed(value)


def _concept_sets(expression: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    listed = expression.get("ConceptSets")
    for each in listed if isinstance(listed, Sequence) else ():
        name = each.get("name")
        if isinstance(name, str) and name.strip():
            yield int(each["id"]), plain(name)


def plain(text: str) -> str:
    """One line that cannot redraw a screen or end its own quotation marks."""
    return escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Every letter that could not be seen is written as its number."""
    shown = (letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
    return "".join(shown).replace("“", '"').replace("”", '"')
