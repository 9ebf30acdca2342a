"""P9: whatever runs or fails, no patient's value is in anything that left a hospital or lies around.

One hospital's patients carry values that occur nowhere else. Every kind runs, honestly and with job code that
tries to get values out, and runs fail in every way there is. Then everything is searched, byte by byte.
"""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from analysis_jobs.runner.bubblewrap import Exposed
from analysis_jobs.runner.worker_keeper import worker_spec
from coordinator.jobs.job_store import Job
from coordinator.roles import ALL_SCOPES, Caller, Role
from coordinator.running.run_job import Patience
from coordinator.running.runner import Runner
from infra.demo.heart import concepts as c
from infra.demo.heart.to_cdm import Hospital, write_cdm
from node.agent import active_run
from node.agent.agent import NodeAgent
from node.agent.staging import TABLE, reopen_workspace
from node.sandbox import warm_workers
from node.state.tables import AuditEvent, Run
from node.store.reader import open_reader
from onggi.errors import OnggiError
from onggi.protocol.messages import RunMessage, Stage, pack
from onggi.protocol.parcels import Hello, Parcel, ParcelKind
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Revocation
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_condition, rule
from onggi.spec.ids import RunId, SiteId
from onggi.spec.job import JobSpec
from tests.support import canaries, small_federation
from tests.support.federation_root import COMMITTEE, key
from tests.support.live_folders import paths_below
from tests.support.small_federation import SmallFederation, every_kind, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox, pytest.mark.timeout(600)]

SITE = SiteId("cleveland")
APPS = Path(__file__).parents[1] / "support/leaky_apps.py"
PLACES = (Path("/var/tmp"), Path("/dev/shm"))
SITES = (SiteId("budapest"), SITE, SiteId("zurich"))
"""Zurich has too few persons without disease for a regression in clear."""
ATTEMPTS = ("raise", "add", "forge", "abort")


@dataclass
class Seen:
    """Everything that could have carried a value away."""

    parcels: list[bytes] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    during: dict[str, set[str]] = field(default_factory=dict)
    clean: set[tuple[str, int, int]] = field(default_factory=set)
    states: dict[str, tuple[str, str | None]] = field(default_factory=dict)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Seen:
    """The federation's parts as they are, with ears: parcels that arrived, and every error ever made."""
    found = Seen()
    take, greet, begin = Runner.on_parcel, Runner.on_hello, OnggiError.__init__

    async def on_parcel(runner: Runner, site: SiteId, parcel: Parcel) -> None:
        found.parcels.append(f"{parcel.id} {parcel.kind} {parcel.about} ".encode() + bytes(parcel.body))
        await take(runner, site, parcel)

    async def on_hello(runner: Runner, site: SiteId, hello: Hello) -> None:
        found.parcels.append(repr(hello).encode())
        await greet(runner, site, hello)

    def made(error: OnggiError, code: str, **facts: Any) -> None:
        begin(error, code, **facts)
        found.errors.append(f"{error!s} {error!r} {facts}")

    def planted(hospital: Hospital, *, folder: Path) -> None:
        write_cdm(hospital, folder=folder)
        if hospital.name == SITE:
            canaries.plant(folder)

    leaky = partial(
        worker_spec, registry="leaky_apps", more_code=[Exposed(APPS, "/onggi/packages64/leaky_apps.py")]
    )
    monkeypatch.setattr(Runner, "on_parcel", on_parcel)
    monkeypatch.setattr(Runner, "on_hello", on_hello)
    monkeypatch.setattr(OnggiError, "__init__", made)
    monkeypatch.setattr(small_federation, "write_cdm", planted)
    monkeypatch.setattr(warm_workers, "worker_spec", leaky)
    scratch = tmp_path / "scratch"
    scratch.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return found


def test_no_value_leaves_or_lies_around(
    tmp_path: Path,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = {path for place in PLACES for path in paths_below(place)}

    async def story() -> None:
        async with _federation(tmp_path) as federation:
            _check_planted(federation)
            await _run_everything(federation, seen, monkeypatch)
            _search_rows(federation)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())
    texts = [caplog.text, *capfd.readouterr(), *seen.errors]
    assert canaries.find_in_texts(texts) == set()
    assert [hit for parcel in seen.parcels if (hit := canaries.find(parcel))] == []
    assert seen.during == {}
    assert canaries.find_below(tmp_path, skip=partial(_is_source, folder=tmp_path), clean=seen.clean) == {}
    assert [canaries.find_below(place, skip=before.__contains__) for place in PLACES] == [{}, {}]
    assert not [path for path in (Path.cwd(), tmp_path) if list(path.glob("core*"))], "a core dump"
    _check_what_happened(seen)
    _check_the_search(tmp_path, caplog, seen)


