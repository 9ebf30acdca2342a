"""Orders beyond what the committee permitted: another permit, one step outside a bound, a wrong approval."""

from __future__ import annotations

from collections.abc import Mapping

from infra.demo.study import SITES, granted_concepts
from node.decisions.site_policy import SitePolicy
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.messages import Revocations, pack
from onggi.protocol.orders import Logged
from onggi.protocol.parcels import ParcelKind
from onggi.spec.cohorts import cohort, everyone, has_condition, rule
from onggi.spec.job import JobSpec
from tests.support.rogue_coordinator import SIGNERS
from tests.support.rogue_orders import MINUTE, SITE, Attacks, House, grants

ATTACKS = Attacks()
attack = ATTACKS.register


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


@attack("permit.no_review", "no review of one data set")
async def permit_without_a_review(house: House) -> None:
    datasets = grants()
    del datasets[0]["review"]
    await house.order(permit=house.honest.permit(datasets=datasets))


@attack("permit.replaced", "replaced by another permit", policy=SitePolicy(consent="ask"))
async def permit_that_was_replaced(house: House) -> None:
    """Once the node has taken an order under the new permit, the old one starts nothing."""
    spec = house.honest.count_spec(permit="permit-heart-again")
    permit = house.honest.permit(id="permit-heart-again", replaces="permit-heart-study")
    newer = house.rogue.order(spec, SITE, id="order-newer", order="order-newer", run="run-newer")
    await house.order(spec, permit=permit, order=newer)
    assert house.node.codes == [], "the new permit is good, and the hospital is asked"
    await house.order(seen=len(house.rogue.log.entries))


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


@attack("order.other_dataset")
async def another_dataset(house: House) -> None:
    permit = house.honest.permit(datasets=grants(dataset="lungs"))
    await house.order(house.honest.count_spec(dataset="lungs"), permit=permit)


@attack("permit.concept_not_granted")
async def one_concept_too_many(house: House) -> None:
    spec = house.honest.glm_spec(masked=True, terms=("age", "exang"))
    exang = next(one for one in spec.variables if one.name == "exang")
    fewer = tuple(sorted(set(granted_concepts()) - set(exang.concepts)))
    await house.order(spec, permit=house.honest.permit(datasets=grants(concepts=fewer)))


@attack("permit.domain_not_granted")
async def one_domain_too_many(house: House) -> None:
    await house.order(permit=house.honest.permit(datasets=grants(whole_domains=())))


@attack("permit.demographic_not_granted")
async def one_demographic_too_many(house: House) -> None:
    permit = house.honest.permit(datasets=grants(demographics=("age",)))
    await house.order(house.honest.glm_spec(masked=True), permit=permit)


# --- what further cohorts and groups of one job ask ------------------------------------------------------


def _overlap(house: House, second: Mapping[str, object]) -> JobSpec:
    """The granted cohort of the count, and beside it another one."""
    return house.honest.count_spec(
        parameters={
            "kind": "overlap",
            "name": "granted",
            "cohorts": [{"name": "beside it", "cohort": second}],
        },
        releases=[{"result": "overlap_table"}],
    )


def _with_overlaps(house: House) -> Envelope:
    return house.honest.permit(bounds={"kinds": ["overlap"], "results": ["overlap_table"]})


@attack("permit.domain_not_granted")
async def second_cohort_that_reads_a_whole_table(house: House) -> None:
    drugs = cohort(everyone())
    drugs["PrimaryCriteria"] = {
        "CriteriaList": [{"DrugExposure": {}}],
        "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "First"},
    }
    await house.order(_overlap(house, drugs), permit=_with_overlaps(house))


@attack("permit.concept_not_granted")
async def second_cohort_with_a_concept_too_many(house: House) -> None:
    second = cohort(everyone(), rule("not granted", has_condition([4_329_847])))
    await house.order(_overlap(house, second), permit=_with_overlaps(house))


@attack("permit.demographic_not_granted")
async def groups_by_a_year_that_is_not_granted(house: House) -> None:
    year = {"name": "year", "domain": "index_year", "kind": "number", "low": 1980, "high": 1990}
    parameters = {"kind": "count", "by": [{"variable": "year", "edges": [1985]}]}
    await house.order(house.honest.count_spec(variables=[year], parameters=parameters))


@attack("permit.concept_not_granted")
async def report_on_a_concept_that_is_not_granted(house: House) -> None:
    asked = cohort(everyone(), rule("not granted", has_condition([4_329_847])))
    spec = house.honest.count_spec(
        cohort=asked, parameters={"kind": "concepts"}, releases=[{"result": "concept_report"}]
    )
    permit = house.honest.permit(bounds={"kinds": ["concepts"], "results": ["concept_report"]})
    await house.order(spec, permit=permit)


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
    await house.order(house.honest.count_spec(privacy=_noisy(1_000_001)), permit=permit)


def _noisy(micro_epsilon: int) -> dict[str, object]:
    asked = {"micro_epsilon": micro_epsilon, "delta": 1e-6}
    return {"minimum_persons": 10, "masked": False, "differential_privacy": asked}


@attack("bounds.budget", policy=SitePolicy(consent="ask"))
async def two_jobs_that_together_are_beyond_the_budget(house: House) -> None:
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    await house.order(house.honest.count_spec(privacy=_noisy(500_000)), permit=permit)
    seen = len(house.rogue.log.entries)
    spec = house.honest.count_spec(privacy=_noisy(500_001), title="A second one")
    await house.order(spec, permit=permit, seen=seen)


@attack("bounds.budget", policy=SitePolicy(consent="ask"))
async def one_job_that_is_ordered_until_the_budget_is_gone(house: House) -> None:
    """Each run would draw noise of its own for the same counts."""
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    spec = house.honest.count_spec(privacy=_noisy(600_000))
    await house.order(spec, permit=permit)
    seen = len(house.rogue.log.entries)
    again = house.rogue.order(spec, SITE, run="run-again")
    await house.order(spec, permit=permit, seen=seen, order=again)


@attack("budget.no_ceiling")
async def noise_at_a_hospital_that_set_no_ceiling(house: House) -> None:
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    await house.order(house.honest.count_spec(privacy=_noisy(1_000_000)), permit=permit)


@attack("privacy.no_noise_here")
async def budget_inside_the_bounds_for_a_kind_that_adds_no_noise(house: House) -> None:
    permit = house.honest.permit(bounds={"micro_epsilon": 1_000_000})
    spec = house.honest.glm_spec(masked=False, privacy=_noisy(1_000_000))
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
