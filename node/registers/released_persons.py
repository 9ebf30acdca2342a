"""Which sets of persons this hospital's released numbers describe: what everybody together was told.

* A set is written in the transaction of the release that describes it, or before it is masked (*claimed*).
* Claimed sets count by who is in them: whether a sum was opened somewhere cannot be seen from here. Nor can
  it be seen that it was judged: no number of theirs is known, and to ask for one again is to ask anew.
* All data sets and versions of the hospital are one register, since they may hold the same persons.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from node.decisions.told_sets import Answer, NewSet, Sites, Standing
from node.registers.audit import lock_registers
from node.registers.sealed_rows import RowSeal
from node.state.tables import ReleasedPersons, table_of
from onggi.spec.base import as_instant
from privacy.differencing.guard import Answered
from privacy.differencing.meanings import read_meaning, write_meaning

_RELEASED_PERSONS = table_of(ReleasedPersons)
_HEAD = struct.Struct("<qqq??")
_UNKNOWN = "[]"
"""Hospitals of a claim that neither came to an end nor will."""


class ReleasedRegister:
    """The register, read once and kept: at each look only what is new is read."""

    def __init__(self, seal: RowSeal) -> None:
        self._seal = seal
        self._released: set[int] = set()
        self._standing = Standing(Answered())

    def standing(self, session: Session, *, without: str, asked: Collection[str] = ()) -> Standing:
        """All that was told by other runs than `without`: what stands together in one job is for the rules of
        its statistic. The caller may let it grow.

        Args:
            asked: definitions of the sets that are asked for. Claims on these very sets do not count: what
                was told already, if it was, is told again.
        """
        lock_registers(session)
        table = _RELEASED_PERSONS.c
        columns = (table.number, table.run, table.claimed, table.definition)
        every = session.execute(select(*columns).order_by(table.number)).all()
        rows = [row for row in every if row.run != without]
        rows = [row for row in rows if not (row.claimed and row.definition in asked)]
        if self._released - {row.number for row in rows}:
            return self._with(session, Standing(Answered()), [row.number for row in rows])
        fresh = [row.number for row in rows if not row.claimed and row.number not in self._released]
        self._standing = self._with(session, self._standing, fresh)
        self._released |= set(fresh)
        claimed = [row.number for row in rows if row.claimed]
        return self._with(session, self._standing.branch(), claimed)

    def _with(self, session: Session, standing: Standing, numbers: Sequence[int]) -> Standing:
        wanted = set(numbers)
        if wanted:
            found = (
                select(_RELEASED_PERSONS)
                .where(_RELEASED_PERSONS.c.number >= min(wanted))
                .order_by(_RELEASED_PERSONS.c.number)
            )
            for row in session.execute(found):
                if row.number in wanted:
                    content = self._seal.open(_about(row.run, row.definition), row.content)
                    answer, told = (row.run, row.ordinal), _read(row.definition, content, row.meaning)
                    if row.claimed:
                        standing.claim(answer, told)
                    else:
                        standing.add(
                            answer, told, tuple(json.loads(row.sites)), small_beside=row.small_beside
                        )
        return standing

    def write(
        self,
        session: Session,
        told: Iterable[NewSet],
        *,
        answer: Answer,
        sites: Sites,
        claimed: bool,
        now: datetime,
    ) -> None:
        """Beside what an earlier attempt at the answer claimed: others may have opened its sum since then, so
        that nothing drops it any more."""
        lock_registers(session)
        session.execute(update(_RELEASED_PERSONS).where(*_claims_of(answer)).values(sites=_UNKNOWN))
        run, ordinal = answer
        rows = [
            {
                "at": as_instant(now),
                "run": run,
                "ordinal": ordinal,
                "definition": each.definition,
                "sites": json.dumps(list(sites)),
                "small_beside": claimed,
                "claimed": claimed,
                "content": self._seal.close(_about(run, each.definition), _write(each)),
                "meaning": None if each.meaning is None else write_meaning(each.meaning),
            }
            for each in told
        ]
        if rows:
            session.execute(_RELEASED_PERSONS.insert(), rows)

    def claiming(self, session: Session) -> tuple[str, ...]:
        """Runs whose claims were neither released nor dropped."""
        claims = select(_RELEASED_PERSONS.c.run).where(_RELEASED_PERSONS.c.claimed).distinct()
        return tuple(session.scalars(claims))

    def drop_claims(self, session: Session, answer: Answer) -> None:
        """Only where the sum is certain never to be opened: every hospital judged as this one did."""
        session.execute(delete(_RELEASED_PERSONS).where(*_claims_of(answer)))

    def release_claims(
        self,
        session: Session,
        answer: Answer,
        *,
        sites: Sites,
        small_beside: Collection[str] | None = None,
    ) -> None:
        """It is known now over which hospitals the sum is opened.

        Args:
            small_beside: definitions of which another hospital has few persons; it may be of all where this
                is not known here.
        """
        claims = update(_RELEASED_PERSONS).where(*_claims_of(answer))
        if small_beside is not None:
            small = _RELEASED_PERSONS.c.definition.in_(small_beside)
            session.execute(claims.values(small_beside=small))
        session.execute(claims.values(claimed=False, sites=json.dumps(list(sites))))


def _claims_of(answer: Answer) -> tuple[ColumnElement[bool], ...]:
    """Those of its latest attempt."""
    table = _RELEASED_PERSONS.c
    of_answer = table.run == answer[0], table.ordinal == answer[1]
    return *of_answer, table.claimed, table.sites != _UNKNOWN


def _about(run: str, definition: str) -> str:
    return f"{run} {definition}"


def _write(told: NewSet) -> bytes:
    head = _HEAD.pack(told.place, told.number, told.within, told.bits is not None, told.shrunk)
    return head if told.bits is None else head + told.bits.tobytes()


def _read(definition: str, content: bytes, meaning: str | None) -> NewSet:
    place, number, within, has_bits, shrunk = _HEAD.unpack_from(content)
    bits = np.frombuffer(content, dtype=np.uint8, offset=_HEAD.size) if has_bits else None
    meant = None if meaning is None else read_meaning(meaning)
    return NewSet(place, definition, number, within, bits, meant, shrunk)
