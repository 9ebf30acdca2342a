"""The chained rows of the register of released persons: appended under the registers' lock, never changed.

* A claim is a row; that it was opened or dropped is a further row about the same answer.
* The head is sealed with the data key and written with the rows: where the last ones are missing, nothing is
  read and nothing is appended.
* Rows are checked once, as they are read; after that it is their number and the last one that are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from node.decisions.told_sets import Answer, Sites
from node.registers.chained_rows import GENESIS, ChainedRows
from node.registers.sealed_heads import begin_head, check_head, write_head
from node.registers.sealed_rows import RowSeal
from node.state.tables import ReleasedPersons, table_of
from onggi.errors import NotTrusted
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import as_instant

What: TypeAlias = Literal["told", "claimed", "superseded", "opened", "dropped"]

_ROWS: Final = table_of(ReleasedPersons)
_CHAIN: Final = ChainedRows(
    table=_ROWS,
    number="number",
    content=("at", "what", "run", "ordinal", "definition", "meaning", "sites", "small_beside", "content"),
    failure="differencing.register_damaged",
)

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A set that counts, without who is in it."""

    number: int
    hash: str
    answer: Answer
    definition: str
    meaning: str | None
    sites: Sites
    """Over which its numbers were summed, of a claim at most; of none where it was told in clear."""
    small_beside: bool
    claimed: bool


def row_of(
    what: What,
    answer: Answer,
    *,
    now: datetime,
    definition: str = "",
    meaning: str | None = None,
    sites: Sites = (),
    small_beside: bool = False,
    content: bytes = b"",
) -> dict[str, object]:
    """A row that is to be appended."""
    return {
        "at": as_instant(now),
        "what": what,
        "run": answer[0],
        "ordinal": answer[1],
        "definition": definition,
        "meaning": meaning,
        "sites": json.dumps(list(sites)),
        "small_beside": small_beside,
        "content": content,
    }


def opened_row(
    answer: Answer, *, now: datetime, sites: Sites, small_beside: Collection[str] | None
) -> dict[str, object]:
    """That the claims of an answer were opened over these hospitals.

    Args:
        small_beside: definitions of which another one has few persons; None where it may be all.
    """
    small = b"" if small_beside is None else canonical_json(sorted(small_beside))
    return row_of("opened", answer, now=now, sites=sites, small_beside=small_beside is None, content=small)


class ReleasedRows:
    """Which sets count, as all rows so far say. The caller holds the registers' lock."""

    def __init__(self, seal: RowSeal) -> None:
        self._seal = seal
        self._forget()

    def _forget(self) -> None:
        self._rows, self._number, self._hash = 0, 0, GENESIS
        self._sets: dict[int, Row] = {}
        self._claims: dict[Answer, list[int]] = {}
        """By number, of the latest attempt at the answer."""

    def begin(self, session: Session) -> None:
        """Writes that there is no row yet, where there never was one."""
        begin_head(session, _ROWS.name, self._seal, last=GENESIS)

    def read(self, session: Session) -> Sequence[Row]:
        """The sets that count, in the order in which they were written.

        Raises:
            NotTrusted: ``differencing.register_damaged``.
        """
        if self._rows and _CHAIN.hash_at(session, self._number) != self._hash:
            self._forget()  # what was read in a transaction that failed, or what somebody altered
        for row in _CHAIN.follow(session, after=self._number, previous=self._hash):
            self._take(row)
        check_head(session, _ROWS.name, self._seal, rows=self._rows, last=self._hash)
        if session.scalar(select(func.count()).select_from(_ROWS)) != self._rows:
            raise NotTrusted("differencing.register_damaged")
        return list(self._sets.values())

    def claims(self, session: Session) -> Collection[Answer]:
        """Answers whose latest attempt claimed sets that were neither opened nor dropped."""
        self.read(session)
        return self._claims.keys()

    def contents(self, session: Session, rows: Sequence[Row]) -> Iterator[tuple[Row, bytes]]:
        """What is sealed in these rows, in their order."""
        wanted = {each.number: each for each in rows}
        if wanted:
            found = (
                select(_ROWS.c.number, _ROWS.c.content)
                .where(_ROWS.c.number.between(min(wanted), max(wanted)))
                .order_by(_ROWS.c.number)
            )
            with session.execute(found.execution_options(yield_per=_AT_ONCE)) as contents:
                for number, content in contents:
                    if number in wanted:
                        yield wanted[number], content

    def append(self, session: Session, rows: Iterable[Mapping[str, object]]) -> None:
        """Further rows with the head, in the caller's transaction. Raises like `read`."""
        self.read(session)
        if linked := _CHAIN.link_all(session, list(rows)):
            session.execute(_ROWS.insert(), linked)
            last = str(linked[-1]["hash"])
            write_head(session, _ROWS.name, self._seal, rows=self._rows + len(linked), last=last)

    def _take(self, row: Mapping[str, Any]) -> None:
        self._rows, self._number, self._hash = self._rows + 1, row["number"], row["hash"]
        answer, sites = (row["run"], row["ordinal"]), tuple(json.loads(row["sites"]))
        match row["what"]:
            case "superseded":
                self._claims.pop(answer)
            case "dropped":
                for number in self._claims.pop(answer):
                    del self._sets[number]
            case "opened":
                small = None if row["small_beside"] else set(json.loads(row["content"]))
                for number in self._claims.pop(answer):
                    claim = self._sets[number]
                    beside = small is None or claim.definition in small
                    self._sets[number] = replace(claim, claimed=False, sites=sites, small_beside=beside)
            case what:
                self._sets[row["number"]] = Row(
                    number=row["number"],
                    hash=row["hash"],
                    answer=answer,
                    definition=row["definition"],
                    meaning=row["meaning"],
                    sites=sites,
                    small_beside=row["small_beside"],
                    claimed=what == "claimed",
                )
                if what == "claimed":
                    self._claims.setdefault(answer, []).append(row["number"])


def check_released(session: Session) -> int:
    """How many rows the chain holds, without the data key: whoever lacks it cannot tell whose head it is.

    Raises:
        NotTrusted: ``differencing.register_damaged``.
    """
    rows, last = _CHAIN.check(session)
    check_head(session, _ROWS.name, None, rows=rows, last=last)
    return rows
