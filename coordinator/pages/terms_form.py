"""The form in which a permit's terms are written and bounded: sentences with gaps, one for each data set.

The same form serves who applies and who grants. It reads and shows `PermitTerms`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from coordinator.committee.application_content import PermitTerms
from coordinator.pages.access import Visit
from onggi.errors import Refused
from onggi.protocol.statements import DatasetGrant
from onggi.spec.job import ResultType
from pages.entries import Entries
from pages.problems import Problems

ZONE: Final = ZoneInfo("Asia/Seoul")
KINDS: Final = (
    "count",
    "glm",
    "evaluation",
    "overlap",
    "concepts",
    "survival",
    "cox",
    "penalised",
    "meta",
    "table_one",
    "rates",
    "correlation",
    "distribution",
    "cross_table",
)
DEMOGRAPHICS: Final = ("age", "sex", "race", "ethnicity", "index_year")
RESULTS: Final[tuple[str, ...]] = get_args(ResultType)
_MOST_CARDS: Final = 20
_MOST_SETS: Final = 100
_MOST_CONCEPTS: Final = 5000
_NUMBERS: Final = ("minimum_persons", "minimum_sites", "maximum_jobs", "micro_epsilon")
_TICKS: Final = ("exact_counts", "export_without_vote", "small_hospitals")
_LARGEST: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One data set that could be granted, with what is granted of it so far."""

    site: str
    dataset: str
    chosen: bool
    concepts: str
    domains: str
    demographics: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.site}/{self.dataset}"


def offered(visit: Visit, project: str, grants: Iterable[DatasetGrant]) -> list[Offered]:
    """Data sets that stand in the terms, were reviewed for the project, or have one of the first cards."""
    granted = {(str(one.site), one.dataset): one for one in grants}
    reviewed = {
        (str(one.review.site), one.review.dataset) for one in visit.services.reviews.of_project(project)
    }
    known = sorted(granted.keys() | reviewed | visit.services.cards.names(limit=_MOST_CARDS))
    return [_offer(site, dataset, granted.get((site, dataset))) for site, dataset in known]


def _offer(site: str, dataset: str, grant: DatasetGrant | None) -> Offered:
    return Offered(
        site=site,
        dataset=dataset,
        chosen=grant is not None,
        concepts="" if grant is None else ", ".join(map(str, grant.concepts)),
        domains="" if grant is None else ", ".join(grant.whole_domains),
        demographics=() if grant is None else tuple(grant.demographics),
    )


def entered(entries: Entries, sets: Iterable[Offered]) -> list[Offered]:
    """The same data sets with what was typed, and those that were named to be added."""
    known = list(sets)
    named = re.findall(
        r"^\s*([a-z][a-z0-9-]{0,62})\s*/\s*([a-z][a-z0-9-]{0,62})\s*$", entries.text("add"), re.M
    )
    there = {one.key for one in known}
    # A form that was sent back names its data sets itself, also those that it was asked to add before.
    named += [tuple(key.split("/", 1)) for key in entries.texts("offered") if key.count("/") == 1]
    for site, dataset in dict.fromkeys(named):
        if f"{site}/{dataset}" not in there and len(known) < _MOST_SETS and _is_name(site, dataset):
            known.append(_offer(site, dataset, None))
    return [
        Offered(
            site=one.site,
            dataset=one.dataset,
            chosen=entries.is_ticked(f"grant:{one.key}"),
            concepts=entries.text(f"concepts:{one.key}"),
            domains=entries.text(f"domains:{one.key}"),
            demographics=entries.texts(f"demographics:{one.key}"),
        )
        for one in known
    ]


def shown_terms(terms: PermitTerms | None, *, now: datetime) -> dict[str, Any]:
    """The form's values: those of the terms, or what most projects begin with."""
    bounds = None if terms is None else terms.bounds
    until = (now + timedelta(days=365)) if terms is None else terms.expires
    return {
        "title": "" if terms is None else terms.title,
        "purpose": "" if terms is None else terms.purpose,
        "organisation": "" if terms is None else terms.organisation,
        "people": () if terms is None else terms.people,
        "voting": "bounds" if terms is None or bounds is not None else "each",
        "kinds": ("count",) if bounds is None else bounds.kinds,
        "masked_kinds": () if bounds is None else bounds.masked_kinds,
        "results": ("count_table",) if bounds is None else bounds.results,
        "minimum_persons": 10 if bounds is None else bounds.minimum_persons,
        "minimum_sites": 3 if bounds is None else bounds.minimum_sites,
        "maximum_jobs": 20 if bounds is None else bounds.maximum_jobs,
        "micro_epsilon": 0 if bounds is None else bounds.micro_epsilon,
        "exact_counts": terms is not None and terms.exact_counts,
        "export_without_vote": terms is not None and terms.export_without_vote,
        "small_hospitals": terms is not None and terms.small_hospitals,
        "until": until.astimezone(ZONE).date().isoformat(),
    }


