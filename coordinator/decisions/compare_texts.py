"""Compares two tellings of a cohort definition line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

LONGEST: Final = 2000
"""Lines. Aligning tens of thousands would take minutes."""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line that stands in one of the two texts alone."""

    how: Literal["added", "removed"]
    line: str


def compare_texts(old: str, new: str) -> list[ChangedLine] | None:
    """Removed lines before the added ones at each place; None where the texts are too long to compare."""
    before, after = old.splitlines(), new.splitlines()
    if before == after:
        return []
    if max(len(before), len(after)) > LONGEST:
        return None
    changed: list[ChangedLine] = []
    for tag, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            changed += [ChangedLine("removed", line) for line in before[start:end]]
            changed += [ChangedLine("added", line) for line in after[first:last]]
    return changed


def compare_named_texts(
    old: Mapping[str, str], new: Mapping[str, str]
) -> dict[str, list[ChangedLine] | None]:
    """Text by text, under their names; those that are the same are left out."""
    names = dict.fromkeys((*old, *new))
    compared = {name: compare_texts(old.get(name, ""), new.get(name, "")) for name in names}
    return {name: changed for name, changed in compared.items() if changed != []}
