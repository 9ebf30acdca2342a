"""A dataset card tells of no patient: one more or one fewer moves at most a band at its edge, and what few
persons have never appears."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from catalog.dataset_card import DatasetCard
from onggi.errors import Refused
from tests.support.card_hospitals import card_of, hospital, patient, usual_patients

COMMON, RARE = 201826, 443392


def leaves(node: Any, place: str = "") -> dict[str, Any]:
    """Every single value of a card by its place; listed things go by what they are about."""
    if isinstance(node, dict):
        return {k: v for name, value in node.items() for k, v in leaves(value, f"{place}/{name}").items()}
    if isinstance(node, list):
        found: dict[str, Any] = {}
        for at, value in enumerate(node):
            name = (
                value.get("concept", value.get("name", value.get("first", at)))
                if isinstance(value, dict)
                else at
            )
            found |= leaves(value, f"{place}/{name}")
        return found
    return {place: node}


def moved(before: DatasetCard, after: DatasetCard) -> set[str]:
    one, other = (leaves(json.loads(each.to_json())) for each in (before, after))
    return {place for place in one.keys() | other.keys() if one.get(place) != other.get(place)}


def test_one_patient_fewer_changes_nothing_or_a_band_at_its_edge() -> None:
    everyone = usual_patients(103)
    whole = card_of(hospital(everyone))
    for leaving in range(0, 103, 9):
        fewer = card_of(hospital(everyone[:leaving] + everyone[leaving + 1 :]))
        places = moved(whole, fewer)
        # A quantile may pass the edge of its band: by one step, and it tells one rank, not who.
        assert all("/numbers/" in place for place in places)
        for one, other in zip(whole.concepts, fewer.concepts, strict=True):
            for ours, theirs in zip(one.numbers, other.numbers, strict=True):
                steps = [abs(a.low / b.low) for a, b in zip(ours.bands, theirs.bands, strict=True)]
                assert all(0.75 < step < 1.34 for step in steps)


def test_at_the_edge_of_a_band_one_person_moves_that_band_alone() -> None:
    everyone = usual_patients(100)
    places = moved(card_of(hospital(everyone)), card_of(hospital(everyone[:-1])))
    assert {"/persons/low", "/persons/below"} <= places
    assert all(place.endswith(("/low", "/below")) for place in places)


@pytest.mark.parametrize(("size", "told"), [(9, False), (10, True)])
def test_a_concept_is_told_from_ten_persons_on(size: int, told: bool) -> None:
    ill = [patient(number, concepts=(COMMON, RARE)) for number in range(1, size + 1)]
    well = [patient(number) for number in range(1000, 1100)]
    card = card_of(hospital([*ill, *well]))
    assert (RARE in {each.concept for each in card.concepts}) is told
    assert (str(RARE) in card.to_json().decode()) is told


def test_a_hospital_may_ask_for_larger_groups_and_not_for_smaller() -> None:
    ill = [patient(number, concepts=(COMMON, RARE)) for number in range(1, 16)]
    rows = hospital([*ill, *(patient(number) for number in range(1000, 1100))])
    assert RARE in {each.concept for each in card_of(rows, minimum=15).concepts}
    assert RARE not in {each.concept for each in card_of(rows, minimum=16).concepts}
    assert card_of(rows, minimum=1).minimum_persons == 10


def test_one_person_with_very_many_records_moves_nothing() -> None:
    everyone = usual_patients(120)
    calm = card_of(hospital(everyone))
    busy = patient(121, concepts=[COMMON] * 3000 + [RARE] * 3000)
    again = card_of(hospital([*everyone, busy]))
    assert moved(calm, again) == set()


def test_no_canary_of_one_patient_gets_into_the_card() -> None:
    canary = patient(
        777_777_777,
        concepts=(2_000_424_242,),
        value=987_654.321,
        start=date(1877, 7, 7),
        year_of_birth=1807,
        gender_concept_id=8551,
        person_source_value="CANARY-NAME",
        month_of_birth=7,
    )
    canary["concept"] = [{"concept_id": 2_000_424_242, "concept_name": "CANARY-CONCEPT", "domain_id": "x"}]
    canary["death"] = [{"person_id": 777_777_777, "death_date": date(1879, 1, 1)}]
    canary["note"] = [{"note_id": 1, "person_id": 777_777_777, "note_text": "CANARY-TEXT"}]
    text = card_of(hospital([*usual_patients(150), canary])).to_json().decode()
    for part in (
        "CANARY",
        "777777777",
        "987654",
        "98765",
        "1877",
        "1875",
        "1807",
        "1805",
        "8551",
        "2000424242",
    ):
        assert part not in text
    assert "month_of_birth" not in text
    assert '"note"' not in text
    assert '"deaths":0' in text


def test_numbers_need_fifty_persons() -> None:
    few, enough = card_of(hospital(usual_patients(49))), card_of(hospital(usual_patients(50)))
    assert [each.numbers for each in few.concepts if each.table == "measurement"] == [()]
    assert len(next(each for each in enough.concepts if each.table == "measurement").numbers) == 1


def test_no_value_of_a_patient_stands_in_the_card() -> None:
    everyone = [patient(number, value=100 + number * 0.7371) for number in range(1, 120)]
    text = card_of(hospital(everyone)).to_json().decode()
    assert not any(str(round(100 + number * 0.7371, 4)) in text for number in range(1, 120))


def test_a_hospital_of_nine_has_no_card() -> None:
    with pytest.raises(Refused) as refused:
        card_of(hospital(usual_patients(9)))
    assert refused.value.code == "card.too_few_persons"