def entered_terms(entries: Entries) -> dict[str, Any]:
    """The form's values as they were typed."""
    texts = ("title", "purpose", "organisation", "voting", "until", *_NUMBERS)
    lists = ("people", "kinds", "masked_kinds", "results")
    return (
        {name: entries.text(name) for name in texts}
        | {name: entries.texts(name) for name in lists}
        | {name: entries.is_ticked(name) for name in _TICKS}
    )


def read_terms(entries: Entries, sets: Iterable[Offered], problems: Problems) -> PermitTerms | None:
    """The terms, or None where something is wrong: every wrong field is named at once."""
    fields: dict[str, Any] = {name: entries.text(name) for name in ("title", "purpose", "organisation")}
    fields["people"] = entries.texts("people")
    fields["datasets"] = read_grants(sets, problems)
    fields |= {name: entries.is_ticked(name) for name in _TICKS}
    with problems.at("until"):
        fields["expires"] = read_until(entries.text("until"))
    if entries.text("voting") == "bounds":
        fields["bounds"] = _read_bounds(entries, problems)
    try:
        terms = PermitTerms.model_validate(fields)
    except ValidationError as wrong:
        for place in _places(wrong):
            if problems.of(place) is None:
                problems.add(place, Refused("application.field", field=place))
        return None
    return None if problems else terms


def read_grants(sets: Iterable[Offered], problems: Problems) -> list[dict[str, Any]]:
    """The data sets that were chosen, as `DatasetGrant` takes them."""
    return [_read_grant(one, problems) for one in sets if one.chosen]


def read_until(typed: str) -> datetime:
    """The end of a day. Raises Refused(``application.field``)."""
    try:
        day = date.fromisoformat(typed)
        return datetime.combine(day, time(23, 59, 59), ZONE)
    except (ValueError, OverflowError):
        raise Refused("application.field", field="until") from None


def _is_name(*names: str) -> bool:
    return all(re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name) for name in names)


def _read_grant(one: Offered, problems: Problems) -> dict[str, Any]:
    words = re.split(r"[\s,]+", one.concepts.strip()) if one.concepts.strip() else []
    concepts: list[int] = []
    with problems.at(f"concepts:{one.key}"):
        if len(words) > _MOST_CONCEPTS or not all(re.fullmatch(r"\d{1,18}", word) for word in words):
            raise Refused("application.field", field=f"concepts:{one.key}")
        concepts = sorted({int(word) for word in words})
    domains = tuple(word for word in re.split(r"[\s,]+", one.domains.strip()) if word)
    with problems.at(f"domains:{one.key}"):
        if not all(re.fullmatch(r"[a-z][a-z_]{1,40}", word) for word in domains):
            raise Refused("application.field", field=f"domains:{one.key}")
    return {
        "site": one.site,
        "dataset": one.dataset,
        "concepts": concepts,
        "whole_domains": domains,
        "demographics": one.demographics,
    }


def _read_bounds(entries: Entries, problems: Problems) -> Mapping[str, Any]:
    bounds: dict[str, Any] = {
        "kinds": [kind for kind in entries.texts("kinds") if kind in KINDS],
        "masked_kinds": [kind for kind in entries.texts("masked_kinds") if kind in KINDS],
        "results": entries.texts("results"),
    }
    for name in ("kinds", "results"):
        if not bounds[name]:
            problems.add(name, Refused("page.choice_missing"))
    for name in _NUMBERS:
        with problems.at(name):
            typed = entries.text(name)
            if not re.fullmatch(r"\d{1,9}", typed):
                raise Refused("application.field", field=name)
            bounds[name] = int(typed)
    return bounds


def _places(wrong: ValidationError) -> Iterable[str]:
    """The form's field of each place that the type found wrong."""
    for each in wrong.errors():
        place = [str(part) for part in each["loc"]]
        yield (
            "until"
            if place[0] == "expires"
            else (place[1] if place[0] == "bounds" and place[1:] else place[0])
        )
