"""A committee's work of years: reviews, applications in every state, meetings, messages, opinions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, product
from typing import Any, get_args

from sqlalchemy.orm import Session

from benchmarks.many.coordinator_work import Sample
from benchmarks.many.copies import Trail, add_rows, made_up_digest, one_row
from coordinator.audit.vocabulary import AuditEvent as E
from coordinator.committee.application_content import (
    Amendment,
    Closing,
    Content,
    Extension,
    Feasibility,
    JobReview,
    Kind,
    NewPermit,
    PermitTerms,
)
from coordinator.database.committee import (
    AgendaItemRow,
    ApplicationRow,
    AttendanceRow,
    ConflictRow,
    DelegationRow,
    MeetingRow,
    ReviewRow,
)
from coordinator.database.threads import SampleOpinionRow, ThreadMessageRow
from coordinator.database.work import JobRow
from coordinator.permissions import Thing
from coordinator.states import ApplicationState, MeetingState
from onggi.protocol.reviews import AdequacyReview
from onggi.spec.ids import JobId
from tests.support.coordinator_house import permit_fields
from tests.support.federation_root import COMMITTEE, NOW, SITES

OWN_REVIEWS = 200
"""How many reviews are of the one project that is looked at."""
_AGENDA = 6


def add_reviews(session: Session, project: str, others: Sequence[str], *, datasets: int, count: int) -> None:
    """Of `datasets` data sets, again and again; one in ten is of the project that is looked at."""
    first = one_row(session, ReviewRow, project=project)
    review = AdequacyReview.model_validate_json(first["document"])
    rows = []
    of = cycle(others)
    for number in range(count):
        owner = project if number < OWN_REVIEWS else next(of)
        dataset, site = f"dataset-{number // 2 % datasets}", SITES[number // 2 % len(SITES)]
        document = review.model_copy(update={"project": owner, "dataset": dataset, "site": site})
        rows.append(
            first
            | {"digest": f"sha256:{made_up_digest('review', number)}", "number": 1_000_000 + number}
            | {"project": owner, "site": site, "dataset": dataset}
            | {"document": document.model_dump_json()}
        )
    add_rows(session, ReviewRow, rows)


def contents(session: Session, sample: Sample) -> dict[Kind, Content]:
    """One application of each kind, about the objects that are looked at."""
    fields = permit_fields(sample.project)
    terms = PermitTerms.model_validate(
        {name: fields[name] for name in PermitTerms.model_fields if name in fields}
    )
    permit, later = sample.permit, terms.expires + timedelta(days=90)
    job = one_row(session, JobRow, id=sample.job)
    made: list[Content] = [
        NewPermit(terms=terms),
        Amendment(permit=permit, terms=terms.model_copy(update={"title": "Heart and lungs"})),
        Extension(permit=permit, expires=later),
        Closing(permit=permit, report="What was asked, what was found, and where it was published.\n" * 100),
        Feasibility(people=terms.people, datasets=terms.datasets, per_day=10, expires=terms.expires),
        JobReview(job=JobId(sample.job), permit=permit, spec=job["digest"], expires=terms.expires),
    ]
    return {each.kind: each for each in made}


def add_applications(
    session: Session, sample: Sample, others: Sequence[str], trail: Trail, *, count: int
) -> list[str]:
    """Every kind in every state first, all of the project that is looked at; then of other projects."""
    texts = {kind: content.model_dump_json() for kind, content in contents(session, sample).items()}
    of, cases = cycle(others), list(product(get_args(Kind), ApplicationState))
    rows = []
    for number, (kind, state) in zip(range(count), cycle(cases), strict=False):
        name = f"application-{kind}-{state.value.replace('_', '-')}-{number:06d}"
        moment = NOW - timedelta(hours=number)
        rows.append(
            {
                "id": name,
                "project": sample.project if number < len(cases) else next(of),
                "kind": kind,
                "content": texts[kind],
                "reason": "A first look",
                "state": state.value,
                "state_since": moment,
                "words": "Say which persons are left out." if state is ApplicationState.RETURNED else "",
                "created_by": "researcher-1",
                "created": moment,
                "statement": None,
            }
        )
        trail.note(name, moment, E.APPLICATION_WRITTEN, E.APPLICATION_SUBMITTED, by="researcher-1")
        trail.note(name, moment, E.APPLICATION_ON_AGENDA, E.APPLICATION_DECIDED, by="committee-1")
    add_rows(session, ApplicationRow, rows)
    return [row["id"] for row in rows]


def add_meetings(session: Session, applications: Sequence[str], trail: Trail, *, count: int) -> list[str]:
    """Ninety in a hundred are over. Returns their names, a planned one first."""
    states = cycle(
        [MeetingState.PLANNED, MeetingState.OPEN, MeetingState.CANCELLED, *[MeetingState.CLOSED] * 17]
    )
    meetings: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    chosen = cycle(applications)
    for number, state in zip(range(count), states, strict=False):
        name, moment = f"meeting-{number:06d}", NOW - timedelta(days=7 * number)
        meetings.append(
            {
                "id": name,
                "title": f"Meeting {number}",
                "track": "regular",
                "held": moment,
                "place": "Room 1",
                "state": state.value,
                "state_since": moment,
                "notes": "Nothing further was said.",
                "created_by": "committee-1",
                "created": moment,
            }
        )
        is_closed = state is MeetingState.CLOSED
        items += [
            _item(name, next(chosen), at, moment if is_closed else None) for at in range(1, _AGENDA + 1)
        ]
        trail.note(name, moment, E.MEETING_PLANNED, E.MEETING_OPENED, by="committee-1")
        trail.note(name, moment, E.ATTENDANCE_RECORDED, E.MEETING_CLOSED, by="committee-1")
    add_rows(session, MeetingRow, meetings)
    add_rows(session, AgendaItemRow, items)
    add_rows(
        session,
        AttendanceRow,
        ({"meeting": each["id"], "member": member} for each in meetings for member in COMMITTEE[:3]),
    )
    return [each["id"] for each in meetings]


def _item(meeting: str, application: str, position: int, decided: datetime | None) -> dict[str, Any]:
    return {
        "meeting": meeting,
        "application": application,
        "position": position,
        "verdict": None if decided is None else ApplicationState.APPROVED.value,
        "words": "",
        "present": '["committee-1", "committee-2", "committee-4"]',
        "stood_back": "[]",
        "recorded_by": None if decided is None else "committee-1",
        "decided": decided,
    }


def add_standing(session: Session, projects: Sequence[str], *, count: int) -> None:
    """Members who stand back from projects, and delegations of years."""
    add_rows(
        session,
        ConflictRow,
        (
            {"project": project, "member": "committee-5", "reason": "A colleague's work", "declared": NOW}
            for project in projects[:count]
        ),
    )
    add_rows(
        session,
        DelegationRow,
        (
            {
                "id": f"delegation-{number:06d}",
                "giver": COMMITTEE[number % 2],
                "receiver": COMMITTEE[2],
                "begins": NOW - timedelta(days=number),
                "until": NOW - timedelta(days=number - 7),
            }
            for number in range(count)
        ),
    )


def add_messages(
    session: Session, own: Sequence[tuple[Thing, str]], jobs: Sequence[str], trail: Trail, *, count: int
) -> None:
    """A tenth on each object that is looked at, the rest on many jobs: questions, answers, changes asked."""
    places = [place for place in own for _ in range(count // 10)]
    of = cycle([(Thing.JOB, job) for job in jobs])
    places += [next(of) for _ in range(count - len(places))]
    writers = cycle(
        [("researcher-1", "project"), ("committee-2", "committee"), ("checker-2", "output_checker")]
    )
    rows = []
    for number, ((thing, subject), (author, side)) in enumerate(zip(places, writers, strict=False)):
        asks, at = side == "output_checker" and thing is Thing.JOB, NOW - timedelta(minutes=count - number)
        rows.append(
            {
                "id": f"message-{number:08d}",
                "thing": thing.value,
                "subject": subject,
                "author": author,
                "side": side,
                "at": at,
                "kind": "changes_asked" if asks else "note",
                "audience": "everybody",
                "text": "Please leave out the smallest group; it tells little.\n" * 4,
                "answers": None,
            }
        )
        trail.note(subject, at, E.THREAD_WRITTEN, by=author)
    add_rows(session, ThreadMessageRow, rows)


def add_opinions(session: Session, jobs: Sequence[str]) -> None:
    """On every other one of these sampled exports."""
    add_rows(
        session,
        SampleOpinionRow,
        (
            {
                "id": f"opinion-{number:06d}",
                "job": job,
                "account": "committee-2",
                "opinion": "agrees",
                "reason": "I would have said the same.",
                "given": NOW,
            }
            for number, job in enumerate(jobs[::2])
        ),
    )
