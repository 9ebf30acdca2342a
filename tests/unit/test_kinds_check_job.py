"""What every node would refuse of a kind's job is refused when it is submitted, by the same rule."""

from __future__ import annotations

from typing import Any

import pytest

from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.kinds.registry import kind_names
from coordinator.jobs.default_checks import default_checks
from infra.demo.study import count_job, glm_job
from onggi.errors import Refused
from onggi.spec.ids import PermitId, ProjectId
from onggi.spec.job import CodeDigests, JobSpec
from tests.support.federation_root import NOW

_DIGEST = "sha256:" + "0" * 64
_CODE = CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST)
_AGE = {"name": "age", "domain": "age", "kind": "number", "low": 0, "high": 120}
_DISEASE = {"name": "disease", "domain": "condition", "kind": "flag", "concepts": [1]}
_EVALUATED = [_AGE, _DISEASE]
_DEATH = {"name": "death", "event": {"domain": "death"}, "horizon_days": 365, "prior_events": "ignore"}
_GIVES = {"survival": "survival_curves", "cox": "cox_fit"}
_MALE = {"name": "male", "domain": "sex", "kind": "flag", "concepts": [8507]}
_ILL = {"name": "ill", "domain": "condition", "kind": "flag", "concepts": [1]}
_CRP = {"name": "crp", "domain": "measurement", "kind": "number", "concepts": [1], "low": 0, "high": 1}
_FALL = {"name": "fall", "event": {"domain": "death"}, "horizon_days": 365, "prior_events": "ignore"}
_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "table_one": {"variables": ["age"], "by": "male"},
    "distribution": {"variable": "age", "cuts": [40]},
    "correlation": {"variables": ["age", "crp"]},
    "rates": {"outcome": "fall", "by": "male"},
    "cross_table": {"rows": "male", "columns": "ill"},
}
_EVENTS = {"kind": "count", "events": True}


def _noise(micro_epsilon: int, *, delta: float = 1e-6) -> dict[str, Any]:
    asked = {"micro_epsilon": micro_epsilon, "delta": delta}
    return {"minimum_persons": 10, "differential_privacy": asked}


_NOISE = _noise(1_000_000)


def _spec(kind: str, **changes: Any) -> JobSpec:
    make = glm_job if kind in ("glm", "penalised", "meta") else count_job
    spec = make(project=ProjectId("project-1"), permit=PermitId("permit-1"), code=_CODE, now=NOW)
    fields = spec.model_dump(mode="json")
    if kind == "overlap":
        beside = [{"name": "again", "cohort": fields["cohort"]}]
        fields["parameters"] = {"kind": kind, "name": "once", "cohorts": beside}
        fields["releases"] = [{"result": "overlap_table"}]
    if kind == "evaluation":
        terms = [{"variable": "age", "coefficient": 0.1}]
        asked = {"outcome": "disease", "model": {"intercept": -5, "terms": terms}, "edges": [0.3, 0.6]}
        fields |= {"variables": _EVALUATED, "parameters": {"kind": kind, **asked}}
        fields["releases"] = [{"result": "model_evaluation"}]
    if kind == "penalised":
        parameters = {key: fields["parameters"][key] for key in ("family", "outcome", "terms")}
        fields |= {"parameters": parameters | {"kind": kind}, "releases": [{"result": "regularised_path"}]}
    if kind == "meta":
        fields |= {"parameters": {"kind": kind, "model": fields["parameters"], "term": "male"}}
        fields |= {"privacy": {"masked": False}, "releases": [{"result": "meta_analysis"}]}
    if kind == "concepts":
        fields |= {"parameters": {"kind": kind}, "releases": [{"result": "concept_report"}]}
    if kind in ("survival", "cox"):
        own = {"steps": [90, 365]} if kind == "survival" else {"terms": ["age"]}
        fields |= {"variables": [_AGE], "outcomes": [_DEATH], "releases": [{"result": _GIVES[kind]}]}
        fields["parameters"] = {"kind": kind, "outcome": "death", **own}
    if kind in _DESCRIPTIONS:
        fields |= {"parameters": {"kind": kind} | _DESCRIPTIONS[kind], "variables": [_AGE, _MALE, _ILL, _CRP]}
        fields["releases"] = [{"result": kind}]
        fields["outcomes"] = [_FALL] if kind == "rates" else []
    return JobSpec.model_validate(fields | changes)


