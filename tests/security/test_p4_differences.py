"""Two answers on nearly the same persons: their difference tells of nobody, in clear and under masks.

Four real hospitals. A declared range is moved so that a few young persons count as missing: three in Budapest
and one in Cleveland below 30 years.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from coordinator.states import JobState
from infra.demo import study
from infra.demo.heart import concepts as c
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec
from onggi.spec.results import Distribution, ModelFit
from tests.support.heart_oracle import read_rows
from tests.support.small_federation import SITES, SmallFederation, every_kind, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
_FILES = ("hungarian", "cleveland", "va", "switzerland")
_AGES = [[row[0] for row in read_rows(name)] for name in _FILES]
_MALE = {"name": "male", "domain": "sex", "kind": "flag", "concepts": [c.MALE]}

_HEART_RATE = next(each.model_dump(mode="json") for each in study.VARIABLES if each.name == "thalach")


def _younger(than: int) -> int:
    return sum(age < than for ages in _AGES for age in ages)


def _variables(lowest_age: int) -> list[dict[str, Any]]:
    return [{"name": "age", "domain": "age", "kind": "number", "low": lowest_age, "high": 120}, _MALE]


def _histogram_spec(
    federation: SmallFederation, *, lowest_age: int, masked: bool = True, cuts: Sequence[int] = (50,)
) -> JobSpec:
    return federation.count_spec(
        cohort=cohort(everyone()),
        parameters={"kind": "distribution", "variable": "age", "cuts": cuts},
        privacy={"minimum_persons": 10, "masked": masked},
        variables=_variables(lowest_age),
        releases=[{"result": "distribution"}],
    )


async def _histogram(federation: SmallFederation, **given: Any) -> Distribution:
    return await _answer(federation, _histogram_spec(federation, **given))


def _model_spec(federation: SmallFederation, *, lowest_age: int, masked: bool = True, **more: Any) -> Any:
    parameters = {"kind": "glm", "family": "binomial", "outcome": "male", "terms": ["age"]}
    return federation.glm_spec(masked=masked, parameters=parameters, variables=_variables(lowest_age), **more)


async def _model(federation: SmallFederation, **given: Any) -> ModelFit:
    return await _answer(federation, _model_spec(federation, **given))


async def _by_rate(
    federation: SmallFederation, *, lowest_age: int, masked: bool = True, **asked: object
) -> ModelFit:
    """Its only set are the complete cases, of whom every hospital has many."""
    parameters = {"kind": "glm", "family": "gaussian", "outcome": "age", "terms": ["thalach"], **asked}
    variables = [*_variables(lowest_age)[:1], _HEART_RATE]
    spec = federation.glm_spec(masked=masked, parameters=parameters, variables=variables)
    return await _answer(federation, spec)


async def _answer(federation: SmallFederation, spec: Any) -> Any:
    job = await federation.run(spec)
    assert (job.state, job.code) == (JobState.HELD, None)
    return federation.services.results.get(job.id).result


def _in_federation(folder: Path, story: Any) -> None:
    folder.chmod(0o755)

    async def run() -> None:
        async with running_federation(folder, permit_changes={"bounds": every_kind()}) as federation:
            await story(federation)

    asyncio.run(run())


def test_under_masks(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        everybody = sum(map(len, _AGES))
        first = await _histogram(federation, lowest_age=20)
        assert first.groups[0].persons == (_younger(50), everybody - _younger(50))
        # The true number would tell how many are below 30.
        second = await _histogram(federation, lowest_age=30)
        assert second.groups[0].persons == first.groups[0].persons
        assert (second.near_earlier.within, second.near_earlier.left_out) == (9, False)
        again = await _histogram(federation, lowest_age=20)
        assert again == first

        model = await _by_rate(federation, lowest_age=20)
        few = await _by_rate(federation, lowest_age=30)
        assert (model.n - few.n, model.near_earlier.left_out) == (10 * len(SITES), False)
        assert few.near_earlier.left_out
        assert few.coefficients != model.coefficients
        robust = await _by_rate(federation, lowest_age=30, robust="HC0")
        assert (robust.n, robust.coefficients) == (few.n, few.coefficients), "the very same persons"
        more = await _by_rate(federation, lowest_age=45)
        assert not more.near_earlier.left_out
        # Cut elsewhere no group comes near an earlier one. All of them together do, also to one of which
        # persons were left out: nobody is left out once more.
        elsewhere = await federation.run(_histogram_spec(federation, lowest_age=30, cuts=(60,)))
        assert (elsewhere.state, elsewhere.code) == (JobState.FAILED, "differencing.too_near")

        # One hospital has six women: how many of them are left out would tell that they are six.
        assert (await _model(federation, lowest_age=20)).n == everybody
        job = await federation.run(_model_spec(federation, lowest_age=30))
        assert (job.state, job.code) == (JobState.FAILED, "differencing.too_near")

    _in_federation(tmp_path, story)


def test_in_clear_each_hospital_decides_for_itself(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        one, other = [await _by_rate(federation, lowest_age=lowest, masked=False) for lowest in (20, 30)]
        assert not one.near_earlier
        assert (one.n - other.n, other.near_earlier.left_out) == (10 * len(SITES), True)
        first = await _histogram(federation, lowest_age=20, masked=False)
        second = await _histogram(federation, lowest_age=30, masked=False)
        assert second.groups[0].persons == first.groups[0].persons
        assert 9 * len(SITES) <= second.near_earlier.within <= 18 * len(SITES)

    _in_federation(tmp_path, story)


def test_an_answer_with_one_hospital_more_is_refused(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        await _answer(federation, _model_spec(federation, lowest_age=20, participants=list(SITES[:3])))
        asked = _model_spec(federation, lowest_age=20)
        robust = asked.parameters.model_copy(update={"robust": "HC0"})
        job = await federation.run(asked.model_copy(update={"parameters": robust}))
        assert (job.state, job.code) == (JobState.FAILED, "differencing.one_hospital")

    _in_federation(tmp_path, story)


def test_two_at_a_time_see_each_other(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        answers = await asyncio.gather(
            _histogram(federation, lowest_age=20), _histogram(federation, lowest_age=30)
        )
        one, other = answers
        assert one.groups[0].persons == other.groups[0].persons
        assert sorted(each.near_earlier.within for each in answers) == [0, 9]

    _in_federation(tmp_path, story)
