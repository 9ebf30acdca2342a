"""Writes a cohort from its entry to its end, as the JSON that ATLAS reads and writes.

    from onggi import Cohort, concepts, events

    flu = concepts("Influenza", 4266367, descendants=True)
    x_ray = concepts("Chest X-ray", 4163872, descendants=True)
    cohort = Cohort.entering(
        events.condition(flu).where(start=("2026-01-01", "2026-01-10"))
    ).rule("Chest X-ray 7 to 14 days later", events.procedure(x_ray).after(7, 14))
    print(cohort.explain("en"))

A mistake raises ValueError at the line where it is made.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias, cast

from pydantic import JsonValue

from onggi.errors import Refused
from onggi.spec.builders.event import Event, as_group, check_members, mistake, period_json
from onggi.spec.builders.events import observation_period
from onggi.spec.circe.explain import Language, explain_cohort
from onggi.spec.circe.plan import Side
from onggi.spec.circe.read import read_cohort
from onggi.spec.circe.webapi import expression_in
from onggi.spec.circe.write import Concepts, ConceptSetTable, Json, Member

Which: TypeAlias = Literal["first", "last", "all"]
_LIMITS: dict[str, JsonValue] = {"first": "First", "last": "Last", "all": "All"}
_FIELDS = {"start": "StartDate", "end": "EndDate"}
_START: Json = {
    "cdmVersionRange": ">=5.0.0",
    "ConceptSets": [],
    "QualifiedLimit": {"Type": "First"},
    "ExpressionLimit": {"Type": "First"},
    "InclusionRules": [],
    "CensoringCriteria": [],
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
    "CensorWindow": {},
}


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort definition. Every step gives a new one; the old one stays as it was."""

    _expression: Json = field(repr=False)

    def __post_init__(self) -> None:
        try:
            read_cohort(self._expression)
        except Refused as refused:
            raise mistake(refused) from None

    @classmethod
    def entering(
        cls, *entry: Event, observed_before: int = 0, observed_after: int = 0, which: Which = "first"
    ) -> Cohort:
        """Whoever has one of these records; its start is the index date.

        Args:
            observed_before, observed_after: days of observation that must lie around the index date.
            which: of several such records of a person, the first, the last or all of them.
        """
        _check_bare(entry)
        sets = ConceptSetTable()
        window: Json = {"PriorDays": observed_before, "PostDays": observed_after}
        primary: Json = {
            "CriteriaList": [each.as_criterion(sets) for each in entry],
            "ObservationWindow": window,
            "PrimaryCriteriaLimit": _limit(which),
        }
        return cls(copy.deepcopy(_START) | {"ConceptSets": sets.as_json(), "PrimaryCriteria": primary})

    @classmethod
    def everyone(cls, *, observed_after: int = 0) -> Cohort:
        """Everybody, from the first day of observation."""
        return cls.entering(observation_period().first(), observed_after=observed_after)

    @classmethod
    def from_dict(cls, value: Mapping[str, object]) -> Cohort:
        """A definition as ATLAS exports it, or as WebAPI answers it."""
        try:
            return cls(cast("Json", copy.deepcopy(dict(expression_in(value, parse=json.loads)))))
        except Refused as refused:
            raise mistake(refused) from None

    @classmethod
    def from_json(cls, text: str) -> Cohort:
        """The same from text."""
        return cls.from_dict(json.loads(text))

    # -- rules ---------------------------------------------------------------------------------------------

    def where(self, *members: Member, which: Which = "all") -> Cohort:
        """Additional criteria: entry events count only where all members hold; of several, `which`."""
        check_members(members)
        if self._expression.get("AdditionalCriteria") is not None:
            raise ValueError("there are additional criteria already; put all members into one where(...)")
        sets = self._sets()
        group = as_group(members, sets)
        return self._with(sets, AdditionalCriteria=group, QualifiedLimit=_limit(which))

    def rule(self, name: str, *members: Member) -> Cohort:
        """One more line of the attrition funnel: all members must hold."""
        check_members(members)
        rules = cast("list[Json]", self._expression.get("InclusionRules") or [])
        if not name.strip() or any(each.get("name") == name for each in rules):
            raise ValueError("every rule needs a name of its own")
        sets = self._sets()
        written: Json = {"name": name, "expression": as_group(members, sets)}
        return self._with(sets, InclusionRules=[*rules, written])

    def keep(self, which: Which) -> Cohort:
        """Which of several events that meet every rule begin an episode: the first, the last or all."""
        return self._with(ExpressionLimit=_limit(which))

    # -- how an episode ends -------------------------------------------------------------------------------

    def ending_after(self, days: int, *, of: Side = "start") -> Cohort:
        """So many days after the entry event's start or end, at the latest with the observation period."""
        return self._with(EndStrategy={"DateOffset": {"DateField": _FIELDS[of], "Offset": days}})

    def ending_with_observation(self) -> Cohort:
        """With the observation period, as without any of these steps."""
        return self._with(EndStrategy=None)

    def ending_with_drug(
        self, drug: Concepts, *, gap_days: int = 30, added_days: int = 0, days_supply: int | None = None
    ) -> Cohort:
        """With the era of exposures to the drug, gaps of up to `gap_days` days bridged."""
        sets = self._sets()
        era: Json = {"DrugCodesetId": sets.id_of(drug), "GapDays": gap_days, "Offset": added_days}
        if days_supply is not None:
            era["DaysSupplyOverride"] = days_supply
        return self._with(sets, EndStrategy={"CustomEra": era})

    def censored_by(self, *events: Event) -> Cohort:
        """Earlier, on the first day with one of these records."""
        _check_bare(events)
        sets = self._sets()
        known = cast("list[JsonValue]", self._expression.get("CensoringCriteria") or [])
        return self._with(sets, CensoringCriteria=[*known, *(each.as_criterion(sets) for each in events)])

    def joining(self, days: int) -> Cohort:
        """Episodes of a person that lie at most so many days apart become one."""
        return self._with(CollapseSettings={"CollapseType": "ERA", "EraPad": days})

    def within_calendar(self, first: str | date | None = None, last: str | date | None = None) -> Cohort:
        """What lies before the first or after the last of these days is cut off."""
        if first is None and last is None:
            raise ValueError("give the first day, the last day, or both")
        return self._with(CensorWindow=period_json(first, last))

    # -- reading it ----------------------------------------------------------------------------------------

    def to_dict(self) -> Json:
        """The Circe expression."""
        return copy.deepcopy(self._expression)

    def to_json(self) -> str:
        """The same as text, for a file or for ATLAS."""
        return json.dumps(self._expression, ensure_ascii=False, indent=2) + "\n"

    def explain(self, language: Language = "en") -> str:
        """The whole definition in plain sentences."""
        return explain_cohort(self._expression, language=language)

    def _sets(self) -> ConceptSetTable:
        return ConceptSetTable(cast("list[JsonValue]", self._expression.get("ConceptSets") or []))

    def _with(self, sets: ConceptSetTable | None = None, **changed: JsonValue) -> Cohort:
        value = {**copy.deepcopy(self._expression), **changed}
        if sets is not None:
            value["ConceptSets"] = sets.as_json()
        return Cohort({name: each for name, each in value.items() if each is not None})


def _limit(which: Which) -> Json:
    if which not in _LIMITS:
        raise ValueError(f"first, last or all, not {which!r}")
    return {"Type": _LIMITS[which]}


def _check_bare(events: tuple[Event, ...]) -> None:
    """Windows and counts belong to rules: here they would be lost."""
    for each in events:
        if not isinstance(each, Event):
            raise ValueError("give events, such as events.condition(...)")
        if each.around:
            raise ValueError("an entry or censoring event has no window and no count; write a rule for them")
