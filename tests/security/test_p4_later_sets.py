"""Persons in a group of risk are known in a model's last round: there, too, two answers tell of nobody.

Four real hospitals. Between the two edges of risk lie the six persons who are 36 years old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coordinator.states import JobState
from infra.demo import study
from onggi.protocol.messages import RunReply, unpack
from onggi.protocol.parcels import ParcelKind
from onggi.spec.results import ModelFit
from tests.support.heart_oracle import read_rows
from tests.support.lone_node import close_nodes
from tests.support.rogue_orders import SITE, make_house
from tests.support.rogue_runs import Led, ask_bytes
from tests.support.small_federation import SmallFederation, every_kind, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
_AGES = [row[0] for name in ("hungarian", "cleveland", "va", "switzerland") for row in read_rows(name)]
_VARIABLES = [each.model_dump(mode="json") for each in study.VARIABLES if each.name in {"age", "disease"}]


def _spec(federation: SmallFederation, edges: Sequence[float] = ()) -> Any:
    parameters = {"kind": "glm", "family": "binomial", "outcome": "disease", "terms": ["age"]}
    return federation.glm_spec(parameters=parameters | {"risk_edges": edges}, variables=_VARIABLES)


async def _fit(federation: SmallFederation, edges: Sequence[float] = ()) -> ModelFit:
    job = await federation.run(_spec(federation, edges))
    assert (job.state, job.code) == (JobState.HELD, None)
    found = federation.services.results.get(job.id).result
    assert isinstance(found, ModelFit)
    return found


def _risk(beta: Sequence[float], age: float) -> float:
    intercept, slope = beta
    return 1 / (1 + exp(-(intercept + slope * age)))


def test_groups_of_risk_are_held_against_earlier_ones(tmp_path: Path) -> None:
    async def story(federation: SmallFederation) -> None:
        fit = await _fit(federation)
        younger, older = _risk(fit.coefficients, 35.5), _risk(fit.coefficients, 36.5)
        assert 0 < sum(35.5 < age < 36.5 for age in _AGES) < 10
        told = await _fit(federation, [younger])
        assert told.evaluation is not None
        groups = told.evaluation.populations[0].groups
        assert groups[0].persons == sum(age < 35.5 for age in _AGES)
        assert told.coefficients == fit.coefficients, "the same persons, whom nobody has to be left out of"
        again = await _fit(federation, [younger])
        assert again == told
        job = await federation.run(_spec(federation, [older]))
        assert (job.state, job.code) == (JobState.FAILED, "differencing.too_near")
        # Of those between 45 and 36 there are enough.
        further = await _fit(federation, [_risk(fit.coefficients, 45.5)])
        assert further.evaluation is not None
        assert not further.near_earlier

    tmp_path.chmod(0o755)

    async def run() -> None:
        async with running_federation(tmp_path, permit_changes={"bounds": every_kind()}) as federation:
            await story(federation)

    asyncio.run(run())


def test_in_clear_a_hospital_holds_them_against_its_own_answers(tmp_path: Path) -> None:
    """The last round of a second model is refused, and nothing of it leaves."""
    tmp_path.chmod(0o755)
    house = make_house(tmp_path, root={"floors": {"minimum_hospitals": 1}})
    site = house.node.site
    rows = read_rows("cleveland")
    beta = _logistic([row[0] for row in rows], [float((row[13] or 0) > 0) for row in rows])
    assert 0 < sum(45.5 < row[0] < 46.5 for row in rows) < 10

    async def evaluated(run: str, age: float) -> str | None:
        edges = (_risk(beta, age),)
        spec = house.honest.glm_spec(masked=False, terms=["age"], participants=[SITE], minimum_sites=1)
        asked = spec.parameters.model_copy(update={"risk_edges": edges})
        led = Led(run, spec.model_copy(update={"parameters": asked}), {site: house.node})
        await led.order(house.rogue, house.honest.permit(bounds={"minimum_sites": 1}))
        while (ask := led.next_ask()).name != "evaluate":
            await led.go_on()
        sent = await led.show(site, led.header(ask.ordinal), [ask_bytes(ask), *led.letters(ask.ordinal)])
        replies = [unpack(RunReply, each.body)[0] for each in sent if each.kind is ParcelKind.REPLY]
        return replies[0].code

    async def story() -> None:
        try:
            assert await evaluated("run-1", 45.5) is None
            left = house.node.releases
            assert await evaluated("run-2", 46.5) == "differencing.too_near"
            # The rounds before it are those of the first model once more.
            assert house.node.releases == 2 * left - 1
        finally:
            await close_nodes([house.node])

    asyncio.run(story())


def _logistic(ages: Sequence[float], ill: Sequence[float]) -> tuple[float, float]:
    """Maximum likelihood by Newton's method."""
    x, y, beta = np.column_stack([np.ones(len(ages)), ages]), np.array(ill), np.zeros(2)
    for _ in range(25):
        p = 1 / (1 + np.exp(-(x @ beta)))
        beta += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (y - p))
    return float(beta[0]), float(beta[1])
