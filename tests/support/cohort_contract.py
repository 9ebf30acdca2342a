"""What every engine must answer: rows, masks and entries of a cohort as the oracle tells them."""

from __future__ import annotations

from typing import Any

from hypothesis import assume

from analysis_jobs.cohort.cdm_tables import Cdm
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from tests.support.cohort_oracle import Hospital, evaluate
from tests.support.engine_answers import engine_entries, engine_masks, engine_rows

Case = tuple[dict[str, Any], Hospital]


def check_agrees(case: Case, connection: Any, cdm: Cdm) -> None:
    """Asserts that an engine on which the case's hospital stands answers as the oracle does."""
    definition, hospital = case
    told = evaluate(definition, hospital)
    assert engine_rows(connection, definition, cdm) == told.rows
    assert engine_masks(connection, definition, cdm) == told.masks
    entries = {person: (day, step) for person, day, step in engine_entries(connection, definition, cdm)}
    rules = len(definition["InclusionRules"])
    first = {person: start for person, start, _ in reversed(told.rows)}
    assert {person: day for person, (day, step) in entries.items() if step == rules} == first


def assume_readable(case: Case) -> None:
    """The generators also write definitions that contradict themselves: those are refused by name."""
    code = None
    try:
        read_cohort(case[0])
    except Refused as why:
        code = why.code
    assert code in (None, "cohort.contradictory")
    assume(code is None)
