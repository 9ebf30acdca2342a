"""Results and the votes on their export: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.database.work import ExportVoteRow
from coordinator.states import JobState
from onggi.protocol.dsse import Envelope, add_signature
from tests.support.coordinator_house import House, make_result, permit_fields, verdict
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together
from tests.support.federation_root import key


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def test_a_result_waits_for_votes_and_is_recorded_once(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job = house.held(project, permit)
    assert job.state is JobState.HELD
    assert code_of(lambda: house.services.results.get_released(job.id)) == "result.not_released"
    again = house.services.results.record(job.id, make_result(), verdict(passed=False))
    assert again is JobState.HELD
    other = lambda: house.services.results.record(job.id, make_result(7), verdict())  # noqa: E731 - one act
    assert code_of(other) == "result.already_recorded"


@pytest.mark.parametrize(
    ("allowed", "passed", "state"),
    [(True, True, JobState.RELEASED), (True, False, JobState.HELD), (False, True, JobState.HELD)],
)
def test_only_a_clean_result_leaves_without_vote_and_only_if_the_permit_says_so(
    house: House, allowed: bool, passed: bool, state: JobState
) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project, export_without_vote=allowed))
    house.move(job.id, JobState.RUNNING)
    assert house.services.results.record(job.id, make_result(), verdict(passed=passed)) is state


def test_two_approvals_release_and_enter_the_log_together(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    size = house.services.log.size()
    first = house.vote(job.id, "checker-1")
    assert (first.is_decided, first.own_vote) == (False, "approve")
    assert house.services.log.size() == size  # the log is public: a lone entry would show the first vote
    second = house.vote(job.id, "checker-2")
    assert second.is_decided
    assert house.services.log.size() == size + 2
    assert house.services.results.get_released(job.id).result == make_result()


def test_nobody_sees_a_vote_before_giving_their_own(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    house.vote(job.id, "checker-1", "refuse")
    blind = house.services.exports.view(job.id, caller=house.caller("checker-2"))
    assert (blind.votes, blind.own_vote) == (None, None)
    page = house.ask("checker-2", "GET", f"/v1/exports/{job.id}").text
    assert "checker-1" not in page
    trail = house.ask("auditor-1", "GET", f"/v1/audit?subject={job.id}").json()["items"]
    assert trail[-1]["event"] == "person:export:vote"
    assert trail[-1]["facts"] == {}
    entries = house.ask(None, "GET", "/v1/log/entries?limit=200").text
    assert all(vote not in entries for vote in _votes_of(house, job.id))
    seen = house.vote(job.id, "checker-2")
    assert {vote.member: vote.verdict for vote in seen.votes} == {
        "checker-1": "refuse",
        "checker-2": "approve",
    }
    assert not seen.is_decided
    assert house.vote(job.id, "checker-3", "refuse").is_decided
    assert house.services.jobs.get(job.id).state is JobState.REFUSED


def _votes_of(house: House, job: str) -> list[str]:
    with house.database.reading() as session:
        stored = session.scalars(select(ExportVoteRow.envelope).where(ExportVoteRow.job == job)).all()
    return [Envelope.from_json(one.encode()).payload for one in stored]


def test_a_checker_of_the_project_neither_votes_nor_sees(house: House) -> None:
    project = house.project()
    house.services.projects.add_member(project, "checker-1", by="researcher-1")
    job = house.held(project, house.permit(project))
    assert code_of(lambda: house.vote(job.id, "checker-1")) == "export.own_project"
    assert house.services.exports.waiting_for(house.caller("checker-1"), after="", limit=9) == []
    view = lambda: house.services.exports.view(job.id, caller=house.caller("checker-1"))  # noqa: E731 - one act
    assert code_of(view) == "export.own_project"
    assert [
        one.id for one in house.services.exports.waiting_for(house.caller("checker-2"), after="", limit=9)
    ] == [job.id]


def test_lists_that_end_early_leave_nothing_open_at_the_database(house: House) -> None:
    """A cursor that nobody closed is warned of when it is collected, and a warning fails the suite."""
    project = house.project()
    permit = house.permit(project)
    jobs = sorted(house.held(project, permit, seed=seed).id for seed in range(3))
    fields = permit_fields(project)
    drafts = sorted(
        house.services.statements.draft("project-permit", fields, by=house.caller("committee-1")).id
        for _ in range(3)
    )
    checker, member = house.caller("checker-2"), house.caller("committee-1")
    for limit in (1, 2):
        found = house.services.exports.waiting_for(checker, after="", limit=limit)
        assert [one.id for one in found] == jobs[:limit]
        waiting = house.services.statements.statements(after="", limit=limit, waiting_for=member)
        assert [one.id for one in waiting] == drafts[:limit]
    gc.collect()


def test_a_vote_is_ones_own_about_this_result_and_final(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, other = house.held(project, permit), house.held(project, permit, seed=1)
    exports, caller = house.services.exports, house.caller("checker-1")
    ballot = exports.draw_ballot(job.id, "approve", reason=None, caller=caller).envelope
    foreign = add_signature(ballot, key=key("checker-2"))
    both = add_signature(foreign, key=key("checker-1"))
    mine = add_signature(ballot, key=key("checker-1"))
    assert code_of(lambda: exports.vote(job.id, ballot, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(job.id, foreign, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(job.id, both, caller=caller)) == "export.not_own_signature"
    assert code_of(lambda: exports.vote(other.id, mine, caller=caller)) == "export.other_result"
    exports.vote(job.id, mine, caller=caller)
    exports.vote(job.id, mine, caller=caller)
    assert code_of(lambda: house.vote(job.id, "checker-1", "refuse")) == "export.already_voted"
    assert (
        code_of(lambda: exports.vote(job.id, mine, caller=house.caller("checker-2"))) == "statement.id_reused"
    )


def test_voters_at_the_same_moment_decide_once(house: House) -> None:
    project = house.project()
    job = house.held(project, house.permit(project))
    answers = together(
        *[lambda who=who: house.vote(job.id, who) for who in ("checker-1", "checker-2", "checker-3")]
    )
    assert answers.count("export.already_decided") == 1
    assert audit_events(house, job.id).count("person:export:approve") == 1
    assert house.services.jobs.get(job.id).state is JobState.RELEASED
