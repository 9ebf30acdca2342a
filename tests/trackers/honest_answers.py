"""What the guard says to honest people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import duckdb
import numpy as np

from privacy.differencing.guard import Answered, AskedSet, TooNear, WorkedOut, judge
from tests.trackers.desk import THRESHOLD
from tests.trackers.honest.answers import asked_sets
from tests.trackers.honest.hospital import build_hospital
from tests.trackers.honest.queries import Query


def answers_to(queries: Sequence[Query], *, persons: int) -> Counter[str]:
    """How often it gives, works out or refuses the number of a question, where that is no small one."""
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        cdm = build_hospital(connection, [each.definition for each in queries], persons=persons)
        sets = asked_sets(connection, cdm, queries)
        everybody = np.array(
            sorted(
                row[0] for row in connection.execute(f"SELECT person_id FROM {cdm.schema}.person").fetchall()
            )
        )
    answered = Answered()
    answered.load(np.ones(len(everybody), dtype=np.bool_))
    said: Counter[str] = Counter()
    for query, found in zip(queries, sets, strict=True):
        members = np.isin(everybody, found.persons)
        if members.sum() < THRESHOLD:
            continue
        asked = AskedSet(
            str([*sorted(query.question[1]), query.definition]), members, described=query.kind == "model"
        )
        judged = judge(answered, [asked], threshold=THRESHOLD)
        answered = judged.after
        verdict = judged.verdicts[-1]
        refused = isinstance(verdict, TooNear) or (isinstance(verdict, WorkedOut) and verdict.number is None)
        said["refused" if refused else type(verdict).__name__] += 1
    return said
