"""One question of the honest log: who asks, in which project, about which published definition as changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

LOG = Path(__file__).parent / "queries.json"

Kind: TypeAlias = Literal["count", "model"]
Change: TypeAlias = dict[str, int | str | bool]
"""One word of the vocabulary of `changes`, with its value: `{"age_from": 18}`."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question, as the log keeps it."""

    project: str
    researcher: str
    kind: Kind
    definition: int
    changes: tuple[tuple[str, int | str | bool], ...]

    @property
    def question(self) -> tuple[int, frozenset[tuple[str, int | str | bool]]]:
        """What is asked, whoever asks it and for whatever purpose; the order of changes says nothing."""
        return self.definition, frozenset(self.changes)


def write_log(queries: Iterable[Query]) -> str:
    """The text of the file: a JSON list with one question a line."""
    lines = [
        json.dumps(
            {
                "project": query.project,
                "researcher": query.researcher,
                "kind": query.kind,
                "definition": query.definition,
                "changes": [{name: value} for name, value in query.changes],
            }
        )
        for query in queries
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read_log(text: str) -> Sequence[Query]:
    """The questions of such a text, in order."""
    return [
        Query(
            each["project"],
            each["researcher"],
            cast(Kind, each["kind"]),
            int(each["definition"]),
            tuple(pair for change in each["changes"] for pair in change.items()),
        )
        for each in json.loads(text)
    ]


def honest_queries() -> Sequence[Query]:
    """The committed log."""
    return read_log(LOG.read_text(encoding="utf-8"))
