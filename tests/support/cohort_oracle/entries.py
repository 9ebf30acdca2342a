"""Who enters a cohort and when, and how far everybody got: the oracle's answer as a job's table has it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.cohort_oracle.evaluate import evaluate
from tests.support.cohort_oracle.rows import Hospital


def oracle_entries(expression: dict[str, Any], hospital: Hospital) -> dict[int, tuple[date, int]]:
    """person id -> (index date, rules met in order) of definitions whose every event begins an episode."""
    last = (expression.get("ExpressionLimit") or {}).get("Type") == "Last"
    furthest: dict[int, tuple[date, int]] = {}
    for person, day, mask in evaluate(expression, hospital).masks:
        step = 0
        while mask >> step & 1:
            step += 1
        known_day, known_step = furthest.get(person, (day, -1))
        earlier = (day > known_day) if last else (day < known_day)
        if step > known_step or (step == known_step and earlier):
            furthest[person] = (day, step)
    return furthest
