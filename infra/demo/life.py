"""What goes on in the house while the demo is kept: at every door something waits to be looked at.

The main job needs none of it, so only a kept demo pays for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.demo.heart import concepts as c
from infra.demo.page_hand import PageHand
from infra.demo.people import CHECKERS, COMMITTEE, RESEARCHER
from infra.demo.processes import free_port
from infra.demo.story import OPERATOR, Story, first_password
from infra.demo.study import count_job
from onggi.protocol.canonical import digest_of
from onggi.spec.base import as_instant
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_observation, rule
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import JobSpec, ReleaseShape
from onggi.spec.kinds import NamedCohort, OverlapParameters

AUDITOR: Final = "auditor-1"
SECOND_OPERATOR: Final = "operator-2"
"""The first one is the machine's own, without a password."""
CONSOLE_SITE: Final = "zurich"
CONSOLE_PEOPLE: Final = {"it-1": "it", "auditor-1": "auditor"}
_TRACK: Final = "regular"


@dataclass(frozen=True, slots=True)
class Life:
    """The address of the hospital's console, and what waits: a job for the committee, a meeting."""

    console: str
    job: str
    meeting: str


def bring_to_life(story: Story) -> Life:
    """All of it."""
    with story.phase("life", "At every door something waits: talks, applications, a meeting, votes, notices"):
        _add_people(story)
        _talk_of_the_project(story)
        _operate(story)
        meeting = _plan_meeting(story, _apply(story))
        job = _ask_outside_the_bounds(story)
        console = _open_console(story)
    _hold_one(story)
    return Life(console=console, job=job, meeting=meeting)


def _ask(story: Story, who: str, method: str, path: str, **body: Any) -> dict[str, Any]:
    with story.client(who) as person:
        told: dict[str, Any] = person.transport.ask(method, path, dict[str, Any], body=body)
    return told


def _add_people(story: Story) -> None:
    for name, role in ((SECOND_OPERATOR, "operator"), (AUDITOR, "auditor")):
        _ask(
            story,
            OPERATOR,
            "POST",
            "/accounts",
            id=name,
            organisation="university",
            roles=[role],
            country_of_access="KR",
            password=first_password(name),
            member=None,
        )


def _talk_of_the_project(story: Story) -> None:
    place = f"/projects/{story.project}/thread"
    asked = _ask(
        story,
        RESEARCHER,
        "POST",
        place,
        kind="question",
        text="May the funnel be shown at a conference once it is released?",
    )
    answer = "Yes, with the numbers as they were released and no others."
    _ask(story, COMMITTEE[1], "POST", place, kind="answer", text=answer, answers=asked["id"])


def _operate(story: Story) -> None:
    """What an operator looks after: a notice on every page, whom to call, somebody's papers, a newcomer."""
    now = datetime.now(UTC)
    _ask(
        story,
        OPERATOR,
        "POST",
        "/announcements",
        korean="이번 주 토요일 09:00부터 12:00까지 점검이 있습니다. 그동안 작업은 기다립니다.",
        english="Maintenance this Saturday from 09:00 to 12:00. Jobs wait meanwhile.",
        public=True,
        starts=as_instant(now),
        ends=as_instant(now + timedelta(days=7)),
    )
    _ask(
        story,
        OPERATOR,
        "POST",
        "/organisations/university/contacts",
        name="Security team on duty",
        purpose="incident",
        email="security@university.example",
    )
    today = now.date()
    _ask(
        story,
        OPERATOR,
        "POST",
        f"/accounts/{RESEARCHER}/trainings",
        name="Research ethics",
        completed=str(today - timedelta(days=350)),
        expires=str(today + timedelta(days=15)),
    )
    _ask(
        story,
        RESEARCHER,
        "POST",
        "/account-requests",
        account="researcher-2",
        organisation="university",
        roles=["researcher"],
        country_of_access="KR",
    )


