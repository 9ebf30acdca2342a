"""P2, P4: after an order was accepted in good order, no crafted message makes the node compute or release.

The runs are real and stand in mid-conversation. Every attack is refused with its code; nothing more is on
the release register; and the node answers the next honest message as if nothing had been.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import pytest

from analysis_jobs.kinds.contract import Ask
from analysis_jobs.kinds.registry import get_kind
from node.agent.derive_message import derive_ask
from node.hospital_acts import record_pause
from onggi.protocol.canonical import encode_base64
from onggi.protocol.messages import Finish, RunMessage, SumStep, pack, pack_raw, reply_signed_bytes
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.ids import RunId, SiteId
from tests.support.federation_root import key, make_root
from tests.support.lone_node import LoneNode, SetClock, close_nodes, load_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led, ask_bytes, changed, only_reply, refusal_of

pytestmark = pytest.mark.sandbox

HERE, THERE = SiteId("cleveland"), SiteId("budapest")
T = TypeVar("T")


@dataclass
class Room:
    """Two nodes with runs in mid-conversation, in an event loop that lives as long as the module's tests."""

    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    runs: dict[str, Led] = field(default_factory=dict)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def node(self) -> LoneNode:
        return self.nodes[HERE]

    async def begin(self, name: str, spec: Any, *, sites: tuple[SiteId, ...], rounds: int) -> Led:
        led = Led(run=f"run-{name}", spec=spec, nodes={site: self.nodes[site] for site in sites})
        bounds = {"minimum_sites": 1}
        await led.order(self.rogue, self.honest.permit(bounds=bounds, expires=PERMIT_ENDS))
        for _ in range(rounds):
            await led.go_on()
        self.runs[name] = led
        return led


START = SetClock()()
PERMIT_ENDS = START + timedelta(hours=12)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("rogue-messages")
    folder.chmod(0o755)
    clock = SetClock()
    honest = HonestFederation(clock, root=make_root(floors={"minimum_hospitals": 1}))
    loop = asyncio.new_event_loop()
    nodes = {
        site: make_node(
            load_hospital(folder / "loaded", site),
            folder / "nodes",
            root=honest.first_root,
            fingerprint=honest.fingerprint,
            clock=clock,
        )
        for site in (THERE, HERE)
    }
    made = Room(loop, honest, RogueCoordinator(honest), nodes)
    try:
        made.do(_begin_all(made))
        yield made
    finally:
        made.do(close_nodes(list(nodes.values())))
        loop.close()


async def _begin_all(room: Room) -> None:
    glm = room.honest.glm_spec(
        masked=False, participants=[THERE, HERE], minimum_sites=2, limits={"rounds": 6}
    )
    await room.begin("pair", glm, sites=(THERE, HERE), rounds=2)
    alone = room.honest.glm_spec(masked=False, participants=[HERE], minimum_sites=1)
    await room.begin("alone", alone, sites=(HERE,), rounds=3)


@dataclass
class Spoilt:
    """A message as it arrives."""

    run: str
    body: bytes
    kind: ParcelKind = ParcelKind.MESSAGE
    told: bool = True
    """Whether the coordinator is told the code; a message for no run at all is only noted."""


def _next(room: Room, run: str) -> tuple[Led, Ask]:
    return room.runs[run], room.runs[run].next_ask()


def _with_ask(room: Room, ask: Ask, *, run: str = "alone", **header: Any) -> Spoilt:
    led, honest = _next(room, run)
    head = led.header(honest.ordinal, **header)
    return Spoilt(led.run, pack(head, [ask_bytes(ask), *led.letters(honest.ordinal)]))


def crafted_to_isolate_one_person(room: Room) -> Spoilt:
    """Parameters under which everybody but the one person in a corner of the data has no weight."""
    _, ask = _next(room, "alone")
    assert ask.name == "step"
    beta = np.array(ask.arrays["beta"])
    beta[1:] = 5_000.0
    beta[0] = -20_000.0
    return _with_ask(room, changed(ask, beta=beta))


