"""P5: cut off at any write or commit, a node loses no charge, charges nothing twice, overspends nothing."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from node.registers.audit import check_chain
from node.registers.budget import Spender, charge, give_back, reserve
from node.registers.budget_chain import check_budget
from node.registers.budget_counts import spent
from node.registers.budget_populations import WHOLE_HOSPITAL, set_ceiling
from node.registers.releases import Leaving, check_register, record_release
from node.state.engine import open_state, sessions
from node.state.tables import BudgetEntry, Release
from privacy.budgets.losses import PICO, PureLoss
from tests.support.federation_root import NOW
from tests.support.postgres import find_binaries, new_database

ONE = PureLoss(pico_epsilon=PICO)
LEAVING = Leaving(
    run="",
    ordinal=0,
    spec_digest=f"sha256:{'1' * 64}",
    project="heart-1",
    what="aggregate",
    result="count_table",
    size=3,
    object_digest=f"sha256:{'2' * 64}",
    decision="sent",
)
Pass = Callable[[], None]


class Killed(BaseException):
    """The process ended here."""


def _live(maker: sessionmaker[Session], run: str) -> None:
    """A run's whole life, gone through again after a crash: three reserved, two left, one given back."""
    spender = Spender(run=run, project="heart-1", permit="permit-1", spec_digest=LEAVING.spec_digest)
    with maker() as session:
        if _ordinals(session, "returned", run):
            return  # it had ended: a node does not go on with it
    with maker.begin() as session:
        reserve(session, spender, dataset="cdm", losses=dict.fromkeys(range(3), ONE), now=NOW)
    for ordinal in (0, 1):
        with maker.begin() as session:
            if charge(session, run=run, ordinal=ordinal, loss=ONE, now=NOW):
                record_release(session, replace(LEAVING, run=run, ordinal=ordinal), now=NOW)
    with maker.begin() as session:
        give_back(session, run=run, now=NOW)


def _listen(maker: sessionmaker[Session], pass_by: Pass) -> None:
    """Points: before each statement that writes, before each commit, and after it."""

    def before(_link: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("SELECT"):
            pass_by()

    engine = maker.kw["bind"]
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", lambda _: pass_by())
    event.listen(maker, "after_commit", lambda _: pass_by())


def _dies_at(point: int, die: Pass) -> Pass:
    passed = 0

    def pass_by() -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            die()

    return pass_by


def _prepare(url: str) -> Engine:
    engine = open_state(url)
    with sessions(engine).begin() as session:
        set_ceiling(
            session,
            WHOLE_HOSPITAL,
            micro_epsilon=3 * 10**6,
            femto_delta=10**9,
            by="it",
            reason="test",
            now=NOW,
        )
    return engine


def _ordinals(session: Session, what: str, run: str) -> list[int]:
    rows = select(BudgetEntry.ordinal).where(BudgetEntry.what == what, BudgetEntry.about == run)
    return sorted(session.scalars(rows))


def _check_honest(session: Session, run: str) -> None:
    """What holds at every moment: what left is charged and nothing else is, and no more than was set."""
    check_budget(session)
    check_chain(session)
    check_register(session)
    left = sorted(session.scalars(select(Release.ordinal).where(Release.run == run)))
    assert left == _ordinals(session, "charged", run)
    assert spent(session, WHOLE_HOSPITAL).share <= 10**6


def _check_ended(session: Session, run: str) -> None:
    _check_honest(session, run)
    assert _ordinals(session, "reserved", run) == [0, 1, 2]
    assert _ordinals(session, "charged", run) == [0, 1]
    assert _ordinals(session, "returned", run) == [2]


def _points(engine: Engine, run: str) -> int:
    """How many points an undisturbed life passes."""
    maker, passed = sessions(engine), list[int]()
    _listen(maker, lambda: passed.append(1))
    _live(maker, run)
    points = len(passed)
    with maker() as session:
        _check_ended(session, run)
    return points


def test_a_killed_node_has_paid_for_what_left_and_for_nothing_else(tmp_path: Path) -> None:
    """kill -9 at each point in a process of its own; then the run goes on from the file that is left."""
    template = tmp_path / "template.sqlite"
    _prepare(f"sqlite:///{template}").dispose()
    counting = tmp_path / "counting.sqlite"
    shutil.copy(template, counting)
    engine = open_state(f"sqlite:///{counting}")
    points = _points(engine, "run-1")
    engine.dispose()
    assert points > 25
    for point in range(1, points + 1):
        file = tmp_path / f"{point}.sqlite"
        shutil.copy(template, file)
        assert _killed(f"sqlite:///{file}", point), f"point {point} was not reached"
        engine = open_state(f"sqlite:///{file}")
        maker = sessions(engine)
        with maker() as session:
            _check_honest(session, "run-1")
        _live(maker, "run-1")
        with maker() as session:
            _check_ended(session, "run-1")
        engine.dispose()


def _killed(url: str, point: int) -> bool:
    child = os.fork()
    if child == 0:
        try:
            maker = sessions(open_state(url))
            _listen(maker, _dies_at(point, lambda: os.kill(os.getpid(), signal.SIGKILL)))
            _live(maker, "run-1")
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.fixture
def postgres() -> Iterator[Engine]:
    if find_binaries() is None:
        pytest.skip("no PostgreSQL server on this machine")
    engine = _prepare(new_database().replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


def test_the_same_on_postgresql(postgres: Engine) -> None:
    """The connection breaks off at each point; the database undoes what was not committed."""
    with sessions(postgres).begin() as session:
        set_ceiling(
            session, WHOLE_HOSPITAL, micro_epsilon=10**9, femto_delta=10**9, by="it", reason="test", now=NOW
        )
    maker, point = sessions(postgres), 0
    armed: list[Pass] = []
    _listen(maker, lambda: armed[0]() if armed else None)

    def die() -> None:
        raise Killed

    while True:
        point += 1
        run = f"run-{point}"
        armed[:] = [_dies_at(point, die)]
        try:
            _live(maker, run)
            break
        except Killed:
            armed.clear()
        with maker() as session:
            _check_honest(session, run)
        _live(maker, run)
        with maker() as session:
            _check_ended(session, run)
    assert point > 20
