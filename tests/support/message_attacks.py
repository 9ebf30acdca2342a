"""Messages that a lying coordinator might send in the middle of a run, each with the code that refuses it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis_jobs.kinds.contract import Ask
from onggi.protocol.canonical import encode_base64
from onggi.protocol.messages import Finish, RunMessage, SumStep, pack, pack_raw, reply_signed_bytes
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import RunId, SiteId
from tests.support.federation_root import key
from tests.support.messaging_room import HERE, THERE, Room, next_of
from tests.support.rogue_runs import ask_bytes, changed


@dataclass
class Spoilt:
    """A message as it arrives."""

    run: str
    body: bytes
    kind: ParcelKind = ParcelKind.MESSAGE
    told: bool = True
    """Whether the coordinator is told the code; a message for no run at all is only noted."""


def _with_ask(room: Room, ask: Ask, *, run: str = "alone", **header: Any) -> Spoilt:
    led, honest = next_of(room, run)
    head = led.header(honest.ordinal, **header)
    return Spoilt(led.run, pack(head, [ask_bytes(ask), *led.letters(honest.ordinal)]))


def crafted_to_isolate_one_person(room: Room) -> Spoilt:
    """Parameters under which everybody but the one person in a corner of the data has no weight."""
    _, ask = next_of(room, "alone")
    assert ask.name == "step"
    beta = np.array(ask.arrays["beta"])
    beta[1:] = 5_000.0
    beta[0] = -20_000.0
    return _with_ask(room, changed(ask, beta=beta))


def crafted_by_a_hair(room: Room) -> Spoilt:
    """Further off than processors round differently, and still refused."""
    _, ask = next_of(room, "alone")
    return _with_ask(room, changed(ask, beta=np.array(ask.arrays["beta"]) + 1e-7))


def crafted_shape(room: Room) -> Spoilt:
    _, ask = next_of(room, "alone")
    return _with_ask(room, changed(ask, beta=np.zeros(1)))


def crafted_extra_array(room: Room) -> Spoilt:
    _, ask = next_of(room, "alone")
    return _with_ask(room, changed(ask, weights=np.zeros(303)))


def another_question(room: Room) -> Spoilt:
    _, ask = next_of(room, "alone")
    return _with_ask(room, Ask(ask.ordinal, "start", ask.arrays))


def other_ordinal_inside(room: Room) -> Spoilt:
    _, ask = next_of(room, "alone")
    return _with_ask(room, Ask(ask.ordinal + 1, ask.name, ask.arrays))


def skipped_ordinal(room: Room) -> Spoilt:
    led, ask = next_of(room, "alone")
    ahead = Ask(ask.ordinal + 2, ask.name, ask.arrays)
    return Spoilt(led.run, pack(led.header(ask.ordinal + 2), [ask_bytes(ahead)]))


def replayed_ordinal_with_other_content(room: Room) -> Spoilt:
    led, ask = next_of(room, "alone")
    return Spoilt(led.run, pack(led.header(1), [ask_bytes(ask), *led.letters(1)]))


def unknown_run(room: Room) -> Spoilt:
    led, ask = next_of(room, "alone")
    head = led.header(ask.ordinal, run="run-nobody-knows")
    return Spoilt("run-nobody-knows", pack(head, [ask_bytes(ask)]), told=False)


def finish_of_an_unknown_run(room: Room) -> Spoilt:
    finish = Finish(run=RunId("run-nobody-knows"), outcome="failed")
    return Spoilt("run-nobody-knows", pack(finish), kind=ParcelKind.FINISH, told=False)


def more_rounds_than_limits(room: Room) -> Spoilt:
    led, ask = next_of(room, "pair")
    return Spoilt(led.run, pack(led.header(6), [ask_bytes(Ask(6, ask.name, ask.arrays))]))


def _transcript(
    room: Room,
    *,
    records: dict[SiteId, bytes] | None = None,
    signatures: dict[SiteId, str] | None = None,
    sites: list[str] | None = None,
) -> Spoilt:
    """The pair's next message, with something else as proof of the sum before."""
    led, ask = next_of(room, "pair")
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
    led, ask = next_of(room, "pair")
    facts: dict[str, Any] = {
        "run": led.run,
        "site": site,
        "spec": led.digest,
        "ordinal": ask.ordinal - 1,
        "records": led.answers[ask.ordinal - 1][site].records,
    }
    return encode_base64(key(site).sign(reply_signed_bytes(**(facts | changes))))


def forged_signature(room: Room) -> Spoilt:
    led, ask = next_of(room, "pair")
    records = led.answers[ask.ordinal - 1][THERE].records
    signed = reply_signed_bytes(
        run=led.run, site=THERE, spec=led.digest, ordinal=ask.ordinal - 1, records=records
    )
    return _transcript(room, signatures={THERE: encode_base64(room.rogue.own_key.sign(signed))})


def reply_of_another_hospital_changed(room: Room) -> Spoilt:
    """Cleveland's numbers once more in Budapest's place: the sum would be Cleveland's twice."""
    led, ask = next_of(room, "pair")
    return _transcript(room, records={THERE: led.answers[ask.ordinal - 1][HERE].records})


def own_reply_changed(room: Room) -> Spoilt:
    led, ask = next_of(room, "pair")
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
    led, ask = next_of(room, "pair")
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
    led, ask = next_of(room, "pair")
    head = RunMessage(run=RunId(led.run), ordinal=ask.ordinal)
    return Spoilt(led.run, pack(head, [ask_bytes(ask)]))


def letter_of_a_masked_sum(room: Room) -> Spoilt:
    led, ask = next_of(room, "pair")
    step = SumStep(run=RunId(led.run), ordinal=ask.ordinal, attempt=0, phase="unmask")
    return Spoilt(led.run, pack(step, []), kind=ParcelKind.SUM)


def body_cut_off(room: Room) -> Spoilt:
    made = _with_ask(room, next_of(room, "alone")[1])
    return Spoilt(made.run, made.body[:-1], told=False)


def body_with_trailing_bytes(room: Room) -> Spoilt:
    made = _with_ask(room, next_of(room, "alone")[1])
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
    led, ask = next_of(room, "alone")
    return Spoilt(led.run, pack(led.header(ask.ordinal), []))


def records_of_nonsense(room: Room) -> Spoilt:
    led, ask = next_of(room, "alone")
    body = pack(led.header(ask.ordinal), [b"\xff" * 64, *led.letters(ask.ordinal)])
    return Spoilt(led.run, body)


def records_without_a_question(room: Room) -> Spoilt:
    led, ask = next_of(room, "alone")
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
