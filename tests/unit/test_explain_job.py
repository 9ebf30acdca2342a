"""Every term of a job is told in both languages; what was signed before reads as it read."""

from __future__ import annotations

import hashlib
import re
from typing import Any, get_args

import pytest

from onggi.protocol.rendering import render_spec, render_statement, render_terms
from onggi.protocol.statements import JobApproval
from onggi.spec.explain_job import Topic, tell_epsilon, tell_job
from onggi.spec.job import JobSpec
from tests.support.browser_questions import KINDS, question
from tests.support.coordinator_house import house_spec

KNOWN = {
    "count": "e569dc0a9ae7c7be",
    "glm": "176fe65b8352656f",
    "evaluation": "907593ff3a3b54b8",
    "overlap": "e83bc002004d1feb",
    "concepts": "02c5d6298c957aca",
    "survival": "c25ef235216c0f8a",
    "cox": "8fd625f1e62f0992",
}
KNOWN_APPROVAL = "496f5aebab71758d"
HANGUL = re.compile(r"[가-힣]")


def spec(kind: str = "count", **changes: Any) -> JobSpec:
    return house_spec("project-1", "permit-1", **question(kind).asked | changes)


def english(asked: JobSpec) -> str:
    return "\n".join(en for told in tell_job(asked) for _, en in told.sentences)


def korean(asked: JobSpec) -> str:
    return "\n".join(ko for told in tell_job(asked) for ko, _ in told.sentences)


@pytest.mark.parametrize("kind", KINDS)
def test_every_topic_of_every_kind_is_told_in_both_languages(kind: str) -> None:
    told = tell_job(spec(kind))
    assert [each.topic for each in told] == list(get_args(Topic))
    for each in told:
        assert each.sentences
        for ko, en in each.sentences:
            assert HANGUL.search(ko)
            assert not HANGUL.search(en)


def test_a_count_tells_funnels_events_and_groups() -> None:
    parameters = {
        "kind": "count",
        "funnels": [[2, 0]],
        "events": True,
        "by": [{"variable": "age", "edges": [40, 60]}, {"variable": "year"}],
    }
    told = english(spec(parameters=parameters))
    assert "3. Exercise-induced angina → 1. Age 50 or more" in told
    assert "Index events are counted beside the persons." in told
    assert "in groups of age, cut at 40, 60" in told
    assert "for each value of year" in told


def test_a_funnel_beyond_the_rules_is_told_by_number() -> None:
    assert "61." in english(spec(parameters={"kind": "count", "funnels": [[60]]}))


def test_a_regression_tells_model_terms_references_and_offset() -> None:
    parameters = question("glm").asked["parameters"] | {"offset": "follow_up", "family": "poisson"}
    told = english(spec("glm", parameters=parameters))
    assert "Poisson regression (log link)" in told
    assert "Outcome: disease. Terms: age, male, cp" in told
    assert "reference level cp = 1" in told
    assert "(offset): follow_up" in told
    assert "At most 30 iterations" in told


def test_an_evaluation_tells_the_model_to_the_last_digit() -> None:
    terms = [
        {"variable": "age", "coefficient": 0.1 + 0.2},
        {"variable": "cp", "level": "4", "coefficient": -1e-7},
    ]
    model = {"intercept": -2.5, "terms": terms}
    asked: dict[str, Any] = {"kind": "evaluation", "outcome": "disease", "edges": [0.2, 0.5]}
    by = {"thresholds": [0.5], "by": "age", "by_edges": [40, 65.5], "developed_here": True}
    told = english(spec("evaluation", parameters=asked | by | {"model": model}))
    for part in (
        "given predictions of disease",
        "intercept -2.5",
        "Term age: coefficient 0.30000000000000004.",
        "Term cp = 4: coefficient -1e-07.",
        "cut at 0.2, 0.5",
        "classified at risks of 0.5",
        "each value of age, cut at 40.0, 65.5",
        "fitted to these same persons",
    ):
        assert part in told, part
    assert "The predicted risk: age." in english(spec("evaluation", parameters=asked | {"risk": "age"}))


def test_curves_tell_outcome_steps_groups_and_the_comparison() -> None:
    parameters = question("survival").asked["parameters"] | {
        "steps": list(range(30, 511, 30)),
        "group": "male",
        "strata": ["cp"],
        "weights": "fleming-harrington",
        "rho": 0.5,
        "restricted_mean_days": 365,
    }
    told = english(spec("survival", parameters=parameters))
    assert "Time to death is estimated by the Kaplan-Meier method" in told
    assert "each of 17 steps, to days 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360, …" in told
    assert "Groups of male are compared by the Fleming-Harrington test (rho = 0.5)." in told
    assert "within strata of cp" in told
    assert "Restricted mean up to day 365." in told


def test_a_cox_regression_tells_terms_strata_ties_and_the_test_of_time() -> None:
    parameters = question("cox").asked["parameters"] | {
        "references": {"cp": "1"},
        "strata": ["cp"],
        "ties": "breslow",
        "robust": True,
    }
    told = english(spec("cox", parameters=parameters))
    assert "Outcome: the event of death; competing events count as censored. Terms: age, male." in told
    assert "Within each hospital, strata of cp." in told
    assert "reference level cp = 1" in told
    assert "method of Breslow" in told
    assert "against log(day)." in told
    assert "Robust errors" in told


