"""Decides whether a job lies inside what a committee permitted. Evaluated by every node for itself.

`check_permitted` must hold for every job. `check_within_bounds` must hold, in addition, for a job that
runs without a vote of its own; outside the bounds the committee signs the job's digest instead.
Below the federation's floors (`check_permit_floors`, `check_job_floors`, `check_participants`) no vote
of the committee counts.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from onggi.errors import NotTrusted, Refused
from onggi.protocol.statements import DatasetGrant, ProjectPermit
from onggi.protocol.trust_root import Floors, TrustRoot
from onggi.spec.disclosure_rules import check_not_looser
from onggi.spec.job import JobSpec

_FEWEST_MASKED = 3
"""With two, each would know the other's part from the sum."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a spec reads, found in its cohort and variables: concepts, whole domains, demographics."""

    concepts: Set[int]
    whole_domains: Set[str]
    demographics: Set[str]


def _grant_for(permit: ProjectPermit, site: str, dataset: str) -> DatasetGrant:
    for grant in permit.datasets:
        if grant.site == site and grant.dataset == dataset:
            return grant
    raise Refused("permit.dataset_not_granted", dataset=dataset)


def check_permit_floors(permit: ProjectPermit, floors: Floors) -> None:
    """Raises Refused(``permit.below_floor``) where the bounds allow what the root's keepers ruled out."""
    if permit.bounds is None:
        return
    if permit.bounds.minimum_persons < floors.minimum_persons:
        raise Refused("permit.below_floor", floor=floors.minimum_persons, what="persons")
    if permit.bounds.minimum_sites < floors.minimum_hospitals:
        raise Refused("permit.below_floor", floor=floors.minimum_hospitals, what="hospitals")


def check_job_floors(spec: JobSpec, floors: Floors) -> None:
    """What no vote helps against.

    Raises:
        Refused: ``floor.minimum_persons``, ``floor.minimum_hospitals``; ``floor.*`` by the name of a rule.
    """
    if spec.privacy.minimum_persons < floors.minimum_persons:
        raise Refused("floor.minimum_persons", minimum=floors.minimum_persons)
    if spec.minimum_sites < floors.minimum_hospitals:
        raise Refused("floor.minimum_hospitals", minimum=floors.minimum_hospitals)
    check_not_looser(spec.privacy.rules, floors.rules, whose="federation")


def check_participants(spec: JobSpec, root: TrustRoot) -> None:
    """The hospitals of a job belong to the federation, and enough of them to hide each one in a masked sum.

    Raises:
        NotTrusted: ``order.unknown_participant``.
        Refused: ``masks.too_few_entities``: legal entities count, as one entity's sites are one party.
    """
    entities = {hospital.site: hospital.legal_entity for hospital in root.hospitals}
    if unknown := [site for site in spec.participants if site not in entities]:
        raise NotTrusted("order.unknown_participant", site=unknown[0])
    distinct = len({entities[site] for site in spec.participants})
    needed = max(_FEWEST_MASKED, root.floors.minimum_hospitals)
    if spec.privacy.masked and distinct < needed:
        raise Refused("masks.too_few_entities", have=distinct, needed=needed)


def check_permitted(spec: JobSpec, permit: ProjectPermit, *, reads: Reads, now: datetime) -> None:
    """Raises Refused where the permit does not cover the job at all (`permit.*`)."""
    if spec.permit != permit.id:
        raise Refused("permit.other_permit")
    if spec.project != permit.project:
        raise Refused("permit.other_project")
    if now >= permit.expires:
        raise Refused("permit.expired")
    if now < permit.issued:
        raise Refused("permit.not_yet_valid")
    if spec.privacy.small_hospitals and not permit.small_hospitals:
        raise Refused("permit.small_hospitals_not_granted")
    for site in spec.participants:
        grant = _grant_for(permit, site, spec.dataset)
        if extra := reads.concepts - set(grant.concepts):
            raise Refused("permit.concept_not_granted", concept=min(extra))
        if domains := reads.whole_domains - set(grant.whole_domains):
            raise Refused("permit.domain_not_granted", domain=min(domains))
        if demographics := reads.demographics - set(grant.demographics):
            raise Refused("permit.demographic_not_granted", variable=min(demographics))


def check_within_bounds(
    spec: JobSpec, permit: ProjectPermit, *, jobs_before: int, micro_epsilon_before: int
) -> None:
    """Raises Refused (`bounds.*`) one step outside any bound.

    Args:
        jobs_before: distinct jobs this verifier has already accepted under the permit's bounds, this
            one not counted.
        micro_epsilon_before: what those jobs ask of the permit's privacy budget, once for each time that one
            runs: the bound is one allowance for the whole life of the permit, like the number of jobs.
    """
    bounds = permit.bounds
    if bounds is None:
        raise Refused("bounds.none")
    if spec.kind not in bounds.kinds:
        raise Refused("bounds.kind", kind=spec.kind)
    if spec.kind in bounds.masked_kinds and not spec.privacy.masked:
        raise Refused("bounds.masks_required", kind=spec.kind)
    if spec.privacy.minimum_persons < bounds.minimum_persons:
        raise Refused("bounds.minimum_persons", minimum=bounds.minimum_persons)
    if spec.minimum_sites < bounds.minimum_sites:
        raise Refused("bounds.minimum_sites", minimum=bounds.minimum_sites)
    if jobs_before >= bounds.maximum_jobs:
        raise Refused("bounds.jobs_used_up", maximum=bounds.maximum_jobs)
    wanted = spec.privacy.differential_privacy
    if wanted is not None and micro_epsilon_before + wanted.micro_epsilon > bounds.micro_epsilon:
        raise Refused("bounds.budget", maximum_micro_epsilon=bounds.micro_epsilon)
    for release in spec.releases:
        if release.result not in bounds.results:
            raise Refused("bounds.result_type", result=release.result)
