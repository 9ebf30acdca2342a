"""P4, P7: no masked sum is opened that is thin, whose evidence was not judged, or that does not follow.

Four real nodes compute in their sandboxes; the rogue is the post between them, and lies once inputs are sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from analysis_jobs.sums.vector import encode_sum
from infra.demo.study import SITES
from node.agent.derive_message import pooled_from_transcript
from node.state.tables import Release
from onggi.errors import NotTrusted, OnggiError
from privacy.masks.agreement import Envelopes, private_key_from
from privacy.masks.messages import Advertisement, MaskedInput, SignedLetter, sign_letter
from privacy.masks.reveal import SealedUnmasking
from privacy.masks.transcript import Transcript
from tests.support.masked_room import (
    BUDAPEST,
    CLEVELAND,
    LONGBEACH,
    ZURICH,
    Room,
    check_refused,
    masked_room,
    reveals_of,
)
from tests.support.rogue_runs import Led, changed
from tests.support.rogue_sums import Carried, Declined

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    # Sandboxes run under another user and must be able to walk to what they are given.
    tmp_path_factory.getbasetemp().chmod(0o755)
    with masked_room(tmp_path_factory.mktemp("rogue-sums")) as made:
        yield made


# --- opening ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["seal", "unmask", "mask"])
def test_phases_left_out_are_refused(room: Room, phase: Any) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.tell(CLEVELAND, phase, [])

    check_refused(room, story(), at=CLEVELAND, code="masks.out_of_order")


def test_main_shares_without_the_evidence_judged(room: Room) -> None:
    """Straight from the confirmations to the unmasking: the evidence was never opened."""

    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.confirm()
        await carried.tell(CLEVELAND, "unmask", [])

    check_refused(room, story(), at=CLEVELAND, code="masks.out_of_order")


def test_coordinator_cannot_open_the_evidence_itself(room: Room) -> None:
    """It holds every letter, and the sealed ones are for hospitals alone; what it can add up is noise."""

    async def story() -> Carried:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.confirm()
        return await carried.seal()

    carried = room.do(story())
    statement = SealedUnmasking.from_bytes(carried.sealed[ZURICH][0]).statement
    tried = 0
    for sender, receiver in itertools.permutations(SITES, 2):
        letter = SealedUnmasking.from_bytes(carried.sealed[sender][0])
        point = Advertisement.from_bytes(carried.advertised[sender][0]).share_key
        own = Envelopes(private_key_from(b"\x07" * 48), purpose="sealed-unmasking", scope=statement)
        with pytest.raises(NotTrusted) as unread:
            own.open(letter.for_receiver(receiver), sender=sender, receiver=receiver, peer_point=point)
        assert unread.value.code == "masks.share_unreadable"
        tried += 1
    assert tried == 12
    # 920 persons stand in the evidence; without shares the sum of the masked inputs says nothing of them.
    persons = {"persons": np.array([920.0])}
    entry = [one for one in carried.layout.evidence if one.name == "persons"]
    plain = encode_sum(persons, entry, participants=len(SITES))[0]
    assert plain not in carried.masked_total("evidence")
    # The main sum is as closed: no hospital gave a share for this attempt.
    assert carried.unmasked == {}


def test_evidence_over_other_inputs_than_confirmed(room: Room) -> None:
    """A masked input swapped after the confirmation, so that the evidence looks well filled."""

    async def story() -> None:
        carried = await room.carried().advertise()
        for phase in (carried.share, carried.mask, carried.confirm, carried.seal):
            await phase()
        letters = carried.unmask_letters()
        genuine = carried.input_of(ZURICH, "evidence")
        raised = np.frombuffer(bytes(genuine.data), dtype="<u8") + np.uint64(1)
        letters[-1] = MaskedInput(genuine.claim, raised.tobytes()).to_bytes()
        await carried.tell(CLEVELAND, "unmask", letters, senders=tuple(carried.sealed))

    noted = len(room.nodes[CLEVELAND].codes)
    with pytest.raises(Declined, match=r"^masks\.input_altered$"):
        room.do(story())
    assert room.nodes[CLEVELAND].codes[noted:] == ["masks.input_altered"]
    assert ("run-masked", 1, "main") not in reveals_of(room.nodes[CLEVELAND])


def test_thin_evidence_is_refused_before_the_answer_is_opened(room: Room) -> None:
    """797 persons where the job asks for a thousand: every hospital refuses, and no main share exists."""

    async def story() -> None:
        three = [BUDAPEST, CLEVELAND, LONGBEACH]
        spec = room.honest.glm_spec(
            masked=True,
            terms=("age",),
            participants=three,
            privacy={"minimum_persons": 1000, "masked": True, "small_hospitals": True},
        )
        nodes = {site: room.nodes[site] for site in three}
        led = Led(run="run-thin", spec=spec, nodes=nodes)
        await led.order(room.rogue, room.honest.permit())
        carried = Carried(led, room.honest.root, 0)
        for phase in (carried.advertise, carried.share, carried.mask, carried.confirm, carried.seal):
            await phase()
        for site in three:
            with pytest.raises(Declined, match=r"^disclosure\.small_cell$"):
                await carried.tell(site, "unmask", carried.unmask_letters(), senders=tuple(carried.sealed))
            assert nodes[site].codes[-1] == "disclosure.small_cell"
            # Asking again opens nothing either.
            with pytest.raises(Declined, match=r"^disclosure\.small_cell$"):
                await carried.tell(site, "unmask", carried.unmask_letters(), senders=tuple(carried.sealed))
        for node in nodes.values():
            told = {which for run, _, which in reveals_of(node) if run == led.run}
            assert told == {"evidence"}
        assert carried.unmasked == {}

    room.do(story())


def test_a_hospital_masks_no_small_cell_for_a_job_that_does_not_rely_on_the_permit_s_word(room: Room) -> None:
    """Zurich has 8 patients without disease. The sum that this room begins with may rely on it, and opens."""

    async def story() -> None:
        privacy = {"minimum_persons": 10, "masked": True}
        spec = room.honest.glm_spec(masked=True, terms=("male",), privacy=privacy)
        led = Led(run="run-small", spec=spec, nodes=room.nodes)
        await led.order(room.rogue, room.honest.permit())
        carried = Carried(led, room.honest.root, 0)
        await carried.advertise()
        await carried.share()
        for _ in range(2):  # asking again gives nothing either
            with pytest.raises(Declined, match=r"^disclosure\.small_cell$"):
                await carried.tell(ZURICH, "mask", carried.dealt_to(ZURICH))
        with room.nodes[ZURICH].services.sessions() as session:
            assert [one.run for one in session.scalars(select(Release)) if one.run == led.run] == []
        assert room.nodes[ZURICH].codes[-1] == "disclosure.small_cell"

    room.do(story())


# --- the next message ------------------------------------------------------------------------------------


def test_crafted_question_under_masks(room: Room) -> None:
    async def story() -> None:
        carried = room.carried()
        center = np.array(carried.ask.arrays["center"]) + 30.0
        await carried.message(CLEVELAND, ask=changed(carried.ask, center=center))

    check_refused(room, story(), at=CLEVELAND, code="message.not_derived")


def _with_transcript(room: Room, **changes: Any) -> bytes:
    first = Carried(replace(room.led, history=[]), room.honest.root, 0)
    record = Transcript.from_bytes(room.proof, context=first.context("main"))
    return replace(
        record, **{name: change(getattr(record, name)) for name, change in changes.items()}
    ).to_bytes()


def _resigned(room: Room, letters: tuple[SignedLetter, ...]) -> tuple[SignedLetter, ...]:
    return (*letters[:-1], sign_letter(letters[-1], sign=room.rogue.own_key.sign))


TRANSCRIPTS = {
    "other_sum": ("masks.other_sum", {"context": lambda _: b"\x01" * 32}),
    "hospital_missing": ("masks.survivors_disagree", {"inputs": lambda inputs: inputs[:-1]}),
    "confirmations_missing": ("masks.below_threshold", {"confirmations": lambda letters: letters[:2]}),
    "unmaskings_missing": ("masks.below_threshold", {"unmaskings": lambda letters: letters[:2]}),
    "hospital_twice": ("masks.sender_twice", {"inputs": lambda inputs: (*inputs, inputs[0])}),
    "sybil": (
        "masks.sender_unknown",
        {"advertisements": lambda all_: (*all_, replace(all_[0], sender="zzz-sybil"))},
    ),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_forged_transcript_proves_nothing(room: Room, name: str) -> None:
    """A node that saw no proof yet accepts none of these: checked at the very function that it calls."""
    code, changes = TRANSCRIPTS[name]
    first = Carried(replace(room.led, history=[]), room.honest.root, 0)
    facts: dict[str, Any] = {
        "federation": room.honest.root.federation,
        "spec_digest": room.led.digest,
        "run": room.led.run,
        "ask": first.ask,
        "attempt": 0,
        "layout": first.layout,
        "participants": first.context("main").participants,
        "site": CLEVELAND,
    }
    assert pooled_from_transcript(room.proof, **facts).sites == tuple(SITES)
    with pytest.raises(OnggiError) as refused:
        pooled_from_transcript(_with_transcript(room, **changes), **facts)
    assert refused.value.code == code
    forged = _with_transcript(room, unmaskings=lambda letters: _resigned(room, letters))
    with pytest.raises(NotTrusted) as resigned:
        pooled_from_transcript(forged, **facts)
    assert resigned.value.code == "masks.signature_wrong"
