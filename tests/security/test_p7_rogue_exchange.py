"""P7: whoever carries the letters of a masked sum wrongly learns no hospital's part.

Four real nodes compute in their sandboxes; the rogue is the post between them, and swaps keys and survivors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.demo.study import SITES
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from privacy.masks.agreement import point_of, private_key_from
from privacy.masks.messages import Advertisement, sign_letter
from tests.support.masked_room import BUDAPEST, CLEVELAND, LONGBEACH, ZURICH, Room, check_refused, masked_room
from tests.support.rogue_sums import Carried, flat

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    # Sandboxes run under another user and must be able to walk to what they are given.
    tmp_path_factory.getbasetemp().chmod(0o755)
    with masked_room(tmp_path_factory.mktemp("rogue-sums")) as made:
        yield made


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

    check_refused(room, story(), at=CLEVELAND, code="masks.key_not_signed")


def test_man_in_the_middle_with_the_signature_of_other_keys(room: Room) -> None:
    """Zurich's real signature beside keys that it does not cover."""

    async def story() -> None:
        carried = await room.carried().advertise()
        shown = {site: list(pair) for site, pair in carried.advertised.items()}
        genuine = Advertisement.from_bytes(shown[ZURICH][1])
        other = point_of(private_key_from(b"\x06" * 48))
        shown[ZURICH][1] = replace(genuine, share_key=other).to_bytes()
        await carried.tell(CLEVELAND, "share", flat(shown))

    check_refused(room, story(), at=CLEVELAND, code="masks.key_not_signed")


def test_keys_of_another_attempt_replayed(room: Room) -> None:
    async def story() -> None:
        old = await room.carried().advertise()
        carried = await room.carried().advertise()
        shown = {**carried.advertised, ZURICH: old.advertised[ZURICH]}
        await carried.tell(CLEVELAND, "share", flat(shown))

    check_refused(room, story(), at=CLEVELAND, code="masks.other_sum")


def test_sybil_hospital_in_the_exchange(room: Room) -> None:
    """A fifth hospital of the rogue's own making, with which it would stand in the sum."""

    async def story() -> None:
        carried = await room.carried().advertise()
        sybils = []
        for letter in carried.advertised[ZURICH]:
            made = replace(Advertisement.from_bytes(letter), sender="zzz-sybil")
            sybils.append(sign_letter(made, sign=room.rogue.own_key.sign).to_bytes())
        await carried.tell(CLEVELAND, "share", [*flat(carried.advertised), *sybils])

    check_refused(room, story(), at=CLEVELAND, code="masks.sender_unknown")


def test_one_hospital_twice_in_the_exchange(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.tell(CLEVELAND, "share", [*flat(carried.advertised), *carried.advertised[ZURICH]])

    check_refused(room, story(), at=CLEVELAND, code="masks.sender_twice")


def test_exchange_among_too_few(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        two = {site: carried.advertised[site] for site in (CLEVELAND, ZURICH)}
        await carried.tell(CLEVELAND, "share", flat(two))

    check_refused(room, story(), at=CLEVELAND, code="masks.below_threshold")


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

    check_refused(room, story(), at=CLEVELAND, code="masks.share_unreadable")


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

    check_refused(room, story(), at=CLEVELAND, code="masks.survivors_disagree")


def test_confirmations_of_half_the_hospitals_do_not_suffice(room: Room) -> None:
    async def story() -> None:
        carried = await _shown_different_sets(room)
        agreeing = {site: carried.confirmed[site] for site in (BUDAPEST, CLEVELAND)}
        await carried.tell(CLEVELAND, "seal", flat(agreeing))

    check_refused(room, story(), at=CLEVELAND, code="masks.below_threshold")


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
    check_refused(
        room, carried.tell(CLEVELAND, "confirm", padded), at=CLEVELAND, code="masks.survivors_disagree"
    )
    odd = [*carried.claims(three), carried.input_of(ZURICH, "evidence").claim.to_bytes()]
    check_refused(room, carried.tell(CLEVELAND, "confirm", odd), at=CLEVELAND, code="message.malformed")
    crossed = carried.claims((BUDAPEST, CLEVELAND, LONGBEACH))
    crossed[0] = carried.input_of(ZURICH, "evidence").claim.to_bytes()
    check_refused(
        room, carried.tell(CLEVELAND, "confirm", crossed), at=CLEVELAND, code="masks.survivors_disagree"
    )
    check_refused(room, carried.tell(CLEVELAND, "seal", []), at=CLEVELAND, code="masks.out_of_order")


def test_set_below_the_jobs_minimum_is_not_confirmed(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.tell(CLEVELAND, "confirm", carried.claims((BUDAPEST, CLEVELAND)))

    check_refused(room, story(), at=CLEVELAND, code="run.too_few_sites")


def test_set_without_this_hospital_is_not_confirmed(room: Room) -> None:
    async def story() -> None:
        carried = await room.carried().advertise()
        await carried.share()
        await carried.mask()
        await carried.tell(CLEVELAND, "confirm", carried.claims((BUDAPEST, LONGBEACH, ZURICH)))

    check_refused(room, story(), at=CLEVELAND, code="masks.survivors_disagree")


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
        check_refused(room, work, at=site, code="masks.other_survivors")


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
    check_refused(room, carried.message(ZURICH), at=ZURICH, code="masks.exchange_lost")
    letters = carried.dealt_to(ZURICH)
    check_refused(room, carried.tell(ZURICH, "mask", letters), at=ZURICH, code="masks.exchange_lost")

    async def again() -> dict[SiteId, list[bytes]]:
        fresh = await room.carried().advertise()
        return (await fresh.share()).shared

    assert set(room.do(again())) == set(SITES)
