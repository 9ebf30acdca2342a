"""P2: whatever a lying coordinator shows a node, nothing runs that the committee did not sign to the digest.

Every attack is one function that turns one knob. Each is refused with its code, the code stands exactly once
in the hospital's audit, and nothing ran: no workspace, no sandbox, no release, no reply.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.demo.study import SITES, granted_concepts
from node.decisions.site_policy import SitePolicy
from node.hospital_acts import record_pause
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import CheckpointOffer, Revocations, Roots, pack
from onggi.protocol.orders import Logged, OrderBundle
from onggi.protocol.parcels import ParcelKind
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec
from tests.support.federation_root import COMMITTEE, RogueLog, hospital, key, member
from tests.support.lone_node import LoneNode, SetClock, close_nodes, load_hospital, make_node
from tests.support.rogue_coordinator import SIGNERS, HonestFederation, RogueCoordinator

SITE = SiteId("cleveland")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class House:
    """One node and the coordinator that lies to it."""

    node: LoneNode
    honest: HonestFederation
    rogue: RogueCoordinator

    @property
    def clock(self) -> SetClock:
        return self.honest.clock

    async def show(self, bundle: OrderBundle) -> None:
        body = bundle.model_dump_json(by_alias=True).encode()
        await self.node.take(ParcelKind.ORDER, body)

    async def order(
        self, spec: JobSpec | None = None, *, permit: Envelope | None = None, **knobs: Any
    ) -> OrderBundle:
        """Shows an order that is good but for the knobs."""
        bundle = self.rogue.bundle(
            spec or self.honest.count_spec(), site=SITE, permit=permit or self.honest.permit(), **knobs
        )
        await self.show(bundle)
        return bundle

    async def beyond_bounds(self, **approval: Any) -> JobSpec:
        """An order for a job outside the bounds (too few sites), with an approval made as told."""
        spec = self.honest.count_spec(minimum_sites=3)
        permit = self.honest.permit(bounds={"minimum_sites": 4})
        await self.order(spec, permit=permit, approvals=[self.honest.approval(spec, **approval)])
        return spec


Act = Callable[[House], Any]


@dataclass(frozen=True)
class Attack:
    name: str
    code: str
    nature: str
    act: Act
    root: dict[str, Any]
    policy: SitePolicy | None


ATTACKS: list[Attack] = []


def attack(
    code: str,
    nature: str | None = None,
    *,
    root: dict[str, Any] | None = None,
    policy: SitePolicy | None = None,
) -> Callable[[Act], Act]:
    """Registers one attack. `nature` names what the issue demands a code of its own for."""

    def register(act: Act) -> Act:
        name = act.__name__
        ATTACKS.append(Attack(name, code, nature or code, act, root or {}, policy))
        return act

    return register


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


# --- permit ----------------------------------------------------------------------------------------------


@attack("permit.other_project", "wrong project")
async def job_of_another_project(house: House) -> None:
    await house.order(house.honest.count_spec(project="project-other"))


@attack("permit.other_permit")
async def permit_of_another_id(house: House) -> None:
    await house.order(permit=house.honest.permit(id="permit-other"))


@attack("statement.expired", "expired")
async def expired_permit(house: House) -> None:
    await house.order(permit=house.honest.permit(expires=house.clock()))


@attack("statement.not_yet_valid", "not yet valid")
async def permit_not_yet_valid(house: House) -> None:
    await house.order(permit=house.honest.permit(issued=house.clock() + 6 * MINUTE))


@attack("permit.not_yet_valid", "not yet valid by a little")
async def permit_that_begins_in_a_minute(house: House) -> None:
    await house.order(permit=house.honest.permit(issued=house.clock() + MINUTE))


@attack("permit.withdrawn", "withdrawn permit")
async def withdrawn_permit(house: House) -> None:
    permit = house.honest.permit()
    revocation = house.honest.revocation("permit-heart-study")
    told = Revocations(revocations=(Logged(envelope=revocation, index=0, proof=()),))
    await house.node.take(ParcelKind.REVOCATION, pack(told))
    await house.order(permit=permit)


@attack("revocation.not_signed")
async def withdrawal_that_nobody_signed(house: House) -> None:
    """The rogue cannot withdraw what the committee permitted either."""
    revocation = house.honest.revocation("permit-heart-study", by="stranger-1")
    told = Revocations(revocations=(Logged(envelope=revocation, index=0, proof=()),))
    await house.node.take(ParcelKind.REVOCATION, pack(told))


@attack("statement.replayed", "replayed", policy=SitePolicy(consent="ask"))
async def permit_id_with_other_words(house: House) -> None:
    await house.order()
    house.clock.move(MINUTE)
    seen = len(house.rogue.log.entries)
    await house.order(permit=house.honest.permit(purpose="Another purpose"), seen=seen)


@attack("permit.dataset_not_granted")
async def dataset_of_one_hospital_not_granted(house: House) -> None:
    permit = house.honest.permit()
    spec = house.honest.count_spec(participants=[*SITES, "zzz-ghost"])
    await house.order(spec, permit=permit)


def _grants(**changes: object) -> list[dict[str, object]]:
    full: dict[str, object] = {
        "dataset": "heart",
        "concepts": granted_concepts(),
        "whole_domains": ("observation_period",),
        "demographics": ("age", "sex"),
    }
    return [{"site": site} | full | changes for site in SITES]


@attack("order.other_dataset")
async def another_dataset(house: House) -> None:
    permit = house.honest.permit(datasets=_grants(dataset="lungs"))
    await house.order(house.honest.count_spec(dataset="lungs"), permit=permit)


@attack("permit.concept_not_granted")
async def one_concept_too_many(house: House) -> None:
    spec = house.honest.glm_spec(masked=True, terms=("age", "exang"))
    exang = next(one for one in spec.variables if one.name == "exang")
    fewer = tuple(sorted(set(granted_concepts()) - set(exang.concepts)))
    await house.order(spec, permit=house.honest.permit(datasets=_grants(concepts=fewer)))


@attack("permit.domain_not_granted")
async def one_domain_too_many(house: House) -> None:
    await house.order(permit=house.honest.permit(datasets=_grants(whole_domains=())))


@attack("permit.demographic_not_granted")
async def one_demographic_too_many(house: House) -> None:
    permit = house.honest.permit(datasets=_grants(demographics=("age",)))
    await house.order(house.honest.glm_spec(masked=True), permit=permit)


# --- one step outside each bound -------------------------------------------------------------------------


@attack("bounds.none")
async def permit_without_bounds(house: House) -> None:
    await house.order(permit=house.honest.permit(bounds=None))


@attack("bounds.kind")
async def kind_outside_the_bounds(house: House) -> None:
    await house.order(permit=house.honest.permit(bounds={"kinds": ["glm"]}))


@attack("bounds.masks_required")
async def clear_where_masks_are_required(house: House) -> None:
    permit = house.honest.permit(bounds={"masked_kinds": ["glm"]})
    await house.order(house.honest.glm_spec(masked=False), permit=permit)


@attack("bounds.minimum_persons")
async def one_person_below_the_bounds(house: House) -> None:
    permit = house.honest.permit(bounds={"minimum_persons": 11})
    await house.order(house.honest.count_spec(), permit=permit)


@attack("bounds.minimum_sites")
async def one_hospital_below_the_bounds(house: House) -> None:
    permit = house.honest.permit(bounds={"minimum_sites": 4})
    await house.order(house.honest.count_spec(minimum_sites=3), permit=permit)


@attack("bounds.jobs_used_up", policy=SitePolicy(consent="ask"))
async def one_job_too_many(house: House) -> None:
    permit = house.honest.permit(bounds={"maximum_jobs": 1})
    await house.order(permit=permit)
    seen = len(house.rogue.log.entries)
    await house.order(house.honest.count_spec(title="A second one"), permit=permit, seen=seen)


@attack("bounds.budget")
async def budget_one_millionth_too_large(house: House) -> None:
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    spec = house.honest.count_spec(
        privacy={
            "minimum_persons": 10,
            "masked": False,
            "differential_privacy": {"micro_epsilon": 1_000_001, "delta": 1e-6},
        }
    )
    await house.order(spec, permit=permit)


@attack("privacy.no_noise_here")
async def budget_inside_the_bounds_for_a_kind_that_adds_no_noise(house: House) -> None:
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    spec = house.honest.count_spec(
        privacy={
            "minimum_persons": 10,
            "masked": False,
            "differential_privacy": {"micro_epsilon": 1_000_000, "delta": 1e-6},
        }
    )
    await house.order(spec, permit=permit)


@attack("bounds.result_type")
async def result_outside_the_bounds(house: House) -> None:
    permit = house.honest.permit(bounds={"results": ["model_fit"]})
    await house.order(house.honest.count_spec(), permit=permit)


@attack("order.other_result")
async def regression_that_calls_itself_a_count(house: House) -> None:
    """By this name it would slip past a hospital that holds model fits for its own decision."""
    spec = house.honest.glm_spec(masked=False, releases=[{"result": "count_table"}])
    await house.order(spec)


# --- approvals of jobs outside the bounds ----------------------------------------------------------------


@attack("approval.other_spec")
async def approval_of_another_spec(house: House) -> None:
    await house.beyond_bounds(spec="sha256:" + "2" * 64)


@attack("approval.other_project")
async def approval_under_another_permit(house: House) -> None:
    await house.beyond_bounds(permit="permit-other")


@attack("approval.other_project")
async def approval_of_another_project(house: House) -> None:
    await house.beyond_bounds(project="project-other")


@attack("statement.expired", "expired")
async def expired_approval(house: House) -> None:
    await house.beyond_bounds(expires=house.clock())


@attack("quorum.too_few", "too few")
async def approval_of_too_few(house: House) -> None:
    await house.beyond_bounds(by=SIGNERS[1:])


@attack("job.withdrawn", "withdrawn job")
async def withdrawn_job(house: House) -> None:
    spec = house.honest.count_spec()
    from onggi.protocol.canonical import digest_of

    revocation = house.honest.revocation(digest_of(spec), what="job")
    told = Revocations(revocations=(Logged(envelope=revocation, index=0, proof=()),))
    await house.node.take(ParcelKind.REVOCATION, pack(told))
    await house.order(spec)


@attack("job.withdrawn", "withdrawn job")
async def withdrawn_approval(house: House) -> None:
    revocation = house.honest.revocation("approval-1", what="job")
    told = Revocations(revocations=(Logged(envelope=revocation, index=0, proof=()),))
    await house.node.take(ParcelKind.REVOCATION, pack(told))
    await house.beyond_bounds()


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


async def _watch(house: House, log: RogueLog, *, seen: int = 0) -> int:
    """The node co-signs a head and so remembers it."""
    signed = log.signed(by=(), at=house.clock())
    offer = CheckpointOffer(checkpoint=signed.render().decode(), from_size=seen, consistency=())
    sent = await house.node.take(ParcelKind.CHECKPOINT, pack(offer))
    assert [one.kind for one in sent] == [ParcelKind.COSIGNATURE]
    return signed.checkpoint.size


@attack("log.forked", "forked log")
async def forked_log_of_the_same_size(house: House) -> None:
    permit = house.honest.permit()
    fork = RogueLog([b"another past", b"and more"])
    house.rogue.enter(permit)
    seen = await _watch(house, house.rogue.log)
    await house.order(permit=permit, log=fork, seen=seen)


@attack("log.forked", "forked log")
async def forked_log_that_grew(house: House) -> None:
    seen = await _watch(house, house.rogue.log)
    fork = RogueLog([b"another past", b"and more", b"and yet more"])
    await house.order(log=fork, seen=seen)


@attack("log.cut_short")
async def log_cut_short(house: House) -> None:
    permit = house.honest.permit()
    short = RogueLog(list(house.rogue.log.entries))
    house.rogue.log.entries += [b"something to hide", b"and more of it"]
    seen = await _watch(house, house.rogue.log)
    await house.order(permit=permit, log=short, seen=seen)


@attack("log.other_view")
async def proof_from_another_size(house: House) -> None:
    await _watch(house, house.rogue.log)
    await house.order(seen=1)


@attack("log.forked", "forked log")
async def fork_offered_for_cosigning(house: House) -> None:
    seen = await _watch(house, house.rogue.log)
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


# --- the job ---------------------------------------------------------------------------------------------


@attack("order.not_a_participant")
async def job_among_other_hospitals(house: House) -> None:
    others = [site for site in SITES if site != SITE]
    await house.order(house.honest.count_spec(participants=others))


@attack("order.unknown_participant")
async def participant_that_the_root_does_not_name(house: House) -> None:
    ghosts = [*_grants(), {**_grants()[0], "site": "zzz-ghost"}]
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


@attack("masks.too_few_entities", "Sybil hospitals", root={"floors": {"minimum_hospitals": 2}})
async def masks_among_two_hospitals(house: House) -> None:
    spec = house.honest.glm_spec(masked=True, participants=["budapest", "cleveland"], minimum_sites=2)
    await house.order(spec, permit=house.honest.permit(bounds={"minimum_sites": 2}))


@attack("masks.too_few_entities", "Sybil hospitals", root={"hospitals": "sybil"})
async def masks_among_four_sites_of_two_owners(house: House) -> None:
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
    await _watch(house, house.rogue.log)
    house.clock.move(-6 * MINUTE)
    await house.order(seen=2)


@attack("message.unexpected")
async def parcel_that_only_nodes_send(house: House) -> None:
    await house.node.take(ParcelKind.REPLY, b"")


# --- the tests -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def loaded_cleveland(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_hospital(tmp_path_factory.mktemp("rogue-orders"), SITE)


def _root_changes(wanted: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {"floors": wanted["floors"]} if "floors" in wanted else {}
    if wanted.get("hospitals") == "sybil":
        owners = {"cleveland": "one owner", "zurich": "one owner", "longbeach": "one owner"}
        changes["hospitals"] = [
            hospital(site, legal_entity=owners.get(site, "another owner")) for site in SITES
        ]
    if wanted.get("members") == "two keys":
        keys = {"committee-5": ("committee-5", "second-key")}
        changes["members"] = [
            member(name, external=name in COMMITTEE[3:], keys=keys.get(name, (name,))) for name in COMMITTEE
        ]
    return changes


def _make_house(
    template: Path, folder: Path, *, root: dict[str, Any] | None = None, policy: SitePolicy | None = None
) -> House:
    from tests.support.federation_root import make_root

    clock = SetClock()
    honest = HonestFederation(clock, root=make_root(**_root_changes(root or {})))
    node = make_node(
        template,
        folder,
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
        policy=policy,
    )
    return House(node, honest, RogueCoordinator(honest))


@pytest.mark.parametrize("wanted", ATTACKS, ids=lambda one: one.name)
def test_attack_is_refused_with_its_code_and_nothing_ran(
    wanted: Attack, loaded_cleveland: Path, tmp_path: Path
) -> None:
    async def story() -> None:
        house = _make_house(loaded_cleveland, tmp_path, root=wanted.root, policy=wanted.policy)
        try:
            await wanted.act(house)
            house.node.check_nothing_ran()
            # The withdrawal itself is an event too, but names no code.
            assert house.node.codes == [wanted.code]
            told = [one.code for one in house.node.decisions if one.verdict == "declined"]
            assert told in ([], [wanted.code])
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_every_nature_of_attack_has_a_code_of_its_own() -> None:
    """One code may answer several variants of an attack, never two attacks of different nature."""
    natures: dict[str, set[str]] = defaultdict(set)
    for one in ATTACKS:
        natures[one.code].add(one.nature)
    assert {code: found for code, found in natures.items() if len(found) > 1} == {}
    demanded = {
        "forged",
        "replayed",
        "expired",
        "swapped spec",
        "swapped code",
        "one key twice",
        "too few",
        "no external",
        "self-approved",
        "wrong project",
        "withdrawn permit",
        "stale checkpoint",
        "forked log",
        "rolled-back root",
        "Sybil hospitals",
        "smaller set",
    }
    assert demanded <= {one.nature for one in ATTACKS}
    assert {f"bounds.{name}" for name in _BOUNDS} <= {one.code for one in ATTACKS}


_BOUNDS = (
    "none",
    "kind",
    "masks_required",
    "minimum_persons",
    "minimum_sites",
    "jobs_used_up",
    "budget",
    "result_type",
)


def test_good_order_is_accepted_by_the_same_machinery(loaded_cleveland: Path, tmp_path: Path) -> None:
    """The control: without a turned knob the very same bundle is taken, and approvals widen the bounds."""

    async def story() -> None:
        house = _make_house(loaded_cleveland, tmp_path, policy=SitePolicy(consent="ask"))
        try:
            permit = house.honest.permit(bounds={"minimum_sites": 4})
            await house.order(house.honest.count_spec(minimum_sites=4), permit=permit)
            spec = house.honest.count_spec(minimum_sites=3)
            seen = len(house.rogue.log.entries)
            await house.order(spec, permit=permit, approvals=[house.honest.approval(spec)], seen=seen)
            assert list(house.node.states.values()) == ["asked", "asked"]
            assert house.node.codes == []
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_same_order_twice_is_one_decision_and_one_run(loaded_cleveland: Path, tmp_path: Path) -> None:
    async def story() -> None:
        house = _make_house(loaded_cleveland, tmp_path, policy=SitePolicy(consent="ask"))
        try:
            bundle = await house.order()
            for _ in range(3):
                await house.show(bundle)
            assert list(house.node.states.values()) == ["asked"]
            assert house.node.events.count("node:order:ask") == 1
            assert len({one.model_dump_json() for one in house.node.decisions}) == 1
            assert [one.verdict for one in house.node.decisions] == ["asked"] * 4
            house.node.check_nothing_ran()
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_declined_order_stays_declined_when_it_is_shown_again(loaded_cleveland: Path, tmp_path: Path) -> None:
    """An order that was refused once cannot be tried again until it passes."""

    async def story() -> None:
        house = _make_house(loaded_cleveland, tmp_path)
        try:
            spec, permit = house.honest.count_spec(), house.honest.permit()
            bundle = await house.order(spec, permit=house.honest.permit(by=SIGNERS[1:]))
            good = house.rogue.bundle(spec, site=SITE, permit=permit, order=bundle.order)
            await house.show(good)
            assert list(house.node.states.values()) == ["declined"]
            assert [one.code for one in house.node.decisions] == ["quorum.too_few"] * 2
            house.node.check_nothing_ran()
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def test_log_key_opens_no_committee_and_no_hospital() -> None:
    """What the rogue holds is none of the keys that decide."""
    honest = HonestFederation(SetClock())
    held = {key("log").public_key.fingerprint, key("the rogue's own").public_key.fingerprint}
    assert not held & set(honest.root.keys_of("any"))
    assert not held & set(honest.root.site_keys())
