"""Tells a permit's terms, asked for or granted, as sentences; and what differs between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from coordinator.committee.application_content import PermitTerms
from coordinator.committee.review_store import newest
from coordinator.pages.access import Visit
from coordinator.pages.terms_form import DEMOGRAPHICS, KINDS, RESULTS, ZONE
from onggi.protocol.statements import DatasetGrant, ProjectPermit

_MOST_CONCEPTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTerms:
    """Rows, sentences and one line a data set."""

    rows: list[tuple[str, Any]]
    sentences: list[str]
    datasets: list[tuple[Any, ...]]


def terms_in(permit: ProjectPermit) -> PermitTerms:
    """The terms of a permit that was granted."""
    fields = {name: getattr(permit, name) for name in PermitTerms.model_fields}
    return PermitTerms.model_validate(fields)


def review_addresses(visit: Visit, project: str) -> dict[tuple[str, str], str]:
    """The address of each data set's review that found its treatment adequate."""
    return {
        where: visit.address("projects", project, "reviews", *where)
        for where, kept in newest(visit.services.reviews.of_project(project)).items()
        if kept.review.conclusion == "adequate"
    }


def offers(visit: Visit, people: Iterable[str]) -> dict[str, list[tuple[str, str, str]]]:
    """What the form's choices offer: (value, words, hint) each."""
    return {
        "people": [(each, each, "") for each in people],
        "demographics": [(each, visit.say(f"demographic.{each}"), "") for each in DEMOGRAPHICS],
        "voting": [(each, visit.say(f"voting.{each}"), "") for each in ("bounds", "each")],
        "kinds": [(each, visit.say(f"kind.{each}"), "") for each in KINDS],
        "results": [(each, visit.say(f"shape.{each}"), "") for each in RESULTS],
    }


def told_terms(visit: Visit, terms: PermitTerms, *, reviewed: dict[tuple[str, str], str]) -> ToldTerms:
    """For reading.

    Args:
        reviewed: the address of the review that counts, by site and data set.
    """
    rows = [
        (visit.say("terms.title"), terms.title),
        (visit.say("project.purpose"), terms.purpose),
        (visit.say("project.organisation"), terms.organisation),
        (visit.say("project.people"), ", ".join(terms.people)),
        (visit.say("permit.until"), f"{terms.expires.astimezone(ZONE):%Y-%m-%d %H:%M (%Z)}"),
    ]
    return ToldTerms(
        rows=rows,
        sentences=list(_sentences(visit, terms)),
        datasets=[_dataset(visit, grant, reviewed) for grant in terms.datasets],
    )


def _sentences(visit: Visit, terms: PermitTerms) -> Iterable[str]:
    say = visit.say
    if (bounds := terms.bounds) is None:
        yield say("told.each_job")
    else:
        yield say("told.within", kinds=_words(visit, "kind", bounds.kinds))
        yield say("told.persons", persons=bounds.minimum_persons, sites=bounds.minimum_sites)
        yield say("told.jobs", jobs=bounds.maximum_jobs)
        if bounds.masked_kinds:
            yield say("told.masked", kinds=_words(visit, "kind", bounds.masked_kinds))
        yield say("told.results", results=_words(visit, "shape", bounds.results))
        yield say("told.budget", epsilon=f"{bounds.micro_epsilon:,}")
    if terms.small_hospitals:
        yield say("told.small_hospitals")
    yield say("told.exact" if terms.exact_counts else "told.rounded")
    yield say("told.no_vote" if terms.export_without_vote else "told.vote")


def _words(visit: Visit, area: str, names: Iterable[str]) -> str:
    known = {"kind": KINDS, "shape": RESULTS}[area]
    return ", ".join(visit.say(f"{area}.{name}") if name in known else name for name in names)


def _dataset(visit: Visit, grant: DatasetGrant, reviewed: dict[tuple[str, str], str]) -> tuple[Any, ...]:
    shown = ", ".join(map(str, grant.concepts[:_MOST_CONCEPTS]))
    if len(grant.concepts) > _MOST_CONCEPTS:
        shown = visit.say("told.concepts_more", first=shown, number=len(grant.concepts))
    address = reviewed.get((grant.site, grant.dataset))
    review: str = visit.say("told.review_missing")
    if address is not None:
        review = Markup('<a href="{}">{}</a>').format(address, visit.say("told.review_read"))
    return (
        f"{grant.site} / {grant.dataset}",
        shown or "-",
        ", ".join(grant.whole_domains) or "-",
        ", ".join(visit.say(f"demographic.{each}") for each in grant.demographics) or "-",
        review,
    )


def told_changes(visit: Visit, old: PermitTerms, new: PermitTerms) -> list[tuple[str, str, str]]:
    """(what, before, after) of everything that differs."""
    before, after = _flat(visit, old), _flat(visit, new)
    changes = [
        (name, before.get(name, "-"), after.get(name, "-"))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]
    # Of the bounds the sentences that differ: the same long list twice hides one number.
    was, will = list(_sentences(visit, old)), list(_sentences(visit, new))
    gone = [sentence for sentence in was if sentence not in will]
    come = [sentence for sentence in will if sentence not in was]
    if gone or come:
        changes.append((visit.say("terms.bounds"), " ".join(gone) or "-", " ".join(come) or "-"))
    return changes


def _flat(visit: Visit, terms: PermitTerms) -> dict[str, str]:
    told = told_terms(visit, terms, reviewed={})
    flat = {str(name): str(value) for name, value in told.rows}
    for grant in terms.datasets:
        where = f"{grant.site} / {grant.dataset}"
        flat[f"{where}: {visit.say('terms.concepts')}"] = ", ".join(map(str, grant.concepts)) or "-"
        flat[f"{where}: {visit.say('terms.domains')}"] = ", ".join(grant.whole_domains) or "-"
        flat[f"{where}: {visit.say('terms.demographics')}"] = ", ".join(grant.demographics) or "-"
    return flat
