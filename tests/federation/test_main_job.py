"""Four hospitals, real links and sandboxes: the two jobs of the demo give what the raw files say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from coordinator.database.running import OrderRow
from node.registers.audit import check_chain
from node.registers.releases import check_register
from node.state.tables import Release, Run
from onggi.protocol.dsse import Envelope, verified_signers
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Deletion
from onggi.spec.results import CountTable, ModelFit
from tests.support.heart_oracle import TERMS, funnel, pooled_fit
from tests.support.small_federation import SmallFederation, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]


def test_count_and_masked_regression_equal_the_raw_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    async def story() -> None:
        async with running_federation(tmp_path) as federation:
            await _check_count(federation)
            await _check_regression(federation)
            await _check_nothing_is_left(federation)

    asyncio.run(story())


async def _check_count(federation: SmallFederation) -> None:
    job = await federation.run(federation.count_spec())
    assert (job.state, job.code) == ("held", None)
    result = federation.services.results.get(job.id).result
    assert isinstance(result, CountTable)
    assert result.persons == funnel() == (920, 628, 370, 217)
    assert result.sites == 4


async def _check_regression(federation: SmallFederation) -> None:
    job = await federation.run(federation.glm_spec())
    assert (job.state, job.code) == ("held", None)
    result = federation.services.results.get(job.id).result
    assert isinstance(result, ModelFit)
    pooled = pooled_fit()
    assert (result.n, result.events) == (pooled.n, pooled.events) == (853, 464)
    assert result.terms == TERMS
    assert result.coefficients == pytest.approx(pooled.coefficients, abs=1e-6, rel=0)
    assert result.standard_errors == pytest.approx(pooled.standard_errors, abs=1e-6, rel=0)
    assert result.deviance == pytest.approx(pooled.deviance, abs=1e-6)


async def _check_nothing_is_left(federation: SmallFederation) -> None:
    """Every node destroyed both workspaces, signed so, and has all that left on its register."""
    await _until_deleted(federation, runs=2)
    root = federation.services.roots.get_current()
    for site, hospital in federation.hospitals.items():
        assert not list(hospital.settings.workspaces.glob("*"))
        with hospital.services.sessions() as session:
            entries, _ = check_register(session)
            assert entries == session.query(Release).count() > 1
            kinds = set(session.scalars(select(Release.what)))
            assert kinds == {"aggregate", "masked_sum"}
            assert {run.state for run in session.scalars(select(Run))} == {"finished"}
            assert all(run.workspace_key is None for run in session.scalars(select(Run)))
            assert check_chain(session) > 10
        with federation.services.database.reading() as records:
            texts = list(records.scalars(select(OrderRow.deletion).where(OrderRow.site == site)))
        for text in texts:
            envelope = Envelope.from_json(text.encode())
            deletion = read_statement(envelope, Deletion, federation=root.federation)
            assert deletion.site == site
            assert deletion.outcome == "finished"
            assert [key.holder for key in verified_signers(envelope, root.site_keys())] == [site]


async def _until_deleted(federation: SmallFederation, *, runs: int) -> None:
    wanted = runs * len(federation.hospitals)
    for _ in range(200):
        with federation.services.database.reading() as records:
            told = records.scalars(select(OrderRow.deletion).where(OrderRow.deletion.is_not(None))).all()
        if len(told) == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(told)} of {wanted} deletions were reported")
