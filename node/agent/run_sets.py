"""The sets of persons behind an answer that describes new ones, by permanent positions; and whose rows leave
the run.

A guard (`clear_guard`, `masked_guard`) holds the sets against what was told before. Where one comes near and
other numbers rest on it, further persons are left out of the whole run, and it is computed anew.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis_jobs.kinds.contract import Array, Arrays, Ask, Kind, PersonSet, Rows
from analysis_jobs.kinds.guarded import Packed, sets_told, unpack_rows
from analysis_jobs.kinds.records import read_sets
from analysis_jobs.kinds.set_definitions import Defined, define_sets
from node.agent.staging import PERSONS, TABLE, arrow_file
from node.agent.workspace import Workspace
from node.decisions.told_sets import Answer, NewSet, Standing
from node.egress.release_reply import OfRun
from node.services import NodeServices
from onggi.errors import Refused
from privacy.differencing.guard import AskedSet
from privacy.differencing.leaving_out import Beside, leave_out
from privacy.differencing.released_sets import Members, pack

TRY_ANEW: Final = frozenset({"differencing.leave_out", "differencing.work_out"})
"""Not refusals but turns: the answer is computed anew, over other persons or with other numbers."""
_TURNS = "turns.bin"
"""How often persons were left out, a byte each time."""
_LEFT = "left.bin"
"""Who they are, a bit for each position."""
_MOST_TURNS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The sets of one answer with what they are held against."""

    sets: tuple[AskedSet, ...]
    standing: Standing


