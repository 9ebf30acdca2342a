"""Four hospitals, real links, masks and sandboxes: further regressions give what the raw files give."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from analysis_jobs.kinds.pooled import run_in_clear
from infra.demo import study
from onggi.spec.results import MetaAnalysis, ModelFit, RegularisedPath
from tests.support.heart_oracle import read_rows
from tests.support.small_federation import SmallFederation, every_kind, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
_TERMS = ("age", "male", "exang")
_FILES = {"budapest": "hungarian", "cleveland": "cleveland", "longbeach": "va", "zurich": "switzerland"}
_MODEL = {"kind": "glm", "family": "binomial", "outcome": "disease", "terms": _TERMS}
_VARIABLES = [each.model_dump(mode="json") for each in study.VARIABLES if each.name in ("disease", *_TERMS)]


def raw(site: str) -> dict[str, Any]:
    """Disease, age, sex and exercise-induced angina, as the raw file has them."""
    rows = read_rows(_FILES[site])
    columns = {
        name: np.array([np.nan if row[at] is None else row[at] for row in rows], dtype=float)
        for name, at in {"disease": 13, "age": 0, "male": 1, "exang": 8}.items()
    }
    return columns | {"disease": (columns["disease"] > 0).astype(float)}


def table(site: str) -> pa.Table:
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in raw(site).items()})


def test_further_regressions_equal_the_raw_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    async def story() -> None:
        async with running_federation(tmp_path, permit_changes={"bounds": every_kind()}) as federation:
            await _check_own_intercepts(federation)
            await _check_path(federation)
            await _check_meta_analysis(federation)

    asyncio.run(story())


async def _run(federation: SmallFederation, *, masked: bool, result: str, **parameters: Any) -> Any:
    spec = federation.glm_spec(
        masked=masked, parameters=parameters, variables=_VARIABLES, releases=[{"result": result}]
    )
    job = await federation.run(spec)
    assert (job.state, job.code) == ("held", None)
    return federation.services.results.get(job.id).result, spec


async def _check_own_intercepts(federation: SmallFederation) -> None:
    more = {"site_effects": True, "robust": "HC1", "without": [["exang"]]}
    answer, _ = await _run(federation, masked=True, result="model_fit", **_MODEL, **more)
    assert isinstance(answer, ModelFit)
    y, x = [], []
    for at, site in enumerate(_FILES):
        own = raw(site)
        keep = np.isfinite(np.column_stack(list(own.values()))).all(axis=1)
        y.append(own["disease"][keep])
        dummies = np.zeros((int(keep.sum()), len(_FILES)))
        dummies[:, at] = 1
        x.append(np.column_stack([*(own[name][keep] for name in _TERMS), dummies]))
    fit = sm.GLM(np.concatenate(y), np.vstack(x), family=sm.families.Binomial()).fit(tol=1e-14)
    assert answer.coefficients == pytest.approx(fit.params[:3], rel=1e-7)
    assert answer.standard_errors == pytest.approx(fit.bse[:3], rel=1e-7)
    assert (answer.n, answer.residual_dof, answer.site_intercepts) == (fit.nobs, fit.df_resid, 4)
    assert len(answer.robust_standard_errors) == 3
    assert answer.tests[0].statistic > 0


async def _check_path(federation: SmallFederation) -> None:
    asked = _MODEL | {"kind": "penalised", "folds": 0, "path_length": 5}
    answer, spec = await _run(federation, masked=True, result="regularised_path", **asked)
    assert isinstance(answer, RegularisedPath)
    pooled = run_in_clear(spec, [table(site) for site in _FILES])
    assert isinstance(pooled, RegularisedPath)
    assert answer.penalties == pytest.approx(pooled.penalties, rel=1e-9)
    assert np.allclose(answer.coefficients, pooled.coefficients, rtol=1e-7, atol=1e-9)


async def _check_meta_analysis(federation: SmallFederation) -> None:
    model = _MODEL | {"terms": ("age", "exang")}
    asked = {"kind": "meta", "model": model, "term": "exang", "heterogeneity": "DL"}
    answer, spec = await _run(federation, masked=False, result="meta_analysis", **asked)
    assert isinstance(answer, MetaAnalysis)
    assert [each.site for each in answer.estimates] == list(_FILES)
    # At Zurich fewer than ten persons are without the disease: it shows no estimate of its own.
    assert [each.estimate is not None for each in answer.estimates] == [True, True, True, False]
    pooled = run_in_clear(spec, [table(site) for site in _FILES])
    assert isinstance(pooled, MetaAnalysis)
    assert answer.estimate == pytest.approx(pooled.estimate, rel=1e-9)
    assert answer.n == pooled.n
