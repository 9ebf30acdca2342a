"""What left, or would leave, as tables for a page: every number under its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from node.registers.what_left import read_numbers
from onggi.errors import OnggiError
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters
from onggi.words import public_words
from pages.languages import Language

MOST_SHOWN: Final = 2_000
"""Of one array; the file holds the rest. A model's weights would make a page that nobody can open."""
_WHOLE: Final = 2.0**53


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownArray:
    """One array as a table.

    Args:
        columns: how many numbers stand in a row.
        rows: label and numbers each. An empty label stands for everybody who enters.
        left_out: numbers that the page does not show.
    """

    name: str
    shape: str
    columns: int
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: int


def numbers_or_reason(
    content: bytes, spec: JobSpec | None, *, language: Language
) -> tuple[list[ShownArray], str | None]:
    """Every array of a clear reply, or why it cannot be read as numbers."""
    try:
        return [_shown(each, spec) for each in read_numbers(content)], None
    except OnggiError as error:
        return [], " ".join(public_words(error, language))


def _shown(each: dict[str, object], spec: JobSpec | None) -> ShownArray:
    name, shape, values = str(each["name"]), str(each["shape"]), each["values"]
    assert isinstance(values, list)
    sides = [int(side) for side in shape.split("x")]
    width = max(sides[1], 1) if len(sides) == 2 else 1
    kept = values[: max(MOST_SHOWN // width, 1) * width]
    lines = [kept[start : start + width] for start in range(0, len(kept), width)]
    labels = _labels(name, spec, len(values))
    rows = tuple(
        (labels[at] if at < len(labels) else f"{at + 1:,}", tuple(_told(value) for value in line))
        for at, line in enumerate(lines)
    )
    return ShownArray(name=name, shape=shape, columns=width, rows=rows, left_out=len(values) - len(kept))


def _labels(name: str, spec: JobSpec | None, length: int) -> list[str]:
    """The steps of a count beside its numbers of persons; elsewhere a number's place is its label."""
    if spec is None or not isinstance(spec.parameters, CountParameters) or not name.endswith(".persons"):
        return []
    rules = spec.cohort.get("InclusionRules")
    found = rules if isinstance(rules, list) else []
    labels = [
        "",
        *(str(rule.get("name") or at) for at, rule in enumerate(found, 1) if isinstance(rule, dict)),
    ]
    return labels if len(labels) == length else []


def _told(value: float) -> str:
    """All digits of a whole number, and of others as many as tell it from its neighbours."""
    return f"{value:,.0f}" if value == value // 1 and abs(value) < _WHOLE else repr(value)
