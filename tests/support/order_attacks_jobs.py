"""Orders for a job that the node must not run: other code, too few persons, a run id once more, a pause."""

from __future__ import annotations

import hashlib

from infra.demo.study import SITES
from node.decisions.site_policy import SitePolicy
from node.hospital_acts import record_pause
from onggi.protocol.parcels import ParcelKind
from onggi.spec.disclosure_rules import DisclosureRules
from tests.support.rogue_orders import MINUTE, SITE, Act, Attacks, House, grants, watch

ATTACKS = Attacks()
attack = ATTACKS.register


# --- the job ---------------------------------------------------------------------------------------------


@attack("order.not_a_participant")
async def job_among_other_hospitals(house: House) -> None:
    others = [site for site in SITES if site != SITE]
    await house.order(house.honest.count_spec(participants=others))


@attack("order.unknown_participant")
async def participant_that_the_root_does_not_name(house: House) -> None:
    ghosts = [*grants(), {**grants()[0], "site": "zzz-ghost"}]
    permit = house.honest.permit(datasets=ghosts)
    await house.order(house.honest.count_spec(participants=[*SITES, "zzz-ghost"]), permit=permit)


@attack("job.expired", "expired")
async def expired_job(house: House) -> None:
    spec = house.honest.count_spec(expires=(house.clock() + MINUTE).strftime("%Y-%m-%dT%H:%M:%SZ"))
    house.clock.move(MINUTE)
    order = house.rogue.order(spec, SITE)
    await house.order(spec, order=order)


def _other_code(part: str) -> Act:
    async def swapped(house: House) -> None:
        spec = house.honest.count_spec()
        digest = "sha256:" + hashlib.sha256(part.encode()).hexdigest()
        code = spec.code.model_copy(update={part: digest})
        await house.order(house.honest.count_spec(code=code.model_dump()))

    swapped.__name__ = f"swapped_{part}"
    return swapped


for _part in ("source", "environment", "sandbox"):
    attack("order.code_differs", "swapped code")(_other_code(_part))


@attack("floor.minimum_persons")
async def one_person_below_the_floor(house: House) -> None:
    spec = house.honest.count_spec(privacy={"minimum_persons": 9, "masked": False})
    await house.order(spec, approvals=[house.honest.approval(spec)])


@attack("floor.minimum_hospitals")
async def one_hospital_below_the_floor(house: House) -> None:
    spec = house.honest.count_spec(minimum_sites=2)
    await house.order(spec, approvals=[house.honest.approval(spec)])


@attack("permit.below_floor")
async def permit_one_hospital_below_the_floor(house: House) -> None:
    await house.order(permit=house.honest.permit(bounds={"minimum_sites": 2}))


@attack("permit.below_floor")
async def permit_one_person_below_the_floor(house: House) -> None:
    await house.order(permit=house.honest.permit(bounds={"minimum_persons": 9}))


@attack("permit.below_floor", root={"floors": {"minimum_persons": 10, "minimum_hospitals": 4}})
async def permit_below_a_higher_floor(house: House) -> None:
    """The very permit that an ordinary federation's node accepts."""
    await house.order(house.honest.count_spec(minimum_sites=4))


@attack("floor.site_minimum", policy=SitePolicy(minimum_persons=11))
async def one_person_below_the_hospital_s_own_minimum(house: House) -> None:
    await house.order()


@attack("floor.residual_dof", root={"floors": {"rules": {"residual_dof": 20}}})
async def looser_rules_than_the_federation_s(house: House) -> None:
    spec = house.honest.glm_spec(masked=True)
    await house.order(spec, approvals=[house.honest.approval(spec)])


@attack("floor.shown_digits", root={"floors": {"rules": {"residual_dof": 20, "shown_digits": 3}}})
async def one_of_two_rules_looser(house: House) -> None:
    privacy = {"masked": False, "rules": {"residual_dof": 20, "rounding_base": 100}}
    await house.order(house.honest.count_spec(privacy=privacy))


@attack("floor.site_zero_drop_is_small", policy=SitePolicy(rules=DisclosureRules(zero_drop_is_small=True)))
async def looser_rules_than_the_hospital_s_own(house: House) -> None:
    await house.order()


