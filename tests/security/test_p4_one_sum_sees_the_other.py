"""Of two masked sums on nearly the same persons one sees the other, in whatever order letters are carried.

Four real nodes; the coordinator carries letters when it likes, to whom it likes, and ends runs as it likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from node.registers.told_before import HOLD_S
from onggi.protocol.messages import Finish, pack
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import RunId, SiteId
from tests.support.histogram_sums import (
    BUDAPEST,
    CLEVELAND,
    LONGBEACH,
    ZURICH,
    Sums,
    histogram_sums,
)
from tests.support.rogue_sums import Carried, Declined

pytestmark = pytest.mark.sandbox
OTHERS = (CLEVELAND, LONGBEACH, ZURICH)
EVERYBODY = (BUDAPEST, *OTHERS)


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sums]:
    with histogram_sums(tmp_path, monkeypatch) as made:
        yield made


async def _open(sums: Sums, carried: Carried, by: Sequence[SiteId]) -> str:
    """The code of the first refusal; \"opened\" where enough shares for the sum were given."""
    try:
        await sums.open_at(carried, *by)
    except Declined as declined:
        return str(declined)
    assert len(carried.unmasked) >= carried.context("main").threshold
    return "opened"


@pytest.mark.parametrize("end", ["killed", "called off"])
def test_a_run_that_ended_in_the_middle_still_counts_where_others_can_open_its_sum(
    sums: Sums, end: str
) -> None:
    """Budapest gave its input to the first sum and knew of no second; three others can still open it."""

    async def story() -> list[str]:
        first = await sums.order("run-1", lowest_age=20)
        second = await sums.order("run-2", lowest_age=30)
        one = await sums.shared(first)
        await sums.mask_at(one, BUDAPEST)
        if end == "killed":
            await sums.nodes[BUDAPEST].restart()
        else:
            body = pack(Finish(run=RunId("run-1"), outcome="cancelled"))
            await sums.nodes[BUDAPEST].take(ParcelKind.FINISH, body, about="run-1")
        other = await sums.shared(second)
        try:
            await sums.mask_at(other, *EVERYBODY)
        except Declined as declined:
            told = [str(declined)]
        else:
            told = [await _open(sums, other, EVERYBODY)]
        await sums.mask_at(one, *OTHERS)
        return [*told, await _open(sums, one, OTHERS)]

    assert sums.do(story()) == ["differencing.busy", "opened"]


def test_one_at_a_time_and_the_second_sees_the_first(sums: Sums) -> None:
    """Both ask for the claim at once; the one that waits is told what the other's numbers give."""

    async def story() -> list[str]:
        first = await sums.order("run-1", lowest_age=20)
        second = await sums.order("run-2", lowest_age=30)
        one, other = await sums.shared(first), await sums.shared(second)
        both = (sums.mask_at(each, BUDAPEST) for each in (one, other))
        ended = await asyncio.gather(*both, return_exceptions=True)
        assert [str(each) for each in ended if each is not None] == ["differencing.busy"]
        if ended[0] is not None:
            one, other = other, one
        assert sums.standing(BUDAPEST).names == [f"{one.led.run} 0 {at}" for at in range(3)]
        await sums.mask_at(one, *OTHERS)
        told = [await _open(sums, one, EVERYBODY)]
        other = await sums.shared(other.led, attempt=1)
        await sums.mask_at(other, *EVERYBODY)
        return [*told, await _open(sums, other, EVERYBODY)]

    assert sums.do(story()) == ["opened", "differencing.work_out"]


def test_a_claim_is_held_as_long_as_its_sum_may_be_opened(sums: Sums) -> None:
    async def story() -> list[str]:
        first = await sums.order("run-1", lowest_age=20)
        second = await sums.order("run-2", lowest_age=30)
        one = await sums.shared(first)
        await sums.mask_at(one, *EVERYBODY)
        sums.seconds.now += HOLD_S - 1
        with pytest.raises(Declined, match=r"differencing\.busy"):
            await sums.mask_at(await sums.shared(second), BUDAPEST)
        sums.seconds.now += 2
        told = [await _open(sums, one, EVERYBODY)]
        other = await sums.shared(second, attempt=1)
        await sums.mask_at(other, *EVERYBODY)
        # Nobody here can know whether the first was opened elsewhere, nor that it might have been.
        return [*told, await _open(sums, other, EVERYBODY)]

    assert sums.do(story()) == ["masks.exchange_lost", "differencing.leave_out"]


def test_what_others_opened_without_us_is_not_forgotten(sums: Sums) -> None:
    """Budapest was left out of the opening. All persons of another answer are those of one of its groups."""

    async def story() -> list[str]:
        first = await sums.order("run-1", lowest_age=20)
        second = await sums.order("run-2", lowest_age=50, cut=60)
        one = await sums.shared(first)
        await sums.mask_at(one, *EVERYBODY)
        told = [await _open(sums, one, OTHERS)]
        sums.seconds.now += HOLD_S + 1
        other = await sums.shared(second)
        await sums.mask_at(other, *EVERYBODY)
        told.append(await _open(sums, other, EVERYBODY))
        sums.seconds.now += HOLD_S + 1
        again = await sums.shared(first, attempt=1)
        await sums.mask_at(again, *EVERYBODY)
        return [*told, await _open(sums, again, EVERYBODY)]

    assert sums.do(story()) == ["opened", "differencing.leave_out", "opened"]
    assert {f"run-1 0 {at}" for at in range(3)} <= set(sums.standing(BUDAPEST).names)


def test_who_alone_refuses_a_sum_remembers_it(sums: Sums) -> None:
    """Long Beach sees nearly the persons of an answer without Zurich; the others do not, and open the sum."""

    async def story() -> list[str]:
        without = (BUDAPEST, CLEVELAND, LONGBEACH)
        one = await sums.shared(await sums.order("run-1", lowest_age=20, cut=60, sites=without))
        await sums.mask_at(one, *without)
        told = [await _open(sums, one, without)]
        other = await sums.shared(await sums.order("run-2", lowest_age=40))
        await sums.mask_at(other, *EVERYBODY)
        told.append(await _open(sums, other, (BUDAPEST, CLEVELAND, ZURICH, LONGBEACH)))
        assert len(other.unmasked) == other.context("main").threshold, "the others gave their shares"
        return told

    assert sums.do(story()) == ["opened", "differencing.one_hospital"]
    assert {f"run-2 0 {at}" for at in range(3)} <= set(sums.standing(LONGBEACH).names)


def test_what_was_claimed_and_never_judged_is_no_earlier_answer(sums: Sums) -> None:
    """Its sum would have been refused: the same question again is judged as if it were new."""

    async def story() -> list[str]:
        one = await sums.shared(await sums.order("run-1", lowest_age=20))
        await sums.mask_at(one, *EVERYBODY)
        told = [await _open(sums, one, EVERYBODY)]
        # Four persons apart from the first: left lying once all have claimed.
        lost = await sums.shared(await sums.order("run-2", lowest_age=30))
        await sums.mask_at(lost, *EVERYBODY)
        sums.seconds.now += HOLD_S + 1
        again = await sums.shared(await sums.order("run-3", lowest_age=30))
        await sums.mask_at(again, *EVERYBODY)
        return [*told, await _open(sums, again, EVERYBODY)]

    assert sums.do(story()) == ["opened", "differencing.work_out"]
