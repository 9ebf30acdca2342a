"""Puts the parts of a definition into words of one language: ranges, days, windows, concepts, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from onggi.spec.circe.explain.names import Names, escaped
from onggi.spec.circe.explain.sentences import SENTENCES
from onggi.spec.circe.explain.terms import (
    CALENDAR,
    COLUMNS,
    COMPUTED,
    COUNTED,
    DAYS,
    NUMBERS,
    TEXTS,
    Pair,
    Scope,
)
from onggi.spec.circe.plan import (
    Abnormal,
    Bound,
    Column,
    ConceptIs,
    ConceptItem,
    Condition,
    Correlated,
    CoversDay,
    DateIs,
    DateRange,
    DistinctOf,
    InConceptSet,
    NumberIs,
    NumberRange,
    Side,
    Subject,
    TextIs,
    Window,
)

Language: TypeAlias = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One language, and the names that the definition's file gives."""

    language: Language
    names: Names

    def of(self, pair: Pair) -> str:
        """The one of the two in this language."""
        return pair[0] if self.language == "ko" else pair[1]

    def say(self, sentence: str, **values: object) -> str:
        """A sentence with its values."""
        return self.of(SENTENCES[sentence]).format(**values)

    def days(self, days: int) -> str:
        """A number of days."""
        return self.of((f"{days}일", "1 day" if days == 1 else f"{days} days"))

    def concept(self, concept: int) -> str:
        """A concept by name and id."""
        name = self.names.concepts.get(concept)
        return str(concept) if name is None else f"{name} ({concept})"

    def item(self, item: ConceptItem) -> str:
        """A line of a concept set."""
        parts = [self.concept(item.concept)]
        parts += [self.say("descendants")] if item.descendants else []
        parts += [self.say("mapped")] if item.mapped else []
        told = ", ".join(parts)
        return self.say("excluded", concept=told) if item.excluded else told

    def concept_set(self, codeset: int) -> str:
        """A concept set by name and id."""
        name = self.names.concept_sets.get(codeset)
        return f"[{codeset}]" if name is None else f"“{name}” [{codeset}]"

    def day_of(self, scope: Scope, side: Side) -> str:
        """What the start or the end of a record is called."""
        return self.of(DAYS[scope, side])

    def subject(self, subject: Subject, scope: Scope) -> str:
        """What a condition compares."""
        if isinstance(subject, Column):
            return self.of(COLUMNS[subject.place, subject.name])
        if subject == "start" or subject == "end":
            return self.day_of(scope, subject)
        days = {side: self.day_of(scope, side) for side in ("start", "end")}
        return self.of(COMPUTED[subject]).format(**days)

    def numbers(self, numbers: NumberRange, *, integer: bool) -> str:
        """A range of numbers. What is compared as a decimal number is told with its point."""
        first, last = (
            None if each is None else str(int(each)) if integer else repr(float(each))
            for each in (numbers.value, numbers.extent)
        )
        return self.of(NUMBERS[numbers.op]).format(a=first, b=last)

    def calendar(self, days: DateRange) -> str:
        """A range of calendar days."""
        return self.of(CALENDAR[days.op]).format(a=days.value, b=days.extent)

    def condition(self, condition: Condition, scope: Scope) -> str:
        """One condition on a record, or on the person and days of an index event."""
        match condition:
            case NumberIs(subject, numbers, integer):
                return f"{self.subject(subject, scope)}: {self.numbers(numbers, integer=integer)}"
            case DateIs(subject, days):
                return f"{self.subject(subject, scope)}: {self.calendar(days)}"
            case ConceptIs(subject, concepts, excluded):
                listed = ", ".join(self.concept(each) for each in concepts)
                told = self.say("none_of" if excluded else "one_of", values=listed)
                return f"{self.subject(subject, scope)}: {told}"
            case InConceptSet(subject, codeset, excluded):
                told = self.say("not_in_set" if excluded else "in_set", set=self.concept_set(codeset))
                return f"{self.subject(subject, scope)}: {told}"
            case TextIs(subject, op, text):
                told = self.of(TEXTS[op]).format(a=f"“{escaped(text)}”")
                return f"{self.subject(subject, scope)}: {told}"
            case Abnormal():
                return self.say("abnormal")
            case CoversDay(day):
                return self.say("covers", day=day)
            case _:
                assert_never(condition)

    def count(self, member: Correlated) -> str:
        """How many records are asked for."""
        number = member.count
        records = self.of((f"{number}건", "1 record" if number == 1 else f"{number} records"))
        told = self.say(member.occurrence, n=records)
        if member.count == 0:
            return self.say("always" if member.occurrence == "at_least" else "never", count=told)
        return told

    def counted(self, distinct: DistinctOf) -> str:
        """Of what distinct values are counted."""
        if isinstance(distinct, Column):
            of = self.say("distinct_column", of=self.subject(distinct, "record"))
        else:
            of = self.of(COUNTED[distinct])
        return self.say("distinct", of=of)

    def moved(self, anchor: str, days: int) -> str:
        """A day that lies so many days before or after another."""
        if days == 0:
            return self.say("day_itself", anchor=anchor)
        return self.say("day_before" if days < 0 else "day_after", anchor=anchor, days=self.days(abs(days)))

    def window(self, window: Window, scope: Scope, *, observed: bool) -> str:
        """A window around the index event, and which day of the record must lie in it."""
        anchor = self.day_of(scope, "end" if window.from_index_end else "start")
        label = self.day_of("record", "end" if window.to_event_end else "start")
        return f"{label}: {self._span(window.start, window.end, anchor, observed=observed)}"

    def _span(self, start: Bound, end: Bound, anchor: str, *, observed: bool) -> str:
        first = start.days
        last = end.days
        if first is not None and last is not None:
            return self._closed_span(first, last, anchor)
        if observed and ((first is None and start.direction == 1) or (last is None and end.direction == -1)):
            ends = {"first": self._edge(start, anchor), "last": self._edge(end, anchor)}
            return self.say("window_between", **ends)
        if first is None and last is None:
            return self.say("window_any" if observed else "window_ever")
        if last is not None:
            near = "window_before" if last == -1 else "window_until"
            return self.say(near, anchor=anchor, last=self.moved(anchor, last))
        assert first is not None
        return self.say(
            "window_after" if first == 1 else "window_from", anchor=anchor, first=self.moved(anchor, first)
        )

    def _edge(self, bound: Bound, anchor: str) -> str:
        if bound.days is not None:
            return self.moved(anchor, bound.days)
        return self.say("period_start" if bound.direction == -1 else "period_end")

    def _closed_span(self, first: int, last: int, anchor: str) -> str:
        ends = {"anchor": anchor, "first": self.moved(anchor, first), "last": self.moved(anchor, last)}
        if first == last:
            return self.say("window_one_day", **ends)
        if first > last:
            return self.say("window_empty", window=self.say("window_between", **ends))
        away = {"a": self.days(abs(first)), "b": self.days(abs(last))}
        if first == 0 or last == 0:
            return self.say("window_between", **ends)
        if self.language == "en" and (first > 0) == (last > 0):
            away["a"] = str(abs(first))
        form = "window_later" if first > 0 else "window_earlier" if last < 0 else "window_around"
        return self.say(form, anchor=anchor, **away)