@asynccontextmanager
async def _federation(folder: Path) -> AsyncIterator[SmallFederation]:
    patience = Patience(absent=0.3, phase=20.0, look=0.02)
    wide = {"bounds": every_kind()}
    async with running_federation(folder, sites=SITES, patience=patience, permit_changes=wide) as federation:
        yield federation


def _is_source(path: Path, folder: Path) -> bool:
    """The files that the hospital loaded from: they hold the values in clear, and stay the hospital's."""
    return (folder / "cdm") in (path, *path.parents)


def _check_planted(federation: SmallFederation) -> None:
    """The values are in the store: a search that finds nothing would otherwise prove nothing."""
    services = federation.hospitals[SITE].services
    with open_reader(
        services.datasets.get(services.settings.dataset),
        key=services.data_key,
        workdir=federation.folder / "look",
    ) as connection:
        count = "SELECT count(*) FROM measurement WHERE value_as_number = ?"
        for value in canaries.NUMBERS:
            assert connection.execute(count, [value]).fetchall() == [(1,)]
        text = "SELECT count(*) > 0 FROM measurement WHERE measurement_time = ?"
        assert connection.execute(text, [canaries.TEXT_KEPT]).fetchall() == [(True,)]
        day = f"SELECT count(*) FROM visit_occurrence WHERE visit_start_date = DATE '{canaries.DAY}'"
        assert connection.execute(day).fetchall() == [(1,)]


# --- the runs ----------------------------------------------------------------------------------------


