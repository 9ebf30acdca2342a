"""What a hospital lets happen by itself: the most specific rule wins, and what no rule can check is held."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from node.decisions.site_policy import SitePolicy, decide_consent, decide_release
from onggi.spec.job import JobSpec, Privacy, ReleaseShape, ResultType
from tests.support.job_specs import make_spec


def _spec(*results: ResultType, masked: bool = False, **changes: Any) -> JobSpec:
    shapes = tuple(ReleaseShape(result=result) for result in results or ("count_table",))
    plain = make_spec({})
    return plain.model_copy(update={"releases": shapes, "privacy": Privacy(masked=masked), **changes})


@pytest.mark.parametrize("consent", ["automatic", "ask", "never"])
def test_the_default_decides_where_nothing_more_specific_does(consent: Any) -> None:
    assert decide_consent(SitePolicy(consent=consent), _spec()) == consent


@pytest.mark.parametrize(
    ("kind", "project", "decided"),
    [
        (None, None, "automatic"),
        ("ask", None, "ask"),
        (None, "never", "never"),
        ("never", "automatic", "automatic"),
        ("automatic", "never", "never"),
    ],
)
def test_project_comes_before_kind_and_kind_before_default(kind: Any, project: Any, decided: str) -> None:
    policy = SitePolicy(
        consent_by_kind={} if kind is None else {"count": kind},
        consent_by_project={} if project is None else {"project-1": project},
    )
    assert decide_consent(policy, _spec()) == decided


def test_a_rule_for_another_kind_or_project_decides_nothing() -> None:
    policy = SitePolicy(consent_by_kind={"glm": "never"}, consent_by_project={"project-2": "never"})
    assert decide_consent(policy, _spec()) == "automatic"


@pytest.mark.parametrize("result", get_args(ResultType))
def test_by_default_models_and_files_are_held_and_tables_sent(result: ResultType) -> None:
    held = result in ("model_weights", "file_bundle")
    assert decide_release(SitePolicy(), _spec(result)) == ("hold" if held else "send")


def test_one_held_part_holds_the_whole_reply() -> None:
    assert decide_release(SitePolicy(), _spec("count_table", "model_weights")) == "hold"
    assert (
        decide_release(SitePolicy(release={"count_table": "hold"}), _spec("table", "count_table")) == "hold"
    )


def test_the_hospital_may_let_go_of_what_is_held_by_default() -> None:
    policy = SitePolicy(release={"model_weights": "send"})
    assert decide_release(policy, _spec("model_weights")) == "send"


def test_masked_inputs_follow_a_rule_of_their_own() -> None:
    held_tables = SitePolicy(release={"count_table": "hold"})
    assert decide_release(held_tables, _spec(masked=True)) == "send"
    assert decide_release(SitePolicy(masked="hold"), _spec(masked=True)) == "hold"
    assert decide_release(SitePolicy(masked="hold"), _spec(masked=False)) == "send"


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent": "sometimes"},
        {"consent_by_kind": {"count": "maybe"}},
        {"release": {"everything": "send"}},
        {"release": {"table": "later"}},
        {"minimum_persons": 0},
        {"concent": "ask"},
    ],
)
def test_a_policy_with_a_slip_is_refused_as_a_whole(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SitePolicy.model_validate(wrong)
