"""What a job reads is found in its cohort as well as in its variables, whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime

from analysis_jobs.variables.reads import find_reads
from infra.demo.heart import concepts as c
from infra.demo.study import count_job, glm_job, granted_concepts
from onggi.spec.cohorts import cohort, everyone, gender_is, has_condition, rule
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec

_DIGEST = "sha256:" + "0" * 64
_FIXED = {
    "project": ProjectId("heart"),
    "permit": PermitId("permit-heart"),
    "code": CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
    "now": datetime(2026, 11, 22, tzinfo=UTC),
}


def test_the_count_reads_age_though_it_has_no_variable() -> None:
    reads = find_reads(count_job(**_FIXED))  # type: ignore[arg-type]  # one mapping for both jobs
    assert reads.demographics == {"age"}
    assert reads.whole_domains == {"observation_period"}
    assert reads.concepts == {c.CHEST_PAIN_TYPE, c.EXERCISE_ANGINA}


def test_the_regression_reads_what_its_permit_grants_and_no_more() -> None:
    reads = find_reads(glm_job(**_FIXED))  # type: ignore[arg-type]  # one mapping for both jobs
    concepts = set(granted_concepts()) - {c.MALE}
    assert (reads.concepts, reads.demographics) == (concepts, {"age", "sex"})


def test_a_gender_rule_reads_sex() -> None:
    spec = count_job(**_FIXED)  # type: ignore[arg-type]  # one mapping for both jobs
    rules = rule("Women", gender_is(c.FEMALE), has_condition([c.CORONARY_DISEASE]))
    changed = JobSpec.model_validate({**spec.model_dump(mode="json"), "cohort": cohort(everyone(), rules)})
    assert find_reads(changed).demographics == {"sex"}
    assert find_reads(changed).concepts == {c.CORONARY_DISEASE}
