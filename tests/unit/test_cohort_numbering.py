"""Events that are numbered by person and events that are numbered over all give the same cohort."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from analysis_jobs.cohort import event_sql
from onggi import Cohort, concepts, events
from tests.support.counted_cdm import with_counts
from tests.support.definition_data import hospital_for
from tests.support.engine_answers import engine_entries, engine_masks, engine_rows
from tests.support.small_hospitals import load_hospital

DISEASE, DRUG = concepts("Disease", 201826), concepts("Drug", 1503297)
EVERY = Cohort.entering(events.condition(DISEASE), which="all").keep("all")
DEFINITIONS = {
    "rules": EVERY.rule("Drug", events.drug(DRUG).after(0, 365)),
    "censored": EVERY.censored_by(events.drug(DRUG)).joining(30),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_both_ways_agree(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    definition: dict[str, Any] = dict(DEFINITIONS[name].to_dict())
    with duckdb.connect() as connection:
        load_hospital(connection, hospital_for(definition, seed=3, persons=60))
        cdm = with_counts(connection, schema="main")
        assert engine_rows(connection, definition, cdm)
        over_all = [ask(connection, definition, cdm) for ask in (engine_rows, engine_entries, engine_masks)]
        monkeypatch.setattr(event_sql, "_FEW_EVENTS", 0)
        by_person = [ask(connection, definition, cdm) for ask in (engine_rows, engine_entries, engine_masks)]
    assert by_person == over_all
