"""The fluent builder writes the JSON that Circe reads, and a mistake is told at the line where it is made."""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import onggi
from onggi import Cohort, concepts, events
from onggi.spec.builders.asked import spoken_names
from onggi.spec.circe.attributes import ATTRIBUTES, DEMOGRAPHIC, SOURCE_CONCEPTS
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
    DrugEraExit,
    Group,
    InConceptSet,
    NumberIs,
    NumberRange,
    OffsetExit,
    TextIs,
    Window,
)
from onggi.spec.circe.read import read_cohort
from onggi.spec.cohorts import has_condition
from tests.support.shared_data import shared_data

FLU = concepts("Influenza", 10, descendants=True)
X_RAY = concepts("Chest X-ray", 20, descendants=True).excluding(21).including(22, mapped=True)
DRUG = concepts("Statins", 30)
ENTRY = events.condition(FLU).where(start=("2026-01-01", "2026-01-10"))
OPEN = Window(Bound(None, -1), Bound(None, 1), from_index_end=False, to_event_end=False)
MAKERS: dict[str, Callable[[], events.Event]] = {
    "ConditionEra": lambda: events.condition_era(FLU),
    "ConditionOccurrence": lambda: events.condition(FLU),
    "Death": lambda: events.death(FLU),
    "DeviceExposure": lambda: events.device(FLU),
    "DoseEra": lambda: events.dose_era(FLU),
    "DrugEra": lambda: events.drug_era(FLU),
    "DrugExposure": lambda: events.drug(FLU),
    "Measurement": lambda: events.measurement(FLU),
    "Observation": lambda: events.observation(FLU),
    "ObservationPeriod": events.observation_period,
    "PayerPlanPeriod": events.payer_plan_period,
    "ProcedureOccurrence": lambda: events.procedure(FLU),
    "Specimen": lambda: events.specimen(FLU),
    "VisitDetail": lambda: events.visit_detail(FLU),
    "VisitOccurrence": lambda: events.visit(FLU),
}


def member(event: Any) -> Correlated:
    """The event as the plan has it in a rule."""
    plan = read_cohort(Cohort.everyone().rule("rule", event).to_dict())
    return plan.rules[0].group.criteria[0]


def test_diagnosed_in_ten_days_with_a_procedure_seven_to_fourteen_days_later() -> None:
    plan = read_cohort(
        Cohort.entering(ENTRY)
        .rule("Chest X-ray 7 to 14 days later", events.procedure(X_RAY).after(7, 14))
        .to_dict()
    )
    ten_days = DateIs("start", DateRange("bt", date(2026, 1, 1), date(2026, 1, 10)))
    assert plan.primary == (Criterion("ConditionOccurrence", codeset=0, conditions=(ten_days,)),)
    assert plan.primary_limit == plan.expression_limit == "FIRST"
    later = replace(OPEN, start=Bound(7, 1), end=Bound(14, 1))
    asked = Correlated(Criterion("ProcedureOccurrence", codeset=1), later, None, "at_least", 1, False)
    assert [rule.group for rule in plan.rules] == [Group("ALL", 0, (asked,), (), ())]
    assert plan.concept_sets == (
        ConceptSet(0, (ConceptItem(10, excluded=False, descendants=True),)),
        ConceptSet(
            1,
            (
                ConceptItem(20, excluded=False, descendants=True),
                ConceptItem(21, excluded=True, descendants=False),
                ConceptItem(22, excluded=False, descendants=False, mapped=True),
            ),
        ),
    )


@pytest.mark.parametrize("domain", sorted(ATTRIBUTES))
def test_every_attribute_of_every_domain_can_be_asked(domain: str) -> None:
    values: dict[str, Any] = {
        "number": (1.5, 9),
        "integer": (18, None),
        "day": ("2026-01-01", date(2026, 1, 31)),
        "text": events.contains("x", no=True),
        "concepts": [5, 6],
        "concept_set": DRUG,
        "codeset": DRUG,
    }
    event = MAKERS[domain]()
    assert event.domain == domain
    attributes = ATTRIBUTES[event.domain]
    for each in attributes:
        for name in spoken_names(each):
            [condition] = member(event.where(**{name: values[each.kind]})).criterion.conditions
            assert not isinstance(condition, Abnormal | CoversDay)
            assert condition.subject == each.subject, name
        if each.kind == "concepts":
            asked: dict[str, Any] = {spoken_names(each)[0]: DRUG}
            [listed] = member(event.where(**asked)).criterion.conditions
            assert isinstance(listed, InConceptSet)
    assert len({name for each in attributes for name in spoken_names(each)}) >= len(attributes)


