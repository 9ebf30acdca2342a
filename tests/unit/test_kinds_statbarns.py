"""Every kind of output is checked as its statbarn demands: by rules that the kind really asks."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import get_args

import pyarrow as pa
import pytest

from analysis_jobs.kinds.contract import Arrays, Ask
from analysis_jobs.kinds.outputs import OUTPUTS
from analysis_jobs.kinds.registry import get_kind, kind_names
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import AnyResult
from privacy.disclosure.looks import listen_to_looks
from privacy.disclosure.statbarns import CHECKS_OF_RULES, CHECKS_OF_STATBARNS, NEVER_PUT_OUT
from tests.support.shared_data import shared_data
from tests.unit.test_kinds_person_sets import CASES


def _rules_asked(spec: JobSpec, table: pa.Table) -> set[str]:
    """Which rules a kind asks of one hospital's evidence, over all rounds."""
    kind = get_kind(spec.kind)
    history: list[Arrays] = []
    with listen_to_looks() as looks, contextlib.suppress(Refused):
        while isinstance(ask := kind.next(spec, history, sites=1), Ask):
            ask = replace(ask, position=0)
            summary = kind.local(spec, table, ask)
            kind.check_site(spec, ask, summary)
            history.append(summary.arrays)
    return {each.code for each in looks}


@pytest.mark.parametrize("name", kind_names())
def test_the_rules_that_a_kind_asks_make_the_checks_of_its_statbarns(name: str) -> None:
    cases = [each for each in CASES.values() if each[0].kind == name]
    asked = {code for spec, table in cases for code in _rules_asked(spec, table)}
    outputs = OUTPUTS[name]
    wanted = {check for each in outputs.statbarns for check in CHECKS_OF_STATBARNS[each]}
    made = {check for code in asked for check in CHECKS_OF_RULES[code]}
    assert wanted - made == wanted & {each.check for each in outputs.excused} - made
    assert cases or not outputs.statbarns


def test_every_kind_says_what_it_puts_out() -> None:
    assert set(OUTPUTS) == set(kind_names())


_CLASSES_OF_FIELDS = {
    "p_value": "StatisticalHypothesisTests",
    "odds_ratio": "CalculatedRatios",
    "ratio": "CalculatedRatios",
    "auc": "CalculatedRatios",
    "coefficient": "CorrelationCoefficients",
    "coefficients": "CorrelationCoefficients",
    "standard_deviations": "Shape",
    "quantiles": "Position",
}


@pytest.mark.parametrize("name", sorted({each[0].kind for each in CASES.values()}))
def test_a_kind_names_the_class_of_each_number_of_its_result(name: str) -> None:
    spec = next(each[0] for each in CASES.values() if each[0].kind == name)
    result = next(
        each for each in get_args(AnyResult) if each.model_fields["result"].default == spec.releases[0].result
    )
    schema = result.model_json_schema()
    fields = {
        field for part in (schema, *schema.get("$defs", {}).values()) for field in part.get("properties", {})
    }
    found = {_CLASSES_OF_FIELDS[field] for field in fields & _CLASSES_OF_FIELDS.keys()}
    assert found <= {*OUTPUTS[name].statbarns}


def test_no_kind_puts_out_values_of_persons() -> None:
    shown = {statbarn for each in OUTPUTS.values() for statbarn in each.statbarns}
    assert not shown & NEVER_PUT_OUT


def test_the_classes_ask_for_what_acro_asks_for() -> None:
    """ACRO's own tables: a class has risks, a risk has checks."""
    statbarns, risks = (
        json.loads(shared_data("governance", "acro", "acro", f"{name}.json").read_text())
        for name in ("statbarns", "risks")
    )
    assert set(CHECKS_OF_STATBARNS) == set(statbarns), "every class that ACRO knows has its checks"
    for name, checks in CHECKS_OF_STATBARNS.items():
        wanted = {check for risk in statbarns[name]["risks"] for check in risks[risk]["checks"]}
        assert wanted == set(checks), name
