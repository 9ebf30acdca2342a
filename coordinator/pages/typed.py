"""Reads single fields of a form into what they mean; what cannot be read is a problem of its field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from coordinator.decisions.readiness import ZONE
from coordinator.operating.texts import Country, Email, Paragraph, Phone
from onggi.errors import Refused
from onggi.spec.base import Line, Slug
from pages.entries import Entries
from pages.problems import Problems

_LONGEST_LINE: Final = 300
_LONGEST_TEXT: Final = 1000
_MOMENT: Final = "%Y-%m-%d %H:%M"
E = TypeVar("E", bound=StrEnum)


@cache
def _adapter(form: Any) -> TypeAdapter[str]:
    return TypeAdapter(form)


def _fits(form: Any, text: str) -> bool:
    try:
        _adapter(form).validate_python(text)
    except ValidationError:
        return False
    return True


class TypedForm:
    """One form as it was sent. A field that is wrong gives an empty value and a problem."""

    def __init__(self, entries: Entries, problems: Problems) -> None:
        self.entries = entries
        self.problems = problems

    def line(self, name: str) -> str:
        return self._text(name, Line, Refused("page.one_line", longest=_LONGEST_LINE))

    def paragraph(self, name: str) -> str:
        return self._text(name, Paragraph, Refused("page.text", longest=_LONGEST_TEXT))

    def slug(self, name: str) -> str:
        return self._text(name, Slug, Refused("page.name"))

    def country(self, name: str) -> str:
        return self._text(name, Country, Refused("page.country"))

    def optional_slug(self, name: str) -> str | None:
        return self.slug(name) if self.entries.text(name) else None

    def optional_email(self, name: str) -> str | None:
        return self._text(name, Email, Refused("page.email")) if self.entries.text(name) else None

    def optional_phone(self, name: str) -> str | None:
        return self._text(name, Phone, Refused("page.phone")) if self.entries.text(name) else None

    def choice(self, name: str, choices: type[E]) -> E | None:
        found = {str(each.value): each for each in choices}.get(self.entries.text(name))
        if found is None:
            self.problems.add(name, Refused("page.choice_missing"))
        return found

    def choices(self, name: str, choices: type[E]) -> frozenset[E]:
        """Several of them, at least one."""
        known = {str(each.value): each for each in choices}
        given = self.entries.texts(name)
        if not given or not known.keys() >= set(given):
            self.problems.add(name, Refused("page.choice_missing"))
            return frozenset()
        return frozenset(known[each] for each in given)

    def day(self, name: str) -> date | None:
        text = self.entries.text(name)
        try:
            if len(text) == len("2026-11-22"):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.problems.add(name, Refused("page.date"))
        return None

    def moment(self, name: str) -> datetime | None:
        """A moment on the clocks of Korea."""
        text = self.entries.text(name)
        try:
            return datetime.strptime(text, _MOMENT).replace(tzinfo=ZONE).astimezone(UTC)
        except (ValueError, OverflowError):
            self.problems.add(name, Refused("page.moment"))
            return None

    def _text(self, name: str, form: Any, wrong: Refused) -> str:
        text = self.entries.text(name)
        if not _fits(form, text):
            self.problems.add(name, wrong)
            return ""
        return text


def written_moment(moment: datetime) -> str:
    """As a person types it."""
    return moment.astimezone(ZONE).strftime(_MOMENT)
