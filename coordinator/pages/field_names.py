"""A form of the committee's work names a wrong field as its label does, not as a program does."""

from __future__ import annotations

import re
from typing import Final

from coordinator.pages.phrases import PHRASES
from onggi.errors import OnggiError, Refused
from pages.languages import Language
from pages.problems import Problems

NAMES: Final = {
    "title": "terms.title",
    "purpose": "project.purpose",
    "organisation": "project.organisation",
    "people": "terms.people",
    "datasets": "terms.data",
    "concepts": "terms.concepts",
    "domains": "terms.domains",
    "demographics": "terms.demographics",
    "kinds": "terms.kinds",
    "masked_kinds": "terms.masked_kinds",
    "results": "terms.results",
    "minimum_persons": "terms.minimum_persons",
    "minimum_sites": "terms.minimum_sites",
    "maximum_jobs": "terms.maximum_jobs",
    "micro_epsilon": "terms.micro_epsilon",
    "until": "terms.until",
    "expires": "terms.until",
    "per_day": "apply.per_day",
    "item": "review.item",
    "treatment": "review.treatment",
    "rule": "review.rule",
    "risk": "review.risk",
    "why": "review.borne",
    "last_check": "review.last_check",
    "checked_on": "review.checked_on",
    "conclusion": "review.conclusion",
    "remark": "review.remark",
    "day": "meeting.day",
}
"""The label of each field, by its name. A name may go on: `concepts:zurich/heart`, `risk-2`."""


class FormProblems(Problems):
    """Problems that name the form's own labels."""

    def add(self, where: str, error: OnggiError) -> None:
        if error.code == "application.field" and (label := field_label(where, self.language)):
            error = Refused("application.field", field=label)
        Problems.add(self, where, error)


def field_label(name: str, language: Language) -> str | None:
    """The label of a field, with the data set or row it belongs to; None for a field without a label here."""
    found = re.fullmatch(r"([a-z_]+)(?::(.+)|-(\d+))?", name)
    if found is None or found[1] not in NAMES:
        return None
    label = PHRASES[NAMES[found[1]]].in_language(language)
    if found[2] is not None:
        return f"{label} ({found[2]})"
    return f"{label} {int(found[3]) + 1}" if found[3] is not None else label
