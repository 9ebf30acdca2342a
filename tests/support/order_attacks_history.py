"""Orders shown with a false past: a log that is stale, forked or cut short, and a root that went back."""

from __future__ import annotations

from datetime import timedelta

from onggi.protocol.messages import CheckpointOffer, Roots, pack
from onggi.protocol.parcels import ParcelKind
from tests.support.federation_root import RogueLog
from tests.support.rogue_orders import DAY, MINUTE, SITE, Attacks, House, watch

ATTACKS = Attacks()
attack = ATTACKS.register


# --- log -------------------------------------------------------------------------------------------------


@attack("log.not_included")
async def permit_that_is_not_in_the_log(house: House) -> None:
    bundle = house.rogue.bundle(house.honest.count_spec(), site=SITE, permit=house.honest.permit())
    hidden = house.honest.permit(title="Another title")
    permit = bundle.permit.model_copy(update={"envelope": hidden})
    await house.show(bundle.model_copy(update={"permit": permit}))


@attack("log.stale", "stale checkpoint")
async def stale_checkpoint(house: House) -> None:
    await house.order(at=house.clock() - DAY - MINUTE)


@attack("log.from_the_future")
async def checkpoint_from_the_future(house: House) -> None:
    await house.order(at=house.clock() + 6 * MINUTE)


@attack("log.too_few_witnesses")
async def one_witness_only(house: House) -> None:
    await house.order(witnesses=("zurich",))


@attack("log.too_few_witnesses")
async def one_witness_twice(house: House) -> None:
    await house.order(witnesses=("zurich", "zurich"))


@attack("log.too_few_witnesses")
async def witness_whom_nobody_knows(house: House) -> None:
    await house.order(witnesses=("zurich", "stranger-1"))


@attack("log.cosignature_invalid")
async def cosignature_of_another_head(house: House) -> None:
    bundle = house.rogue.bundle(house.honest.count_spec(), site=SITE, permit=house.honest.permit())
    house.rogue.log.entries.append(b"one more")
    other = house.rogue.log.signed(by=("budapest", "zurich"), at=house.clock()).render().decode()
    lines = other.rsplit("\n\n", 1)[1].split("\n")
    body, own = bundle.checkpoint.rsplit("\n\n", 1)
    mixed = "\n".join([own.split("\n")[0], *lines[1:]])
    await house.show(bundle.model_copy(update={"checkpoint": f"{body}\n\n{mixed}"}))


@attack("log.signature_invalid")
async def head_that_the_log_did_not_sign(house: House) -> None:
    bundle = house.rogue.bundle(house.honest.count_spec(), site=SITE, permit=house.honest.permit())
    origin, size, *rest = bundle.checkpoint.split("\n")
    changed = "\n".join([origin, str(int(size) + 1), *rest])
    await house.show(bundle.model_copy(update={"checkpoint": changed}))


@attack("log.forked", "forked log")
async def forked_log_of_the_same_size(house: House) -> None:
    permit = house.honest.permit()
    fork = RogueLog([b"another past", b"and more"])
    house.rogue.enter(permit)
    seen = await watch(house, house.rogue.log)
    await house.order(permit=permit, log=fork, seen=seen)


@attack("log.forked", "forked log")
async def forked_log_that_grew(house: House) -> None:
    seen = await watch(house, house.rogue.log)
    fork = RogueLog([b"another past", b"and more", b"and yet more"])
    await house.order(log=fork, seen=seen)


@attack("log.cut_short")
async def log_cut_short(house: House) -> None:
    permit = house.honest.permit()
    short = RogueLog(list(house.rogue.log.entries))
    house.rogue.log.entries += [b"something to hide", b"and more of it"]
    seen = await watch(house, house.rogue.log)
    await house.order(permit=permit, log=short, seen=seen)


@attack("log.other_view")
async def proof_from_another_size(house: House) -> None:
    await watch(house, house.rogue.log)
    await house.order(seen=1)


@attack("log.forked", "forked log")
async def fork_offered_for_cosigning(house: House) -> None:
    seen = await watch(house, house.rogue.log)
    fork = RogueLog([b"another past", b"and more", b"and yet more"]).signed(by=(), at=house.clock())
    offer = CheckpointOffer(checkpoint=fork.render().decode(), from_size=seen, consistency=("0" * 64,))
    assert await house.node.take(ParcelKind.CHECKPOINT, pack(offer)) == []


# --- root ------------------------------------------------------------------------------------------------


@attack("root.rolled_back", "rolled-back root")
async def rolled_back_root(house: House) -> None:
    second = house.honest.next_root()
    await house.node.take(ParcelKind.ROOTS, pack(Roots(roots=(second,))))
    await house.order(roots=[house.honest.first_root])


@attack("root.rolled_back", "rolled-back root")
async def rolled_back_root_alone(house: House) -> None:
    second = house.honest.next_root()
    await house.node.take(ParcelKind.ROOTS, pack(Roots(roots=(second,))))
    await house.node.take(ParcelKind.ROOTS, pack(Roots(roots=(house.honest.first_root,))))


@attack("root.old_quorum_missing")
async def root_of_its_own_making(house: House) -> None:
    """Only one of the two keepers signed: the other signature is the rogue's."""
    grabbed = house.honest.next_root(by=("committee-1", "stranger-1"), witness_quorum=0)
    await house.order(roots=[grabbed])


@attack("root.version_skipped")
async def root_with_a_version_left_out(house: House) -> None:
    await house.order(roots=[house.honest.next_root(version=3)])


@attack("root.forked")
async def another_first_root(house: House) -> None:
    await house.order(roots=[house.honest.next_root(version=1, witness_quorum=0)])


@attack("root.expired", "expired")
async def expired_root(house: House) -> None:
    house.clock.move(timedelta(days=365))
    await house.order()
