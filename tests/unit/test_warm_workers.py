"""The stock of started sandboxes is refilled when a run has ended, or some seconds after it began."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from analysis_jobs.runner.limits import SandboxLimits
from analysis_jobs.runner.worker_keeper import Worker
from node.sandbox import warm_workers
from node.sandbox.warm_workers import WarmWorkers
from onggi.errors import Refused
from onggi.spec.job import Limits


class _Nobody:
    """A worker without a process."""

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead

    async def check_alive(self) -> None:
        if self.dead:
            raise Refused("sandbox.worker_ended", ended="signalled")

    async def stop(self, *, patience_s: float) -> None:
        self.patience_s = patience_s


class _Stock(WarmWorkers):
    started = 0
    dead: frozenset[int] = frozenset()
    """Which of the started ones, counted from 1, die while they wait."""

    async def _start(self) -> Worker:
        self.started += 1
        return cast(Worker, _Nobody(dead=self.started in self.dead))


def _stock() -> _Stock:
    return _Stock(keep=2, uids=(1, 9), limits=SandboxLimits())


def test_nothing_starts_while_a_run_gives_its_first_answers() -> None:
    async def story() -> None:
        stock = _stock()
        stock.refill()
        await stock.take(Limits())
        stock.refill_later()
        await asyncio.sleep(0)
        assert (stock.started, stock.waiting) == (2, 1)
        stock.refill()
        await asyncio.sleep(0)
        assert (stock.started, stock.waiting) == (3, 2)
        await stock.close()

    asyncio.run(story())


def test_after_some_seconds_the_stock_is_full_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_workers, "_RUN_FIRST_S", 0.0)

    async def story() -> None:
        stock = _stock()
        stock.refill_later()
        stock.refill_later()  # another run: one clock is enough
        assert stock.waiting == 0
        while stock.waiting < 2:
            await asyncio.sleep(0)
        await stock.close()
        assert stock.started == 2

    asyncio.run(story())


def test_a_closed_stock_starts_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_workers, "_RUN_FIRST_S", 0.0)

    async def story() -> None:
        stock = _stock()
        stock.refill_later()
        await stock.close()
        await asyncio.sleep(0.01)
        assert (stock.started, stock.waiting) == (0, 0)

    asyncio.run(story())


def test_one_that_died_while_it_waited_is_not_given_to_a_run() -> None:
    async def story() -> None:
        stock = _stock()
        stock.dead = frozenset({1})
        stock.refill()
        worker = cast(_Nobody, await stock.take(Limits()))
        assert not worker.dead
        await stock.close()

    asyncio.run(story())