def test_ranges_texts_and_exclusions() -> None:
    lab = events.measurement(FLU)

    def asked(**given: Any) -> Any:
        [condition] = member(lab.where(**given)).criterion.conditions
        return condition

    value = Column("record", "value_as_number")
    for given, expected in {
        (6.5, None): NumberRange("gte", 6.5),
        (None, 6.5): NumberRange("lte", 6.5),
        (1, 2): NumberRange("bt", 1, 2),
        4: NumberRange("eq", 4),
        events.more_than(3): NumberRange("gt", 3),
        events.less_than(3): NumberRange("lt", 3),
        events.other_than(3): NumberRange("!eq", 3),
        events.outside(3, 4): NumberRange("!bt", 3, 4),
    }.items():
        assert asked(value=given) == NumberIs(value, expected, integer=False)
    assert asked(gender=8507) == ConceptIs(Column("person", "gender_concept_id"), (8507,))
    types = Column("record", "measurement_type_concept_id")
    assert asked(measurement_type=events.excluding(1, 2)) == ConceptIs(types, (1, 2), excluded=True)
    assert asked(unit=events.excluding(DRUG)) == InConceptSet(
        Column("record", "unit_concept_id"), 1, excluded=True
    )
    assert member(lab.where(abnormal=True)).criterion.conditions == (Abnormal(),)
    reason = Column("record", "stop_reason")
    for text, op in ((events.begins_with("a"), "startsWith"), (events.ends_with("a", no=True), "!endsWith")):
        [found] = member(events.drug(FLU).where(stop_reason=text)).criterion.conditions
        assert isinstance(found, TextIs)
        assert (found.subject, found.op, found.text) == (reason, op, "a")


@pytest.mark.parametrize(
    ("event", "first", "last", "from_end", "to_end"),
    [
        (events.drug(DRUG).after(7, 14), 7, 14, False, False),
        (events.drug(DRUG).after(1, None), 1, None, False, False),
        (events.drug(DRUG).before(30, 1), -30, -1, False, False),
        (events.drug(DRUG).before(None, 0), None, 0, False, False),
        (events.drug(DRUG).within(-30, 7, of="end"), -30, 7, True, False),
    ],
)
def test_windows(event: Any, first: int | None, last: int | None, from_end: bool, to_end: bool) -> None:
    window = member(event).start_window
    assert (window.start.days, window.end.days) == (first, last)
    assert (window.start.direction if first is None else -1) == -1
    assert (window.end.direction if last is None else 1) == 1
    assert (window.from_index_end, window.to_event_end) == (from_end, to_end)


def test_a_record_may_have_to_start_in_one_window_and_end_in_another() -> None:
    found = member(events.visit(FLU).within(-3, 0).after(0, 30, of="end", its="end"))
    assert (found.start_window.start.days, found.start_window.end.days) == (-3, 0)
    assert found.end_window == Window(Bound(0, 1), Bound(30, 1), from_index_end=True, to_event_end=True)


def test_counts_distinct_visit_and_observation() -> None:
    drug = events.drug(DRUG)
    assert (member(drug).occurrence, member(drug).count) == ("at_least", 1)
    assert (member(drug.never()).occurrence, member(drug.never()).count) == ("exactly", 0)
    assert member(drug.at_most(2)).occurrence == "at_most"
    for spoken, meant in {
        "concept": "domain_concept",
        "start": "start",
        "end": "end",
        "visit": "visit",
        "length": "length",
        "refills": Column("record", "refills"),
    }.items():
        assert member(drug.at_least(2, distinct=spoken)).distinct == meant
    both = member(drug.same_visit().outside_observation())
    assert both.same_visit
    assert both.ignore_observation_period


def test_criteria_of_a_record() -> None:
    inner = events.procedure(X_RAY).after(0, 3)
    found = member(
        events.condition(FLU).first().source(DRUG).shifted(1, -2, end_from="start").having(inner)
    ).criterion
    assert found.first
    assert found.source_codeset is not None
    assert found.shift == DateShift("start", 1, "start", -2)
    assert found.group is not None
    assert found.group.criteria[0].start_window.end.days == 3
    period = member(events.observation_period().covering("2026-01-01", date(2026, 2, 1))).criterion
    assert (period.fixed_start, period.fixed_end) == (date(2026, 1, 1), date(2026, 2, 1))
    for domain in SOURCE_CONCEPTS:
        assert member(MAKERS[domain]().source(DRUG)).criterion.source_codeset is not None


