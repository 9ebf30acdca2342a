"""An explanation leaves nothing out: whatever changes in a definition changes its text in both languages."""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from onggi.errors import Refused
from onggi.spec.circe import plan as plans
from onggi.spec.circe.attributes import ATTRIBUTES, DEMOGRAPHIC, find_counted
from onggi.spec.circe.explain import Language, explain_cohort, explain_plan
from onggi.spec.circe.explain.names import Names, plain, read_names
from onggi.spec.circe.explain.sentences import SENTENCES
from onggi.spec.circe.explain.terms import CALENDAR, COLUMNS, COMPUTED, COUNTED, DOMAINS, NUMBERS, TEXTS
from onggi.spec.circe.plan import (
    Abnormal,
    Bound,
    Column,
    ConceptIs,
    ConceptItem,
    ConceptSet,
    Correlated,
    CoversDay,
    Criterion,
    DateIs,
    DateRange,
    DateShift,
    Demographic,
    DrugEraExit,
    Group,
    InConceptSet,
    NumberIs,
    NumberRange,
    OffsetExit,
    Rule,
    TextIs,
    Window,
)
from onggi.spec.circe.read import read_cohort
from tests.support.shared_data import shared_data

LANGUAGES: tuple[Language, ...] = ("ko", "en")
NAMES = Names({1: "one", 2: "two"}, {0: "drugs", 1: "diagnoses"})
DAY = date(2026, 1, 1)
BOTH = NumberRange("bt", 3, 9)
_INNER = Group(
    "AT_LEAST",
    1,
    (
        Correlated(
            Criterion("ConditionOccurrence", codeset=1),
            Window(Bound(-30, -1), Bound(7, 1), from_index_end=True, to_event_end=False),
            None,
            "at_most",
            2,
            ignore_observation_period=False,
            same_visit=True,
        ),
    ),
    (Demographic((DateIs("start", DateRange("gt", DAY)), NumberIs("age_at_start", BOTH, True))),),
    (),
)
_RECORD = Criterion(
    "Measurement",
    codeset=0,
    source_codeset=1,
    first=True,
    conditions=(
        NumberIs(Column("record", "value_as_number"), BOTH, False),
        NumberIs("low_ratio", NumberRange("lt", 2), False),
        NumberIs("age_in_days", NumberRange("gte", 28), True),
        DateIs("end", DateRange("!bt", DAY, DAY + timedelta(days=9))),
        ConceptIs(Column("person", "gender_concept_id"), (1, 2), True),
        InConceptSet(Column("visit", "visit_concept_id"), 1, False),
        TextIs(Column("record", "stop_reason"), "contains", "a"),
        Abnormal(),
        CoversDay(DAY),
    ),
    shift=DateShift("start", 1, "end", -2),
    fixed_start=DAY,
    fixed_end=DAY + timedelta(days=1),
    group=_INNER,
)
_RULE = Group(
    "AT_MOST",
    2,
    (
        Correlated(
            _RECORD,
            Window(Bound(None, -1), Bound(-1, -1), from_index_end=False, to_event_end=False),
            Window(Bound(7, 1), Bound(None, 1), from_index_end=False, to_event_end=True),
            "at_least",
            2,
            ignore_observation_period=False,
            distinct="start",
        ),
        Correlated(
            Criterion("DrugExposure", codeset=0),
            Window(Bound(7, 1), Bound(14, 1), from_index_end=False, to_event_end=False),
            None,
            "exactly",
            0,
            ignore_observation_period=True,
            distinct=Column("record", "refills"),
        ),
    ),
    (Demographic((ConceptIs(Column("person", "race_concept_id"), (1,)),)),),
    (_INNER,),
)
PLAN = plans.CohortPlan(
    concept_sets=(
        ConceptSet(
            0, (ConceptItem(1, excluded=False, descendants=True, mapped=False), ConceptItem(3, True, False))
        ),
        ConceptSet(1, (ConceptItem(2, excluded=False, descendants=False, mapped=True),)),
    ),
    primary=(_RECORD, Criterion("VisitOccurrence")),
    prior_days=365,
    post_days=7,
    primary_limit="ALL",
    additional=dataclasses.replace(_INNER, type="ANY", count=0),
    qualified_limit="FIRST",
    rules=(Rule("first rule", _RULE), Rule("second rule", dataclasses.replace(_RULE, type="ALL", count=0))),
    expression_limit="LAST",
    exit=DrugEraExit(codeset=0, gap_days=30, offset=1, days_supply=10),
    censoring=(Criterion("Death"),),
    era_pad=5,
    earliest=DAY,
    latest=DAY + timedelta(days=99),
)


