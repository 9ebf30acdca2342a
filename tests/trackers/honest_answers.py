"""What the guard says to honest people, at one hospital in clear or at several under masks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import duckdb
import numpy as np

from tests.trackers.desk import THRESHOLD, Desk, OpensDesk
from tests.trackers.honest.answers import asked_sets
from tests.trackers.honest.hospital import build_hospital
from tests.trackers.honest.queries import Query
from tests.trackers.questions import Question, Selection
from tests.trackers.world import Life, Persons, Population


def answers_to(queries: Sequence[Query], *, persons: int, opens: OpensDesk) -> Counter[str]:
    """How often it gives, works out or refuses the number of a question, where that is no small one.

    Also of how many models persons were left out (`with fewer`), and how many in all (`left out`).
    """
    everybody, sets = _persons_asked_for(tuple(queries), persons)
    nobody = frozenset[str]()
    desk = opens(Population([Life("a", (nobody,))] * len(everybody)))
    said: Counter[str] = Counter()
    for query, found in zip(queries, sets, strict=True):
        asked = np.searchsorted(everybody, found)
        if len(asked) < THRESHOLD:
            continue
        is_model = query.kind == "model"
        means = Selection(str([*sorted(query.question[1]), query.definition]), lambda traits: True)
        before = _left_out(desk)
        answer = desk.ask(query.researcher, Question("sum" if is_model else "count", (means,)), [asked])
        shown = None if answer is None else answer[0]
        if shown is None:
            said["refused"] += 1
            said[f"{query.kind} refused"] += 1
        elif is_model:
            said["Fresh"] += 1
            left_out = _left_out(desk) - before
            said["with fewer"] += left_out > 0
            said["left out"] += left_out
        else:
            said["Fresh" if shown.least == shown.most else "WorkedOut"] += 1
    return said


def _left_out(desk: Desk) -> int:
    return 0 if desk.left_out is None else desk.left_out.total()


def asked_of(said: Counter[str]) -> int:
    """How many questions were no small ones."""
    return said["refused"] + said["Fresh"] + said["WorkedOut"]


@cache
def _persons_asked_for(queries: tuple[Query, ...], persons: int) -> tuple[Persons, list[Persons]]:
    """Everybody, and who is behind each question: by person id, sorted."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        cdm = build_hospital(connection, [each.definition for each in queries], persons=persons)
        sets = asked_sets(connection, cdm, queries)
        rows = connection.execute(f"SELECT person_id FROM {cdm.schema}.person").fetchall()
    return np.array(sorted(row[0] for row in rows)), [each.persons for each in sets]
