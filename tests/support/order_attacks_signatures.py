"""Orders that are forged, altered or meant for others, and papers without the quorum that they need."""

from __future__ import annotations

from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from tests.support.federation_root import COMMITTEE
from tests.support.rogue_coordinator import SIGNERS
from tests.support.rogue_orders import DAY, MINUTE, SITE, Attacks, House

ATTACKS = Attacks()
attack = ATTACKS.register


# --- the order itself ------------------------------------------------------------------------------------


@attack("signature.invalid", "forged")
async def forged_order(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.altered(house.rogue.order(spec, SITE), job="job-0002"))


@attack("signature.invalid", "forged")
async def order_signed_by_another_key(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.order(spec, SITE, signers=[house.rogue.own_key]))


@attack("order.not_signed")
async def order_without_signature(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.order(spec, SITE, signers=[]))


@attack("order.other_site")
async def order_for_another_hospital(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.order(spec, SiteId("zurich")))


@attack("statement.other_federation")
async def order_of_another_federation(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.order(spec, SITE, federation="other-federation"))


@attack("statement.other_federation")
async def permit_of_another_federation(house: House) -> None:
    await house.order(permit=house.honest.permit(federation="other-federation"))


@attack("order.other_spec", "swapped spec")
async def swapped_spec(house: House) -> None:
    signed_for = house.honest.count_spec()
    asked = house.honest.count_spec(title="Something else")
    await house.order(asked, order=house.rogue.order(signed_for, SITE))


@attack("statement.expired", "expired")
async def expired_order(house: House) -> None:
    spec = house.honest.count_spec()
    order = house.rogue.order(spec, SITE, issued=house.clock() - DAY, expires=house.clock())
    await house.order(spec, order=order)


@attack("statement.not_yet_valid", "not yet valid")
async def order_not_yet_valid(house: House) -> None:
    spec = house.honest.count_spec()
    await house.order(spec, order=house.rogue.order(spec, SITE, issued=house.clock() + 6 * MINUTE))


@attack("order.malformed")
async def bundle_of_other_fields(house: House) -> None:
    bundle = house.rogue.bundle(house.honest.count_spec(), site=SITE, permit=house.honest.permit())
    body = bundle.model_dump_json(by_alias=True).encode()
    await house.node.take(ParcelKind.ORDER, body[:-1] + b',"trust_me":true}')


@attack("statement.other_type")
async def permit_in_the_order_s_place(house: House) -> None:
    await house.order(order=house.honest.permit())


@attack("statement.summary_differs")
async def order_whose_summary_says_something_else(house: House) -> None:
    spec = house.honest.count_spec()
    spoiled = house.rogue.altered(house.rogue.order(spec, SITE), summary="sha256:" + "1" * 64)
    await house.order(spec, order=spoiled)


# --- quorum ----------------------------------------------------------------------------------------------


@attack("signature.invalid", "forged")
async def forged_permit(house: House) -> None:
    await house.order(permit=house.rogue.altered(house.honest.permit(), purpose="Something else"))


@attack("signature.invalid", "forged")
async def own_signature_under_a_member_s_name(house: House) -> None:
    permit = house.honest.permit(by=SIGNERS[:2])
    await house.order(permit=house.rogue.under_another_name(permit, as_key=SIGNERS[2]))


@attack("quorum.too_few", "too few")
async def too_few_signatures(house: House) -> None:
    await house.order(permit=house.honest.permit(by=SIGNERS[1:]))


@attack("quorum.too_few", "too few")
async def signatures_of_keys_that_nobody_knows(house: House) -> None:
    await house.order(permit=house.honest.permit(by=["stranger-1", "stranger-2", "stranger-3"]))


@attack("quorum.too_few", "too few", root={"members": "two keys"})
async def one_member_with_two_keys(house: House) -> None:
    await house.order(permit=house.honest.permit(by=["committee-4", "committee-5", "second-key"]))


@attack("quorum.key_twice", "one key twice")
async def one_key_twice(house: House) -> None:
    await house.order(permit=house.rogue.key_twice(house.honest.permit(by=SIGNERS[1:])))


@attack("quorum.no_external", "no external")
async def no_external_member(house: House) -> None:
    await house.order(permit=house.honest.permit(by=COMMITTEE[:3]))


@attack("quorum.own_approval", "self-approved")
async def own_permit_approved(house: House) -> None:
    await house.order(permit=house.honest.permit(people=("researcher-1", SIGNERS[0])))


@attack("quorum.own_approval", "self-approved")
async def own_job_approved(house: House) -> None:
    spec = house.honest.count_spec(minimum_sites=3)
    permit = house.honest.permit(people=("committee-1",), by=SIGNERS, bounds={"minimum_sites": 4})
    approval = house.honest.approval(spec, by=("committee-1", *SIGNERS[1:]))
    await house.order(spec, permit=permit, approvals=[approval])
