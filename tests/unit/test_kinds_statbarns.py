"""Every kind of output is checked as its statbarn demands: by rules that the kind really asks."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from analysis_jobs.kinds.contract import Arrays, Ask
from analysis_jobs.kinds.outputs import OUTPUTS
from analysis_jobs.kinds.registry import get_kind, kind_names
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from privacy.disclosure.looks import listen_to_looks
from privacy.disclosure.statbarns import CHECKS_OF_RULES, CHECKS_OF_STATBARNS
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


def test_the_classes_ask_for_what_acro_asks_for() -> None:
    """ACRO's own tables: a class has risks, a risk has checks."""
    statbarns, risks = (
        json.loads(shared_data("governance", "acro", "acro", f"{name}.json").read_text())
        for name in ("statbarns", "risks")
    )
    for name, checks in CHECKS_OF_STATBARNS.items():
        wanted = {check for risk in statbarns[name]["risks"] for check in risks[risk]["checks"]}
        assert wanted == set(checks), name
