"""The committee's second look at decided exports: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.audit.trail import facts_of
from coordinator.database.ledger import AuditRow
from coordinator.exports.sample_store import Opinion
from coordinator.roles import Caller, Role
from coordinator.states import JobState
from onggi.protocol.canonical import digest_of
from tests.support.coordinator_house import House
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together
from tests.support.talking_house import Study


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def sampled(house: House, verdict: str = "approve") -> str:
    """A decided export of a month that is over: the only one, so it is chosen."""
    project = house.project()
    job = house.held(project, house.permit(project)).id
    house.vote(job, "checker-1", verdict)
    house.vote(job, "checker-2", verdict)
    house.clock.forward(days=40)
    return job


def named(house: House, who: str, *roles: Role) -> Caller:
    """The person with further roles."""
    return replace(house.caller(who), roles=house.caller(who).roles | set(roles))


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_a_member_sees_evidence_result_votes_and_gives_an_opinion_once(house: House, verdict: str) -> None:
    job = sampled(house, verdict)
    samples, caller = house.services.samples, house.caller("committee-1")
    [listed] = samples.samples(caller)
    assert (listed.job.id, listed.opinions) == (job, ())
    seen = samples.get(job, caller=caller)
    assert {vote.member: vote.verdict for vote in seen.votes} == dict.fromkeys(
        ("checker-1", "checker-2"), verdict
    )
    assert (seen.own, seen.why_not) == (None, None)
    before = house.services.jobs.get(job)
    samples.judge(job, Opinion.DISAGREES, reason="Too few\nin one cell", caller=caller)
    again = samples.judge(job, Opinion.DISAGREES, reason="Too few\nin one cell", caller=caller)
    assert [(each.account, each.opinion.value) for each in again.sample.opinions] == [
        ("committee-1", "disagrees")
    ]
    for opinion, reason in ((Opinion.AGREES, "Too few\nin one cell"), (Opinion.DISAGREES, "other")):
        judge = lambda o=opinion, r=reason: samples.judge(job, o, reason=r, caller=caller)  # noqa: E731 - one act
        assert code_of(judge) == "sample.already_judged"
    assert audit_events(house, job).count("person:sample:judge") == 1
    assert house.services.jobs.get(job) == before, "what was decided stays decided"
    samples.judge(job, Opinion.AGREES, reason="Fine", caller=house.caller("committee-2"))
    assert len(samples.samples(caller)[0].opinions) == 2


def test_the_trail_holds_the_opinion_and_a_digest_of_the_reason(house: House) -> None:
    job = sampled(house)
    house.services.samples.judge(
        job, Opinion.AGREES, reason="words of its own", caller=house.caller("committee-1")
    )
    with house.database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.event == "person:sample:judge")).one()
        assert facts_of(row) == {"opinion": "agrees", "reason": digest_of("words of its own")}


def test_neither_voters_nor_the_projects_people_nor_others_judge(house: House) -> None:
    job = sampled(house)
    house.services.projects.add_member(house.services.jobs.get(job).project, "committee-3", by="researcher-1")
    samples = house.services.samples

    def judge(caller: Caller) -> str:
        return code_of(lambda: samples.judge(job, Opinion.AGREES, reason="x", caller=caller))

    assert judge(house.caller("committee-3")) == "sample.own_project"
    assert judge(named(house, "checker-1", Role.COMMITTEE)) == "sample.own_vote"
    assert judge(house.caller("auditor-1")) == "sample.for_the_committee"
    same_member = replace(house.caller("committee-1"), member="checker-1")
    assert judge(same_member) == "sample.own_vote", "under another account as well"
    samples.judge(
        job, Opinion.AGREES, reason="x", caller=named(house, "checker-3", Role.COMMITTEE)
    )  # did not vote


def test_the_projects_people_see_nothing_of_it(house: House) -> None:
    """A refused result is not theirs to see, whatever their roles."""
    job = sampled(house, "refuse")
    assert house.services.jobs.get(job).state is JobState.REFUSED
    own = named(house, "researcher-1", Role.COMMITTEE)
    assert house.services.samples.samples(own) == []
    assert code_of(lambda: house.services.samples.get(job, caller=own)) == "sample.own_project"


def test_the_auditor_reads(house: House) -> None:
    job = sampled(house)
    seen = house.services.samples.get(job, caller=house.caller("auditor-1"))
    assert seen.why_not is not None
    assert seen.why_not.code == "sample.for_the_committee"
    assert house.ask("auditor-1", "GET", f"/v1/samples/{job}").json()["votes"][0]["verdict"] == "approve"
    body = {"opinion": "agrees", "reason": "x"}
    assert house.ask("auditor-1", "POST", f"/v1/samples/{job}", json=body).status_code == 403


def test_what_was_not_chosen_looks_like_what_does_not_exist(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    undecided = house.held(project, permit, seed=1).id
    cancelled = house.held(project, permit, seed=2).id
    held = Study(house, project, permit, cancelled)
    held.ask_changes("checker-1")
    house.services.submitter.cancel(cancelled, by=house.caller("researcher-1"))
    house.clock.forward(days=40)
    caller = house.caller("committee-1")
    for job in (undecided, cancelled, "nothing-of-that-name"):
        assert code_of(lambda j=job: house.services.samples.get(j, caller=caller)) == "sample.not_found"
    answers = {house.ask("committee-1", "GET", f"/v1/samples/{job}").text for job in (undecided, "x")}
    assert len(answers) == 1
    assert house.services.samples.samples(house.caller("committee-1")) == []


def test_what_a_permit_let_out_by_itself_is_no_checkers_decision(house: House) -> None:
    from tests.support.coordinator_house import make_result, verdict

    project = house.project()
    job = house.submit(project, house.permit(project, export_without_vote=True)).id
    house.move(job, JobState.RUNNING)
    house.services.results.record(job, make_result(), verdict())
    house.clock.forward(days=40)
    assert house.services.samples.samples(house.caller("committee-1")) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4001, "a\u202eb", "a\x00b"])
def test_a_reason_is_needed_and_readable(house: House, reason: str) -> None:
    job = sampled(house)
    judge = lambda: house.services.samples.judge(  # noqa: E731 - one act
        job, Opinion.AGREES, reason=reason, caller=house.caller("committee-1")
    )
    assert code_of(judge) == "thread.text"


def test_two_opinions_of_one_member_at_the_same_moment_are_one(house: House) -> None:
    job, caller = sampled(house), house.caller("committee-1")
    judge = house.services.samples.judge
    answers = together(
        *[
            lambda opinion=opinion: judge(job, opinion, reason="x", caller=caller)
            for opinion in (Opinion.AGREES, Opinion.DISAGREES)
        ]
    )
    assert answers.count("sample.already_judged") == 1
    assert len(house.services.samples.samples(caller)[0].opinions) == 1
