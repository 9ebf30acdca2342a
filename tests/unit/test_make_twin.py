"""A twin has its card's shape, plausible numbers, outcomes that depend on people; a seed fixes every byte."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis_jobs.twin.make_twin import make_twin, twin_parts
from analysis_jobs.twin.numbers import knot_values, numbers_at
from analysis_jobs.twin.people import FIRST_PERSON
from analysis_jobs.twin.tables import TWIN_RECORD
from catalog.bands import count_band, value_band
from catalog.dataset_card import ConceptCard, ConceptShare, DatasetCard, NumberCard
from catalog.generic_card import generic_card
from catalog.synthetic_mark import SOURCE_NAME

PERSONS = 20_000


@cache
def twin() -> dict[str, pa.Table]:
    return make_twin(generic_card(), persons=PERSONS, seed=7)


def column(table: str, name: str) -> Any:
    return twin()[table][name].to_numpy()


def fingerprint(tables: dict[str, pa.Table]) -> str:
    found = hashlib.sha256()
    for name, table in sorted(tables.items()):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        found.update(name.encode() + sink.getvalue().to_pybytes())
    return found.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    made = [make_twin(generic_card(), persons=500, seed=seed) for seed in (1, 1, 2)]
    assert fingerprint(made[0]) == fingerprint(made[1]) != fingerprint(made[2])


def test_every_row_says_that_it_is_synthetic() -> None:
    assert column("cdm_source", "cdm_source_name")[0].startswith(SOURCE_NAME)
    for name, table in twin().items():
        types = [each for each in table.column_names if each.endswith("_type_concept_id")]
        for each in types:
            assert set(table[each].to_pylist()) <= {TWIN_RECORD}, (name, each)
        if "person_id" in table.column_names and table.num_rows:
            assert min(table["person_id"].to_pylist()) > FIRST_PERSON


@pytest.mark.parametrize("card", [each for each in generic_card().concepts if each.numbers])
def test_generated_numbers_lie_in_their_quantile_bands(card: ConceptCard) -> None:
    mine = column("measurement", "measurement_concept_id") == card.concept
    numbers = column("measurement", "value_as_number")[mine]
    numbers = numbers[~np.isnan(numbers)]
    for share, band in zip((0.1, 0.25, 0.5, 0.75, 0.9), card.numbers[0].bands, strict=True):
        found = np.quantile(numbers, share)
        assert band.low * 0.98 <= found <= band.below * 1.02
    assert numbers.min() > 0


@pytest.mark.parametrize("card", [each for each in generic_card().concepts if each.table != "measurement"])
def test_as_many_people_have_a_record_as_the_card_says(card: ConceptCard) -> None:
    prefix = card.table.split("_")[0]
    mine = column(card.table, f"{prefix}_concept_id") == card.concept
    share = len(set(column(card.table, "person_id")[mine])) / PERSONS
    whole = generic_card().persons
    assert card.persons.low / whole.below <= share <= card.persons.below / whole.low + 1e-9
    assert share == pytest.approx(min(card.persons.middle / whole.middle, 1), abs=0.02)


def test_records_lie_inside_observation_and_refer_to_real_visits() -> None:
    periods = {
        row["person_id"]: (row["observation_period_start_date"], row["observation_period_end_date"])
        for row in twin()["observation_period"].to_pylist()
    }
    visits = {row["visit_occurrence_id"]: row["person_id"] for row in twin()["visit_occurrence"].to_pylist()}
    for row in twin()["condition_occurrence"].slice(0, 5000).to_pylist():
        first, last = periods[row["person_id"]]
        assert first <= row["condition_start_date"] <= last
        assert row["visit_occurrence_id"] is None or visits[row["visit_occurrence_id"]] == row["person_id"]


def test_every_concept_of_a_record_stands_in_the_vocabulary_with_itself_as_ancestor() -> None:
    known = set(column("concept", "concept_id"))
    for name, table in twin().items():
        for each in table.column_names:
            if each.endswith("concept_id") and name not in ("concept", "concept_ancestor"):
                found = {one for one in table[each].to_pylist() if one is not None}
                assert found - {0} <= known, (name, each)
    pairs = zip(
        column("concept_ancestor", "ancestor_concept_id"),
        column("concept_ancestor", "descendant_concept_id"),
        strict=True,
    )
    assert {(one, one) for one in known} <= set(pairs)


def test_outcomes_depend_on_age_sex_and_one_another() -> None:
    """The documented rule: risk = 0.5 age + 0.3 male + 0.8 frailty raises conditions and labs."""
    people = twin()["person"].to_pydict()
    start = column("observation_period", "observation_period_start_date").astype("datetime64[Y]").astype(int)
    age = (start + 1970 - np.array(people["year_of_birth"]) - 50) / 20
    male = np.array(people["gender_concept_id"]) == 8507
    ids = np.array(people["person_id"])

    def has(concept: int) -> Any:
        mine = column("condition_occurrence", "condition_concept_id") == concept
        return np.isin(ids, column("condition_occurrence", "person_id")[mine])

    design = np.column_stack([np.ones(PERSONS), age, male, has(201826)]).astype(float)
    beta = _logistic(design, has(320128).astype(float))
    # Frailty is not seen: what is left of it makes one diagnosis tell of the other.
    assert beta[1] == pytest.approx(0.45, abs=0.12)
    assert beta[2] == pytest.approx(0.27, abs=0.12)
    assert beta[3] > 0.2
    mine = column("measurement", "measurement_concept_id") == 3004410
    number = dict(
        zip(
            column("measurement", "person_id")[mine],
            column("measurement", "value_as_number")[mine],
            strict=True,
        )
    )
    sick = has(320128)
    of = [np.nanmean([number.get(one, np.nan) for one in ids[group]]) for group in (sick, ~sick)]
    assert of[0] > of[1]


def test_a_large_twin_comes_in_blocks_whose_ids_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis_jobs.twin.make_twin.BLOCK", 300)
    parts = list(twin_parts(generic_card(), persons=1000, seed=4))
    assert [part["person"].num_rows for part in parts[:-1]] == [300, 300, 300, 100]
    whole = make_twin(generic_card(), persons=1000, seed=4)
    for name in ("person", "visit_occurrence", "measurement", "condition_era", "drug_era"):
        ids = whole[name][f"{name}_id"].to_pylist()
        assert len(set(ids)) == len(ids)
    visits = {row["visit_occurrence_id"]: row["person_id"] for row in whole["visit_occurrence"].to_pylist()}
    for row in whole["measurement"].to_pylist():
        assert row["visit_occurrence_id"] is None or visits[row["visit_occurrence_id"]] == row["person_id"]


def test_answers_come_in_their_shares() -> None:
    card = _card(
        ConceptCard(
            table="observation",
            concept=2_000_000_001,
            persons=count_band(500),
            records_each=count_band(1),
            answers=(ConceptShare(concept=11, percent=60), ConceptShare(concept=12, percent=40)),
        )
    )
    told = make_twin(card, persons=4000, seed=3)["observation"]["value_as_concept_id"].to_pylist()
    assert told.count(11) / len(told) == pytest.approx(0.6, abs=0.02)
    assert set(told) == {11, 12}


@pytest.mark.parametrize(
    "quantiles", [(0, 0, 0, 0, 0), (-8, -3, 0, 1, 2), (1e-5, 1, 1000, 1e6, 1e9), (5, 5, 5, 5, 5)]
)
def test_odd_bands_give_finite_rising_numbers(quantiles: tuple[float, ...]) -> None:
    bands = tuple(value_band(each) for each in quantiles)
    card = NumberCard.model_validate({"unit": None, "persons": count_band(50), "bands": bands})
    knots = knot_values(card.bands)
    assert all(band.low <= knot <= band.below for band, knot in zip(bands, knots, strict=True))
    numbers = numbers_at(card, np.linspace(-9, 9, 400))
    assert np.isfinite(numbers).all()
    assert (np.diff(numbers) >= 0).all()


def test_an_empty_card_and_one_person_make_a_twin() -> None:
    tables = make_twin(_card(), persons=1, seed=0)
    assert tables["person"].num_rows == tables["observation_period"].num_rows == 1
    assert tables["measurement"].num_rows == 0


def _card(*concepts: ConceptCard) -> DatasetCard:
    return DatasetCard(
        site=None,
        dataset="small",
        generation=1,
        cdm_version="5.4",
        minimum_persons=10,
        persons=count_band(500),
        concepts=concepts,
    )


def _logistic(design: Any, outcome: Any) -> Any:
    beta = np.zeros(design.shape[1])
    for _ in range(20):
        mean = 1 / (1 + np.exp(-design @ beta))
        weighted = design * (mean * (1 - mean))[:, None]
        beta += np.linalg.solve(design.T @ weighted, design.T @ (outcome - mean))
    return beta
