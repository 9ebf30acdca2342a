"""Pays for noisy answers: reserved before a run, charged with what leaves, given back where nothing left.

* One answer of a run (its ordinal) is reserved once and charged once, however often it is asked for again.
* What was reserved counts as spent until it is given back; what was charged is never given back.
* A charge stands in the transaction of the release that it pays for: neither is there without the other.
* Nothing is spent without a ceiling, and nothing at all while the register is behind a kept head.
* Losses are of one person with all their records (`privacy.budgets.losses`). Losses of whole hospitals have
  no place in this register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from node.registers.audit import lock_registers
from node.registers.budget_chain import ENTRIES, append, check_not_behind, is_behind
from node.registers.budget_counts import SPENDING, count_live, count_losses
from node.registers.budget_populations import get_ceiling, population_of
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from privacy.budgets.ceilings import check_fits
from privacy.budgets.cost import cost_of
from privacy.budgets.losses import Loss, write_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """On whose behalf a run spends."""

    run: str
    project: str
    permit: str
    spec_digest: str


def reserve_run(session: Session, *, run: str, spec: JobSpec, spec_digest: str, now: datetime) -> None:
    """Reserves what a run's one noisy answer costs; nothing for a job that asks for no noise.

    In the transaction that accepts its order. Raises Refused like `reserve`.
    """
    loss = cost_of(spec)
    if loss is not None:
        spender = Spender(run=run, project=spec.project, permit=spec.permit, spec_digest=spec_digest)
        reserve(session, spender, dataset=spec.dataset, losses={0: loss}, now=now)


def pay_answer(session: Session, *, run: str, spec: JobSpec, ordinal: int, now: datetime) -> None:
    """Charges what leaves, in the transaction that releases it. Raises Refused like `charge`."""
    loss = cost_of(spec)
    if loss is not None:
        charge(session, run=run, ordinal=ordinal, loss=loss, now=now)


def is_charged(session: Session, *, run: str, ordinal: int) -> bool:
    """Whether something of this answer may have left already."""
    return ordinal in _rows_of(session, run)["charged"]


def give_back_ended(session: Session, *, run: str, now: datetime) -> None:
    """Gives back what an ended run did not spend. Of a register that lacks rows nothing is given back."""
    if not is_behind(session):
        give_back(session, run=run, now=now)


def reserve(
    session: Session, spender: Spender, *, dataset: str, losses: Mapping[int, Loss], now: datetime
) -> int:
    """Reserves the answers of a run, by ordinal: all of them or none. Returns how many are new.

    Raises:
        Refused: ``budget.no_ceiling``, ``budget.exhausted``, ``budget.behind``; ``budget.other_cost`` for an
            ordinal that was reserved at another loss; ``budget.given_back`` for one that was given back.
    """
    lock_registers(session)
    check_not_behind(session)
    rows = _rows_of(session, spender.run)
    held = rows["reserved"]
    for ordinal, loss in losses.items():
        if ordinal in rows["returned"]:
            raise Refused("budget.given_back", ordinal=ordinal)
        if ordinal in held and held[ordinal]["content"] != write_loss(loss):
            raise Refused("budget.other_cost", ordinal=ordinal)
    fresh = {ordinal: losses[ordinal] for ordinal in sorted(losses.keys() - held.keys())}
    if not fresh:
        return 0
    population = population_of(session, dataset)
    check_fits(count_live(session, population), fresh.values(), get_ceiling(session, population))
    for ordinal, loss in fresh.items():
        append(
            session,
            "reserved",
            population=population,
            about=spender.run,
            ordinal=ordinal,
            dataset=dataset,
            project=spender.project,
            permit=spender.permit,
            spec_digest=spender.spec_digest,
            content=write_loss(loss),
            now=now,
        )
    return len(fresh)


def charge(session: Session, *, run: str, ordinal: int, loss: Loss, now: datetime) -> bool:
    """Charges a reserved answer, in the transaction that releases it. False where it is charged already.

    Args:
        loss: of the noise that was in fact added; it must be the reserved one.

    Raises:
        Refused: ``budget.not_reserved``; ``budget.other_cost``; ``budget.behind``; ``budget.no_ceiling``;
            ``budget.exhausted`` where the hospital lowered its ceiling meanwhile below what has left.
    """
    lock_registers(session)
    check_not_behind(session)
    rows = _rows_of(session, run)
    held = rows["reserved"].get(ordinal)
    if held is None or ordinal in rows["returned"]:
        raise Refused("budget.not_reserved", ordinal=ordinal)
    if held["content"] != write_loss(loss):
        raise Refused("budget.other_cost", ordinal=ordinal)
    if ordinal in rows["charged"]:
        return False
    population = held["population"]
    check_fits(count_losses(session, population)["charged"], [loss], get_ceiling(session, population))
    _append_like(session, "charged", held, now=now)
    return True


def give_back(session: Session, *, run: str, now: datetime, ordinals: Iterable[int] | None = None) -> int:
    """Gives back what a run reserved and did not charge. Returns how many answers that were.

    Args:
        ordinals: these alone. Without them all: only where nothing more of the run can leave, no held answer
            and no masked one that others could still open.

    Raises:
        Refused: ``budget.behind`` where there is something to give back.
    """
    lock_registers(session)
    rows = _rows_of(session, run)
    held = rows["reserved"]
    wanted = held.keys() if ordinals is None else held.keys() & set(ordinals)
    left = sorted(wanted - rows["charged"].keys() - rows["returned"].keys())
    for ordinal in left:
        _append_like(session, "returned", held[ordinal], now=now)
    return len(left)


def _rows_of(session: Session, run: str) -> dict[str, dict[int, RowMapping]]:
    """A run's rows by what they are and their ordinal."""
    found: dict[str, dict[int, RowMapping]] = {what: {} for what in SPENDING}
    query = select(ENTRIES).where(ENTRIES.c.about == run, ENTRIES.c.what.in_(SPENDING))
    for row in session.execute(query).mappings():
        found[row["what"]][row["ordinal"]] = row
    return found


def _append_like(
    session: Session, what: Literal["charged", "returned"], reserved: RowMapping, *, now: datetime
) -> None:
    """A row about the same answer as its reservation."""
    append(
        session,
        what,
        population=reserved["population"],
        about=reserved["about"],
        ordinal=reserved["ordinal"],
        dataset=reserved["dataset"],
        project=reserved["project"],
        permit=reserved["permit"],
        spec_digest=reserved["spec_digest"],
        content=reserved["content"],
        now=now,
    )
