"""Submitting jobs, following them, and reading released results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response

from analysis_jobs.dry_run.findings import DryRun, Outcome
from coordinator.api.access import Asking, Wired
from coordinator.api.crate_files import CRATE_TYPE, crate_response
from coordinator.api.errors import ErrorBody
from coordinator.api.parts import After, JobName, Limit, Page, new_router, page_of
from coordinator.api.project_routes import OfProject
from coordinator.decisions.explain import reason_code, whose_turn
from coordinator.jobs.job_store import Job
from coordinator.jobs.noise_asked import JobCost, cost_of_job
from coordinator.jobs.result_store import StoredResult
from coordinator.permissions import reaches_all
from coordinator.states import JobState
from onggi.errors import Fact, Refused
from onggi.protocol.canonical import digest_of
from onggi.spec.base import Frozen
from onggi.spec.job import JobSpec
from onggi.words import public_words

router = new_router("jobs")


class Checked(Frozen):
    """The job passes every check that needs no vote and no hospital."""

    digest: str
    concepts: tuple[int, ...]
    whole_domains: tuple[str, ...]
    demographics: tuple[str, ...]


class TriedFinding(Frozen):
    """One finding of a dry run, in words. A remark stops nothing: twins are made up."""

    severity: Literal["failure", "remark"]
    stage: str
    code: str
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str
    facts: dict[str, Fact]


class Tried(Frozen):
    """What came of the job on twins. `own_cards`: twins drawn from a hospital's own card."""

    outcome: Outcome
    twins: int
    persons_each: int
    own_cards: int
    milliseconds: int
    findings: tuple[TriedFinding, ...]


class CheckedOnTwins(Checked):
    """The static checks and the dry run in one answer."""

    dry_run: Tried


class Reason(Frozen):
    """Why, where there is more to say than the state: a code, cause and next act in both languages."""

    code: str
    cause_ko: str
    cause_en: str
    next_ko: str
    next_en: str


class Explanation(Frozen):
    """Whose turn it is, since when, and why."""

    job: str
    state: JobState
    since: datetime
    whose_turn: str
    ko: str
    en: str
    reason: Reason | None


@router.get("/jobs", name="jobs_list")
def jobs_list(
    services: Wired,
    caller: Asking,
    after: After = "",
    limit: Limit = 50,
    project: OfProject = None,
    state: Annotated[list[JobState] | None, Query(max_length=len(JobState))] = None,
) -> Page[Job]:
    """The jobs of the caller's projects; every job for those who review or operate."""
    member = None if reaches_all("job_get", caller) else caller.account
    found = services.jobs.jobs(after=after, limit=limit, member=member, project=project, states=state)
    return page_of(found, limit=limit, key=lambda job: str(job.id))


@router.post("/jobs", name="job_submit", status_code=201, responses={200: {"model": Job}})
def job_submit(spec: JobSpec, services: Wired, caller: Asking, response: Response) -> Job:
    """The same specification again is the same job; then the status is 200."""
    submission = services.submitter.submit(spec, by=caller)
    if not submission.is_new:
        response.status_code = 200
    return submission.job


@router.post("/jobs/check", name="job_check")
def job_check(spec: JobSpec, services: Wired) -> Checked:
    """Static checks alone; nothing is kept."""
    digest = digest_of(spec)
    reads = services.submitter.check(spec)
    return Checked(
        digest=digest,
        concepts=tuple(sorted(reads.concepts)),
        whole_domains=tuple(sorted(reads.whole_domains)),
        demographics=tuple(sorted(reads.demographics)),
    )


@router.post("/jobs/cost", name="job_cost")
def job_cost(spec: JobSpec, services: Wired) -> JobCost:
    """What the job would cost each person and how much noise it would carry; nothing is kept."""
    services.submitter.check(spec)
    return cost_of_job(spec, root=services.roots.get_current())


@router.post("/jobs/dry-run", name="job_dry_run", responses={503: {"model": ErrorBody}})
def job_dry_run(spec: JobSpec, services: Wired) -> CheckedOnTwins:
    """Static checks, then the whole job on twins of its hospitals; nothing is kept. 503: no room now."""
    checked = job_check(spec, services)
    return CheckedOnTwins(**checked.model_dump(), dry_run=_tried(services.submitter.try_out(spec)))


def _tried(found: DryRun) -> Tried:
    findings = []
    for each in found.findings:
        why = Refused(each.code, **each.facts)
        (cause_ko, next_ko), (cause_en, next_en) = public_words(why, "ko"), public_words(why, "en")
        words = {"cause_ko": cause_ko, "cause_en": cause_en, "next_ko": next_ko, "next_en": next_en}
        findings.append(TriedFinding(**each.model_dump(), **words))
    return Tried(**found.model_dump(exclude={"findings"}), findings=tuple(findings))


@router.get("/jobs/{job}", name="job_get")
def job_get(job: JobName, services: Wired) -> Job:
    return services.jobs.get(job)


@router.get("/jobs/{job}/explain", name="job_explain")
def job_explain(job: JobName, services: Wired) -> Explanation:
    found = services.jobs.get(job)
    turn = whose_turn(found.state)
    code = reason_code(state=found.state, outside=found.outside, code=found.code)
    return Explanation(
        job=found.id,
        state=found.state,
        since=found.state_since,
        whose_turn=turn.whose,
        ko=turn.ko,
        en=turn.en,
        reason=None if code is None else _reason(code),
    )


def _reason(code: str) -> Reason:
    why = Refused(code)
    (cause_ko, next_ko), (cause_en, next_en) = public_words(why, "ko"), public_words(why, "en")
    return Reason(code=code, cause_ko=cause_ko, cause_en=cause_en, next_ko=next_ko, next_en=next_en)


@router.post("/jobs/{job}/cancel", name="job_cancel")
def job_cancel(job: JobName, services: Wired, caller: Asking) -> Job:
    return services.submitter.cancel(job, by=caller)


@router.get("/jobs/{job}/result", name="job_result")
def job_result(job: JobName, services: Wired) -> StoredResult:
    """The result, once its export is decided or waived by the permit."""
    return services.results.get_released(job)


@router.get(
    "/jobs/{job}/crate",
    name="job_crate",
    response_class=Response,
    responses={200: {"content": {CRATE_TYPE: {}}, "description": "A Five Safes RO-Crate, packed"}},
)
def job_crate(job: JobName, services: Wired) -> Response:
    """The evidence pack of a released job: what was asked, approved, run, checked and released."""
    return crate_response(services, job)
