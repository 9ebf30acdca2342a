"""Beside each release stands how the rules judged it, and no value of it: verdicts, thresholds, cells."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from analysis_jobs.kinds.count.disclosure import check_counts
from node.decisions.site_policy import SitePolicy
from node.egress.disclosure_report import (
    DisclosureReport,
    RuleJudged,
    find_reports,
    make_report,
    record_report,
)
from node.state.tables import AuditEvent, Judgement, StoredObject
from onggi.errors import Refused
from onggi.spec.ids import SiteId
from privacy.disclosure.looks import Look, listen_to_looks
from privacy.disclosure.thresholds import check_funnel, check_residual_dof
from tests.support.federation_root import NOW, make_root
from tests.support.job_specs import make_spec
from tests.support.lone_node import LoneNode, SetClock, close_nodes, loaded_hospital, make_node
from tests.support.rogue_coordinator import HonestFederation, RogueCoordinator
from tests.support.rogue_runs import Led, ask_bytes

HERE = SiteId("cleveland")


def test_each_rule_says_where_it_looked_and_whether_it_kept_silent() -> None:
    with listen_to_looks() as looks:
        check_funnel(["a", "b", "c"], [40.0, 30.0, 20.0], threshold=10, zero_drop_is_small=False)
        check_residual_dof(n=50, parameters=3, minimum=10)
        with pytest.raises(Refused):
            check_funnel(["a", "b"], [40.0, 35.0], threshold=10, zero_drop_is_small=False)
    assert looks == [
        Look("disclosure.small_cell", 3, 10, kept=True),
        Look("disclosure.small_difference", 2, 10, kept=True),
        Look("disclosure.low_dof", 1, 10, kept=True),
        Look("disclosure.small_cell", 2, 10, kept=True),
        Look("disclosure.small_difference", 1, 10, kept=False),
    ]


def test_nobody_listens_outside_and_blocks_do_not_hear_each_other() -> None:
    check_funnel(["a"], [40.0], threshold=10, zero_drop_is_small=False)
    with listen_to_looks() as outer:
        with listen_to_looks() as inner:
            check_funnel(["a"], [40.0], threshold=10, zero_drop_is_small=False)
        assert outer == []
    assert [each.cells for each in inner] == [1]


def test_looks_of_one_rule_are_added_up_and_one_refusal_counts() -> None:
    looks = [
        Look("disclosure.small_cell", 3, 10, kept=True),
        Look("disclosure.small_cell", 2, 10, kept=False),
        Look("disclosure.small_cell", 2, 20, kept=True),
    ]
    report = make_report(make_spec({}), looks, of="site", now=NOW)
    assert report.rules == (
        RuleJudged(code="disclosure.small_cell", threshold=10, cells=5, kept=False),
        RuleJudged(code="disclosure.small_cell", threshold=20, cells=2, kept=True),
    )


def test_a_report_holds_no_value_and_no_name_of_a_cell() -> None:
    """Counts that stand out, in a count whose only rule has a telling name: neither is in the report."""
    spec = make_spec({})
    with listen_to_looks() as looks:
        check_counts(spec, {"persons": np.array([987_654.0] * (1 + len(_rules(spec))))})
    text = make_report(spec, looks, of="site", now=NOW).model_dump_json()
    assert "987654" not in text
    assert not any(name and name in text for name in _rules(spec))
    assert set(json.loads(text)) == {
        "version",
        "at",
        "of",
        "kind",
        "minimum_persons",
        "rules",
        "micro_epsilon",
    }


def _rules(spec: object) -> list[str]:
    rules = spec.cohort.get("InclusionRules") or []  # type: ignore[attr-defined]  # a job's spec
    return [str(rule.get("name")) for rule in rules]


@pytest.mark.sandbox
@pytest.mark.parametrize("held", [False, True])
def test_an_answer_in_clear_leaves_or_waits_with_its_report(tmp_path: Path, held: bool) -> None:
    tmp_path.chmod(0o755)
    clock = SetClock()
    honest = HonestFederation(clock, root=make_root(floors={"minimum_hospitals": 1}))
    node = make_node(
        loaded_hospital(HERE),
        tmp_path / "nodes",
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
        policy=SitePolicy(release={"count_table": "hold" if held else "send"}),
    )

    async def story() -> None:
        spec = honest.count_spec(participants=[HERE], minimum_sites=1)
        led = Led(run="run-1", spec=spec, nodes={HERE: node})
        try:
            await led.order(RogueCoordinator(honest), honest.permit(bounds={"minimum_sites": 1}))
            ask = led.next_ask()
            await led.show(HERE, led.header(0), [ask_bytes(ask)])
            await led.show(HERE, led.header(0), [ask_bytes(ask)])  # asked again, nothing is judged again
        finally:
            await close_nodes([node])

    asyncio.run(story())
    assert (node.releases, len(node.held)) == ((0, 1) if held else (1, 0))
    event = "node:reply:hold" if held else "node:reply:release"
    ((digest, report),) = _reports(node)
    assert (report.of, report.kind, report.minimum_persons) == ("site", "count", 10)
    assert [(each.code, each.kept) for each in report.rules] == [
        ("disclosure.small_cell", True),
        ("disclosure.small_difference", True),
    ]
    with node.services.sessions() as session:
        told = session.scalars(select(AuditEvent.facts).where(AuditEvent.event == event)).one()
    assert json.loads(told)["judged"] == digest


def _reports(node: LoneNode) -> list[tuple[str, DisclosureReport]]:
    with node.services.sessions() as session:
        return find_reports(session, node.services.objects, run="run-1", ordinal=0)


def test_a_report_that_was_altered_is_not_shown(tmp_path: Path) -> None:
    clock = SetClock()
    honest = HonestFederation(clock)
    node = make_node(
        loaded_hospital(HERE), tmp_path, root=honest.first_root, fingerprint=honest.fingerprint, clock=clock
    )
    report = make_report(honest.count_spec(), (), of="pooled", now=NOW)
    with node.services.sessions.begin() as session:
        digest = record_report(session, node.services.objects, report, run="run-1", ordinal=0)
    assert _reports(node) == [(digest, report)]
    with node.services.sessions.begin() as session:
        assert session.scalars(select(Judgement.at)).one() == "2026-11-22T05:00:00Z"
        session.get_one(StoredObject, digest).content = b"{}"
    with pytest.raises(Refused) as refused:
        _reports(node)
    assert refused.value.code == "register.object_damaged"
    asyncio.run(close_nodes([node]))