async def _run_everything(federation: SmallFederation, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(name: str, spec: Any) -> None:
        job = await federation.run(spec)
        seen.states[name] = (job.state.value, job.code)

    await run("count", _count(federation))
    await run("overlap", _overlap(federation))
    await run("further", _count(federation, title="More", parameters=FURTHER, privacy=MASKED))
    report = {"parameters": {"kind": "concepts"}, "releases": [{"result": "concept_report"}]}
    await run("concepts", _count(federation, title="Vocabularies", privacy=MASKED, **report))
    await run("glm", _glm(federation))
    await run("unmasked", _glm(federation, masked=False))
    await run("too few rounds", _glm(federation, limits={"rounds": 2}))
    await run("out of range", _narrow(federation))
    for title in ATTEMPTS:
        await run(title, _count(federation, title=title))
    with monkeypatch.context() as faulty:
        # A fault of the node's own, whose text quotes a value as databases and parsers do.
        faulty.setattr(active_run, "check_same_ask", _quote_a_value)
        await run("fault", _count(federation, title="A fault of our own"))
    await _send_a_wrong_message(federation, seen)
    await _stop_in_mid_run(federation, seen)
    await _withdraw_in_mid_run(federation, seen)


FURTHER = {"kind": "count", "funnels": [[1, 0]], "events": True}
MASKED = {"minimum_persons": 10, "masked": True, "small_hospitals": True}


def _overlap(federation: SmallFederation) -> JobSpec:
    """Who is older and who is ill: no combination is empty, and none is a set of another answer."""
    older = cohort(everyone(), rule("older", age_at_least(57)))
    ill = cohort(everyone(), rule("ill", has_condition([c.CORONARY_DISEASE])))
    parameters = {"kind": "overlap", "name": "older", "cohorts": [{"name": "ill", "cohort": ill}]}
    return _count(
        federation,
        title="Both",
        cohort=older,
        parameters=parameters,
        releases=[{"result": "overlap_table"}],
        privacy=MASKED,
    )


def _count(federation: SmallFederation, **changes: object) -> JobSpec:
    return federation.count_spec(participants=SITES, **changes)


def _glm(federation: SmallFederation, *, masked: bool = True, **changes: object) -> JobSpec:
    """Of a cohort that the counts do not tell of: the smallest hospital has nobody to leave out."""
    older = cohort(everyone(), rule("older", age_at_least(44)))
    return federation.glm_spec(masked=masked, participants=SITES, **{"cohort": older} | changes)


def _narrow(federation: SmallFederation) -> JobSpec:
    """Declares ranges that the planted values break."""
    spec = _glm(federation, title="Too narrow")
    variables = [
        one.model_copy(update={"high": 136.0}) if one.name == "trestbps" else one for one in spec.variables
    ]
    return spec.model_copy(update={"variables": tuple(variables)})


def _quote_a_value(*_: object) -> None:
    raise ValueError(f"could not convert {canaries.NUMBERS[0]!r} of person {canaries.FIRST_ID + 1}")


async def _begin(federation: SmallFederation, spec: Any) -> tuple[Job, str]:
    """A job whose workers wait a while, once the hospital runs it."""
    job = federation.submit(spec)
    services = federation.hospitals[SITE].services
    for _ in range(1500):
        await asyncio.sleep(0.02)
        with services.sessions() as session:
            begun = select(Run.run).where(Run.state == "running", Run.spec_digest == job.digest)
            running = session.scalar(begun)
        if running is not None:
            return job, running
    raise AssertionError("the run did not begin")


async def _stop_in_mid_run(federation: SmallFederation, seen: Seen) -> None:
    """The node is stopped while values lie in its workspace, and goes on afterwards."""
    hospital = federation.hospitals[SITE]
    job, run = await _begin(federation, _count(federation, title="wait"))
    with hospital.services.sessions() as session:
        wrapped = session.get_one(Run, run).workspace_key
    assert wrapped is not None
    staged = b"".join(reopen_workspace(hospital.services, run, wrapped).read(TABLE))
    assert staged, "the run's table is there"
    for kind in (ParcelKind.MESSAGE, ParcelKind.SUM, ParcelKind.FINISH, ParcelKind.ORDER):
        for body in (b"", b"\xff" * 100):
            _send(federation, kind, body, about=run)
    _search_now(federation, seen)
    await hospital.stop()
    _search_now(federation, seen)
    await hospital.start(federation.links[SITE])
    done = await federation.wait(job)
    seen.states["stopped"] = (done.state.value, done.code)


async def _send_a_wrong_message(federation: SmallFederation, seen: Seen) -> None:
    """The coordinator asks for what does not follow from the spec."""
    job, run = await _begin(federation, _count(federation, title="wait"))
    body = pack(RunMessage(run=RunId(run), ordinal=7), [b"no records"])
    _send(federation, ParcelKind.MESSAGE, body, about=run)
    # The job may end well before the refusal arrives: what the node made of it stands in its own audit.
    refused = AuditEvent.facts.contains('"code":"message.out_of_order"')
    for _ in range(1500):
        with federation.hospitals[SITE].services.sessions() as session:
            if session.scalar(select(AuditEvent.about).where(AuditEvent.about == run, refused)) is not None:
                seen.states["wrong message"] = ("refused", "message.out_of_order")
                break
        await asyncio.sleep(0.02)
    await federation.wait(job)


def _send(federation: SmallFederation, kind: ParcelKind, body: bytes, *, about: str) -> None:
    name = f"malformed:{kind}:{len(body)}"
    federation.runner.outbox.pass_raw(SITE, id=name, kind=kind, about=about, body=body)


def _search_now(federation: SmallFederation, seen: Seen) -> None:
    """What lies on the disks while a run holds data."""
    folder = federation.folder
    skip = partial(_is_source, folder=folder)
    seen.during |= canaries.find_below(folder, skip=skip, clean=seen.clean)


async def _withdraw_in_mid_run(federation: SmallFederation, seen: Seen) -> None:
    job, _ = await _begin(federation, _glm(federation, title="wait"))
    now = federation.clock()
    revocation = Revocation(
        id="revocation-1",
        federation="heart-federation",
        issued=now - timedelta(minutes=1),
        expires=now + timedelta(days=30),
        summary=UNSET,
        what="permit",
        target=federation.permit.permit,
        reason="The study ended",
    )
    caller = Caller(
        account=COMMITTEE[0],
        organisation="university",
        roles=frozenset({Role.COMMITTEE}),
        scopes=ALL_SCOPES,
        member=COMMITTEE[0],
        site=None,
        token="test",
    )
    envelope = seal_statement(revocation, keys=[key(COMMITTEE[0])])
    federation.services.statements.take_signed(envelope, by=caller)
    done = await federation.wait(job)
    seen.states["withdrawn"] = (done.state.value, done.code)
    sessions = federation.hospitals[SITE].services.sessions
    for _ in range(1500):
        with sessions() as session:
            if session.scalar(select(Run.run).where(Run.workspace_key.is_not(None))) is None:
                return
        await asyncio.sleep(0.02)
    raise AssertionError("a workspace was left behind")


# --- what must be true afterwards --------------------------------------------------------------------


def _search_rows(federation: SmallFederation) -> None:
    """The audit's facts and the register's contents, read as the hospital reads them."""
    services = federation.hospitals[SITE].services
    with services.sessions() as session:
        events = list(session.scalars(select(AuditEvent)))
        told = [f"{row.event} {row.about} {row.facts}" for row in events]
        left = [services.objects.get(session, digest) for digest in _digests(session)]
    assert len(told) > 20
    assert left
    assert canaries.find_in_texts(told) == set()
    assert [hit for content in left if (hit := canaries.find(content))] == []


def _digests(session: Any) -> list[str]:
    from node.state.tables import Release

    return list(session.scalars(select(Release.object_digest)))


def _check_what_happened(seen: Seen) -> None:
    """Each run took the way that it was meant to take."""
    states = seen.states
    # A value outside its declared range counts as missing; a record that nobody asked for is dropped.
    for name in ("count", "further", "overlap", "concepts", "glm", "out of range", "add", "stopped"):
        assert states[name] == ("held", None), (name, states[name])
    for name in ("unmasked", "too few rounds", "raise", "forge", "abort", "fault"):
        assert states[name][0] == "failed", (name, states[name])
    assert states["fault"][1] == "node.fault"
    assert states["raise"][1] == "sandbox.app_failed"
    assert states["wrong message"] == ("refused", "message.out_of_order")
    assert states["withdrawn"][0] == "refused"
    assert len(seen.parcels) > 100
    assert len(seen.errors) > 10


def _check_the_search(folder: Path, caplog: pytest.LogCaptureFixture, seen: Seen) -> None:
    """The same search finds the values where they lie in clear, and where a leak would put them."""
    source = canaries.find_below(folder / "cdm" / SITE)
    hits = {hit for found in source.values() for hit in found}
    assert hits >= {f"{text} in utf-8" for text in (canaries.TEXT_KEPT, canaries.TEXT_DROPPED, canaries.DAY)}
    assert hits >= {f"{value:.6g} in utf-8" for value in canaries.NUMBERS}
    assert f"{canaries.FIRST_ID + canaries.PERSON} in utf-8" in hits
    for form in canaries.forms():
        assert form.what in canaries.find(b"before" + form.content + b"after")
    for order in "<>":
        assert canaries.find(struct.pack(f"{order}3d", 1.0, canaries.NUMBERS[0], 2.0))
    try:
        _quote_a_value()
    except ValueError as fault:
        logging.getLogger("onggi.node").error("fault while handling: %s", fault)
    assert canaries.find_in_texts([caplog.text])
    Refused = type("Leak", (OnggiError,), {})  # noqa: N806 -- a class
    with pytest.raises(OnggiError):
        raise Refused("reply.wrong", value=canaries.NUMBERS[1])
    assert canaries.find_in_texts(seen.errors)


def test_a_node_that_told_the_text_of_its_faults_would_be_found_out(
    tmp_path: Path, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control from end to end: one careless line, and the value is in a parcel and on the disk."""
    note = NodeAgent._note_refused

    def careless(agent: NodeAgent, parcel: Parcel, error: OnggiError) -> None:
        note(agent, parcel, OnggiError(f"node.fault.{canaries.FIRST_ID + 1}"))
        told = {"run": parcel.about, "stage": "failed", "failure": f"value.n{canaries.FIRST_ID + 1}"}
        agent._services.outbox.pass_on(
            id="careless", kind=ParcelKind.STAGE, about=parcel.about, header=Stage.model_validate(told)
        )

    async def story() -> None:
        async with _federation(tmp_path) as federation:
            monkeypatch.setattr(NodeAgent, "_note_refused", careless)
            monkeypatch.setattr(active_run, "check_same_ask", _quote_a_value)
            await federation.run(_count(federation))

    asyncio.run(story())
    assert any(canaries.find(parcel) for parcel in seen.parcels)
    assert os.path.basename(str(tmp_path / SITE / "state.sqlite")) in {
        name.split("/")[-1].removesuffix("-wal")
        for name in canaries.find_below(tmp_path, skip=partial(_is_source, folder=tmp_path))
    }
