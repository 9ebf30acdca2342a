"""P4: cut off at any moment, a hospital knows of every set whose number may have been seen.

Four real nodes; Budapest is the one that is killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from node.failpoints import NodePoint
from node.registers.releases import sign_head
from node.state.tables import ReleasedPersons, table_of
from onggi.protocol.messages import pack
from onggi.protocol.parcels import Parcel, ParcelKind
from tests.support.histogram_sums import (
    BUDAPEST,
    CLEVELAND,
    LONGBEACH,
    ZURICH,
    Killed,
    Sums,
    histogram_sums,
)
from tests.support.rogue_runs import Led, ask_bytes, only_reply, refusal_of
from tests.support.rogue_sums import Declined

pytestmark = pytest.mark.sandbox
OTHERS = (CLEVELAND, LONGBEACH, ZURICH)
EVERYBODY = (BUDAPEST, *OTHERS)


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sums]:
    with histogram_sums(tmp_path, monkeypatch) as made:
        yield made


def _ask(led: Led) -> Coroutine[Any, Any, list[Parcel]]:
    return led.show(BUDAPEST, led.header(0), [ask_bytes(led.next_ask())])


async def _dies(work: Coroutine[Any, Any, object]) -> None:
    with pytest.raises(Killed):
        await work


def test_an_answer_in_clear_and_its_sets_are_one_change(sums: Sums) -> None:
    node = sums.nodes[BUDAPEST]

    async def story() -> None:
        led = await sums.order("run-1", lowest_age=20, masked=False, at=[BUDAPEST])
        await sums.kill_at(BUDAPEST, NodePoint.REPLY_COMPUTED)
        await _dies(_ask(led))
        assert sums.standing(BUDAPEST).names == []
        await sums.kill_at(BUDAPEST, NodePoint.REPLY_RECORDED)
        await _dies(_ask(led))
        assert not any(each.kind is ParcelKind.REPLY for each in node.sent), "the link has it from the outbox"
        told = sums.standing(BUDAPEST)
        assert told.names == [f"run-1 0 {at}" for at in range(3)]
        await node.restart()
        only_reply(await _ask(led))
        assert sums.standing(BUDAPEST).names == told.names

    sums.do(story())


def test_masked_sets_count_before_the_input_leaves_and_are_released_before_the_share_does(sums: Sums) -> None:
    async def story() -> None:
        led = await sums.order("run-1", lowest_age=20)
        await sums.kill_at(BUDAPEST, NodePoint.MASKED_RECORDED)
        first = await sums.shared(led)
        await _dies(sums.mask_at(first, BUDAPEST))
        names = [f"run-1 0 {at}" for at in range(3)]
        claimed = sums.standing(BUDAPEST)
        assert (claimed.names, claimed.by_definition) == (names, {})
        # The reveal of the evidence, then that of the sum.
        await sums.kill_at(BUDAPEST, NodePoint.REVEAL_RECORDED, NodePoint.REVEAL_RECORDED)
        second = await sums.shared(led, attempt=1)
        await sums.mask_at(second, *EVERYBODY)
        await _dies(sums.open_at(second, *EVERYBODY))
        assert BUDAPEST not in second.unmasked
        released = sums.standing(BUDAPEST)
        assert released.sites == [EVERYBODY] * 3 + [()] * 3, "and what the first attempt claimed"
        await sums.nodes[BUDAPEST].restart()
        third = await sums.shared(led, attempt=2)
        await sums.mask_at(third, *EVERYBODY)
        await sums.open_at(third, *EVERYBODY)
        assert set(sums.standing(BUDAPEST).names) == set(names)

    sums.do(story())


def test_nothing_leaves_beside_a_damaged_register(sums: Sums) -> None:
    """In clear no answer, under masks no input; the other hospitals' are their own matter."""
    node, rows = sums.nodes[BUDAPEST], table_of(ReleasedPersons)

    async def story() -> None:
        only_reply(await _ask(await sums.order("run-1", lowest_age=20, masked=False, at=[BUDAPEST])))
        with node.services.sessions.begin() as session:
            number, content = session.execute(select(rows.c.number, rows.c.content)).first() or (0, b"")
            damaged = content[:-1] + bytes([content[-1] ^ 1])
            session.execute(update(rows).where(rows.c.number == number).values(content=damaged))
        await node.restart()
        releases = node.releases
        led = await sums.order("run-2", lowest_age=45, masked=False, at=[BUDAPEST])
        assert refusal_of(await _ask(led)) == "differencing.register_damaged"
        carried = await sums.shared(await sums.order("run-3", lowest_age=45))
        with pytest.raises(Declined, match=r"differencing\.register_damaged"):
            await sums.mask_at(carried, BUDAPEST)
        assert node.releases == releases

    sums.do(story())


def test_nothing_leaves_beside_a_register_that_lacks_rows(sums: Sums) -> None:
    node, rows = sums.nodes[BUDAPEST], table_of(ReleasedPersons)

    async def story() -> None:
        only_reply(await _ask(await sums.order("run-1", lowest_age=20, masked=False, at=[BUDAPEST])))
        led = await sums.order("run-2", lowest_age=45, masked=False, at=[BUDAPEST])
        with node.services.sessions.begin() as session:
            last = session.scalar(select(func.max(rows.c.number)))
            session.execute(delete(rows).where(rows.c.number == last))
        releases = node.releases
        assert refusal_of(await _ask(led)) == "differencing.register_damaged"
        await node.restart()
        led = await sums.order("run-3", lowest_age=45, masked=False, at=[BUDAPEST])
        assert refusal_of(await _ask(led)) == "differencing.register_damaged"
        assert node.releases == releases

    sums.do(story())


def test_an_older_state_that_is_brought_back_whole_lets_nothing_leave(sums: Sums, tmp_path: Path) -> None:
    """Its rows and their head fit each other: the head of the release register, kept outside, tells."""
    node = sums.nodes[BUDAPEST]
    state, backup = node.services.settings.home / "state.sqlite", tmp_path / "backup.sqlite"

    def copy(of: Path, to: Path) -> None:
        with closing(sqlite3.connect(of)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)

    async def story() -> None:
        copy(state, backup)
        only_reply(await _ask(await sums.order("run-1", lowest_age=20, masked=False, at=[BUDAPEST])))
        with node.services.sessions() as session:
            head = sign_head(session, site=node.site, key=node.services.identity)
        await node.agent.close()
        copy(backup, state)
        await node.restart()
        assert sums.standing(BUDAPEST).names == []
        await node.take(ParcelKind.REGISTER, pack(head))
        led = await sums.order("run-2", lowest_age=20, masked=False, at=[BUDAPEST])
        assert refusal_of(await _ask(led)) == "register.behind"

    sums.do(story())
