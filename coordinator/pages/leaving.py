"""Fills the card of what will leave from what the coordinator knows of a job."""

from __future__ import annotations

from dataclasses import replace

from analysis_jobs.leaving import LeavingCard, card_before, persons_behind
from coordinator.jobs.job_store import Job
from coordinator.jobs.result_store import StoredResult
from coordinator.pages.access import Visit


def leaving_of(visit: Visit, job: Job, *, result: StoredResult | None = None) -> LeavingCard:
    """The card of a job; with its answer's own numbers where the viewer may see the answer."""
    services = visit.services
    permit = services.permits.get(job.permit).permit
    names = {hospital.site: hospital.name for hospital in services.roots.get_current().hospitals}
    cards = services.cards.persons_bands(job.spec.dataset, job.spec.participants)
    card = card_before(
        job.spec,
        hospitals=[names.get(site, site) for site in job.spec.participants],
        people=permit.people,
        organisation=permit.organisation,
        countries=services.accounts.countries_of(permit.people),
        exact_counts=permit.exact_counts,
        persons_about={names.get(site, site): band for site, band in cards.items()},
    )
    if result is None:
        return card
    return replace(card, persons=persons_behind(result.result), withheld_cells=result.verdict.withheld_cells)
