"""P2, P4: after an order was accepted in good order, no crafted message makes the node compute or release.

The runs are real and stand in mid-conversation. Every attack is refused with its code; nothing more is on
the release register; and the node answers the next honest message as if nothing had been.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from analysis_jobs.kinds.contract import Ask
from node.hospital_acts import record_pause
from onggi.protocol.messages import Finish, pack
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.ids import RunId
from tests.support.message_attacks import ATTACKS, crafted_to_isolate_one_person
from tests.support.messaging_room import HERE, PERMIT_ENDS, Room, check_still_serves, messaging_room, next_of
from tests.support.rogue_runs import Led, ask_bytes, refusal_of

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with messaging_room(tmp_path_factory.mktemp("rogue-messages")) as made:
        yield made


@pytest.mark.parametrize("make", ATTACKS, ids=lambda make: make.__name__)
def test_attack_is_refused_with_its_code_and_the_node_still_serves(room: Room, make: Any) -> None:
    async def story() -> list[Parcel]:
        spoilt = make(room)
        releases, codes = room.node.releases, len(room.node.codes)
        sent = await room.node.take(spoilt.kind, spoilt.body, about=spoilt.run)
        assert room.node.codes[codes:] == [ATTACKS[make]]
        assert room.node.releases == releases
        told = refusal_of(sent)
        if spoilt.kind is ParcelKind.MESSAGE:
            assert told == (ATTACKS[make] if spoilt.told else None)
        assert {room.node.states["run-pair"], room.node.states["run-alone"]} == {"running"}
        await check_still_serves(room)
        assert room.node.releases == releases
        return sent

    room.do(story())


def test_isolating_one_person_has_a_code_that_no_other_attack_shares() -> None:
    crafted = {make for make, code in ATTACKS.items() if code == "message.not_derived"}
    assert crafted_to_isolate_one_person in crafted
    assert all(make.__name__.startswith(("crafted", "another_question", "other_ordinal")) for make in crafted)


def test_paused_node_answers_nothing(room: Room) -> None:
    async def story() -> None:
        led, ask = next_of(room, "alone")
        with room.node.services.sessions.begin() as session:
            record_pause(session, paused=True, now=room.honest.clock())
        try:
            releases = room.node.releases
            body = [ask_bytes(ask), *led.letters(ask.ordinal)]
            assert refusal_of(await led.show(HERE, led.header(ask.ordinal), body)) == "node.paused"
            # Not even what left before goes out once more.
            last = [ask_bytes(Ask(0, "survey", {}))]
            assert refusal_of(await led.show(HERE, led.header(0), last)) == "node.paused"
            assert room.node.releases == releases
        finally:
            with room.node.services.sessions.begin() as session:
                record_pause(session, paused=False, now=room.honest.clock())
        await check_still_serves(room)

    room.do(story())


@pytest.mark.parametrize(
    ("later", "code"), [(timedelta(hours=12), "permit.expired"), (timedelta(days=2), "job.expired")]
)
def test_order_kept_in_hand_until_its_permit_ran_out_is_worth_nothing(
    room: Room, later: timedelta, code: str
) -> None:
    async def story() -> None:
        led, ask = next_of(room, "alone")
        releases = room.node.releases
        room.honest.clock.move(later)
        try:
            body = [ask_bytes(ask), *led.letters(ask.ordinal)]
            assert refusal_of(await led.show(HERE, led.header(ask.ordinal), body)) == code
            assert room.node.releases == releases
        finally:
            room.honest.clock.move(-later)
        await check_still_serves(room)

    room.do(story())


def test_question_after_the_answer_and_after_the_end_is_refused(room: Room) -> None:
    async def story() -> None:
        spec = room.honest.count_spec(participants=[HERE], minimum_sites=1, title="One more")
        led = await room.begin("answered", spec, sites=(HERE,), rounds=1)
        releases = room.node.releases
        sent = await led.show(HERE, led.header(1), [ask_bytes(Ask(1, "funnel", {})), *led.letters(1)])
        assert refusal_of(sent) == "message.none_expected"
        assert room.node.releases == releases
        await led.finish()
        assert room.node.states[led.run] == "finished"
        assert led.run not in room.node.workspaces
        first = [ask_bytes(Ask(0, "funnel", {}))]
        assert refusal_of(await led.show(HERE, led.header(0), first)) is None
        assert room.node.codes[-1] == "run.not_active"
        assert room.node.releases == releases

    room.do(story())


def test_run_called_off_while_it_is_staged_ends_and_leaves_nothing(room: Room) -> None:
    """`failed` before the node was ready: the run is over at once, and its workspace is destroyed."""

    async def story() -> None:
        spec = room.honest.count_spec(participants=[HERE], minimum_sites=1, title="Called off")
        led = Led(run="run-called-off", spec=spec, nodes={HERE: room.node})
        await led.order(room.rogue, room.honest.permit(bounds={"minimum_sites": 1}, expires=PERMIT_ENDS))
        body = pack(led.header(0), [ask_bytes(Ask(0, "funnel", {}))])
        early = asyncio.create_task(room.node.take(ParcelKind.MESSAGE, body, about=led.run))
        await asyncio.sleep(0)
        codes = len(room.node.codes)
        finish = pack(Finish(run=RunId(led.run), outcome="failed", code="glm.separable"))
        await room.node.take(ParcelKind.FINISH, finish, about=led.run)
        await early
        assert room.node.states[led.run] == "cancelled"
        assert led.run not in room.node.workspaces
        # The message that waited for the staging is refused; the link's task is not taken along.
        assert sorted(room.node.codes[codes:]) == ["glm.separable", "run.not_active"]

    room.do(story())
