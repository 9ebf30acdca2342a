"""The committee's work in a browser's room: applications in every state, meetings, reviews, delegations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coordinator.committee.application_content import (
    Amendment,
    Closing,
    Content,
    Extension,
    Feasibility,
    JobReview,
    NewPermit,
    PermitTerms,
)
from coordinator.committee.review_store import ReviewFindings
from coordinator.decisions.meetings import Track
from coordinator.pages.terms_words import terms_in
from coordinator.states import ApplicationState
from tests.support.coordinator_house import review_of

if TYPE_CHECKING:
    from tests.support.browser_room import BrowserRoom

PRESENT: Final = ("committee-1", "committee-2", "committee-4", "committee-5")
REASON: Final = "A first look before the main study.\n\nNobody outside the project gets the data."
"""Who comes to every meeting; the last one has an interest in the project."""


WORDS_OF_COMMITTEE: Final = (
    *(f"{month} meeting" for month in ("November", "December", "January")),
    "Meeting room 1, second floor",
    "By letter",
    "A first look before the main study.",
    "Nobody outside the project gets the data.",
    "A relative works in the research group",
    "Bring the ethics committee's paper.",
    "By the end of May.",
    "Name the outcome of the study.",
    "Four tables were made.",
    "One paper is under review.",
    "The members read the reviews of pseudonymisation.",
    "Rare occupations were talked about for long.",
    "Rare occupations stand out.",
    "Occupations are grouped now.",
    "keyed hash",
    "year of birth",
    "guideline: identifiers",
    "guideline: dates",
    "smallest group of equal age and sex counted",
)
"""What people typed in it."""


def furnish_committee(room: BrowserRoom) -> None:
    """Everything that a committee does with a project, from its reviews to its closing report."""
    house, names = room.house, room.names
    services, chair = house.services, house.caller("committee-1")
    _review_again(room)
    terms = terms_in(services.permits.get(names["permit"]).permit)
    applied = _Applied(room)
    services.conflicts.declare(
        names["project"], reason="A relative works in the research group", by=house.caller("committee-5")
    )
    services.delegations.give("committee-2", until=house.clock() + timedelta(days=30), by=chair)
    ended = services.delegations.give("committee-3", until=house.clock() + timedelta(days=60), by=chair)
    services.delegations.end(ended.id, by=chair)

    names["draft"] = applied.draft(NewPermit(terms=terms))
    names["submitted"] = applied.hand_in(_amended(names["permit"], terms))
    names["withdrawn"] = applied.hand_in(NewPermit(terms=terms))
    services.applications.withdraw(names["withdrawn"], by=house.caller("researcher-1"))

    names["past_meeting"] = _meeting(room, "November meeting")
    verdicts = {
        "approved": (ApplicationState.APPROVED, ""),
        "conditional": (
            ApplicationState.CONDITIONAL,
            "Bring the ethics committee's paper.\nBy the end of May.",
        ),
        "returned": (ApplicationState.RETURNED, "Name the outcome of the study."),
    }
    contents: dict[str, Content] = {
        "approved": NewPermit(terms=terms),
        "conditional": Extension(permit=names["permit"], expires=terms.expires + timedelta(days=365)),
        "returned": Closing(
            permit=names["permit"], report="Four tables were made.\n\nOne paper is under review."
        ),
    }
    for name, (verdict, words) in verdicts.items():
        names[name] = applied.hand_in(contents[name])
        services.meetings.put_on_agenda(names["past_meeting"], names[name], by=chair)
        services.meetings.decide(names["past_meeting"], names[name], verdict=verdict, words=words, by=chair)
    notes = (
        "The members read the reviews of pseudonymisation.\n\nRare occupations were talked about for long."
    )
    services.meetings.close(names["past_meeting"], notes=notes, by=chair)

    names["meeting"] = _meeting(room, "December meeting")
    names["on_agenda"] = applied.hand_in(_feasibility(terms))
    names["job_application"] = applied.hand_in(_job_review(room))
    for name in ("on_agenda", "job_application"):
        services.meetings.put_on_agenda(names["meeting"], names[name], by=chair)
    names["planned_meeting"] = services.meetings.plan(
        title="January meeting",
        track=Track.EXPEDITED,
        held=house.clock() + timedelta(days=40),
        place="By letter",
        by=chair,
    ).id


def handed_in(room: BrowserRoom) -> str:
    """One more application for a permit, which waits for an agenda."""
    terms = terms_in(room.house.services.permits.get(room.names["permit"]).permit)
    return _Applied(room).hand_in(NewPermit(terms=terms))


class _Applied:
    """researcher-1 asks for something."""

    def __init__(self, room: BrowserRoom) -> None:
        self._project, self._store = room.names["project"], room.house.services.applications
        self._by = room.house.caller("researcher-1")

    def draft(self, content: Content) -> str:
        return self._store.write(self._project, content, reason=REASON, by=self._by).id

    def hand_in(self, content: Content) -> str:
        return self._store.submit(self.draft(content), by=self._by).id


def _amended(permit: str, terms: PermitTerms) -> Amendment:
    assert terms.bounds is not None
    bounds = terms.bounds.model_copy(update={"maximum_jobs": 900, "minimum_persons": 20})
    return Amendment(permit=permit, terms=terms.model_copy(update={"bounds": bounds, "exact_counts": True}))


def _feasibility(terms: PermitTerms) -> Feasibility:
    return Feasibility(people=terms.people, datasets=terms.datasets, per_day=20, expires=terms.expires)


def _job_review(room: BrowserRoom) -> JobReview:
    house, names = room.house, room.names
    job = house.services.jobs.get(names["job"])
    return JobReview(
        job=job.id, permit=names["permit"], spec=job.digest, expires=house.clock() + timedelta(days=30)
    )


def _meeting(room: BrowserRoom, title: str) -> str:
    """A regular meeting under way."""
    house, meetings = room.house, room.house.services.meetings
    chair = house.caller("committee-1")
    planned = meetings.plan(
        title=title, track=Track.REGULAR, held=house.clock(), place="Meeting room 1, second floor", by=chair
    )
    meetings.record_attendance(planned.id, PRESENT, by=chair)
    meetings.open(planned.id, by=chair)
    return planned.id


def _review_again(room: BrowserRoom) -> None:
    """A data set of no permit is found wanting and then adequate: its page has an earlier review."""
    house, project = room.house, room.names["project"]
    review = review_of(project, "zurich", dataset="lung")
    fields = review.model_dump(mode="json", include=set(ReviewFindings.model_fields))
    wanting = fields | {"conclusion": "inadequate", "remark": "Rare occupations stand out."}
    for given in (wanting, fields | {"remark": "Occupations are grouped now."}):
        house.services.reviews.record(
            project, ReviewFindings.model_validate(given), by=house.caller("committee-3")
        )
