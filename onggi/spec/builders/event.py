"""Records that count: which of them, how they lie to the index event, and how many.

Every step gives a new event and leaves the old one as it was; a mistake raises ValueError where it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Literal

from pydantic import JsonValue

from onggi.errors import Refused
from onggi.spec.builders.asked import Written, ask, day_text
from onggi.spec.circe.attributes import ATTRIBUTES, DEMOGRAPHIC, SOURCE_CONCEPTS, find_counted
from onggi.spec.circe.groups import read_group
from onggi.spec.circe.plan import Domain, Side
from onggi.spec.circe.write import Concepts, ConceptSetTable, Json, Member, Slot, group_json, window_json
from onggi.spec.cohorts import Several
from onggi.words import public_words

_CIRCE_SIDES = {"start": "START_DATE", "end": "END_DATE"}
_COUNTS: dict[str, JsonValue] = {"exactly": 0, "at_most": 1, "at_least": 2}
_COUNTED = {"concept": "DOMAIN_CONCEPT", "start": "START_DATE", "end": "END_DATE", "visit": "VISIT_ID"}
_COUNTED |= {"length": "DURATION"}


def mistake(refused: Refused) -> ValueError:
    """The same refusal, as the error of whoever writes a definition in Python."""
    return ValueError(public_words(refused, "en")[0])


def as_group(members: Sequence[Member], sets: ConceptSetTable) -> Json:
    """The members as one group: a single group stands for itself, otherwise all must hold."""
    if len(members) == 1 and isinstance(members[0], Several):
        return members[0].as_member(sets)
    return group_json("ALL", members, sets)


def check_members(members: Sequence[Member]) -> None:
    """Raises ValueError where a group of these members means nothing."""
    if not members or not all(hasattr(each, "as_member") for each in members):
        raise ValueError("name at least one condition: events, person(...), all_of(...), any_of(...)")
    try:
        read_group(as_group(members, ConceptSetTable()), "$")
    except Refused as refused:
        raise mistake(refused) from None


def period_json(first: str | date | None, last: str | date | None) -> Json:
    """Two calendar days, either of which may be left open."""
    days = {"StartDate": first, "EndDate": last}
    return {name: day_text(each, name) for name, each in days.items() if each is not None}


def _write(value: Written, sets: ConceptSetTable) -> JsonValue:
    if isinstance(value, Concepts):
        return sets.id_of(value)
    if isinstance(value, Mapping):
        return {name: _write(each, sets) for name, each in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Person:
    """Age, gender, race or ethnicity of the person at the index event."""

    slot: ClassVar[Slot] = "DemographicCriteriaList"
    asked: Mapping[str, Written]

    def as_member(self, sets: ConceptSetTable) -> Json:
        """The demographic condition."""
        return {name: _write(each, sets) for name, each in self.asked.items()}


def person(**asked: object) -> Person:
    """The person at the index event: age, age_in_days, gender, race, ethnicity, start, end."""
    if not asked:
        raise ValueError("say what is asked of the person, for example age=(18, None)")
    found = Person(ask(DEMOGRAPHIC, asked))
    check_members([found])
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """Records of one domain: `asked` of each of them, and `around` how they lie to the index event."""

    slot: ClassVar[Slot] = "CriteriaList"
    domain: Domain
    asked: Mapping[str, Written]
    around: Mapping[str, JsonValue] = field(default_factory=dict)
    group: tuple[Member, ...] = ()

    def __post_init__(self) -> None:
        check_members([self])

    def as_criterion(self, sets: ConceptSetTable) -> Json:
        """The records themselves, without window and count."""
        inner: Json = {name: _write(each, sets) for name, each in self.asked.items()}
        if self.group:
            inner["CorrelatedCriteria"] = as_group(self.group, sets)
        return {self.domain: inner}

    def as_member(self, sets: ConceptSetTable) -> Json:
        """The records in their windows, counted."""
        usual: Json = {
            "StartWindow": window_json(None, None, from_end=False),
            "Occurrence": {"Type": _COUNTS["at_least"], "Count": 1},
        }
        return {"Criteria": self.as_criterion(sets)} | usual | dict(self.around)

    # -- which records ---------------------------------------------------------------------------------

    def where(self, *, abnormal: bool = False, **asked: object) -> Event:
        """Only records of which this holds: start, end, age, gender, value, unit, visit_type and so on.

        An unknown name is refused with the list of those that the domain has.
        """
        found = ask(ATTRIBUTES[self.domain], asked)
        if abnormal:
            if self.domain != "Measurement":
                raise ValueError("only measurements can be abnormal")
            found["Abnormal"] = True
        if twice := sorted(found.keys() & self.asked.keys()):
            raise ValueError(f"asked twice: {', '.join(twice)}")
        return replace(self, asked={**self.asked, **found})

    def first(self) -> Event:
        """Only each person's earliest record of the concepts, chosen before anything else is asked of it."""
        if self.domain == "Death":
            raise ValueError("nobody dies twice: a death has no first one")
        return self._asking(First=True)

    def source(self, found: Concepts) -> Event:
        """The source concept is in this concept set too."""
        if self.domain not in SOURCE_CONCEPTS:
            raise ValueError(f"{self.domain} has no source concept in the CDM 5.4")
        return self._asking(**{SOURCE_CONCEPTS[self.domain]: found})

    def shifted(
        self, start_days: int = 0, end_days: int = 0, *, start_from: Side = "start", end_from: Side = "end"
    ) -> Event:
        """Start and end are taken so many days after (or before) the recorded ones."""
        moved: Json = {
            "StartWith": _CIRCE_SIDES[start_from],
            "StartOffset": start_days,
            "EndWith": _CIRCE_SIDES[end_from],
            "EndOffset": end_days,
        }
        return self._asking(DateAdjustment=moved)

    def covering(self, first: str | date | None = None, last: str | date | None = None) -> Event:
        """Only periods that cover these days, which then stand for their start and end."""
        if first is None and last is None:
            raise ValueError("give the first day, the last day, or both")
        return self._asking(UserDefinedPeriod=period_json(first, last))

    def having(self, *members: Member) -> Event:
        """Only records of which all members hold, with the record as index event."""
        check_members(members)
        return replace(self, group=(*self.group, *members))

    # -- how they lie to the index event -----------------------------------------------------------------

    def after(self, first: int, last: int | None, *, of: Side = "start", its: Side = "start") -> Event:
        """From `first` to `last` days after the index event's start (`of`), None for any time later."""
        _check_not_negative(first, last)
        return self.within(first, last, of=of, its=its)

    def before(self, first: int | None, last: int, *, of: Side = "start", its: Side = "start") -> Event:
        """From `first` to `last` days before the index event's start (`of`), None for any time earlier."""
        _check_not_negative(first, last)
        return self.within(None if first is None else -first, -last, of=of, its=its)

    def within(
        self, first: int | None, last: int | None, *, of: Side = "start", its: Side = "start"
    ) -> Event:
        """Days from the index event, negative before it, None as far as observation reaches.

        Args:
            of: whether days are counted from the index event's start or end.
            its: whether the record's own start or end must lie in the window; one window each.
        """
        if first is not None and last is not None and first > last:
            raise ValueError(f"no day lies between {first} and {last}")
        name = "StartWindow" if its == "start" else "EndWindow"
        window = window_json(first, last, from_end=of == "end", to_end=its == "end")
        return self._lying(**{name: window})

    def same_visit(self) -> Event:
        """Only in the same visit as the index event."""
        return self._lying(RestrictVisit=True)

    def outside_observation(self) -> Event:
        """Also outside the observation period of the index event."""
        return self._lying(IgnoreObservationPeriod=True)

    # -- how many ------------------------------------------------------------------------------------------

    def at_least(self, count: int, *, distinct: str | None = None) -> Event:
        """At least so many records, or distinct values: concept, start, end, visit, length, unit, ..."""
        return self._counted("at_least", count, distinct)

    def at_most(self, count: int, *, distinct: str | None = None) -> Event:
        """At most so many."""
        return self._counted("at_most", count, distinct)

    def exactly(self, count: int, *, distinct: str | None = None) -> Event:
        """Exactly so many."""
        return self._counted("exactly", count, distinct)

    def never(self) -> Event:
        """Not a single one."""
        return self.exactly(0)

    def _counted(self, kind: Literal["exactly", "at_most", "at_least"], count: int, of: str | None) -> Event:
        occurrence: Json = {"Type": _COUNTS[kind], "Count": count}
        if of is not None:
            column = _COUNTED.get(of, of.upper())
            if find_counted(self.domain, column) is None:
                raise ValueError(f"{self.domain} has no {of!r} of which distinct values could be counted")
            occurrence |= {"IsDistinct": True, "CountColumn": column}
        return self._lying(Occurrence=occurrence)

    def _asking(self, **more: Written) -> Event:
        return replace(self, asked={**self.asked, **more})

    def _lying(self, **more: JsonValue) -> Event:
        if twice := sorted(more.keys() & self.around.keys()):
            raise ValueError(f"said twice: {', '.join(twice)}")
        return replace(self, around={**self.around, **more})


def _check_not_negative(*days: int | None) -> None:
    if any(each is not None and each < 0 for each in days):
        raise ValueError("days before and after are told without a sign; within(...) takes signs")
