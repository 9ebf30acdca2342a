"""How often a masked sum is tried: another sum under way ends by itself, whatever else breaks may not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from analysis_jobs.kinds.contract import Layout
from analysis_jobs.kinds.ranges import count_entry
from coordinator.running import masked_sum
from coordinator.running.masked_sum import ATTEMPTS, MaskedSum, SumOf
from onggi.errors import Refused, Unreachable
from onggi.protocol.messages import SumStep
from onggi.spec.ids import RunId, SiteId
from tests.support.masked_sums import make_participants

SITE = SiteId("site-1")
ENTRY = count_entry("persons", 1, participants=3)


def _attempts(codes: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many are made where a hospital answers each with the next of these codes, the last for ever."""
    made: list[int] = []

    async def no_wait(_: float) -> None:
        return None

    monkeypatch.setattr(masked_sum.asyncio, "sleep", no_wait)

    async def lead() -> None:
        def refuse(attempt: int) -> None:
            made.append(attempt)
            code = codes[min(attempt, len(codes) - 1)]
            step = SumStep(run=RunId("run-1"), ordinal=0, attempt=attempt, phase="advertise", code=code)
            tried.on_step(SITE, step, [])

        of = SumOf(
            federation="heart",
            spec_digest=f"sha256:{'1' * 64}",
            run="run-1",
            ordinal=0,
            participants=make_participants(3),
            layout=Layout((ENTRY,), (ENTRY,)),
        )
        more: dict[str, Any] = {"send_step": lambda *_: None, "send_message": refuse, "patience_s": 5.0}
        tried = MaskedSum(of=of, sites=(SITE,), fixed=False, **more)
        await tried.run()

    with pytest.raises((Unreachable, Refused)) as refused:
        asyncio.run(lead())
    assert refused.value.code == ("run.sum_not_finished" if len(made) > 1 else codes[0])
    assert made == list(range(len(made)))
    return len(made)


def test_a_lost_exchange_is_tried_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _attempts(["masks.exchange_lost"], monkeypatch) == ATTEMPTS


def test_waiting_for_another_sum_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ["differencing.busy"] * 30 + ["masks.exchange_lost"]
    assert _attempts(codes, monkeypatch) == 30 + ATTEMPTS


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masked_sum, "BUSY_S", 0.0)
    assert _attempts(["differencing.busy"], monkeypatch) == ATTEMPTS


def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _attempts(["disclosure.small_cell"], monkeypatch) == 1