def test_a_regression_tells_what_is_beyond_a_plain_one() -> None:
    plain = {key: value for key, value in question("glm").asked["parameters"].items() if key != "references"}
    more = {"weights": "w", "site_effects": True, "robust": "HC3", "without": [["age", "male"], ["cp"]]}
    for link, words in (({}, "inverse link"), ({"link": "log"}, "log link")):
        asked = spec("glm", parameters=plain | more | link | {"family": "gamma"})
        told = english(asked)
        assert f"a gamma regression ({words})" in told
        assert "Each person counts by a prior weight: w." in told
        assert "Every hospital has an intercept of its own" in told
        assert "Robust standard errors (HC3)" in told
        assert "the model without age, male." in told
        assert "기관 안에서만 구하며" in korean(asked)


def test_a_penalised_regression_tells_its_path_and_its_folds() -> None:
    plain = {
        key: question("glm").asked["parameters"][key] for key in ("family", "outcome", "terms", "references")
    }
    path = english(spec("glm", parameters=plain | {"kind": "penalised", "alpha": 0.5, "offset": "o"}))
    for part in (
        "once for each penalty",
        "ridge (0) and lasso (1): 0.5.",
        "50 penalties, the smallest 0.001 times the largest.",
        "reference level cp = 1",
        "(offset): o.",
        "on 5 random folds",
    ):
        assert part in path, part
    given = {"kind": "penalised", "penalties": [2, 0.25], "folds": 0}
    told = spec("glm", parameters=plain | given, releases=[{"result": "regularised_path"}])
    assert "Penalties: 2, 0.25." in english(told)
    assert "no cross-validation" in english(told)
    assert "교차검증하지 않습니다." in korean(told)
    assert "a path of penalised regressions" in english(told)


def test_a_penalised_gamma_regression_tells_its_link() -> None:
    plain = {key: question("glm").asked["parameters"][key] for key in ("outcome", "terms")}
    given = {"kind": "penalised", "family": "gamma", "link": "log"}
    asked = spec("glm", parameters=plain | given)
    assert "This fits a gamma regression (log link) on persons with every value, once" in english(asked)
    assert "모형: 감마 회귀(로그 연결)" in korean(asked)


def test_a_meta_analysis_says_first_that_it_shows_every_hospital() -> None:
    model = question("glm").asked["parameters"]
    asked = spec(
        "glm",
        parameters={"kind": "meta", "model": model, "term": "male", "heterogeneity": "PM"},
        releases=[{"result": "meta_analysis"}],
        privacy={"masked": False},
    )
    parameters, privacy = tell_job(asked)[:2]
    assert parameters.sentences[0][1].startswith("Site-visible: each hospital's own estimate")
    assert parameters.sentences[0][0].startswith("기관별 수치 공개")
    assert "each hospital fits alone: male." in english(asked)
    assert "Paule and Mandel" in english(asked)
    assert "a logistic regression" in english(asked)
    assert "No masks" in privacy.sentences[0][1]
    assert "site-visible: it shows each hospital's own estimate" in english(asked)


def test_privacy_hospitals_time_and_releases() -> None:
    asked = spec(
        privacy={
            "masked": False,
            "minimum_persons": 25,
            "differential_privacy": {"micro_epsilon": 300_000, "delta": 1e-6},
        },
        limits={"wall_seconds": 7200, "memory_mib": 4096, "rounds": 3, "message_bytes": 1024},
        releases=[
            {"result": "count_table", "arrays": [{"name": "w", "shape": [3, 4], "low": -1, "high": 1}]}
        ],
    )
    told = english(asked)
    for part in (
        "No masks",
        "fewer than 25 persons",
        "epsilon 0.3, delta 1e-06",
        "Asked of 4 hospitals: budapest, cleveland, longbeach, zurich.",
        "at least 3 take part",
        "7,200 seconds and 4,096 MiB",
        "At most 3 rounds, each message at most 0.001 MiB",
        "It does not start after 2026-12-22T05:00:00Z.",
        "An array w of 3 × 4, every entry within -1..1.",
    ):
        assert part in told, part
    assert "25명 미만" in korean(asked)


@pytest.mark.parametrize(
    ("micro", "shown"), [(0, "0"), (1, "0.000001"), (300_000, "0.3"), (1_000_000, "1"), (10_000_000, "10")]
)
def test_budgets_are_exact(micro: int, shown: str) -> None:
    assert tell_epsilon(micro) == shown


def test_names_from_people_cannot_redraw_the_text() -> None:
    cohort = {"InclusionRules": [{"name": "a\u202eb\nc"}, "no rule"]}
    told = english(spec(cohort=cohort, parameters={"kind": "count", "funnels": [[0]]}))
    assert "a\\u202eb c" in told


def test_what_was_signed_before_reads_as_it_read() -> None:
    """Digests of the texts as they were before this telling existed: the signer's text never changes."""
    found = {kind: hashlib.sha256(render_spec(spec(kind)).encode()).hexdigest()[:16] for kind in KINDS}
    assert found == KNOWN
    approval = JobApproval(
        id="approval-1",
        federation="heart",
        issued="2026-01-01T00:00:00Z",
        expires="2026-02-01T00:00:00Z",
        summary="sha256:" + "0" * 64,
        project="project-1",
        permit="permit-1",
        spec="sha256:" + "1" * 64,
    )
    assert hashlib.sha256(render_statement(approval).encode()).hexdigest()[:16] == KNOWN_APPROVAL


def test_the_signers_text_tells_the_same_terms() -> None:
    lines = render_terms(spec("glm")).splitlines()
    assert [line[2:] for line in lines] == [
        text for told in tell_job(spec("glm")) for pair in told.sentences for text in pair
    ]