@attack("floor.site_small_hospitals", policy=SitePolicy(small_hospitals=False))
async def small_cells_of_a_hospital_that_hides_none(house: House) -> None:
    await house.order(house.honest.glm_spec(masked=True))


@attack("permit.small_hospitals_not_granted")
async def small_cells_without_the_permit_s_word(house: House) -> None:
    """Not even with a vote of its own: what it relies on is the permit's to say."""
    spec = house.honest.glm_spec(masked=True)
    permit = house.honest.permit(small_hospitals=False)
    await house.order(spec, permit=permit, approvals=[house.honest.approval(spec)])


@attack("masks.too_few_entities", "Sybil hospitals", root={"floors": {"minimum_hospitals": 2}})
async def masks_among_two_hospitals(house: House) -> None:
    spec = house.honest.glm_spec(masked=True, participants=["budapest", "cleveland"], minimum_sites=2)
    await house.order(spec, permit=house.honest.permit(bounds={"minimum_sites": 2}))


@attack("masks.too_few_entities", "Sybil hospitals", root={"hospitals": "sybil"})
async def masks_among_four_sites_of_two_owners(house: House) -> None:
    """Small cells, too, are the permit's to allow only where the masks hide them."""
    await house.order(house.honest.glm_spec(masked=True))


@attack("masks.same_inputs_other_set", "smaller set", policy=SitePolicy(consent="ask"))
async def same_question_over_fewer_hospitals(house: House) -> None:
    await house.order(house.honest.glm_spec(masked=True))
    seen = len(house.rogue.log.entries)
    fewer = [site for site in SITES if site != "zurich"]
    again = house.honest.glm_spec(masked=True, participants=fewer, title="Again", seed=7)
    await house.order(again, permit=house.honest.permit(), seen=seen)


# --- run ids and the node's own state --------------------------------------------------------------------


@attack("order.run_twice", policy=SitePolicy(consent="ask"))
async def two_orders_with_one_run_id(house: House) -> None:
    spec, permit = house.honest.count_spec(), house.honest.permit()
    first = house.rogue.order(spec, SITE, run="run-the-same")
    await house.order(spec, permit=permit, order=first)
    other = house.honest.count_spec(title="Another")
    second = house.rogue.order(other, SITE, run="run-the-same")
    await house.order(other, permit=permit, order=second, seen=len(house.rogue.log.entries))


@attack("statement.replayed", "replayed", policy=SitePolicy(consent="ask"))
async def one_order_id_with_another_job(house: House) -> None:
    spec, permit = house.honest.count_spec(), house.honest.permit()
    await house.order(spec, permit=permit, order=house.rogue.order(spec, SITE, order="order-the-same"))
    other = house.honest.count_spec(title="Another")
    again = house.rogue.order(other, SITE, order="order-the-same")
    await house.order(other, permit=permit, order=again, seen=len(house.rogue.log.entries))


@attack("statement.replayed", "replayed", policy=SitePolicy(consent="ask"))
async def one_statement_id_with_another_order(house: House) -> None:
    spec, permit = house.honest.count_spec(), house.honest.permit()
    await house.order(spec, permit=permit, order=house.rogue.order(spec, SITE, id="order-the-same"))
    again = house.rogue.order(spec, SITE, id="order-the-same")
    await house.order(spec, permit=permit, order=again, seen=len(house.rogue.log.entries))


@attack("node.paused")
async def order_while_paused(house: House) -> None:
    with house.node.services.sessions.begin() as session:
        record_pause(session, paused=True, now=house.clock())
    await house.order()


@attack("consent.never", policy=SitePolicy(consent="never"))
async def order_that_the_hospital_never_wants(house: House) -> None:
    await house.order()


@attack("clock.runs_backwards")
async def clock_that_runs_backwards(house: House) -> None:
    await watch(house, house.rogue.log)
    house.clock.move(-6 * MINUTE)
    await house.order(seen=2)


@attack("message.unexpected")
async def parcel_that_only_nodes_send(house: House) -> None:
    await house.node.take(ParcelKind.REPLY, b"")