class RunSets:
    """The sets of one answer at this hospital: of the first, as a rule."""

    def __init__(
        self,
        services: NodeServices,
        *,
        of: OfRun,
        kind: Kind,
        generation: int,
        workspace: Workspace,
        ask: Ask,
    ) -> None:
        self.services, self.of = services, of
        self.answer: Answer = (of.run, ask.ordinal)
        self.told: tuple[PersonSet, ...] = sets_told(kind, of.spec, ask)
        """The sets as the question gives them, with nobody in them."""
        self.threshold = of.spec.privacy.minimum_persons
        self._data = f"{of.spec.dataset}:{generation}"
        self._workspace = workspace
        self._packed: Packed | None = None
        self._turns = len(workspace.find(_TURNS) or b"")
        self._left = _unpack(workspace.find(_LEFT) or b"")
        self._near: tuple[Asked, tuple[int, ...], Sequence[Beside] | None] | None = None

    @property
    def is_described(self) -> bool:
        """Whether numbers other than counts rest on the answer's sets."""
        return any(each.described for each in self.told)

    @property
    def may_leave_out(self) -> bool:
        """Whether persons can be left out: not where all that is told are numbers of unrelated groups, nor
        once something was told of those who would be."""
        rests_on_all = any(each.described or each.implied for each in self.told)
        return rests_on_all and self.answer[1] == 0 and self._turns < _MOST_TURNS

    @property
    def has_left_out(self) -> bool:
        """Whether persons were left out of this run."""
        return self._turns > 0

    def take(self, records: Any) -> None:
        """Keeps who is in which set, of a worker's reply. Raises NotTrusted ``kinds.record_wrong``."""
        rows = len(self._persons())
        self._packed = read_sets(records, sets=len(self.told), rows=rows)

    def read(self) -> Asked:
        """The sets by permanent positions, and what other runs were told."""
        assert self._packed is not None, "a worker's reply names its new sets"
        positions = self._positions()
        sets = []
        rows = unpack_rows(self._packed, rows=len(positions))
        defined = self._defined()
        for each, known, inside in zip(self.told, defined, rows, strict=True):
            members = np.zeros(int(positions.max(initial=-1)) + 1, dtype=np.bool_)
            members[positions[inside]] = True
            sets.append(
                AskedSet(
                    known.digest,
                    members,
                    described=each.described,
                    left_over=each.left_over,
                    implied=each.implied,
                    meaning=known.meaning,
                )
            )
        with self.services.sessions.begin() as session:
            standing = self.services.told_before.released.standing(
                session,
                without=self.of.run,
                # In clear it matters that a sum on these very sets may have been opened elsewhere.
                asked=[each.digest for each in defined] if self.of.spec.privacy.masked else (),
            )
        return Asked(tuple(sets), standing)

    def too_near(
        self, asked: Asked, near: tuple[int, ...], beside: Sequence[Beside] | None = None
    ) -> Refused:
        """What follows where sets come near, by position: a turn that leaves persons out, or the end.

        Args:
            beside: from which earlier answers each set must stand apart; without it from all.
        """
        if self.may_leave_out:
            self._near = asked, near, beside
            return Refused("differencing.leave_out")
        return Refused("differencing.too_near", set=self.told[near[0]].name)

    # --- leaving out -------------------------------------------------------------------------------

    @property
    def must_leave_out(self) -> bool:
        """Whether the next summary must be over fewer persons."""
        return self._near is not None

    async def leave_out(self) -> None:
        """Takes rows out of the staged table, so that every set stands apart.

        Raises:
            Refused: ``differencing.too_near`` where these would be too many.
        """
        assert self._near is not None, "something came near before anybody is left out"
        asked, near, beside = self._near
        order = self.services.told_before.order(max(len(each.members) for each in asked.sets))
        sets = [each.members for each in asked.sets]
        sites = self.of.spec.participants if self.of.spec.privacy.masked else ()

        def is_told(at: int, left: Members) -> bool:
            return asked.standing.is_told(self._defined(self._with(left))[at].digest, sites)

        left = await asyncio.to_thread(
            leave_out,
            asked.standing.answered,
            sets,
            order=order,
            threshold=self.threshold,
            beside=beside,
            is_told=is_told,
        )
        if left is None:
            raise Refused("differencing.too_near", set=self.told[near[0]].name)
        rows = left[self._positions()]
        self._left = self._with(left)
        await asyncio.to_thread(self._write_without, rows)
        self._near, self._packed = None, None
        self._turns += 1

    def _with(self, left: Members) -> Members:
        """Everybody whom the run goes without if these are left out as well."""
        whole = np.zeros(max(len(self._left), len(left)), dtype=np.bool_)
        whole[: len(self._left)] |= self._left
        whole[: len(left)] |= left
        return whole

    def _write_without(self, rows: Rows) -> None:
        """The staged table and its persons anew. A crash on the way stages anew."""
        workspace = self._workspace
        with pa.ipc.open_file(pa.BufferReader(b"".join(workspace.read(TABLE)))) as staged:
            table = staged.read_all().filter(pa.array(~rows))
        persons = self._persons()[~rows]
        workspace.mark_incomplete()
        workspace.write(TABLE, arrow_file(iter(table.to_batches()), table.schema))
        workspace.write(PERSONS, [persons.astype("<i8").tobytes()])
        workspace.write(_TURNS, [b"1" * (self._turns + 1)])
        workspace.write(_LEFT, [pack(self._left).tobytes()])
        workspace.mark_complete()

    # --- who and what ------------------------------------------------------------------------------

    def _defined(self, left: Members | None = None) -> tuple[Defined, ...]:
        """What each set means, on which data; and without whom, once persons were left out."""
        out = self._left if left is None else left
        without = (hashlib.sha256(pack(out).tobytes()).hexdigest(),) if out.any() else ()
        wheres = [(each.name, each.where) for each in self.told]
        return define_sets(self.of.spec, wheres, data=(self._data, *without))

    def _persons(self) -> npt.NDArray[np.int64]:
        found = self._workspace.find(PERSONS)
        if found is None:
            raise Refused("run.workspace_damaged")
        return np.frombuffer(found, dtype="<i8").astype(np.int64)

    def _positions(self) -> npt.NDArray[np.int64]:
        with self.services.sessions.begin() as session:
            return self.services.told_before.positions.learn(session, self._persons())


def _unpack(content: bytes) -> Members:
    return np.unpackbits(np.frombuffer(content, dtype=np.uint8)).astype(np.bool_)


def put_number(arrays: Arrays, each: PersonSet, number: int) -> dict[str, Array]:
    """The arrays with another number of persons in a set's places."""
    changed = dict(arrays)
    for name, place in each.counted:
        changed[name] = changed[name].copy()
        changed[name].reshape(-1)[place] = number
    return changed


def new_set(asked: Asked, at: int, *, shrunk: bool) -> NewSet:
    """A set of the answer whose very number is told."""
    each = asked.sets[at]
    number = int(np.count_nonzero(each.members))
    return NewSet(at, each.definition, number, 0, pack(each.members), each.meaning, shrunk)
