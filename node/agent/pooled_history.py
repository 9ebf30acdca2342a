"""Remembers the verified pooled sums of a run, and for which hospitals shares were revealed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.agent.derive_message import Pooled
from node.egress.disclosure_report import DisclosureReport, record_report
from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, record_event
from node.registers.run_stops import check_not_stopped
from node.services import NodeServices
from node.state.memory import is_paused
from node.state.tables import BegunExchange, PooledSum, RevealedSum, table_of
from onggi.errors import Fact, Refused

_POOLED = table_of(PooledSum)


def record_history(session: Session, run: str, history: Sequence[Pooled]) -> None:
    """Stores the verified sums that are not stored yet.

    In the transaction of the first thing that follows from them: until then a message that is sent again
    brings them again, to be verified anew.
    """
    stored = session.scalar(select(func.count()).select_from(_POOLED).where(_POOLED.c.run == run)) or 0
    for ordinal, pooled in list(enumerate(history))[stored:]:
        stream = io.BytesIO()
        np.savez(stream, allow_pickle=False, **dict(pooled.arrays))
        row = {"run": run, "ordinal": ordinal, "arrays": stream.getvalue()}
        session.execute(_POOLED.insert(), row | {"sites": json.dumps(list(pooled.sites))})


def load_history(session: Session, run: str) -> list[Pooled]:
    """The verified sums of a run, in order of their ordinals."""
    rows = session.scalars(select(PooledSum).where(PooledSum.run == run).order_by(PooledSum.ordinal))
    history = []
    for row in rows:
        with np.load(io.BytesIO(row.arrays), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        history.append(Pooled(arrays=arrays, sites=tuple(json.loads(row.sites))))
    return history


def record_begun(
    services: NodeServices, run: str, *, ordinal: int, attempt: int, history: Sequence[Pooled]
) -> None:
    """Durably notes that an exchange begins, and the sums that its question follows from.

    Raises:
        Refused: ``masks.exchange_lost`` when it was begun before: a second set of secrets in the same
            exchange could be played against the first.
    """
    with services.sessions.begin() as session:
        if session.get(BegunExchange, (run, ordinal, attempt)) is not None:
            raise Refused("masks.exchange_lost", ordinal=ordinal)
        record_history(session, run, history)
        session.add(BegunExchange(run=run, ordinal=ordinal, attempt=attempt))
    services.failpoint(NodePoint.EXCHANGE_BEGUN)


def record_reveal(
    services: NodeServices,
    run: str,
    ordinal: int,
    *,
    which: str,
    survivors: tuple[str, ...],
    judged: DisclosureReport | None = None,
    also: Callable[[Session], None] | None = None,
) -> None:
    """Durably notes for whom shares are about to be revealed.

    Args:
        judged: how the disclosure rules judged the pooled sum; None before it can be known.
        also: what else is written in the same transaction.

    Raises:
        Refused: ``masks.other_survivors`` when this sum was revealed for another set, or another sum of
            this run was: the difference of the two would show one hospital alone. ``node.paused``,
            ``run.stopped``.
    """
    wanted = json.dumps(list(survivors))
    with services.sessions.begin() as session:
        if is_paused(session):
            raise Refused("node.paused")
        check_not_stopped(session, run)
        rows = session.scalars(select(RevealedSum).where(RevealedSum.run == run))
        if any(row.survivors != wanted for row in rows):
            raise Refused("masks.other_survivors", ordinal=ordinal)
        if session.get(RevealedSum, (run, ordinal, which)) is None:
            session.add(RevealedSum(run=run, ordinal=ordinal, which=which, survivors=wanted))
            facts: dict[str, Fact] = {"ordinal": ordinal, "sites": len(survivors), "which": which}
            if judged is not None:
                facts["judged"] = record_report(session, services.objects, judged, run=run, ordinal=ordinal)
            record_event(session, NodeEvent.SUM_UNMASKED, about=run, now=services.clock(), facts=facts)
            if also is not None:
                also(session)
    services.failpoint(NodePoint.REVEAL_RECORDED)
