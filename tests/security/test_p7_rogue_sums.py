"""P7: whoever carries the letters of a masked sum wrongly learns no hospital's part, and no thin sum.

Four real nodes with the four hospitals' data compute in their sandboxes; the rogue is the post between them.
One honest sum was opened before the attacks begin: every refusal stands beside a control that went well.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from sqlalchemy import select

from analysis_jobs.sums.vector import encode_sum
from infra.demo.study import SITES
from node.agent.derive_message import pooled_from_transcript
from node.state.tables import RevealedSum
from onggi.errors import NotTrusted, OnggiError
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from privacy.masks.agreement import Envelopes, point_of, private_key_from
from privacy.masks.messages import Advertisement, MaskedInput, SignedLetter, sign_letter
from privacy.masks.reveal import SealedUnmasking
from privacy.masks.transcript import Transcript
from tests.support.lone_node import LoneNode, SetClock, close_nodes, load_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led, changed
from tests.support.rogue_sums import Carried, Declined, flat

pytestmark = pytest.mark.sandbox

BUDAPEST, CLEVELAND, LONGBEACH, ZURICH = SITES
T = TypeVar("T")


@dataclass
class Room:
    """Four nodes, one run whose first sum was opened honestly, and the loop in which they live."""

    loop: asyncio.AbstractEventLoop
    honest: HonestFederation
    rogue: RogueCoordinator
    nodes: dict[SiteId, LoneNode]
    led: Led
    proof: bytes = b""
    second_attempt: dict[SiteId, str] = field(default_factory=dict)
    attempts: Iterator[int] = field(default_factory=lambda: itertools.count(2))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def reveals(self) -> dict[SiteId, list[tuple[str, str]]]:
        return {site: node.reveals for site, node in self.nodes.items()}

    def carried(self) -> Carried:
        """A fresh attempt at the next message, whose question follows from the opened sum."""
        return Carried(self.led, self.honest.root, next(self.attempts), proof=self.proof)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("rogue-sums")
    folder.chmod(0o755)
    clock = SetClock()
    honest = HonestFederation(clock)
    loop = asyncio.new_event_loop()
    nodes = {
        site: make_node(
            load_hospital(folder / "loaded", site),
            folder / "nodes",
            root=honest.first_root,
            fingerprint=honest.fingerprint,
            clock=clock,
        )
        for site in SITES
    }
    led = Led(run="run-masked", spec=honest.glm_spec(masked=True), nodes=nodes)
    made = Room(loop, honest, RogueCoordinator(honest), nodes, led)
    try:
        made.do(_open_first_sum(made))
        yield made
    finally:
        made.do(close_nodes(list(nodes.values())))
        loop.close()


async def _open_first_sum(room: Room) -> None:
    """The control, over all four; then at once a second attempt at the same sum without Zurich."""
    await room.led.order(room.rogue, room.honest.permit())
    first = Carried(room.led, room.honest.root, 0)
    for phase in (first.advertise, first.share, first.mask, first.confirm, first.seal, first.unmask):
        await phase()
    second = Carried(room.led, room.honest.root, 1)
    for phase in (second.advertise, second.share, second.mask):
        await phase()
    await second.confirm([BUDAPEST, CLEVELAND, LONGBEACH])
    for site in second.confirmed:
        try:
            await second.tell(site, "seal", flat(second.confirmed))
        except Declined as declined:
            room.second_attempt[site] = str(declined)
    pooled, room.proof = first.open_main()
    room.led.history.append(pooled)


def _refused(room: Room, work: Coroutine[Any, Any, Any], *, at: SiteId, code: str) -> None:
    """The hospital refuses with the code, notes it, and reveals nothing."""
    before, noted = room.reveals, len(room.nodes[at].codes)
    with pytest.raises(Declined) as refused:
        room.do(work)
    assert str(refused.value) == code
    assert room.nodes[at].codes[noted:] == [code]
    assert room.reveals == before


def test_honest_sum_was_opened_and_counts_everybody(room: Room) -> None:
    assert room.led.history[0].arrays["persons"][0] == 920
    assert all({which for which, _ in told} == {"evidence", "main"} for told in room.reveals.values())


# --- key agreement ---------------------------------------------------------------------------------------


def _own_keys(room: Room, carried: Carried, site: SiteId, *, place: int) -> bytes:
    """Another hospital's advertisement with the rogue's keys in it, signed by the rogue."""
    genuine = Advertisement.from_bytes(carried.advertised[site][place])
    own = point_of(private_key_from(b"\x05" * 48))
    return sign_letter(replace(genuine, mask_key=own, share_key=own), sign=room.rogue.own_key.sign).to_bytes()


def test_man_in_the_middle_with_its_own_signature(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        shown = {**carried.advertised, ZURICH: [_own_keys(room, carried, ZURICH, place=n) for n in (0, 1)]}
        await carried.tell(CLEVELAND, "share", flat(shown))

    _refused(room, story(), at=CLEVELAND, code="masks.key_not_signed")


def test_man_in_the_middle_with_the_signature_of_other_keys(room: Room) -> None:
    """Zurich's real signature beside keys that it does not cover."""

    async def story() -> None:
        carried = await room.carried().advertise()
        shown = {site: list(pair) for site, pair in carried.advertised.items()}
        genuine = Advertisement.from_bytes(shown[ZURICH][1])
        other = point_of(private_key_from(b"\x06" * 48))
        shown[ZURICH][1] = replace(genuine, share_key=other).to_bytes()
        await carried.tell(CLEVELAND, "share", flat(shown))

    _refused(room, story(), at=CLEVELAND, code="masks.key_not_signed")


