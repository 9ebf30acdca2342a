"""Hospitals say no, say nothing, think it over, hold back, pause; the others go on, and nobody is named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from coordinator.api.job_routes import job_explain, job_get
from coordinator.jobs.job_store import Job
from coordinator.roles import ALL_SCOPES, Caller, Role
from infra.demo.study import SITES
from node.decisions.site_policy import SitePolicy
from node.hospital_acts import record_consent, record_held_decision, record_pause
from node.state.tables import AuditEvent, HeldReply, Release, Run
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import JobApproval, Revocation
from onggi.spec.results import CountTable
from tests.support.federation_root import COMMITTEE, key
from tests.support.small_federation import Hospital, SmallFederation, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]

BUDAPEST, CLEVELAND, LONGBEACH, ZURICH = SITES


def _run(story: Callable[[SmallFederation], Coroutine[Any, Any, None]], folder: Path, **knobs: Any) -> None:
    folder.chmod(0o755)

    async def whole() -> None:
        async with running_federation(folder, **knobs) as federation:
            await story(federation)

    asyncio.run(whole())


async def _until(what: Callable[[], object], *, turns: int = 1500) -> None:
    for _ in range(turns):
        if what():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("what was waited for did not come about")


def _states(hospital: Hospital) -> list[tuple[str, str | None]]:
    with hospital.services.sessions() as session:
        return [(row.state, row.code) for row in session.scalars(select(Run).order_by(Run.received_at))]


def _releases(hospital: Hospital) -> int:
    with hospital.services.sessions() as session:
        return len(list(session.scalars(select(Release.entry))))


def _workspaces(hospital: Hospital) -> list[str]:
    folder = hospital.settings.workspaces
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_one_absent_one_declining_the_rest_answer_and_nobody_is_named(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        # The permit's bounds ask for three hospitals: for two, the committee approves this very job.
        waiting = federation.submit(federation.count_spec(minimum_sites=2))
        assert waiting.state == "waiting_for_approval"
        _approve(federation, waiting)
        job = await federation.wait(waiting)
        assert (job.state, job.code) == ("held", None)
        stored = federation.services.results.get(job.id)
        assert isinstance(stored.result, CountTable)
        assert stored.result.sites == 2
        # Cleveland's 303 and Budapest's 294: the sum is over those two alone.
        assert stored.result.persons[0] == 303 + 294
        assert _states(federation.hospitals[ZURICH]) == [("declined", "consent.never")]
        assert _states(federation.hospitals[LONGBEACH]) == []
        assert _releases(federation.hospitals[ZURICH]) == 0
        _check_nobody_is_named(federation, job.id)

    _run(
        story,
        tmp_path,
        online=[BUDAPEST, CLEVELAND, ZURICH],
        policies={ZURICH: SitePolicy(consent="never")},
        minimum_hospitals=2,
    )


def _check_nobody_is_named(federation: SmallFederation, job: str) -> None:
    """What a researcher can see: the result, the explanation, and the job beside the question asked."""
    services = federation.services
    stored = services.results.get(job)
    shown = [stored.model_dump_json() if hasattr(stored, "model_dump_json") else repr(stored)]
    shown.append(stored.result.model_dump_json())
    shown.append(job_explain(job, services).model_dump_json())
    seen = job_get(job, services)
    # The question itself lists all four, whoever answers: it was written before anybody answered.
    assert seen.spec.participants == SITES
    shown.append(repr([(name, getattr(seen, name)) for name in _fields(seen) if name != "spec"]))
    text = "\n".join(shown).lower()
    assert len(text) > 500
    for site in (*SITES, "long beach", "consent.never"):
        assert site not in text


def _fields(thing: object) -> list[str]:
    named = getattr(type(thing), "model_fields", None) or getattr(thing, "__dataclass_fields__", None)
    assert named, "a job is a typed object"
    return list(named)


def test_hospital_that_is_asked_and_hospital_that_holds_both_decide_for_themselves(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        asking, holding = federation.hospitals[BUDAPEST], federation.hospitals[CLEVELAND]
        job = federation.submit(federation.count_spec(minimum_sites=4))
        await _until(lambda: _states(asking) == [("asked", None)])
        await _until(lambda: [state for state, _ in _states(holding)] == ["running"])
        assert _workspaces(asking) == []
        await asyncio.sleep(0.3)
        assert federation.services.jobs.get(job.id).state == "running"
        _give_consent(asking)
        await _until(lambda: _held(holding))
        # Everything was computed; what Cleveland holds has not left.
        assert _releases(holding) == 0
        assert federation.services.jobs.get(job.id).state == "running"
        with holding.services.sessions.begin() as session:
            record_held_decision(session, held=_held(holding)[0], approved=True, now=federation.clock())
        done = await federation.wait(job)
        assert (done.state, done.code) == ("held", None)
        result = federation.services.results.get(job.id).result
        assert isinstance(result, CountTable)
        assert (result.sites, result.persons[0]) == (4, 920)
        with holding.services.sessions() as session:
            assert list(session.scalars(select(Release.decision))) == ["approved"]
        await _check_refusal_by_hand(federation, holding, asking)

    _run(
        story,
        tmp_path,
        policies={
            BUDAPEST: SitePolicy(consent="ask"),
            CLEVELAND: SitePolicy(release={"count_table": "hold"}),
        },
    )


def _give_consent(hospital: Hospital, *, given: bool = True) -> None:
    """As the command line does it: in the state alone; the running node finds it there."""
    services = hospital.services
    with services.sessions.begin() as session:
        run = session.scalars(select(Run.run).where(Run.state == "asked")).one()
        record_consent(session, services.outbox, run=run, given=given, now=services.clock())


def _held(hospital: Hospital) -> list[int]:
    with hospital.services.sessions() as session:
        return list(session.scalars(select(HeldReply.id).where(HeldReply.decision.is_(None))))


async def _check_refusal_by_hand(federation: SmallFederation, holding: Hospital, asking: Hospital) -> None:
    """The hospital looks at what is held and keeps it: nothing leaves, and the job says so by a code."""
    releases = _releases(holding)
    job = federation.submit(federation.count_spec(minimum_sites=4, title="Once more"))
    await _until(lambda: ("asked", None) in _states(asking))
    _give_consent(asking)
    await _until(lambda: _held(holding))
    with holding.services.sessions.begin() as session:
        record_held_decision(session, held=_held(holding)[0], approved=False, now=federation.clock())
    done = await federation.wait(job)
    assert (done.state, done.code) == ("failed", "release.refused")
    assert _releases(holding) == releases


def test_pause_and_withdrawal_stop_running_runs_and_release_nothing(tmp_path: Path) -> None:
    """Zurich is asked and does not answer, so the others stand ready with their data staged."""

    async def story(federation: SmallFederation) -> None:
        ready = [federation.hospitals[site] for site in (BUDAPEST, CLEVELAND, LONGBEACH)]
        job = federation.submit(federation.count_spec(minimum_sites=3))
        await _until(lambda: all(_states(one) == [("running", None)] for one in ready))
        assert all(len(_workspaces(one)) == 1 for one in ready)
        pausing = federation.hospitals[CLEVELAND]
        with pausing.services.sessions.begin() as session:
            record_pause(session, paused=True, now=federation.clock())
        await _until(lambda: _workspaces(pausing) == [])
        assert _states(pausing) == [("cancelled", "node.paused")]
        assert _releases(pausing) == 0
        _withdraw(federation)
        rest = [one for one in federation.hospitals.values() if one is not pausing]
        await _until(lambda: all(_states(one)[0][0] == "cancelled" for one in rest))
        assert [_states(one) for one in rest] == [[("cancelled", "permit.withdrawn")]] * 3
        await _until(lambda: not any(_workspaces(one) for one in ready))
        assert [_releases(one) for one in federation.hospitals.values()] == [0, 0, 0, 0]
        ended = federation.services.jobs.get(job.id)
        assert (ended.state, ended.code) == ("refused", "job.permit_withdrawn")
        everyone = list(federation.hospitals.values())
        await _until(lambda: all("committee:permit:withdraw" in _events(one) for one in everyone))

    _run(story, tmp_path, policies={ZURICH: SitePolicy(consent="ask")})


@pytest.mark.parametrize("enough", [True, False])
def test_hospital_that_stops_before_the_first_question_is_left_out(tmp_path: Path, enough: bool) -> None:
    """Zurich is asked; while it thinks, Cleveland pauses. Three are enough for one job, not for the other."""

    async def story(federation: SmallFederation) -> None:
        pausing, asking = federation.hospitals[CLEVELAND], federation.hospitals[ZURICH]
        job = federation.submit(federation.count_spec(minimum_sites=3 if enough else 4))
        await _until(lambda: _states(pausing) == [("running", None)] and _states(asking))
        with pausing.services.sessions.begin() as session:
            record_pause(session, paused=True, now=federation.clock())
        if not enough:
            ended = await federation.wait(job)
            assert (ended.state, ended.code) == ("failed", "run.too_few_accepted")
            return
        await _until(lambda: _workspaces(pausing) == [])
        _give_consent(asking)
        ended = await federation.wait(job)
        assert (ended.state, ended.code) == ("held", None)
        result = federation.services.results.get(job.id).result
        assert isinstance(result, CountTable)
        assert (result.sites, result.persons[0]) == (3, 920 - 303)
        assert _releases(pausing) == 0
        _check_nobody_is_named(federation, job.id)

    _run(story, tmp_path, policies={ZURICH: SitePolicy(consent="ask")})


def _events(hospital: Hospital) -> list[str]:
    with hospital.services.sessions() as session:
        return list(session.scalars(select(AuditEvent.event)))


def _approve(federation: SmallFederation, job: Job) -> None:
    """A quorum signs the job's digest."""
    now = federation.clock()
    approval = JobApproval(
        id="approval-of-two-hospitals",
        federation="heart-federation",
        issued=now,
        expires=now + timedelta(days=2),
        summary=UNSET,
        project=job.spec.project,
        permit=job.spec.permit,
        spec=job.digest,
    )
    envelope = seal_statement(approval, keys=[key(name) for name in COMMITTEE[2:5]])
    federation.services.statements.take_signed(envelope, by=_member(COMMITTEE[2]))