def _apply(story: Story) -> str:
    """Two applications: one that waits, and one for the meeting, whose name is returned."""
    permit = story.get_permit_in_force()
    more = {
        "kind": "extension",
        "permit": permit.id,
        "expires": as_instant(permit.expires + timedelta(days=9)),
    }
    grants = [grant.model_dump(mode="json") for grant in permit.datasets]
    first_look = {
        "kind": "feasibility",
        "people": [RESEARCHER],
        "datasets": grants,
        "per_day": 10,
        "expires": as_instant(permit.expires),
    }
    _hand_in(story, first_look, reason="Counts before the next study is planned")
    return _hand_in(story, more, reason="Reviewers of the paper may ask for more")


def _hand_in(story: Story, content: dict[str, Any], *, reason: str) -> str:
    place = f"/projects/{story.project}/applications"
    written = _ask(story, RESEARCHER, "POST", place, content=content, reason=reason)
    _ask(story, RESEARCHER, "POST", f"/applications/{written['id']}/submit")
    name: str = written["id"]
    return name


@contextmanager
def _hand(story: Story, who: str) -> Iterator[PageHand]:
    hand = PageHand.of(
        story.houses.api, account=who, password=first_password(who), ca_file=story.houses.authority_file
    )
    try:
        yield hand
    finally:
        hand.close()


def _plan_meeting(story: Story, application: str) -> str:
    """Next week, with the application on its agenda. Returns its name."""
    day = datetime.now(UTC).date() + timedelta(days=7)
    with _hand(story, COMMITTEE[0]) as hand:
        new = "/en/meetings/new"
        planned = hand.send(
            new, title="Regular meeting", track=_TRACK, day=str(day), hour="14:00", place="Room 1"
        )
        page = f"/en/applications/{application}"
        meeting = planned.rpartition("/")[2]
        hand.send(page, f"{page}/agenda", meeting=meeting)
    return meeting


def _ask_outside_the_bounds(story: Story) -> str:
    """A kind that the permit does not name: its approval waits for signatures. Returns the job's name."""
    asymptomatic = has_observation([c.CHEST_PAIN_TYPE], [c.CHEST_PAIN_ASYMPTOMATIC])
    groups = {
        "Asymptomatic chest pain": asymptomatic,
        "Exercise-induced angina": has_observation([c.EXERCISE_ANGINA], [c.YES]),
    }
    further = tuple(
        NamedCohort(name=name, cohort=cohort(everyone(), rule(name, members)))
        for name, members in groups.items()
    )
    changes = {
        "title": "Who is in several of these groups",
        "cohort": cohort(everyone(), rule("Age 50 or more", age_at_least(50))),
        "parameters": OverlapParameters(name="Age 50 or more", cohorts=further),
        "releases": (ReleaseShape(result="overlap_table"),),
    }
    spec = JobSpec.model_validate(_count(story).model_dump() | changes)
    with story.client(RESEARCHER) as researcher:
        job = researcher.submit(spec)
    permit = story.get_permit_in_force().id
    paper = {"project": story.project, "permit": permit, "spec": digest_of(spec)}
    with story.client(COMMITTEE[1]) as member:
        member.review.draft("job-approval", paper | {"expires": as_instant(spec.expires)})
    return job.id


def _hold_one(story: Story) -> None:
    """A result that waits for its votes, with a word of one checker to the other reviewers."""
    job = story.run_spec(
        _count(story).model_copy(update={"title": "The same funnel, for the report"}),
        "count: one more, which stays held for the checkers",
    )
    text = "The same table as the first one; I look at it tomorrow."
    _ask(story, CHECKERS[0], "POST", f"/jobs/{job.id}/thread", kind="note", text=text, audience="reviewers")


def _count(story: Story) -> JobSpec:
    with story.client(RESEARCHER) as researcher:
        code = researcher.code()
    return count_job(
        project=ProjectId(story.project),
        permit=PermitId(story.get_permit_in_force().id),
        code=code,
        now=datetime.now(UTC),
    )


def _open_console(story: Story) -> str:
    """One hospital's own pages, with an account for each role. Returns their address."""
    houses = story.houses
    for name, role in CONSOLE_PEOPLE.items():
        password = first_password(name)
        houses.node(CONSOLE_SITE, "console", "add-account", name, "--role", role, stdin=f"{password}\n")
    return houses.start_console(CONSOLE_SITE, port=free_port())
