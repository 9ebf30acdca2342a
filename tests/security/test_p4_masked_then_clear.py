"""P4: what a masked sum told of all hospitals tells nothing of one beside its answers in clear."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.registers.told_before import HOLD_S
from onggi.spec.ids import SiteId
from tests.support.histogram_sums import BUDAPEST, CLEVELAND, LONGBEACH, ZURICH, Sums, histogram_sums
from tests.support.rogue_runs import Led, ask_bytes, refusal_of

pytestmark = pytest.mark.sandbox
WITHOUT_ZURICH = (BUDAPEST, CLEVELAND, LONGBEACH)


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sums]:
    with histogram_sums(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.parametrize("lowest_age", [30, 33])
def test_a_masked_sum_in_between_opens_no_way_to_a_difference(sums: Sums, lowest_age: int) -> None:
    """Persons below 30 years, three in Budapest: in clear without them only where their number is hidden. Nor
    is it worked out of the hospital's own part of the sum, of which nobody was told: rather not given."""

    async def in_clear(run: str, *, lowest_age: int) -> float:
        led = await sums.order(run, lowest_age=lowest_age, masked=False, sites=WITHOUT_ZURICH)
        try:
            await led.go_on()
        except AssertionError:
            return math.nan
        return float(next(iter(led.history[0].arrays.values())).sum())

    async def story() -> tuple[float, float]:
        with_them = await in_clear("run-1", lowest_age=20)
        carried = await sums.shared(await sums.order("run-2", lowest_age=30))
        await sums.mask_at(carried, *WITHOUT_ZURICH, ZURICH)
        await sums.open_at(carried, *WITHOUT_ZURICH, ZURICH)
        return with_them, await in_clear("run-3", lowest_age=lowest_age)

    with_them, without = sums.do(story())
    assert not math.isnan(with_them)
    assert math.isnan(without) or with_them == without or with_them - without >= 10


async def _ask(led: Led, site: SiteId) -> str | None:
    """The code of the hospital's refusal; None where it answers."""
    sent = await led.show(site, led.header(0), [ask_bytes(led.next_ask())])
    return refusal_of([parcel for parcel in sent if parcel.about == led.run])


def test_in_clear_a_hospital_waits_for_the_sum_that_is_under_way(sums: Sums) -> None:
    """Three persons less: beside the sum its own number would be one of three."""

    async def story() -> str | None:
        everybody = (*WITHOUT_ZURICH, ZURICH)
        carried = await sums.shared(await sums.order("run-1", lowest_age=20))
        await sums.mask_at(carried, *everybody)
        led = await sums.order("run-2", lowest_age=30, masked=False, at=[BUDAPEST])
        asked = asyncio.create_task(_ask(led, BUDAPEST))
        await asyncio.sleep(0.5)
        assert not asked.done()
        await sums.open_at(carried, *everybody)
        return await asked

    assert sums.do(story()) == "differencing.too_near"


def test_in_clear_a_hospital_tells_nothing_of_a_sum_that_may_have_been_opened_elsewhere(sums: Sums) -> None:
    """The very same question: under masks it is asked anew, in clear it stands beside what was opened."""

    async def story() -> str | None:
        carried = await sums.shared(await sums.order("run-1", lowest_age=20))
        await sums.mask_at(carried, BUDAPEST)
        sums.seconds.now += HOLD_S + 1
        return await _ask(await sums.order("run-2", lowest_age=20, masked=False, at=[BUDAPEST]), BUDAPEST)

    assert sums.do(story()) == "differencing.too_near"