@pytest.mark.parametrize("kind", kind_names())
def test_a_job_that_says_truly_what_it_gives_is_accepted(kind: str) -> None:
    check_job(_spec(kind))
    default_checks().check_kind(_spec(kind))


@pytest.mark.parametrize("kind", kind_names())
def test_only_counts_of_persons_can_carry_noise(kind: str) -> None:
    spec = _spec(kind, privacy=_NOISE | {"masked": kind != "meta"})
    if kind in ("count", "overlap", "cross_table", "distribution"):
        check_job(spec)
        return
    with pytest.raises(Refused) as refused:
        check_job(spec)
    assert refused.value.code == "privacy.no_noise_here"
    assert refused.value.facts["kinds"] == "count, cross_table, distribution, overlap"


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("glm", {"releases": [{"result": "count_table"}]}, "order.other_result"),
        ("count", {"releases": [{"result": "model_fit"}]}, "order.other_result"),
        ("count", {"releases": [{"result": "count_table"}, {"result": "file_bundle"}]}, "order.other_result"),
        ("count", {"privacy": _NOISE, "parameters": _EVENTS}, "noise.events_unbounded"),
        ("count", {"privacy": _noise(10**18)}, "budget.request_too_large"),
        ("count", {"privacy": _noise(1, delta=1e-15)}, "budget.request_too_small"),
        ("glm", {"privacy": _NOISE}, "privacy.no_noise_here"),
        ("evaluation", {"releases": [{"result": "model_fit"}]}, "order.other_result"),
        ("evaluation", {"privacy": _NOISE}, "privacy.no_noise_here"),
        ("evaluation", {"variables": [_AGE]}, "evaluation.unknown_variable"),
        ("overlap", {"releases": [{"result": "count_table"}]}, "order.other_result"),
        ("concepts", {"releases": [{"result": "count_table"}]}, "order.other_result"),
        ("survival", {"releases": [{"result": "cox_fit"}]}, "order.other_result"),
        ("cox", {"releases": [{"result": "survival_curves"}]}, "order.other_result"),
        ("survival", {"privacy": _NOISE}, "privacy.no_noise_here"),
        ("survival", {"outcomes": []}, "survival.unknown_outcome"),
        ("cox", {"outcomes": []}, "survival.unknown_outcome"),
        ("overlap", {"variables": [_AGE]}, "overlap.variables_asked"),
        ("concepts", {"variables": [_AGE]}, "concepts.variables_asked"),
        ("penalised", {"releases": [{"result": "model_fit"}]}, "order.other_result"),
        ("meta", {"privacy": {"masked": True}}, "meta.masked"),
        ("meta", {"variables": [_AGE]}, "glm.unknown_variable"),
        ("penalised", {"variables": [_AGE]}, "glm.unknown_variable"),
        ("table_one", {"variables": []}, "describe.unknown_variable"),
        ("correlation", {"variables": []}, "describe.unknown_variable"),
        ("rates", {"outcomes": []}, "rates.unknown_outcome"),
        ("rates", {"releases": [{"result": "curve"}]}, "order.other_result"),
        ("distribution", {"variables": []}, "describe.unknown_variable"),
        ("distribution", {"releases": [{"result": "histogram"}]}, "order.other_result"),
        ("cross_table", {"variables": []}, "describe.unknown_variable"),
        ("table_one", {"releases": [{"result": "count_table"}]}, "order.other_result"),
        ("count", {"parameters": {"kind": "count", "funnels": [[3]]}}, "count.rule_unknown"),
        ("count", {"parameters": {"kind": "count", "by": [{"variable": "age"}]}}, "count.unknown_variable"),
    ],
)
def test_the_coordinator_refuses_it_as_a_node_does(kind: str, changes: dict[str, Any], code: str) -> None:
    spec = _spec(kind, **changes)
    for check in (check_job, default_checks().check_kind):
        with pytest.raises(Refused) as refused:
            check(spec)
        assert refused.value.code == code