def test_keys_of_another_attempt_replayed(room: Room) -> None:
    async def story() -> None:
        old = await room.carried().advertise()
        carried = await room.carried().advertise()
        shown = {**carried.advertised, ZURICH: old.advertised[ZURICH]}
        await carried.tell(CLEVELAND, "share", flat(shown))

    _refused(room, story(), at=CLEVELAND, code="masks.other_sum")


def test_sybil_hospital_in_the_exchange(room: Room) -> None:
    """A fifth hospital of the rogue's own making, with which it would stand in the sum."""

    async def story() -> None:
        carried = await room.carried().advertise()
        sybils = []
        for letter in carried.advertised[ZURICH]:
            made = replace(Advertisement.from_bytes(letter), sender="zzz-sybil")
            sybils.append(sign_letter(made, sign=room.rogue.own_key.sign).to_bytes())
        await carried.tell(CLEVELAND, "share", [*flat(carried.advertised), *sybils])

    _refused(room, story(), at=CLEVELAND, code="masks.sender_unknown")


def test_one_hospital_twice_in_the_exchange(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.tell(CLEVELAND, "share", [*flat(carried.advertised), *carried.advertised[ZURICH]])

    _refused(room, story(), at=CLEVELAND, code="masks.sender_twice")


def test_exchange_among_too_few(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        two = {site: carried.advertised[site] for site in (CLEVELAND, ZURICH)}
        await carried.tell(CLEVELAND, "share", flat(two))

    _refused(room, story(), at=CLEVELAND, code="masks.below_threshold")


def test_hospitals_shown_different_keys_cannot_read_each_other(room: Room) -> None:
    """Zurich is hidden from Cleveland alone: the shares of the others were sealed under another list."""

    async def story() -> None:
        carried = await room.carried().advertise()
        without = {site: pair for site, pair in carried.advertised.items() if site != ZURICH}
        for site in carried.sites:
            shown = without if site == CLEVELAND else carried.advertised
            carried.shared[site] = await carried.tell(site, "share", flat(shown))
        dealt = carried.dealt_to(CLEVELAND, dealers=[BUDAPEST, LONGBEACH])
        await carried.tell(CLEVELAND, "mask", dealt)

    _refused(room, story(), at=CLEVELAND, code="masks.share_unreadable")


# --- survivors -------------------------------------------------------------------------------------------


async def _shown_different_sets(room: Room) -> Carried:
    """Two groups of hospitals sign two sets; nobody alone can see that."""
    carried = await room.carried().advertise()
    await carried.share()
    await carried.mask()
    groups = {
        BUDAPEST: (BUDAPEST, CLEVELAND, LONGBEACH),
        CLEVELAND: (BUDAPEST, CLEVELAND, LONGBEACH),
        LONGBEACH: (CLEVELAND, LONGBEACH, ZURICH),
        ZURICH: (CLEVELAND, LONGBEACH, ZURICH),
    }
    for site, group in groups.items():
        carried.confirmed[site] = await carried.tell(site, "confirm", carried.claims(group))
    return carried


def test_different_survivors_shown_to_different_hospitals(room: Room) -> None:
    async def story() -> None:
        carried = await _shown_different_sets(room)
        await carried.tell(CLEVELAND, "seal", flat(carried.confirmed))

    _refused(room, story(), at=CLEVELAND, code="masks.survivors_disagree")


def test_confirmations_of_half_the_hospitals_do_not_suffice(room: Room) -> None:
    async def story() -> None:
        carried = await _shown_different_sets(room)
        agreeing = {site: carried.confirmed[site] for site in (BUDAPEST, CLEVELAND)}
        await carried.tell(CLEVELAND, "seal", flat(agreeing))

    _refused(room, story(), at=CLEVELAND, code="masks.below_threshold")


def test_one_set_for_the_evidence_and_another_for_the_answer(room: Room) -> None:
    """Well-filled evidence over four must not open an answer over three; and the refusal is final."""

    async def begun() -> Carried:
        carried = await room.carried().advertise()
        await carried.share()
        return await carried.mask()

    carried = room.do(begun())
    three = (BUDAPEST, CLEVELAND, LONGBEACH)
    evidence = [carried.input_of(site, "evidence").claim.to_bytes() for site in SITES]
    main = [carried.input_of(site, "main").claim.to_bytes() for site in three]
    padded = [letter for pair in zip(evidence, [*main, main[0]], strict=True) for letter in pair]
    _refused(room, carried.tell(CLEVELAND, "confirm", padded), at=CLEVELAND, code="masks.survivors_disagree")
    odd = [*carried.claims(three), carried.input_of(ZURICH, "evidence").claim.to_bytes()]
    _refused(room, carried.tell(CLEVELAND, "confirm", odd), at=CLEVELAND, code="message.malformed")
    crossed = carried.claims((BUDAPEST, CLEVELAND, LONGBEACH))
    crossed[0] = carried.input_of(ZURICH, "evidence").claim.to_bytes()
    _refused(room, carried.tell(CLEVELAND, "confirm", crossed), at=CLEVELAND, code="masks.survivors_disagree")
    _refused(room, carried.tell(CLEVELAND, "seal", []), at=CLEVELAND, code="masks.out_of_order")


def test_set_below_the_jobs_minimum_is_not_confirmed(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.tell(CLEVELAND, "confirm", carried.claims((BUDAPEST, CLEVELAND)))

    _refused(room, story(), at=CLEVELAND, code="run.too_few_sites")


def test_set_without_this_hospital_is_not_confirmed(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.tell(CLEVELAND, "confirm", carried.claims((BUDAPEST, LONGBEACH, ZURICH)))

    _refused(room, story(), at=CLEVELAND, code="masks.survivors_disagree")


def test_second_attempt_over_a_smaller_set_after_the_first_was_opened(room: Room) -> None:
    """The difference of the two sums would be Zurich's own numbers."""
    assert room.second_attempt == dict.fromkeys((BUDAPEST, CLEVELAND, LONGBEACH), "masks.other_survivors")


def test_smaller_set_at_a_later_message(room: Room) -> None:
    async def begun() -> Carried:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        return await carried.confirm([BUDAPEST, CLEVELAND, LONGBEACH])

    carried = room.do(begun())
    for site in carried.confirmed:
        work = carried.tell(site, "seal", flat(carried.confirmed))
        _refused(room, work, at=site, code="masks.other_survivors")


def test_same_question_to_fewer_hospitals_in_a_second_order(room: Room) -> None:
    async def story() -> None:
        three = [BUDAPEST, CLEVELAND, LONGBEACH]
        spec = room.honest.glm_spec(masked=True, participants=three, title="The same once more")
        node = room.nodes[CLEVELAND]
        bundle = room.rogue.bundle(
            spec, site=CLEVELAND, permit=room.honest.permit(), seen=node.agent.hello().log_size
        )
        await node.take(ParcelKind.ORDER, bundle.model_dump_json(by_alias=True).encode())
        decision = node.decisions[-1]
        assert (decision.verdict, decision.code) == ("declined", "masks.same_inputs_other_set")
        assert node.states[decision.run] == "declined"
        assert decision.run not in node.workspaces

    room.do(story())


# --- opening ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["seal", "unmask", "mask"])
def test_phases_left_out_are_refused(room: Room, phase: Any) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.tell(CLEVELAND, phase, [])

    _refused(room, story(), at=CLEVELAND, code="masks.out_of_order")


def test_main_shares_without_the_evidence_judged(room: Room) -> None:
    """Straight from the confirmations to the unmasking: the evidence was never opened."""

    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.confirm()
        await carried.tell(CLEVELAND, "unmask", [])

    _refused(room, story(), at=CLEVELAND, code="masks.out_of_order")


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
    assert ("run-masked", 1, "main") not in _reveals(room.nodes[CLEVELAND])


def test_thin_evidence_is_refused_before_the_answer_is_opened(room: Room) -> None:
    """797 persons where the job asks for a thousand: every hospital refuses, and no main share exists."""

    async def story() -> None:
        three = [BUDAPEST, CLEVELAND, LONGBEACH]
        spec = room.honest.glm_spec(
            masked=True,
            terms=("age",),
            participants=three,
            privacy={"minimum_persons": 1000, "masked": True},
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
            told = {which for run, _, which in _reveals(node) if run == led.run}
            assert told == {"evidence"}
        assert carried.unmasked == {}

    room.do(story())


def _reveals(node: LoneNode) -> set[tuple[str, int, str]]:
    """(run, ordinal, which sum) for which this hospital ever gave shares."""
    with node.services.sessions() as session:
        return {(row.run, row.ordinal, row.which) for row in session.scalars(select(RevealedSum))}


# --- the next message ------------------------------------------------------------------------------------


def test_crafted_question_under_masks(room: Room) -> None:
    async def story() -> None:
        carried = room.carried()
        center = np.array(carried.ask.arrays["center"]) + 30.0
        await carried.message(CLEVELAND, ask=changed(carried.ask, center=center))

    _refused(room, story(), at=CLEVELAND, code="message.not_derived")


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


# --- crash -----------------------------------------------------------------------------------------------


def test_node_restarted_in_mid_exchange_begins_no_second_one(room: Room) -> None:
    """Its secrets are gone with the process; a second set in the same exchange could be played against the
    first."""

    async def begun() -> Carried:
        carried = await room.carried().advertise()
        await carried.share()
        await room.nodes[ZURICH].restart()
        return carried

    carried = room.do(begun())
    _refused(room, carried.message(ZURICH), at=ZURICH, code="masks.exchange_lost")
    letters = carried.dealt_to(ZURICH)
    _refused(room, carried.tell(ZURICH, "mask", letters), at=ZURICH, code="masks.exchange_lost")

    async def again() -> dict[SiteId, list[bytes]]:
        fresh = await room.carried().advertise()
        return (await fresh.share()).shared

    assert set(room.do(again())) == set(SITES)


@pytest.fixture(scope="module", autouse=True)
def _readable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sandboxes run under another user and must be able to walk to what they are given."""
    base = tmp_path_factory.getbasetemp()
    base.chmod(0o755)
    return base