def crafted_by_a_hair(room: Room) -> Spoilt:
    """Further off than processors round differently, and still refused."""
    _, ask = _next(room, "alone")
    return _with_ask(room, changed(ask, beta=np.array(ask.arrays["beta"]) + 1e-7))


def crafted_shape(room: Room) -> Spoilt:
    _, ask = _next(room, "alone")
    return _with_ask(room, changed(ask, beta=np.zeros(1)))


def crafted_extra_array(room: Room) -> Spoilt:
    _, ask = _next(room, "alone")
    return _with_ask(room, changed(ask, weights=np.zeros(303)))


def another_question(room: Room) -> Spoilt:
    _, ask = _next(room, "alone")
    return _with_ask(room, Ask(ask.ordinal, "start", ask.arrays))


def other_ordinal_inside(room: Room) -> Spoilt:
    _, ask = _next(room, "alone")
    return _with_ask(room, Ask(ask.ordinal + 1, ask.name, ask.arrays))


def skipped_ordinal(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    ahead = Ask(ask.ordinal + 2, ask.name, ask.arrays)
    return Spoilt(led.run, pack(led.header(ask.ordinal + 2), [ask_bytes(ahead)]))


def replayed_ordinal_with_other_content(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    return Spoilt(led.run, pack(led.header(1), [ask_bytes(ask), *led.letters(1)]))


def unknown_run(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    head = led.header(ask.ordinal, run="run-nobody-knows")
    return Spoilt("run-nobody-knows", pack(head, [ask_bytes(ask)]), told=False)


def finish_of_an_unknown_run(room: Room) -> Spoilt:
    finish = Finish(run=RunId("run-nobody-knows"), outcome="failed")
    return Spoilt("run-nobody-knows", pack(finish), kind=ParcelKind.FINISH, told=False)


def more_rounds_than_limits(room: Room) -> Spoilt:
    led, ask = _next(room, "pair")
    return Spoilt(led.run, pack(led.header(6), [ask_bytes(Ask(6, ask.name, ask.arrays))]))


def _transcript(
    room: Room,
    *,
    records: dict[SiteId, bytes] | None = None,
    signatures: dict[SiteId, str] | None = None,
    sites: list[str] | None = None,
) -> Spoilt:
    """The pair's next message, with something else as proof of the sum before."""
    led, ask = _next(room, "pair")
    before = led.answers[ask.ordinal - 1]
    shown = {site: (one.records, one.signature) for site, one in before.items()}
    for site, data in (records or {}).items():
        shown[site] = (data, shown.get(site, (b"", next(iter(before.values())).signature))[1])
    for site, signature in (signatures or {}).items():
        shown[site] = (shown[site][0], signature)
    wanted = [SiteId(site) for site in (sites if sites is not None else shown)]
    head = led.header(
        ask.ordinal,
        previous_sites=wanted,
        previous_signatures=[shown[site][1] for site in wanted],
    )
    return Spoilt(led.run, pack(head, [ask_bytes(ask), *(shown[site][0] for site in wanted)]))


def _signed_by(room: Room, site: SiteId, **changes: Any) -> str:
    """A signature that the hospital really gave, but for another run, ordinal or job."""
    led, ask = _next(room, "pair")
    facts: dict[str, Any] = {
        "run": led.run,
        "site": site,
        "spec": led.digest,
        "ordinal": ask.ordinal - 1,
        "records": led.answers[ask.ordinal - 1][site].records,
    }
    return encode_base64(key(site).sign(reply_signed_bytes(**(facts | changes))))


def forged_signature(room: Room) -> Spoilt:
    led, ask = _next(room, "pair")
    records = led.answers[ask.ordinal - 1][THERE].records
    signed = reply_signed_bytes(
        run=led.run, site=THERE, spec=led.digest, ordinal=ask.ordinal - 1, records=records
    )
    return _transcript(room, signatures={THERE: encode_base64(room.rogue.own_key.sign(signed))})


def reply_of_another_hospital_changed(room: Room) -> Spoilt:
    """Cleveland's numbers once more in Budapest's place: the sum would be Cleveland's twice."""
    led, ask = _next(room, "pair")
    return _transcript(room, records={THERE: led.answers[ask.ordinal - 1][HERE].records})


def own_reply_changed(room: Room) -> Spoilt:
    led, ask = _next(room, "pair")
    return _transcript(room, records={HERE: led.answers[ask.ordinal - 1][THERE].records})


def reply_of_another_run(room: Room) -> Spoilt:
    return _transcript(room, signatures={THERE: _signed_by(room, THERE, run="run-another")})


def reply_of_another_ordinal(room: Room) -> Spoilt:
    return _transcript(room, signatures={THERE: _signed_by(room, THERE, ordinal=0)})


def reply_to_another_job(room: Room) -> Spoilt:
    return _transcript(room, signatures={THERE: _signed_by(room, THERE, spec="sha256:" + "3" * 64)})


def transcript_without_a_hospital(room: Room) -> Spoilt:
    return _transcript(room, sites=[HERE])


def transcript_without_us(room: Room) -> Spoilt:
    return _transcript(room, sites=[THERE])


def transcript_with_a_sybil(room: Room) -> Spoilt:
    """A hospital of the federation that is not in this job; its signature is real."""
    led, ask = _next(room, "pair")
    zurich = SiteId("zurich")
    records = led.answers[ask.ordinal - 1][THERE].records
    signed = reply_signed_bytes(
        run=led.run, site=zurich, spec=led.digest, ordinal=ask.ordinal - 1, records=records
    )
    return _transcript(
        room,
        records={zurich: records},
        signatures={zurich: encode_base64(key(zurich).sign(signed))},
    )


def transcript_with_a_hospital_twice(room: Room) -> Spoilt:
    return _transcript(room, sites=[THERE, HERE, THERE])


def transcript_left_out(room: Room) -> Spoilt:
    led, ask = _next(room, "pair")
    head = RunMessage(run=RunId(led.run), ordinal=ask.ordinal)
    return Spoilt(led.run, pack(head, [ask_bytes(ask)]))


def letter_of_a_masked_sum(room: Room) -> Spoilt:
    led, ask = _next(room, "pair")
    step = SumStep(run=RunId(led.run), ordinal=ask.ordinal, attempt=0, phase="unmask")
    return Spoilt(led.run, pack(step, []), kind=ParcelKind.SUM)


def body_cut_off(room: Room) -> Spoilt:
    made = _with_ask(room, _next(room, "alone")[1])
    return Spoilt(made.run, made.body[:-1], told=False)


def body_with_trailing_bytes(room: Room) -> Spoilt:
    made = _with_ask(room, _next(room, "alone")[1])
    return Spoilt(made.run, made.body + b"\0", told=False)


def body_with_a_huge_header_length(room: Room) -> Spoilt:
    return Spoilt(room.runs["alone"].run, struct.pack("!I", 2**32 - 1) + b"{}" * 8, told=False)


def body_with_a_huge_attachment_length(room: Room) -> Spoilt:
    text = room.runs["alone"].header(3).model_dump_json().encode()
    body = struct.pack("!I", len(text)) + text + struct.pack("!I", 1) + struct.pack("!Q", 2**63)
    return Spoilt(room.runs["alone"].run, body, told=False)


def body_with_an_unknown_field(room: Room) -> Spoilt:
    return Spoilt(room.runs["alone"].run, pack_raw(b'{"run":"run-alone","ordinal":3,"x":1}'), told=False)


def empty_body(room: Room) -> Spoilt:
    return Spoilt(room.runs["alone"].run, b"", told=False)


def body_that_is_not_text(room: Room) -> Spoilt:
    return Spoilt(room.runs["alone"].run, pack_raw(b"\xff\xfe\x00"), told=False)


def message_without_records(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    return Spoilt(led.run, pack(led.header(ask.ordinal), []))


def records_of_nonsense(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    body = pack(led.header(ask.ordinal), [b"\xff" * 64, *led.letters(ask.ordinal)])
    return Spoilt(led.run, body)


def records_without_a_question(room: Room) -> Spoilt:
    led, ask = _next(room, "alone")
    return Spoilt(led.run, pack(led.header(ask.ordinal), [b"", *led.letters(ask.ordinal)]))


ATTACKS = {
    crafted_to_isolate_one_person: "message.not_derived",
    crafted_by_a_hair: "message.not_derived",
    crafted_shape: "message.not_derived",
    crafted_extra_array: "message.not_derived",
    another_question: "message.not_derived",
    other_ordinal_inside: "message.not_derived",
    skipped_ordinal: "message.out_of_order",
    replayed_ordinal_with_other_content: "message.replayed",
    unknown_run: "run.not_active",
    finish_of_an_unknown_run: "run.not_active",
    more_rounds_than_limits: "run.too_many_rounds",
    forged_signature: "signature.invalid",
    reply_of_another_hospital_changed: "signature.invalid",
    own_reply_changed: "message.not_our_sum",
    reply_of_another_run: "signature.invalid",
    reply_of_another_ordinal: "signature.invalid",
    reply_to_another_job: "signature.invalid",
    transcript_without_a_hospital: "message.other_participants",
    transcript_without_us: "message.not_our_sum",
    transcript_with_a_sybil: "message.other_participants",
    transcript_with_a_hospital_twice: "message.malformed",
    transcript_left_out: "message.not_our_sum",
    letter_of_a_masked_sum: "masks.exchange_lost",
    body_cut_off: "message.malformed",
    body_with_trailing_bytes: "message.malformed",
    body_with_a_huge_header_length: "message.malformed",
    body_with_a_huge_attachment_length: "message.malformed",
    body_with_an_unknown_field: "message.malformed",
    empty_body: "message.malformed",
    body_that_is_not_text: "message.malformed",
    message_without_records: "message.malformed",
    records_of_nonsense: "sandbox.bad_message",
    records_without_a_question: "kinds.record_wrong",
}


async def _check_still_serves(room: Room) -> None:
    """The last honest message of each run once more: the same bytes come back, and nothing else happens."""
    for name in ("pair", "alone"):
        led = room.runs[name]
        last = len(led.answers) - 1
        ask = derive_ask(led.spec, get_kind(led.spec.kind), led.history[:last])
        sent = await led.show(HERE, led.header(last), [ask_bytes(ask), *led.letters(last)])
        assert only_reply(sent) == led.answers[last][HERE]


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
        await _check_still_serves(room)
        assert room.node.releases == releases
        return sent

    room.do(story())


def test_isolating_one_person_has_a_code_that_no_other_attack_shares() -> None:
    crafted = {make for make, code in ATTACKS.items() if code == "message.not_derived"}
    assert crafted_to_isolate_one_person in crafted
    assert all(make.__name__.startswith(("crafted", "another_question", "other_ordinal")) for make in crafted)


def test_paused_node_answers_nothing(room: Room) -> None:
    async def story() -> None:
        led, ask = _next(room, "alone")
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
        await _check_still_serves(room)

    room.do(story())


@pytest.mark.parametrize(
    ("later", "code"), [(timedelta(hours=12), "permit.expired"), (timedelta(days=2), "job.expired")]
)
def test_order_kept_in_hand_until_its_permit_ran_out_is_worth_nothing(
    room: Room, later: timedelta, code: str
) -> None:
    async def story() -> None:
        led, ask = _next(room, "alone")
        releases = room.node.releases
        room.honest.clock.move(later)
        try:
            body = [ask_bytes(ask), *led.letters(ask.ordinal)]
            assert refusal_of(await led.show(HERE, led.header(ask.ordinal), body)) == code
            assert room.node.releases == releases
        finally:
            room.honest.clock.move(-later)
        await _check_still_serves(room)

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
