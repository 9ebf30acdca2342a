"""Says what a policy would have done with the jobs of the past: refused, asked about, held.

The same pure rules decide here as for the next order. Jobs that were refused for other reasons than the
hospital's own policy are left out: no policy would have changed that.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Literal

from node.decisions.site_policy import SitePolicy, check_minimum, decide_consent, decide_release
from onggi.errors import Refused
from onggi.spec.disclosure_rules import CODES
from onggi.spec.job import JobSpec

Fate = Literal["runs", "asks", "refuses"]
OF_POLICY: Set[str] = frozenset(
    {
        "consent.never",
        "consent.refused",
        "floor.site_minimum",
        "floor.site_small_hospitals",
        *(codes["hospital"] for codes in CODES.values()),
    }
)
"""Codes of orders that this hospital's own rules or people declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastJob:
    """A job that was ordered here, and how many of its answers left or waited."""

    run: str
    spec: JobSpec
    answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A job that would have fared otherwise."""

    job: PastJob
    was: Fate
    would: Fate
    held_before: bool
    held_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The past under another policy: how many jobs and answers, and which jobs fare otherwise than now.

    Args:
        held: answers in clear that would have waited for the hospital.
        blocked: masked answers that would not have left: what is masked cannot wait.
    """

    jobs: int
    refused: int
    asked: int
    held: int
    blocked: int
    changed: tuple[Changed, ...]


def decide_fate(policy: SitePolicy, spec: JobSpec) -> Fate:
    """What a policy does with an order that is good otherwise."""
    try:
        check_minimum(policy, spec)
    except Refused:
        return "refuses"
    fates: dict[str, Fate] = {"automatic": "runs", "ask": "asks", "never": "refuses"}
    return fates[decide_consent(policy, spec)]


def preview_policy(new: SitePolicy, jobs: Iterable[PastJob], *, now: SitePolicy) -> Preview:
    """The jobs under the new policy, compared with the one in force."""
    listed = tuple(jobs)
    fates = {job.run: decide_fate(new, job.spec) for job in listed}
    kept = [job for job in listed if fates[job.run] != "refuses"]
    holding = [job for job in kept if decide_release(new, job.spec) == "hold"]
    return Preview(
        jobs=len(listed),
        refused=sum(fate == "refuses" for fate in fates.values()),
        asked=sum(fate == "asks" for fate in fates.values()),
        held=sum(job.answers for job in holding if not job.spec.privacy.masked),
        blocked=sum(job.answers for job in holding if job.spec.privacy.masked),
        changed=tuple(each for job in listed if (each := _compare(job, now, new)) is not None),
    )


def _compare(job: PastJob, now: SitePolicy, new: SitePolicy) -> Changed | None:
    was, would = decide_fate(now, job.spec), decide_fate(new, job.spec)
    before, after = (decide_release(each, job.spec) == "hold" for each in (now, new))
    if (was, before) == (would, after):
        return None
    return Changed(job=job, was=was, would=would, held_before=before, held_after=after)