def _says_nothing(owner: object, field: str) -> bool:
    """Fields that the rest of the same object makes meaningless."""
    match owner:
        case Bound(days=days) if days is not None:
            return field == "direction"
        case Group(type="ALL" | "ANY"):
            return field == "count"
    return False


def _alternatives(value: Any, kind: Any, owner: Any) -> Iterator[Any]:
    """Other values that the same field could have."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kinds = get_args(kind)
        if value is not None and type(None) in kinds:
            yield None
        literal = [each for each in kinds if typing.get_origin(each) is typing.Literal]
        kind = literal[0] if literal and isinstance(value, str) else type(value)
    if typing.get_origin(kind) is typing.Literal:
        others = [each for each in get_args(kind) if each != value]
        if kind is plans.RangeOp:
            others = [each for each in others if each.endswith("bt") == value.endswith("bt")]
        if kind is plans.Computed or set(get_args(kind)) >= {"start", "end", "length"}:
            others = [each for each in others if not isinstance(owner, DateIs) or each in ("start", "end")]
        yield from others
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, date):
        yield value + timedelta(days=1)
    elif isinstance(value, str):
        if isinstance(owner, Column):
            yield from (name for place, name in COLUMNS if place == owner.place and name != value)
        else:
            yield value + "b"
    elif isinstance(value, tuple):
        yield from (value[:at] + value[at + 1 :] for at in range(len(value)))
        for at, each in enumerate(value):
            yield from (
                (*value[:at], other, *value[at + 1 :]) for other in _alternatives(each, type(each), owner)
            )
    elif dataclasses.is_dataclass(value):
        yield from (changed for _, changed in _changes(value))


def _changes(thing: Any) -> Iterator[tuple[str, Any]]:
    """(which field, the same thing with it changed), for every field however deep."""
    kinds = typing.get_type_hints(type(thing), vars(plans))
    for field in dataclasses.fields(thing):
        if _says_nothing(thing, field.name):
            continue
        value = getattr(thing, field.name)
        for other in _alternatives(value, kinds[field.name], thing):
            if isinstance(thing, Column) and field.name == "place":
                continue  # a column's name belongs to its place; the pairs are all named, see below
            yield f"{type(thing).__name__}.{field.name}", dataclasses.replace(thing, **{field.name: other})


def test_every_change_of_a_plan_changes_its_text() -> None:
    before = {language: explain_plan(PLAN, NAMES, language=language) for language in LANGUAGES}
    changed: set[str] = set()
    seen = 0
    for field, other in _changes(PLAN):
        seen += 1
        changed.add(field)
        for language in LANGUAGES:
            assert explain_plan(other, NAMES, language=language) != before[language], (field, other)
    assert seen > 600
    assert changed == {f"CohortPlan.{each.name}" for each in dataclasses.fields(plans.CohortPlan)}


def test_the_plan_above_holds_every_type_that_a_plan_may_hold() -> None:
    found: set[type] = set()
    waiting: list[Any] = [PLAN]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, tuple):
            waiting += thing
        elif dataclasses.is_dataclass(thing):
            found.add(type(thing))
            waiting += [getattr(thing, each.name) for each in dataclasses.fields(thing)]
    every = {
        each for each in vars(plans).values() if dataclasses.is_dataclass(each) and isinstance(each, type)
    }
    assert every - found == {OffsetExit}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exit_has_its_own_text(language: Language) -> None:
    exits = [
        None,
        PLAN.exit,
        *(OffsetExit(side, days) for side in get_args(plans.Side) for days in (-1, 0, 1)),
    ]
    texts = {explain_plan(dataclasses.replace(PLAN, exit=each), NAMES, language=language) for each in exits}
    assert len(texts) == len(exits)


def test_every_word_is_there_and_differs_from_every_other() -> None:
    for table in (DOMAINS, COMPUTED, COUNTED, NUMBERS, CALENDAR, TEXTS, COLUMNS):
        for at in (0, 1):
            told = [pair[at] for pair in table.values()]
            assert len(set(told)) == len(told)
            assert all(told)
    assert set(DOMAINS) == set(get_args(plans.Domain)) == set(ATTRIBUTES)
    assert set(COMPUTED) | {"start", "end"} == set(get_args(plans.Computed))
    assert set(NUMBERS) == set(CALENDAR) == set(get_args(plans.RangeOp))
    assert set(TEXTS) == set(get_args(plans.TextOp))
    asked = [each.subject for every in (*ATTRIBUTES.values(), DEMOGRAPHIC) for each in every]
    columns = {(each.place, each.name) for each in asked if isinstance(each, Column)}
    for domain in ATTRIBUTES:
        for name in ("GAP_DAYS", "QUANTITY", "ERA_OCCURRENCES", "REFILLS", "VISIT_DETAIL_ID", "DAYS_SUPPLY"):
            counted = find_counted(domain, name)
            columns |= {(counted.place, counted.name)} if isinstance(counted, Column) else set()
    assert columns == set(COLUMNS)


def test_korean_puts_no_value_before_a_particle_that_would_change_with_it() -> None:
    particle = re.compile(r"\}(은|는|이|가|을|를|와|과|로|으로|이나|나)(?![가-힣])")
    for table in (SENTENCES, DOMAINS, COMPUTED, COUNTED, NUMBERS, CALENDAR, TEXTS, COLUMNS):
        for korean, english in table.values():
            assert not particle.search(korean), korean
            assert not re.search("[가-힣]", english)
            assert set(re.findall(r"\{(\w+)\}", english)) <= set(re.findall(r"\{(\w+)\}", korean)) | {
                "anchor"
            }


def _bound(days: int | None, direction: typing.Literal[-1, 1]) -> Bound:
    return Bound(days, direction)


@pytest.mark.parametrize(
    ("first", "last", "en", "ko"),
    [
        (7, 14, "between 7 and 14 days after the index date", "기준일 7일 후부터 14일 후까지"),
        (-30, -1, "between 30 and 1 day before the index date", "기준일 30일 전부터 1일 전까지"),
        (-30, 7, "between 30 days before and 7 days after the index date", "기준일 30일 전부터 7일 후까지"),
        (0, 0, "the index date itself", "기준일 당일"),
        (1, 1, "1 day after the index date", "기준일 1일 후"),
        (None, -1, "any time before the index date", "기준일 전 언제든지"),
        (None, 0, "any time until the index date itself", "기준일 당일까지 언제든지"),
        (1, None, "any time after the index date", "기준일 후 언제든지"),
        (-3, None, "any time from 3 days before the index date on", "기준일 3일 전부터 언제든지"),
        (None, None, "any time in the observation period", "관찰기간 안 언제든지"),
        (3, 1, "no day lies in this window", "해당하는 날이 없음"),
    ],
)
def test_windows_in_words(first: int | None, last: int | None, en: str, ko: str) -> None:
    window = Window(_bound(first, -1), _bound(last, 1), from_index_end=False, to_event_end=False)
    member = dataclasses.replace(_RULE.criteria[1], start_window=window, ignore_observation_period=False)
    plan = dataclasses.replace(PLAN, rules=(Rule("rule", Group("ALL", 0, (member,), (), ())),))
    for language, told in zip(LANGUAGES, (ko, en), strict=True):
        assert told in explain_plan(plan, NAMES, language=language)


def test_a_name_in_the_file_cannot_pretend_to_be_a_line_of_the_text() -> None:
    set_named = {"id": 0, "name": "x”\n- at least 0\u202e", "expression": {"items": []}}
    expression = {
        "ConceptSets": [set_named],
        "PrimaryCriteria": {
            "CriteriaList": [{"Death": {"CodesetId": 0}}],
            "ObservationWindow": {},
            "PrimaryCriteriaLimit": {},
        },
    }
    told = explain_cohort(expression, language="en")
    assert '“x" - at least 0\\u202e” [0]' in told
    assert not [line for line in told.split("\n") if line.startswith("- at least 0")]


def test_what_cannot_be_read_is_not_told() -> None:
    with pytest.raises(Refused):
        explain_cohort({"PrimaryCriteria": {}}, language="ko")


def test_a_concept_that_the_file_names_twice_has_both_names() -> None:
    concepts = [{"CONCEPT_ID": 5, "CONCEPT_NAME": name} for name in ("five", "cinq", "five")]
    assert read_names({"a": concepts}).concepts == {5: "five / cinq"}


def test_the_public_library_is_explained_whole_in_both_languages() -> None:
    found = sorted(shared_data("omop", "phenotype-library", "cohorts").glob("*.json"))
    for path in found:
        expression = json.loads(path.read_text())
        plan = read_cohort(expression)
        for language in LANGUAGES:
            told = explain_plan(plan, read_names(expression), language=language)
            assert [plain(rule.name) for rule in plan.rules if f"“{plain(rule.name)}”" not in told] == []
            for each in plan.concept_sets:
                assert told.count(f"[{each.id}]") > 1, path.name
                assert all(str(item.concept) in told for item in each.items)
    assert len(found) > 800