def test_groups_persons_and_the_older_builders_stand_together() -> None:
    cohort = Cohort.everyone().rule(
        "either",
        events.any_of(
            events.drug(DRUG),
            events.person(age=(18, 65), gender=[8507]),
            events.at_least(1, events.at_most(1, has_condition([7]), events.drug(FLU))),
        ),
    )
    group = read_cohort(cohort.to_dict()).rules[0].group
    assert group.type == "ANY"
    assert len(group.demographics[0].conditions) == 2
    assert [(each.type, each.count) for each in (*group.groups, *group.groups[0].groups)] == [
        ("AT_LEAST", 1),
        ("AT_MOST", 1),
    ]
    for each in DEMOGRAPHIC:
        given: Any = {"integer": 3, "concepts": 5, "day": "2026-01-01"}[each.kind]
        assert events.person(**{spoken_names(each)[0]: given})


def test_a_cohort_from_its_entry_to_its_end() -> None:
    start = Cohort.entering(ENTRY, events.death(), observed_before=365, observed_after=7, which="all")
    cohort = (
        start.where(events.visit(None).within(0, 0), which="last")
        .rule("adult", events.person(age=(18, None)))
        .keep("all")
        .ending_with_drug(DRUG, gap_days=60, added_days=7, days_supply=30)
        .censored_by(events.death())
        .censored_by(events.drug(DRUG).first())
        .joining(30)
        .within_calendar("2026-01-01")
    )
    plan = read_cohort(cohort.to_dict())
    assert (plan.prior_days, plan.post_days, plan.primary_limit) == (365, 7, "ALL")
    assert plan.additional is not None
    assert (plan.qualified_limit, plan.expression_limit) == ("LAST", "ALL")
    assert plan.exit == DrugEraExit(1, gap_days=60, offset=7, days_supply=30)
    assert [each.domain for each in plan.censoring] == ["Death", "DrugExposure"]
    assert (plan.era_pad, plan.earliest, plan.latest) == (30, date(2026, 1, 1), None)
    assert read_cohort(cohort.ending_after(30, of="end").to_dict()).exit == OffsetExit("end", 30)
    assert read_cohort(cohort.ending_with_observation().to_dict()).exit is None
    assert read_cohort(start.to_dict()).rules == ()


def test_json_there_and_back_and_on_from_there() -> None:
    cohort = Cohort.entering(ENTRY).rule("later", events.procedure(X_RAY).after(7, 14))
    again = Cohort.from_json(cohort.to_json())
    assert again == cohort
    assert again.rule("drug", events.drug(DRUG)) == cohort.rule("drug", events.drug(DRUG))
    answered = {"id": 7, "name": "from WebAPI", "expression": cohort.to_json()}
    assert (
        Cohort.from_dict(answered) == Cohort.from_dict({**answered, "expression": again.to_dict()}) == cohort
    )
    again.to_dict()["ConceptSets"] = []
    assert again == cohort


def test_published_definitions_are_taken_as_they_are_and_continued() -> None:
    for path in sorted(shared_data("omop", "phenotype-library", "cohorts").glob("*7.json")):
        value = json.loads(path.read_text())
        cohort = Cohort.from_json(path.read_text())
        assert cohort.to_dict() == value, path.name
        before, after = read_cohort(value), read_cohort(cohort.rule("X", events.drug(DRUG)).to_dict())
        assert after.rules[:-1] == before.rules
        assert after.concept_sets[:-1] == before.concept_sets
        assert after.concept_sets[-1].items == (ConceptItem(30, excluded=False, descendants=False),)


def test_a_job_takes_it() -> None:
    cohort = Cohort.entering(ENTRY)
    frame: dict[str, Any] = {"title": "t", "project": "project-1", "permit": "permit-1", "dataset": "d"}
    spec = onggi.count(**frame, participants=["a", "b", "c"], cohort=cohort)
    assert spec.cohort == cohort.to_dict()


def test_names_of_concepts_are_told() -> None:
    cohort = Cohort.entering(events.condition(FLU.called({10: "Influenza due to virus"})))
    assert "Influenza due to virus (10), with descendants" in cohort.explain()
    assert "Influenza due to virus (10), 하위 개념 포함" in cohort.explain("ko")


