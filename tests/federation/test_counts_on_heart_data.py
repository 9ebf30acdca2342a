"""Four hospitals, real links, masks and sandboxes: further counts give what the raw files say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from infra.demo.heart import concepts as c
from onggi.spec.cohorts import age_at_least, cohort, everyone, has_observation, rule
from onggi.spec.results import ConceptReport, CountTable, OverlapTable
from tests.support.small_federation import SmallFederation, every_kind, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
_MASKED = {"minimum_persons": 10, "masked": True, "small_hospitals": True}
_FIFTY = rule("Age 50 or more", age_at_least(50))
_PAIN = rule("Asymptomatic", has_observation([c.CHEST_PAIN_TYPE], [c.CHEST_PAIN_ASYMPTOMATIC]))
_VARIABLES = [
    {"name": "age", "domain": "age", "kind": "number", "low": 0, "high": 120},
    {"name": "male", "domain": "sex", "kind": "flag", "concepts": [c.MALE]},
]


def test_further_counts_under_masks_equal_the_raw_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    async def story() -> None:
        async with running_federation(tmp_path, permit_changes={"bounds": every_kind()}) as federation:
            await _check_funnels_and_groups(federation)
            await _check_overlap(federation)
            await _check_report(federation)

    asyncio.run(story())


async def _check_funnels_and_groups(federation: SmallFederation) -> None:
    parameters = {
        "kind": "count",
        "funnels": [[1, 0], [1, 2, 0], [2]],
        "events": True,
        "by": [{"variable": "age", "edges": [60]}, {"variable": "male"}],
    }
    spec = federation.count_spec(parameters=parameters, privacy=_MASKED, variables=_VARIABLES)
    job = await federation.run(spec)
    assert (job.state, job.code) == ("held", None)
    result = federation.services.results.get(job.id).result
    assert isinstance(result, CountTable)
    assert result.persons == result.events == (920, 628, 370, 217)
    first, second, _ = result.funnels
    assert first.persons[0] == 920
    assert first.persons[2] == 370  # the same two rules in the other order
    assert second.persons[-1] == 217
    assert set(result.reasons()) == {None}
    for by in result.groups:
        assert sum(count for count in by.persons if count is not None) == 217


async def _check_overlap(federation: SmallFederation) -> None:
    parameters = {
        "kind": "overlap",
        "name": "50 or more",
        "cohorts": [{"name": "asymptomatic", "cohort": cohort(everyone(), _PAIN)}],
    }
    spec = federation.count_spec(
        cohort=cohort(everyone(), _FIFTY),
        parameters=parameters,
        privacy=_MASKED,
        releases=[{"result": "overlap_table"}],
    )
    job = await federation.run(spec)
    assert (job.state, job.code) == ("held", None)
    result = federation.services.results.get(job.id).result
    assert isinstance(result, OverlapTable)
    assert (result.totals[0], result.persons[-1]) == (628, 370)
    assert result.persons[0] == 628 - 370


async def _check_report(federation: SmallFederation) -> None:
    spec = federation.count_spec(
        parameters={"kind": "concepts"}, privacy=_MASKED, releases=[{"result": "concept_report"}]
    )
    job = await federation.run(spec)
    assert (job.state, job.code) == ("held", None)
    result = federation.services.results.get(job.id).result
    assert isinstance(result, ConceptReport)
    told = {each.concept: each for part in result.sets for each in part.concepts}
    assert told.keys() == {c.CHEST_PAIN_TYPE, c.EXERCISE_ANGINA}
    assert all(each.known == each.valid == 4 for each in told.values())
    assert all(each.same and each.mean_size == 1 for each in result.sets)
