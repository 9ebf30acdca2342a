"""A job that starts does nothing twice and leaves no process, however it ends."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.demo.study import SITES
from node.decisions.site_policy import SitePolicy
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.ids import SiteId
from tests.support.small_federation import QUICK, SmallFederation, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]


def _run(story: Callable[[SmallFederation], Coroutine[Any, Any, None]], folder: Path, **knobs: Any) -> None:
    folder.chmod(0o755)

    async def whole() -> None:
        async with running_federation(folder, **knobs) as federation:
            await story(federation)

    asyncio.run(whole())


def _combining_sides(parent: int | None = None) -> list[int]:
    """Processes below this one that run a server app's side."""
    parent = os.getpid() if parent is None else parent
    found: list[int] = []
    for thread in Path(f"/proc/{parent}/task").iterdir():
        try:
            children = [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += _combining_sides(child) if Path(f"/proc/{child}/task").exists() else []
    try:
        words = Path(f"/proc/{parent}/cmdline").read_text()
    except OSError:
        return found
    return [*found, parent] if "worker_server_main" in words else found


async def _until(what: Callable[[], object], *, turns: int = 1500) -> None:
    for _ in range(turns):
        if what():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError("what was waited for did not come about")


def test_an_order_is_shown_once_and_the_stock_of_workers_is_full_again(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        shown: Counter[SiteId] = Counter()
        wake = federation.runner.outbox.wake

        def counted(site: SiteId, parcel: Parcel) -> None:
            shown[site] += parcel.kind is ParcelKind.ORDER
            wake(site, parcel)

        federation.runner.outbox.wake = counted
        job = await federation.run(federation.count_spec())
        assert job.state == "held"
        assert shown == dict.fromkeys(SITES, 1)
        assert _combining_sides() == []
        workers = [hospital.services.workers for hospital in federation.hospitals.values()]
        await _until(lambda: all(stock.waiting == 1 for stock in workers))

    # A slow machine is not what this is about.
    _run(story, tmp_path, patience=replace(QUICK, silent=60.0))


def test_a_job_that_every_hospital_refuses_leaves_no_process(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        waiting = federation.submit(federation.count_spec())
        await _until(_combining_sides)  # it is there before any hospital said no, or this would prove nothing
        job = await federation.wait(waiting)
        assert (job.state, job.code) == ("failed", "run.too_few_accepted")
        assert _combining_sides() == []

    _run(story, tmp_path, policies=dict.fromkeys(SITES, SitePolicy(consent="never")))


def test_a_job_cancelled_while_hospitals_think_leaves_no_process(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        job = federation.submit(federation.count_spec())
        await _until(lambda: [o.answer for o in federation.runner.book.orders_of(job.id)] == ["asked"] * 4)
        assert _combining_sides() != []
        federation.services.submitter.cancel(job.id, by=federation.researcher())
        await _until(lambda: not _combining_sides())
        assert federation.services.jobs.get(job.id).state == "cancelled"

    _run(story, tmp_path, policies=dict.fromkeys(SITES, SitePolicy(consent="ask")))