@pytest.mark.parametrize(
    "write",
    [
        lambda: concepts("nothing"),
        lambda: concepts(" ", 1),
        lambda: concepts("text", "1"),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: events.condition([1]),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: events.condition(FLU).where(height=180),
        lambda: events.condition(FLU).where(value=1),
        lambda: events.condition(FLU).where(abnormal=True),
        lambda: events.condition(FLU).where(age=18).where(age=19),
        lambda: events.condition(FLU).where(age=17.5),
        lambda: events.condition(FLU).where(age=(65, 18)),
        lambda: events.condition(FLU).where(age=(None, None)),
        lambda: events.condition(FLU).where(age=(1, 2, 3)),
        lambda: events.condition(FLU).where(age=True),
        lambda: events.condition(FLU).where(start="2026-02-30"),
        lambda: events.condition(FLU).where(start=("2026-02-02", "2026-02-01")),
        lambda: events.condition(FLU).where(gender="male"),
        lambda: events.condition(FLU).where(gender=[]),
        lambda: events.condition(FLU).where(gender=events.excluding(8507)),
        lambda: events.drug(FLU).where(stop_reason="x"),
        lambda: events.visit_detail(FLU).where(gender=[8507]),
        lambda: events.measurement(FLU).where(value=float("nan")),
        lambda: events.death().first(),
        lambda: events.specimen(FLU).source(DRUG),
        lambda: events.drug(FLU).after(-1, 3),
        lambda: events.drug(FLU).after(9, 3),
        lambda: events.drug(FLU).after(10**7, None),
        lambda: events.drug(FLU).after(1, 3).before(1, 0),
        lambda: events.drug(FLU).at_least(-1),
        lambda: events.drug(FLU).at_least(2, distinct="height"),
        lambda: events.drug(FLU).at_least(2).at_most(3),
        lambda: events.drug(FLU).covering("2026-01-01"),
        lambda: events.observation_period().covering(),
        lambda: events.observation_period().covering("2026-02-01", "2026-01-01"),
        lambda: events.drug(FLU).having(),
        lambda: events.person(),
        lambda: events.person(height=3),
        lambda: events.all_of(),
        lambda: events.at_least(2, events.drug(FLU)),
        lambda: events.at_most(-1, events.drug(FLU)),
        lambda: Cohort.entering(),
        lambda: Cohort.entering(events.drug(FLU).after(1, 3)),
        lambda: Cohort.entering("drug"),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: Cohort.entering(ENTRY, observed_before=-1),
        lambda: Cohort.entering(ENTRY, which="some"),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: Cohort.everyone().rule("empty"),
        lambda: Cohort.everyone().rule("text", "drug"),  # type: ignore[arg-type]  # the mistake that is tested
        lambda: Cohort.everyone().rule("a", ENTRY).rule("a", ENTRY),
        lambda: Cohort.everyone().where(ENTRY).where(ENTRY),
        lambda: Cohort.everyone().ending_after(-1),
        lambda: Cohort.everyone().ending_with_drug(DRUG, gap_days=-1),
        lambda: Cohort.everyone().censored_by(events.drug(FLU).never()),
        lambda: Cohort.everyone().joining(-1),
        lambda: Cohort.everyone().within_calendar(),
        lambda: Cohort.everyone().within_calendar("2026-02-01", "2026-01-01"),
        lambda: Cohort.from_json("{"),
        lambda: Cohort.from_json("[]"),
        lambda: Cohort.from_dict({"expression": "{"}),
        lambda: Cohort.from_dict({"PrimaryCriteria": {"Surprise": 1}}),
    ],
)
def test_a_mistake_is_told_where_it_is_made(write: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        write()


def test_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"no 'hight' here; there are: .*age.*value_as_number"):
        events.measurement(FLU).where(hight=1)


def test_the_example_of_the_manual_and_of_the_package_do_what_they_say() -> None:
    manual = (Path(onggi.__file__).parents[1] / "docs" / "cohorts.md").read_text()
    [_, example] = manual.split("```python\n")
    module = inspect.getdoc(sys.modules[Cohort.__module__]) or ""
    documented = textwrap.dedent(module.partition(".\n\n")[2].rpartition("\n\n")[0])
    for text, prior in ((example.partition("```")[0], 365), (documented, 0)):
        names: dict[str, Any] = {}
        exec(text, names)
        plan = read_cohort(names["cohort"].to_dict())
        assert plan.prior_days == prior
        window = plan.rules[0].group.criteria[0].start_window
        assert (window.start.days, window.end.days) == (7, 14)
