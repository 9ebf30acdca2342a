"""Which sets of persons this hospital's released numbers describe: what everybody together was told.

* A set is written in the transaction of the release that describes it, or before it is masked (*claimed*).
* Claimed sets count by who is in them: whether a sum was opened somewhere cannot be seen from here. Nor can
  it be seen that it was judged: no number of theirs is known, and to ask for one again is to ask anew.
* All data sets and versions of the hospital are one register, since they may hold the same persons.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from node.decisions.told_sets import Answer, NewSet, Sites, Standing
from node.registers.audit import lock_registers
from node.registers.released_rows import ReleasedRows, Row, opened_row, row_of
from node.registers.sealed_rows import RowSeal
from privacy.differencing.guard import Answered
from privacy.differencing.meanings import read_meaning, write_meaning

_HEAD: Final = struct.Struct("<qqq??")


class ReleasedRegister:
    """The register, read once and kept: at each look only what is new is read.

    Every method but `begin` raises NotTrusted(``differencing.register_damaged``) where a row is altered or
    missing.
    """

    def __init__(self, seal: RowSeal) -> None:
        self._seal = seal
        self._rows = ReleasedRows(seal)
        self._released: set[str] = set()
        """The rows of `_standing`, by their hashes."""
        self._standing = Standing(Answered())

    def begin(self, session: Session) -> None:
        """At the start of a node."""
        self._rows.begin(session)

    def standing(self, session: Session, *, without: str, asked: Collection[str] = ()) -> Standing:
        """All that was told by other runs than `without`: what stands together in one job is for the rules of
        its statistic. The caller may let it grow.

        Args:
            asked: definitions of the sets that are asked for. Claims on these very sets do not count: what
                was told already, if it was, is told again.
        """
        lock_registers(session)
        sets = self._rows.read(session)
        rows = [each for each in sets if each.answer[0] != without]
        rows = [each for each in rows if not (each.claimed and each.definition in asked)]
        if self._released - {each.hash for each in rows}:
            return self._with(session, Standing(Answered()), rows)
        fresh = [each for each in rows if not each.claimed and each.hash not in self._released]
        self._standing = self._with(session, self._standing, fresh)
        self._released |= {each.hash for each in fresh}
        return self._with(session, self._standing.branch(), [each for each in rows if each.claimed])

    def _with(self, session: Session, standing: Standing, rows: Sequence[Row]) -> Standing:
        for row, sealed in self._rows.contents(session, rows):
            content = self._seal.open(_about(row.answer[0], row.definition), sealed)
            told = _read(row.definition, content, row.meaning)
            if row.claimed:
                standing.claim(row.answer, told)
            else:
                standing.add(row.answer, told, row.sites, small_beside=row.small_beside)
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
        rows = [
            row_of(
                "claimed" if claimed else "told",
                answer,
                now=now,
                definition=each.definition,
                meaning=None if each.meaning is None else write_meaning(each.meaning),
                sites=sites,
                small_beside=claimed,
                content=self._seal.close(_about(answer[0], each.definition), _write(each)),
            )
            for each in told
        ]
        if answer in self._rows.claims(session):
            rows.insert(0, row_of("superseded", answer, now=now))
        self._rows.append(session, rows)

    def claiming(self, session: Session) -> tuple[str, ...]:
        """Runs whose claims were neither released nor dropped."""
        lock_registers(session)
        claims = (each.answer[0] for each in self._rows.read(session) if each.claimed)
        return tuple(dict.fromkeys(claims))

    def claimed_by(self, session: Session, run: str) -> tuple[int, ...]:
        """The answers of a run, by ordinal, of which it is not known yet whether their sums were opened."""
        lock_registers(session)
        return tuple(sorted(ordinal for of, ordinal in self._rows.claims(session) if of == run))

    def drop_claims(self, session: Session, answer: Answer, *, now: datetime) -> None:
        """Only where the sum is certain never to be opened: every hospital judged as this one did."""
        lock_registers(session)
        if answer in self._rows.claims(session):
            self._rows.append(session, [row_of("dropped", answer, now=now)])

    def release_claims(
        self,
        session: Session,
        answer: Answer,
        *,
        sites: Sites,
        now: datetime,
        small_beside: Collection[str] | None = None,
    ) -> None:
        """It is known now over which hospitals the sum is opened.

        Args:
            small_beside: definitions of which another hospital has few persons; it may be of all where this
                is not known here.
        """
        lock_registers(session)
        if answer in self._rows.claims(session):
            opened = opened_row(answer, now=now, sites=sites, small_beside=small_beside)
            self._rows.append(session, [opened])


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
