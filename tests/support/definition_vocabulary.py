"""A made-up vocabulary for one cohort definition: its named concepts, two descendants of each, and mappings.

Some concepts are invalid, some descendants belong to an excluded concept too, some mappings have ended: what
a concept set must leave out is there to be left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from tests.support.small_hospitals import Row

_MADE_UP = 2_100_000_000
_MANY = 12
_SOME_EXCLUDED = 5
_OTHER = 4_000_000


@dataclass(slots=True)
class Vocabulary:
    """The rows of the vocabulary, and which concepts a set is likely to hold or not to hold."""

    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {"concept": [], "concept_ancestor": [], "concept_relationship": []}
    )
    members: dict[int, list[int]] = field(default_factory=dict)
    strangers: dict[int, list[int]] = field(default_factory=dict)
    _known: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def a_member(self, random: Random, codeset: int | None) -> int:
        """A concept that is in the set, or any where none is asked for."""
        if codeset is None:
            codeset = random.choice(sorted(self.members)) if self.members else None
        members = self.members.get(codeset, []) if codeset is not None else []
        return random.choice(members) if members else _OTHER

    def a_stranger(self, random: Random, codeset: int | None) -> int:
        """A concept near the set that is not in it."""
        strangers = self.strangers.get(codeset, []) if codeset is not None else []
        return random.choice(strangers) if strangers else random.choice([0, _OTHER])

    def add(self, random: Random, concept: int) -> tuple[int, int, int]:
        """Makes the concept known, once; gives its two descendants and the concept mapped to it."""
        if concept in self._known:
            return self._known[concept]
        base = _MADE_UP + 3 * len(self._known)
        first, second, mapped = base, base + 1, base + 2
        for each, invalid in ((concept, 0.02), (first, 0.05), (second, 0.15), (mapped, 0.05)):
            self._add_concept(each, "D" if random.random() < invalid else None)
        for above, below in ((concept, concept), (concept, first), (concept, second), (first, second)):
            self._add_ancestor(above, below)
        self._add_mapping(mapped, random.choice([concept, first]), None if random.random() < 0.8 else "D")
        self._known[concept] = first, second, mapped
        return first, second, mapped

    def put_below(self, above: int, below: int) -> None:
        """Makes a known concept a descendant of another, with all that is under it."""
        for each in (below, *self._known[below][:2]):
            self._add_ancestor(above, each)

    def _add_concept(self, concept: int, invalid: str | None) -> None:
        self.rows["concept"].append(
            {
                "concept_id": concept,
                "concept_name": f"concept {concept}",
                "vocabulary_id": "made up",
                "standard_concept": "S",
                "concept_code": str(concept),
                "valid_start_date": date(1970, 1, 1),
                "valid_end_date": date(2099, 12, 31),
                "invalid_reason": invalid,
            }
        )

    def _add_ancestor(self, above: int, below: int) -> None:
        row = {"ancestor_concept_id": above, "descendant_concept_id": below}
        self.rows["concept_ancestor"].append(row)

    def _add_mapping(self, mapped: int, onto: int, invalid: str | None) -> None:
        for relation in ("Maps to", "Is a"):
            self.rows["concept_relationship"].append(
                {
                    "concept_id_1": mapped,
                    "concept_id_2": onto,
                    "relationship_id": relation,
                    "invalid_reason": invalid,
                }
            )


def vocabulary_for(concept_sets: Sequence[dict[str, Any]], random: Random) -> Vocabulary:
    """The vocabulary of a definition; of a long concept set, some of its concepts."""
    vocabulary = Vocabulary()
    for concept_set in concept_sets:
        items = concept_set["expression"]["items"]
        included = _some(random, [item for item in items if not item.get("isExcluded")], _MANY)
        excluded = _some(random, [item for item in items if item.get("isExcluded")], _SOME_EXCLUDED)
        inside, outside = _reach(vocabulary, random, included)
        left_out, _ = _reach(vocabulary, random, excluded)
        for item in excluded:
            if included and random.random() < 0.5:
                above, below = random.choice(included), item
                vocabulary.put_below(above["concept"]["CONCEPT_ID"], below["concept"]["CONCEPT_ID"])
        vocabulary.members[concept_set["id"]] = sorted(inside - left_out)
        vocabulary.strangers[concept_set["id"]] = sorted((outside | left_out) - (inside - left_out))
    return vocabulary


def _some(random: Random, items: list[dict[str, Any]], many: int) -> list[dict[str, Any]]:
    return items if len(items) <= many else random.sample(items, many)


def _reach(
    vocabulary: Vocabulary, random: Random, items: Sequence[dict[str, Any]]
) -> tuple[set[int], set[int]]:
    inside: set[int] = set()
    outside: set[int] = set()
    for item in items:
        concept = int(item["concept"]["CONCEPT_ID"])
        first, second, mapped = vocabulary.add(random, concept)
        inside.add(concept)
        (inside if item.get("includeDescendants") else outside).update((first, second))
        (inside if item.get("includeMapped") else outside).add(mapped)
    return inside, outside - inside
