"""The oracle's own decisions, one hospital row or two each: order, NULL, literal text, days, exits, eras."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.cohort_oracle import Hospital, evaluate
from tests.support.cohort_oracle.eras import merged
from tests.support.cohort_oracle.filters import in_list, text_matches
from tests.support.generated_cohorts import cases


def _day(number: int, month: int = 1) -> date:
    return date(2000, month, number)


def _visit(number: int, start: date, end: date | None, **more: Any) -> dict[str, Any]:
    days = {"visit_start_date": start, "visit_end_date": end}
    return {"visit_occurrence_id": number, "person_id": 1, "visit_concept_id": 1} | days | more


def _hospital(*visits: dict[str, Any]) -> Hospital:
    return {
        "observation_period": [
            {
                "person_id": 1,
                "observation_period_start_date": _day(1),
                "observation_period_end_date": _day(28, 2),
            }
        ],
        "visit_occurrence": visits,
    }


def _definition(criterion: dict[str, Any], **more: Any) -> dict[str, Any]:
    primary: dict[str, Any] = {
        "CriteriaList": [{"VisitOccurrence": criterion}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "All"},
    }
    limits = {name: {"Type": "All"} for name in ("QualifiedLimit", "ExpressionLimit")}
    return {"PrimaryCriteria": primary, **limits, **more}


def _stay(field: str, offset: int = 0) -> dict[str, Any]:
    return {"EndStrategy": {"DateOffset": {"DateField": field, "Offset": offset}}}


def test_of_two_events_of_one_day_the_lowest_id_comes_first_in_both_directions() -> None:
    hospital = _hospital(_visit(7, _day(5), _day(9)), _visit(-3, _day(5), _day(6)))
    for limit in ("First", "Last"):
        definition = _definition({}, **_stay("EndDate"))
        definition["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": limit}
        assert evaluate(definition, hospital).rows == [(1, _day(5), _day(6))]
        definition = _definition({}, **_stay("EndDate")) | {"ExpressionLimit": {"Type": limit}}
        assert evaluate(definition, hospital).rows == [(1, _day(5), _day(6))]


def test_an_unknown_end_ends_nothing() -> None:
    hospital = _hospital(_visit(1, _day(5), None))
    assert evaluate(_definition({}, **_stay("EndDate")), hospital).rows == []
    assert evaluate(_definition({}, **_stay("StartDate", 3)), hospital).rows == [(1, _day(5), _day(8))]
    assert evaluate(_definition({}), hospital).rows == [(1, _day(5), _day(28, 2))]
    assert evaluate(_definition({"VisitLength": {"Op": "gte", "Value": 0}}), hospital).masks == []


def test_an_adjustment_that_turns_a_record_round_leaves_nothing_of_it() -> None:
    hospital = _hospital(_visit(1, _day(5), _day(6)), _visit(2, _day(10), _day(20)))
    adjusted = {"DateAdjustment": {"StartOffset": 1, "EndOffset": -1}}
    assert evaluate(_definition(adjusted, **_stay("EndDate")), hospital).rows == [(1, _day(11), _day(19))]


def test_the_first_record_is_first_by_its_own_day_and_before_other_attributes() -> None:
    hospital = _hospital(_visit(1, _day(5), _day(6)), _visit(2, _day(10), _day(20)))
    long = {"First": True, "VisitLength": {"Op": "gt", "Value": 5}}
    assert evaluate(_definition(long), hospital).masks == []


@pytest.mark.parametrize(
    ("value", "wanted", "excluded", "holds"),
    [(None, {1}, False, False), (None, {1}, True, False), (None, set(), True, True), (2, {1}, True, True)],
)
def test_null_is_neither_in_a_list_nor_outside_it(
    value: int | None, wanted: set[int], excluded: bool, holds: bool
) -> None:
    assert in_list(value, wanted, excluded=excluded) is holds


@pytest.mark.parametrize(
    ("value", "op", "text", "holds"),
    [
        ("ab%c", "contains", "%", True),
        ("abc", "contains", "%", False),
        ("abc", "eq", "a_c", False),
        ("abc", "!startsWith", "b", True),
        ("ABC", "startsWith", "ab", False),
        (None, "!contains", "x", False),
    ],
)
def test_text_has_no_wildcards(value: str | None, op: str, text: str, holds: bool) -> None:
    assert text_matches(value, {"Op": op, "Text": text}) is holds


def test_an_interval_that_ends_before_it_starts_parts_no_era() -> None:
    whole = [(_day(1), _day(10)), (_day(1), date(1999, 12, 30)), (_day(9), _day(12))]
    assert merged(whole, pad=0) == merged(whole[::-1], pad=0) == [(_day(1), _day(12))]


def test_eras_join_over_the_pad_and_no_further() -> None:
    apart = [(_day(1), _day(5)), (_day(10), _day(12))]
    assert merged(apart, pad=4) == apart
    assert merged(apart, pad=5) == [(_day(1), _day(12))]


def test_what_the_oracle_does_not_know_it_refuses() -> None:
    with pytest.raises(ValueError, match="PlaceOfServiceLocation"):
        evaluate(_definition({"PlaceOfServiceLocation": 1}), _hospital(_visit(1, _day(5), None)))


def test_generated_cohorts_are_often_inhabited_and_always_answered_alike() -> None:
    found: list[bool] = []

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=cases(overlapping=True))
    def answered(case: tuple[dict[str, Any], Hospital]) -> None:
        answer = evaluate(*case)
        assert evaluate(*case) == answer
        assert all(start <= end for _, start, end in answer.rows)
        found.append(bool(answer.rows))

    answered()
    assert sum(found) > len(found) / 6
