"""A job's way through the coordinator's records: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from coordinator.database.work import JobRow
from coordinator.states import JobState, PermitState, StatementState
from onggi.spec.job import JobSpec
from tests.support.coordinator_house import (
    CODE,
    QUORUM,
    House,
    house_spec,
    make_result,
    permit_fields,
    verdict,
)
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house, together


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


def test_a_job_inside_the_bounds_is_ready_at_once(house: House) -> None:
    project = house.project()
    job = house.submit(project, house.permit(project))
    assert job.state is JobState.READY
    assert job.within_bounds
    assert audit_events(house, job.id) == ["person:job:submit", "coordinator:job:admit"]


def test_a_job_below_the_federations_floors_is_refused_at_once(house: House) -> None:
    """No vote could help it: every node refuses it, whoever approved it."""
    project = house.project()
    permit = house.permit(project)

    def submit(**changes: Any) -> Callable[[], object]:
        return lambda: house.submit(project, permit, **changes)

    assert code_of(submit(privacy={"minimum_persons": 9})) == "floor.minimum_persons"
    assert code_of(submit(minimum_sites=2)) == "floor.minimum_hospitals"


def test_a_job_outside_waits_for_the_committee(house: House) -> None:
    project = house.project()
    permit = house.permit(project, bounds=permit_fields(project)["bounds"] | {"minimum_persons": 20})
    job = house.submit(project, permit)
    assert (job.state, job.outside) == (JobState.WAITING_FOR_APPROVAL, "bounds.minimum_persons")
    fields = {"project": project, "permit": permit, "spec": job.digest, "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("job-approval", fields, by=house.caller("committee-5"))
    house.sign(view, by=QUORUM)
    assert house.services.jobs.get(job.id).state is JobState.READY
    (approval,) = house.services.jobs.approvals_of(job.id)
    assert (
        approval.envelope.to_json()
        == dict(house.services.log.entries(start=approval.log_index, limit=1))[approval.log_index]
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"permit": "permit-none"}, "permit.not_found"),
        ({"dataset": "lungs"}, "permit.dataset_not_granted"),
        ({"expires": "2026-11-01T00:00:00Z"}, "job.too_late"),
        ({"code": CODE.model_copy(update={"source": "sha256:" + "9" * 64}).model_dump()}, "job.other_code"),
    ],
)
def test_a_job_that_breaks_a_rule_is_not_kept(house: House, changes: dict[str, Any], code: str) -> None:
    project = house.project()
    permit = house.permit(project)
    broken = JobSpec.model_validate(house_spec(project, permit).model_dump(mode="json") | changes)
    caller = house.caller("researcher-1")
    assert code_of(lambda: house.services.submitter.submit(broken, by=caller)) == code
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 0


def test_only_people_of_project_and_permit_submit(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    assert code_of(lambda: house.submit(project, permit, by="researcher-2")) == "project.not_found"
    house.services.projects.add_member(project, "researcher-2", by="researcher-1")
    assert code_of(lambda: house.submit(project, permit, by="researcher-2")) == "permit.not_among_its_people"


def test_the_same_spec_again_is_the_same_job(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    spec = house_spec(project, permit)
    submit = lambda: house.services.submitter.submit(spec, by=house.caller("researcher-1"))  # noqa: E731 - six equal acts
    made = together(*[submit] * 6)
    assert len({one.job.id for one in made}) == 1
    assert sum(one.is_new for one in made) == 1
    assert audit_events(house, made[0].job.id).count("person:job:submit") == 1


def test_the_last_job_of_the_bounds_is_given_out_once(house: House) -> None:
    project = house.project()
    bounds = permit_fields(project)["bounds"] | {"maximum_jobs": 1}
    permit = house.permit(project, bounds=bounds)
    jobs = together(*[lambda n=n: house.submit(project, permit, seed=n) for n in range(4)])
    assert sorted(job.state for job in jobs) == [JobState.READY] + [JobState.WAITING_FOR_APPROVAL] * 3


def test_cancelling_twice_is_once_and_too_late_is_refused(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, caller = house.submit(project, permit), house.caller("researcher-1")
    house.services.submitter.cancel(job.id, by=caller)
    house.services.submitter.cancel(job.id, by=caller)
    assert audit_events(house, job.id).count("person:job:cancel") == 1
    held = house.held(project, permit, seed=1)
    assert code_of(lambda: house.services.submitter.cancel(held.id, by=caller)) == "job.under_review"
    stranger = house.caller("researcher-2")
    assert code_of(lambda: house.services.submitter.cancel(held.id, by=stranger)) == "job.not_found"


def test_withdrawing_a_permit_takes_one_signature_and_stops_its_jobs(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    ready, held = house.submit(project, permit), house.held(project, permit, seed=1)
    running = house.submit(project, permit, seed=2)
    house.move(running.id, JobState.RUNNING)
    fields = {"what": "permit", "target": permit, "reason": "Stop", "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("revocation", fields, by=house.caller("committee-2"))
    house.sign(view, by=("committee-2",))
    assert house.services.permits.get(permit).state is PermitState.WITHDRAWN
    for job in (ready, held, running):
        now = house.services.jobs.get(job.id)
        assert (now.state, now.code) == (JobState.REFUSED, "job.permit_withdrawn")
    late = lambda: house.services.results.record(running.id, make_result(), verdict())  # noqa: E731 - one act
    assert code_of(late) == "state.not_possible"
    assert code_of(lambda: house.submit(project, permit, seed=3)) == "permit.no_longer_valid"
    assert [at for _, at in house.services.statements.revocations()] == [house.services.log.size() - 1]


def test_one_job_can_be_stopped_by_its_digest(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job, other = house.submit(project, permit), house.submit(project, permit, seed=1)
    fields = {"what": "job", "target": job.digest, "reason": "Stop", "expires": "2027-01-01T00:00:00Z"}
    view = house.services.statements.draft("revocation", fields, by=house.caller("committee-2"))
    house.sign(view, by=("committee-2",))
    assert house.services.jobs.get(job.id).code == "job.stopped_by_committee"
    assert house.services.jobs.get(other.id).state is JobState.READY


def test_what_runs_out_ends(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    job = house.submit(project, permit)
    view = house.services.statements.draft(
        "project-permit", permit_fields(project), by=house.caller("committee-1")
    )
    assert house.services.expiry.end_what_ran_out() == 0
    house.clock.forward(days=120)
    assert house.services.expiry.end_what_ran_out() == 3
    assert house.services.expiry.end_what_ran_out() == 0
    assert house.services.jobs.get(job.id).state is JobState.EXPIRED
    assert house.services.permits.get(permit).state is PermitState.EXPIRED
    assert house.services.statements.get(view.id).state is StatementState.EXPIRED
    assert code_of(lambda: house.sign(view, by=("committee-1",))) == "state.not_possible"
