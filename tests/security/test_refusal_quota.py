"""Refusals tell something too: a project that was refused too often gets neither answer nor refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from node.decisions.refusal_quota import DAYS, is_telling
from node.decisions.site_policy import SitePolicy
from node.registers.refusals import check_refusals, record_refusal
from node.state.tables import Run, ToldRefusal
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec
from tests.support.federation_root import NOW
from tests.support.lone_node import close_nodes
from tests.support.rogue_orders import SITE, House, make_house
from tests.support.rogue_runs import Led, ask_bytes, refusal_of
from tests.support.rogue_sums import Carried, Declined

T = TypeVar("T")
TWO = SitePolicy(refusal_quota=2)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    tmp_path.chmod(0o755)
    made = make_house(tmp_path, root={"floors": {"minimum_hospitals": 1}}, policy=TWO)
    yield made
    asyncio.run(close_nodes([made.node]))


def _run(house: House, story: Coroutine[Any, Any, T]) -> T:
    """Workers end in the loop that they began in."""

    async def whole() -> T:
        try:
            return await story
        finally:
            await house.node.agent.close()

    return asyncio.run(whole())


def _spec(house: House, title: str, **changes: object) -> JobSpec:
    return house.honest.count_spec(title=title, **changes)


def _refuse(
    house: House, run: str, spec: JobSpec, *, days_ago: int = 0, code: str = "disclosure.small_cell"
) -> None:
    at = NOW - timedelta(days=days_ago)
    with house.node.services.sessions.begin() as session:
        session.add(
            Run(
                run=run,
                order_id=f"order-of-{run}",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit="{}",
                state="failed",
                state_since=as_instant(at),
                generation=1,
                received_at=as_instant(at),
            )
        )
        session.flush()
        record_refusal(session, run, code=code, now=at)
        record_refusal(session, run, code="differencing.too_near", now=at)


def _is_spent(house: House, project: str = "project-heart") -> bool:
    with house.node.services.sessions() as session:
        try:
            check_refusals(session, TWO, project=project, now=NOW)
        except Refused as refused:
            return refused.code == "quota.refusals"
    return False


def test_two_questions_that_were_refused_spend_a_quota_of_two(house: House) -> None:
    _refuse(house, "run-1", _spec(house, "One"))
    assert not _is_spent(house), "once for a run, however often it is told"
    _refuse(house, "run-2", _spec(house, "Two"))
    assert _is_spent(house)
    assert not _is_spent(house, "another-project")
    asyncio.run(house.order(_spec(house, "Three")))
    assert house.node.codes == ["quota.refusals"]
    assert house.node.decisions[-1].code == "quota.refusals"


def test_the_same_question_again_tells_nothing_new(house: House) -> None:
    for run in ("run-1", "run-2", "run-3"):
        _refuse(house, run, _spec(house, "One"))
    assert not _is_spent(house)


def test_what_was_refused_long_ago_counts_no_more(house: House) -> None:
    _refuse(house, "run-1", _spec(house, "One"), days_ago=DAYS)
    assert not _is_spent(house)
    _refuse(house, "run-2", _spec(house, "Two"), days_ago=DAYS + 1)
    _refuse(house, "run-3", _spec(house, "Three"))
    assert _is_spent(house), "the first is thirty days old today, the second older"


@pytest.mark.parametrize(
    "code", ["differencing.leave_out", "differencing.busy", "node.fault", "permit.expired", "quota.refusals"]
)
def test_what_says_nothing_about_persons_is_not_counted(house: House, code: str) -> None:
    assert not is_telling(code)
    with house.node.services.sessions.begin() as session:
        record_refusal(session, "run-unknown", code=code, now=NOW)
        assert session.get(ToldRefusal, "run-unknown") is None


async def _regressions(house: House, number: int) -> list[Led]:
    """Jobs that this hospital took and will refuse: they ask for more persons than it has."""
    runs = []
    for at in range(number):
        spec = house.honest.glm_spec(
            masked=False,
            participants=[SITE],
            minimum_sites=1,
            title=f"Regression {at}",
            privacy={"masked": False, "minimum_persons": 250},
        )
        led = Led(run=f"run-{at}", spec=spec, nodes={house.node.site: house.node})
        await led.order(house.rogue, house.honest.permit(bounds={"minimum_sites": 1}))
        runs.append(led)
    return runs


async def _ask(house: House, led: Led) -> list[Parcel]:
    sent = await led.show(house.node.site, led.header(0), [ask_bytes(led.next_ask())])
    return [parcel for parcel in sent if parcel.about == led.run]


@pytest.mark.sandbox
def test_jobs_that_are_asked_at_once_are_told_no_more_than_the_quota(house: House) -> None:
    async def story() -> list[str | None]:
        runs = await _regressions(house, 4)
        return [refusal_of(sent) for sent in await asyncio.gather(*(_ask(house, led) for led in runs))]

    told = _run(house, story())
    assert sorted(map(str, told)) == ["disclosure.small_cell"] * 2 + ["quota.refusals"] * 2
    with house.node.services.sessions() as session:
        assert len(session.scalars(select(ToldRefusal)).all()) == 2


@pytest.mark.sandbox
def test_a_masked_sum_that_is_under_way_goes_no_further_once_the_quota_is_spent(house: House) -> None:
    async def story() -> None:
        led = Led("run-0", house.honest.glm_spec(masked=True), {house.node.site: house.node})
        await led.order(house.rogue, house.honest.permit())
        carried = await Carried(led, house.honest.root, 0).advertise()
        for at in (1, 2):
            _refuse(house, f"run-{at}", _spec(house, f"Refused {at}"))
        with pytest.raises(Declined, match=r"quota\.refusals"):
            await carried.share()

    _run(house, story())


@pytest.mark.sandbox
def test_a_refusal_counts_although_the_node_was_killed_before_it_was_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ended here."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    def noted() -> list[str]:
        with house.node.services.sessions() as session:
            return list(session.scalars(select(ToldRefusal.code)))

    async def story() -> None:
        (led,) = await _regressions(house, 1)
        with monkeypatch.context() as killing:
            killing.setattr(house.node.services.outbox, "record", die)
            with pytest.raises(Killed):
                await _ask(house, led)
        assert not any(parcel.kind is ParcelKind.REPLY for parcel in house.node.sent)
        assert noted() == ["disclosure.small_cell"]
        await house.node.restart()
        assert refusal_of(await _ask(house, led)) == "disclosure.small_cell"
        assert noted() == ["disclosure.small_cell"]

    _run(house, story())


@pytest.mark.sandbox
def test_jobs_that_were_taken_together_are_not_refused_one_after_another(house: House) -> None:
    """A real worker's numbers are refused twice; the third job's message is turned away unanswered."""

    async def story() -> list[str | None]:
        runs = await _regressions(house, 3)
        return [refusal_of(await _ask(house, led)) for led in runs]

    first, second, third = _run(house, story())
    assert first == second == "disclosure.small_cell"
    assert third == "quota.refusals"
    assert house.node.releases == 0
