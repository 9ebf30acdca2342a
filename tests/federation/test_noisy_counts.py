"""P5 with four real hospitals: noisy counts, in clear and under masks, are paid for until no room is left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.database.running import SiteRow
from coordinator.jobs.job_store import Job
from coordinator.running.verdict import NOISE
from node.console.used_bounds import list_used_bounds
from node.egress.disclosure_report import find_reports
from node.registers.budget_chain import check_budget, current_head
from node.registers.budget_counts import spent, who_spent
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from node.state.tables import Release
from onggi.protocol.statements import Bounds
from onggi.report.findings import SMALL_CELLS
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable
from tests.support.heart_oracle import funnel
from tests.support.small_federation import Hospital, SmallFederation, running_federation

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]

ASKED = {"micro_epsilon": 1_000_000, "delta": 1e-6}
ALONE = 9.062
"""The deviation of one hospital's noise: rho is 0.0244, and one person is in four numbers."""
BOUNDS = Bounds(
    kinds=("count",),
    minimum_persons=10,
    minimum_sites=3,
    maximum_jobs=20,
    micro_epsilon=3_000_000,
    results=("count_table",),
)


def test_noisy_counts_are_paid_for_until_nothing_is_left(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    async def story() -> None:
        async with running_federation(tmp_path, permit_changes={"bounds": BOUNDS}) as federation:
            await _check_nothing_without_a_ceiling(federation)
            _set_ceilings(federation)
            await _check_answer(federation, masked=False)
            await _check_answer(federation, masked=True)
            await _check_exhausted(federation)
            await _check_books(federation)

    asyncio.run(story())


def _spec(federation: SmallFederation, *, masked: bool, title: str) -> JobSpec:
    privacy = {"minimum_persons": 10, "masked": masked, "differential_privacy": ASKED}
    return federation.count_spec(privacy=privacy, title=title)


def _set_ceilings(federation: SmallFederation) -> None:
    """Room for two answers and not for three: Gaussian losses of one size add up like their number."""
    for hospital in federation.hospitals.values():
        with hospital.services.sessions.begin() as session:
            set_ceiling(
                session,
                WHOLE_HOSPITAL,
                micro_epsilon=1_500_000,
                femto_delta=10**9,
                by="it",
                reason="test",
                now=federation.clock(),
            )


async def _check_nothing_without_a_ceiling(federation: SmallFederation) -> None:
    job = await federation.run(_spec(federation, masked=True, title="No ceiling is set"))
    assert (job.state, job.code) == ("failed", "run.too_few_accepted")
    assert _codes(federation, job) == {"budget.no_ceiling"}


async def _check_answer(federation: SmallFederation, *, masked: bool) -> None:
    job = await federation.run(_spec(federation, masked=masked, title=f"Masked: {masked}"))
    assert (job.state, job.code) == ("held", None)
    stored = federation.services.results.get(job.id)
    result = stored.result
    assert isinstance(result, CountTable)
    assert result.noise is not None
    deviation = result.noise.standard_deviation
    # In clear each of four adds the whole noise; under masks two shares carry it, and there are four.
    assert deviation == pytest.approx(2 * ALONE if not masked else 2**0.5 * ALONE, abs=0.01)
    true = funnel()
    assert result.persons != true, "four numbers with so much noise are all true once in ten thousand years"
    assert all(abs(one - other) < 12 * deviation for one, other in zip(result.persons, true, strict=True))
    assert [rule.rule for rule in stored.verdict.rules] == [NOISE, SMALL_CELLS]


def _codes(federation: SmallFederation, job: Job) -> set[str | None]:
    return {order.code for order in federation.runner.book.orders_of(job.id)}


async def _check_exhausted(federation: SmallFederation) -> None:
    job = await federation.run(_spec(federation, masked=False, title="A third one"))
    assert (job.state, job.code) == ("failed", "run.too_few_accepted")
    assert _codes(federation, job) == {"budget.exhausted"}


async def _check_books(federation: SmallFederation) -> None:
    for site, hospital in federation.hospitals.items():
        with hospital.services.sessions() as session:
            assert check_budget(session)[0] == 1 + 2 + 2, "a ceiling, two reserved, two charged"
            stands = spent(session, WHOLE_HOSPITAL)
            assert (stands.charged, stands.reserved) == (2, 0)
            assert [(each.project, each.charged) for each in who_spent(session, WHOLE_HOSPITAL)] == [
                (federation.project, 2)
            ]
            (used,) = list_used_bounds(session, now=federation.clock())
            assert used.micro_epsilon == 2 * ASKED["micro_epsilon"]
            head = current_head(session)
            _check_evidence(hospital, session)
        await _until_told(federation, site, entries=head[0])


def _check_evidence(hospital: Hospital, session: Session) -> None:
    """What stands beside the releases on the console: no rule looked at true numbers, and how much noise."""
    released = session.scalars(select(Release)).all()
    assert {row.what for row in released} == {"aggregate", "masked_sum"}
    for row in released:
        found = find_reports(session, hospital.services.objects, run=row.run, ordinal=row.ordinal)
        assert [(report.rules, report.micro_epsilon) for _, report in found] == [((), 1_000_000)]


async def _until_told(federation: SmallFederation, site: str, *, entries: int) -> None:
    for _ in range(200):
        with federation.services.database.reading() as session:
            told = session.scalar(select(SiteRow.budget_entries).where(SiteRow.site == site))
        if told == entries:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the coordinator keeps {told} entries of {entries}")
