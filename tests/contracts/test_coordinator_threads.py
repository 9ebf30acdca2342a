"""Messages on objects and changes asked of a held result: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.audit.trail import facts_of
from coordinator.database.idempotency import Once
from coordinator.database.ledger import AuditRow
from coordinator.decisions.threads import Audience, MessageKind
from coordinator.permissions import Thing
from coordinator.states import JobState
from coordinator.threads.thread_store import Draft
from onggi.protocol.canonical import digest_of
from tests.support.coordinator_house import House, permit_fields
from tests.support.coordinator_records import BACKENDS, code_of, sound_house, together
from tests.support.talking_house import Study, held_study

REVIEWERS = Audience.REVIEWERS
NO_ROLE_ON_IT = "operator-1"


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


@pytest.fixture
def study(house: House) -> Study:
    return held_study(house)


def test_a_message_stands_on_its_own_object_alone(house: House, study: Study) -> None:
    places = [(Thing.PROJECT, study.project), (Thing.PERMIT, study.permit), (Thing.JOB, study.job)]
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(study.project), by=house.caller("committee-1")
    )
    places.append((Thing.STATEMENT, drafted.id))
    for thing, subject in places:
        study.write("committee-1", f"about the {thing}", on=(thing, subject))
    for thing, subject in places:
        assert study.read("auditor-1", on=(thing, subject)) == [f"about the {thing}"]


@pytest.mark.parametrize("thing", [Thing.PROJECT, Thing.PERMIT, Thing.STATEMENT, Thing.JOB])
def test_a_missing_object_has_no_thread(house: House, thing: Thing) -> None:
    caller = house.caller("committee-1")
    draft = Draft(kind=MessageKind.NOTE, text="x")
    write = lambda: house.services.threads.write(thing, "nothing", draft, caller=caller)  # noqa: E731 - one act
    read = lambda: house.services.threads.read(thing, "nothing", caller=caller, limit=9)  # noqa: E731 - one act
    assert code_of(write) == code_of(read) == f"{thing.value}.not_found"


def test_reviewers_messages_are_for_reviewers(study: Study) -> None:
    study.write("researcher-1", "for all")
    study.write("committee-1", "among us", audience=REVIEWERS)
    for who in ("committee-2", "auditor-1"):
        assert study.read(who) == ["for all", "among us"]
    for who in ("researcher-1", "operator-1", "hospital-1"):
        assert study.read(who) == ["for all"]
    for who in ("researcher-1", "operator-1", "hospital-1"):
        asked = lambda who=who: study.write(who, "x", audience=REVIEWERS)  # noqa: E731 - one act
        assert code_of(asked) == "thread.not_a_reviewer"


@pytest.mark.parametrize("way", ["project", "permit"])
def test_the_projects_people_never_see_them_whatever_their_roles(house: House, way: str) -> None:
    named = ("researcher-1", "committee-3") if way == "permit" else ("researcher-1",)
    study = held_study(house, people=named)
    if way == "project":
        house.services.projects.add_member(study.project, "committee-3", by="researcher-1")
    for on in ((Thing.JOB, study.job), (Thing.PROJECT, study.project), (Thing.PERMIT, study.permit)):
        study.write("committee-1", "among us", audience=REVIEWERS, on=on)
        assert study.read("committee-3", on=on) == []
        write = lambda on=on: study.write("committee-3", "x", audience=REVIEWERS, on=on)  # noqa: E731 - one act
        assert code_of(write) == "thread.not_a_reviewer"


def test_people_named_in_a_statement_do_not_see_its_reviewers(house: House) -> None:
    project = house.project()
    drafted = house.services.statements.draft(
        "project-permit",
        permit_fields(project, people=["researcher-1", "committee-3"]),
        by=house.caller("committee-1"),
    )
    study = Study(house, project, "", "")
    on = (Thing.STATEMENT, drafted.id)
    study.write("committee-1", "among us", audience=REVIEWERS, on=on)
    assert study.read("committee-2", on=on) == ["among us"]
    assert study.read("committee-3", on=on) == []


def test_an_answer_names_what_it_answers_and_keeps_its_readers(study: Study) -> None:
    asked = study.write("committee-1", "Why five?", kind=MessageKind.QUESTION, audience=REVIEWERS)
    answered = study.answer("committee-2", asked)
    assert answered.audience is REVIEWERS
    wider = lambda: study.answer("committee-2", asked, audience=Audience.EVERYBODY)  # noqa: E731 - one act
    assert code_of(wider) == "thread.other_audience"
    hidden = lambda: study.answer("researcher-1", asked)  # noqa: E731 - one act
    assert code_of(hidden) == "thread.no_such_message", "as for what does not exist"
    assert code_of(lambda: study.write("committee-1", "x", kind=MessageKind.ANSWER)) == (
        "thread.answer_to_nothing"
    )
    assert code_of(lambda: study.write("committee-1", "x", answers=asked.id)) == "thread.answer_to_nothing"
    elsewhere = lambda: study.answer("committee-2", asked, on=(Thing.PROJECT, study.project))  # noqa: E731 - one act
    assert code_of(elsewhere) == "thread.no_such_message"


@pytest.mark.parametrize(
    "text",
    ["", " \n\t ", "x" * 4001, "a\x00b", "a\rb", "\u202eb", "a\u200bb", "\ufeffx", "\x9b31m", "\u2066x"],
)
def test_a_text_that_cannot_be_read_as_written_is_refused(study: Study, text: str) -> None:
    assert code_of(lambda: study.write("researcher-1", text)) == "thread.text"
    assert study.read("researcher-1") == []


def test_line_breaks_and_every_visible_sign_are_kept(study: Study) -> None:
    text = "첫 줄\n\n\t<script>alert(1)</script> {{ 7*7 }} 'x' OR 1=1 -- " + "가" * 3000 + " 😀 مرحبا"
    study.write("researcher-1", text)
    assert study.read("committee-1") == [text]


def test_the_trail_holds_a_digest_and_not_the_text(house: House, study: Study) -> None:
    written = study.write("researcher-1", "a text of its own", kind=MessageKind.QUESTION)
    with house.database.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == study.job)).all()
        assert not any("a text of its own" in row.facts for row in rows)
        last = rows[-1]
        assert (last.event, last.actor) == ("person:thread:write", "researcher-1")
        assert facts_of(last) == {
            "message": written.id,
            "kind": "question",
            "for": "everybody",
            "text": digest_of("a text of its own"),
        }


def test_the_same_request_writes_once_and_another_is_not_taken_for_it(house: House, study: Study) -> None:
    def write(text: str, key: str = "first-try-1") -> str:
        once = Once(account="researcher-1", key=key, request=["thread", text])
        draft = Draft(kind=MessageKind.NOTE, text=text)
        caller = house.caller("researcher-1")
        return house.services.threads.write(Thing.JOB, study.job, draft, caller=caller, once=once).id

    assert len(set(together(*[lambda: write("one")] * 4))) == 1
    assert code_of(lambda: write("other")) == "request.key_reused"
    write("one", key="second-try")
    assert study.read("committee-1") == ["one", "one"]


def test_a_long_thread_comes_in_parts(house: House, study: Study) -> None:
    made = [study.write("researcher-1", f"number {at}").id for at in range(7)]
    threads, caller = house.services.threads, house.caller("committee-1")
    newest = threads.read(Thing.JOB, study.job, caller=caller, limit=3)
    assert [each.id for each in newest.messages] == made[4:]
    assert newest.has_earlier
    rest = threads.read(Thing.JOB, study.job, caller=caller, before=made[4], limit=4)
    assert ([each.id for each in rest.messages], rest.has_earlier) == (made[:4], False)


# changes asked


def test_changes_are_asked_and_answered(house: House, study: Study) -> None:
    asked = study.ask_changes("checker-1")
    assert asked.awaits_answer
    back = lambda who: [one.job.id for one in house.services.threads.returned(house.caller(who), limit=9)]  # noqa: E731 - one act
    assert back("checker-1") == back("committee-1") == [study.job]
    study.answer("committee-1", asked, "Not the project's answer")
    assert back("checker-1") == [study.job]
    study.answer("researcher-1", asked)
    assert back("checker-1") == back("committee-1") == []
    assert house.services.jobs.get(study.job).state is JobState.HELD
    study.ask_changes("checker-1", "One more")
    assert back("checker-1") == [study.job], "a later request waits for an answer of its own"
    house.vote(study.job, "checker-2")
    house.vote(study.job, "checker-3")
    assert back("checker-1") == []


def test_only_a_checker_who_may_vote_and_has_not_asks_for_changes(house: House, study: Study) -> None:
    for who in ("researcher-1", "committee-1", NO_ROLE_ON_IT):
        assert code_of(lambda who=who: study.ask_changes(who)) == "export.not_a_checker"
    house.services.projects.add_member(study.project, "checker-3", by="researcher-1")
    assert code_of(lambda: study.ask_changes("checker-3")) == "export.own_project"
    among = lambda: study.write("checker-1", "x", kind=MessageKind.CHANGES_ASKED, audience=REVIEWERS)  # noqa: E731 - one act
    assert code_of(among) == "thread.other_audience"
    house.vote(study.job, "checker-1")
    assert code_of(lambda: study.ask_changes("checker-1")) == "export.already_voted"
    house.vote(study.job, "checker-2")
    assert code_of(lambda: study.ask_changes("checker-2")) == "thread.changes_not_now"


def test_changes_are_asked_of_held_results_alone(house: House, study: Study) -> None:
    running = house.submit(study.project, study.permit, seed=5).id
    house.move(running, JobState.RUNNING)
    for on in ((Thing.JOB, running), (Thing.PROJECT, study.project), (Thing.PERMIT, study.permit)):
        write = lambda on=on: study.write("checker-1", "x", kind=MessageKind.CHANGES_ASKED, on=on)  # noqa: E731 - one act
        assert code_of(write) == "thread.changes_not_now"


def test_a_held_job_is_taken_back_only_where_changes_were_asked(house: House, study: Study) -> None:
    researcher = house.caller("researcher-1")
    cancel = lambda: house.services.submitter.cancel(study.job, by=researcher)  # noqa: E731 - one act
    house.vote(study.job, "checker-2", "refuse")
    study.write("checker-1", "Why?", kind=MessageKind.QUESTION)
    assert code_of(cancel) == "job.under_review"
    study.ask_changes("checker-1")
    size = house.services.log.size()
    assert cancel().state is cancel().state is JobState.CANCELLED
    assert house.services.log.size() == size, "votes that decided nothing are not made public"
    assert code_of(lambda: house.vote(study.job, "checker-1")) == "export.already_decided"
    assert house.services.threads.returned(house.caller("checker-1"), limit=9) == []
    assert code_of(lambda: house.services.results.get_released(study.job)) == "result.not_released"