def _member(name: str) -> Caller:
    return Caller(
        account=name,
        organisation="university",
        roles=frozenset({Role.COMMITTEE}),
        scopes=ALL_SCOPES,
        member=name,
        site=None,
        token="test",
    )


def _withdraw(federation: SmallFederation) -> None:
    """One committee member takes the permit back."""
    now = federation.clock()
    revocation = Revocation(
        id="revocation-heart-study",
        federation="heart-federation",
        issued=now,
        expires=now + timedelta(days=30),
        summary=UNSET,
        what="permit",
        target=federation.permit.id,
        reason="Taken back in a test",
    )
    envelope = seal_statement(revocation, keys=[key(COMMITTEE[0])])
    federation.services.statements.take_signed(envelope, by=_member(COMMITTEE[0]))


def test_unmasked_regression_is_refused_by_zurich_and_none_of_it_left(tmp_path: Path) -> None:
    """Eight persons without disease: in clear its sums would describe them."""

    async def story(federation: SmallFederation) -> None:
        job = await federation.run(federation.glm_spec(masked=False, minimum_sites=4))
        assert (job.state, job.code) == ("failed", "disclosure.small_cell")
        zurich = federation.hospitals[ZURICH]
        assert _releases(zurich) == 0
        await _until(lambda: _workspaces(zurich) == [])
        with zurich.services.sessions() as session:
            facts = list(session.scalars(select(AuditEvent.facts)))
        assert sum('"code":"disclosure.small_cell"' in text for text in facts) >= 1

    _run(story, tmp_path)
