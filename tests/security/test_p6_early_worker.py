"""P6: a room started before its job is settled serves that job or ends, and leaves no process behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis_jobs.runner.bubblewrap import Exposed, SandboxSpec
from analysis_jobs.runner.limits import MIB, SandboxLimits
from analysis_jobs.runner.worker_keeper import SERVER_WORKER, Worker, worker_spec
from analysis_jobs.runner.worker_setup import WorkerConfig
from coordinator.running import early_worker
from coordinator.running.early_worker import EarlyWorker
from coordinator.running.warm_room import WarmRoom
from onggi.errors import Refused
from tests.support.open_room import free_run_uid

pytestmark = pytest.mark.sandbox


def _make_spec() -> SandboxSpec:
    limits = SandboxLimits(memory_bytes=1024 * MIB, wall_seconds=120.0)
    return worker_spec(SERVER_WORKER, uid=free_run_uid(), limits=limits)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Worker]:
    """Every worker that an `EarlyWorker` started, in order."""
    found: list[Worker] = []

    class Noted(Worker):
        @classmethod
        async def start(cls, spec: SandboxSpec, *, run_name: str) -> Worker:  # type: ignore[override]  # a base
            worker = await Worker.start(spec, run_name=run_name)
            found.append(worker)
            return worker

    monkeypatch.setattr(early_worker, "Worker", Noted)
    return found


def _alive(worker: Worker) -> bool:
    try:
        return Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 60))


async def _until(what: Callable[[], object]) -> None:
    while not what():
        await asyncio.sleep(0.01)


def test_the_room_started_early_is_the_one_that_serves(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        await _until(lambda: started)
        worker = await early.take()
        assert started == [worker]
        assert _alive(worker)
        await early.stop()
        assert not _alive(worker)

    _run(story)


def test_a_room_that_nobody_takes_is_ended(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        # At once: it is still being started, and must not be left behind when it is.
        await early.stop()
        assert len(started) == 1
        assert not _alive(started[0])

    _run(story)


def test_a_room_that_died_while_waiting_is_replaced(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        await _until(lambda: started)
        started[0].process.kill()
        worker = await early.take()
        assert started[1:] == [worker]
        assert _alive(worker)
        await early.stop()
        assert not any(map(_alive, started))

    _run(story)


def test_a_room_that_died_after_it_was_ready_is_replaced(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        await early.take()
        started[0].process.kill()
        await _until(lambda: not _alive(started[0]))
        worker = await early.take()
        assert started[1:] == [worker]
        await early.stop()

    _run(story)


def test_a_ready_room_waits_longer_than_its_job_may_run(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        await _until(lambda: started)
        clock = started[0].process._clock
        assert clock.is_alive()  # what never gets ready is ended
        worker = await early.take()
        clock.join(timeout=10)  # a stopped clock ends at once, this one would have run for two minutes
        assert not clock.is_alive()
        await worker.configure(WorkerConfig(app="count", run_id=1, node_id=1, task_id=1, seed=1))
        assert worker.process._clock.is_alive()
        await early.stop()

    _run(story)


def test_no_room_is_kept_for_hospitals_that_think_long(started: list[Worker]) -> None:
    async def story() -> None:
        early = EarlyWorker(_make_spec())
        early.wait_at_most(0.05)
        await _until(lambda: started and not _alive(started[0]))
        worker = await early.take()
        assert started[1:] == [worker]
        await early.stop()
        assert not any(map(_alive, started))

    _run(story)


def test_a_cancelled_job_ends_the_room_that_it_was_waiting_for(started: list[Worker]) -> None:
    async def lead() -> None:
        early = EarlyWorker(_make_spec())
        try:
            await early.take()
        finally:
            await early.stop()

    async def story() -> None:
        leading = asyncio.create_task(lead())
        await _until(lambda: started)
        leading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leading
        assert not _alive(started[0])

    _run(story)


def test_a_waiting_room_serves_only_a_job_of_its_limits_and_only_one(started: list[Worker]) -> None:
    async def story() -> None:
        warm = WarmRoom(_make_spec, quiet_s=0.0)
        warm.refill_later()
        await _until(lambda: started)
        spec = _make_spec()  # another user than the waiting one's: that is no limit
        larger = replace(spec, limits=replace(spec.limits, memory_bytes=1025 * MIB))
        for other in (larger, replace(spec, variables=(("A", "b"),))):
            early = warm.take(other)
            assert await early.take() is not started[0]
            await early.stop()
        first, second = warm.take(spec), warm.take(spec)
        assert await first.take() is started[0]
        assert await second.take() is not started[0]
        await asyncio.gather(first.stop(), second.stop())
        assert not any(map(_alive, started))

    _run(story)


def test_a_waiting_room_that_no_job_took_ends_with_its_coordinator(started: list[Worker]) -> None:
    async def story() -> None:
        warm = WarmRoom(_make_spec, quiet_s=0.0)
        warm.refill_later()
        await _until(lambda: started)
        warm.refill_later()
        await asyncio.sleep(0.05)
        await warm.close()
        assert len(started) == 1
        assert not _alive(started[0])

    _run(story)


def test_a_room_that_cannot_be_built_is_a_code() -> None:
    def absent() -> SandboxSpec:
        spec = _make_spec()
        return replace(spec, exposed=(*spec.exposed, Exposed(Path("/no/such/folder"), "/onggi/absent")))

    async def story() -> None:
        early = EarlyWorker(absent())
        try:
            with pytest.raises(Refused) as refused:
                await early.take()
        finally:
            await early.stop()
        assert refused.value.code == "sandbox.worker_ended"

    _run(story)
