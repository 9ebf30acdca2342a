"""The sending side of a link: which parcel goes next, and what is sent again after a break.

* The queue is a cache over the outbox. When it is full it forgets new parcels and reads them from
  the outbox later; after every reconnect it reads the outbox first.
* A lane's parcels leave in order; a large one holds back its own lane only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from onggi.protocol.link_frames import check_sendable, cost_of
from onggi.protocol.parcels import OVERTAKING, LinkLimits, Outbox, Parcel
from onggi.spec.ids import SiteId

OnRefused = Callable[[Parcel, str], None]
_MAX_TRANSFERS = 4


class _State(Enum):
    WAITING = auto()
    ANNOUNCED = auto()
    FLOWING = auto()
    SENT = auto()
    DELAYED = auto()


@dataclass(slots=True, eq=False)
class _Entry:
    parcel: Parcel
    state: _State = _State.WAITING
    offset: int = 0
    attempts: int = 0
    digest: asyncio.Future[bytes] | None = None
    timer: asyncio.TimerHandle | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Send this parcel in one frame."""

    parcel: Parcel
    cost: int


@dataclass(frozen=True, slots=True)
class Announce:
    """Say that this parcel comes in chunks."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Piece:
    """Send this part of a large parcel."""

    parcel: Parcel
    offset: int
    end: int
    sha256: bytes
    cost: int


Next: TypeAlias = Whole | Announce | Piece


class SendQueue:
    """One per peer; connections come and go, this stays."""

    def __init__(
        self, outbox: Outbox, *, site: SiteId, limits: LinkLimits, on_refused: OnRefused | None = None
    ) -> None:
        self._outbox = outbox
        self._site = site
        self._limits = limits
        self._on_refused = on_refused
        self._entries: dict[str, _Entry] = {}
        self._bytes = 0
        self._lanes: dict[str, deque[_Entry]] = {}
        self._ready: deque[str] = deque()
        self._flowing: deque[_Entry] = deque()
        self._piece_turn = False
        self._must_refill = False
        self.wake: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, parcel: Parcel) -> None:
        """Queue a parcel; one that is queued already is not queued twice. Raises Refused."""
        check_sendable(parcel, limits=self._limits)
        if parcel.id in self._entries:
            return
        if self._must_refill or self._full():
            self._must_refill = True  # later parcels must not overtake the forgotten ones
            return
        self._add(_Entry(parcel))
        self.wake()

    def look_again(self) -> None:
        """The outbox may hold parcels that nobody handed over."""
        self._must_refill = True
        self._refill()

    def restart(self) -> None:
        """A new connection: everything unconfirmed goes again, the outbox's order first."""
        known, self._entries, self._bytes = self._entries, {}, 0
        self._lanes, self._ready, self._flowing = {}, deque(), deque()
        for entry in known.values():
            if entry.timer is not None:
                entry.timer.cancel()
        self._must_refill = False
        for parcel in self._outbox.pending(self._site):
            if self._full():
                self._must_refill = True
                break
            if parcel.id not in self._entries:
                self._add(_Entry(known.pop(parcel.id).parcel if parcel.id in known else parcel))
        for entry in known.values():
            self._add(_Entry(entry.parcel))
        self.wake()

    def take(self, credit: int) -> Next | None:
        """What to send now, given the credit that is left."""
        self._piece_turn = not self._piece_turn  # neither small parcels nor a large one starve the other
        if self._piece_turn:
            return self._take_piece(credit) or self._take_parcel(credit)
        return self._take_parcel(credit) or self._take_piece(credit)

    def resume(self, parcel_id: str, offset: int) -> bool:
        """The receiver wants a large parcel from there on. False where that makes no sense."""
        entry = self._entries.get(parcel_id)
        if entry is None or entry.state is not _State.ANNOUNCED:
            return True  # an answer to an announcement that was withdrawn meanwhile
        if offset >= len(entry.parcel.body):
            return False
        entry.state, entry.offset = _State.FLOWING, offset
        if entry.digest is None and not entry.parcel.sha256:
            entry.digest = asyncio.ensure_future(asyncio.to_thread(_sha256, entry.parcel.body))
        self._flowing.append(entry)
        return True

    def confirmed(self, parcel_id: str) -> None:
        """The receiver holds it durably."""
        self._outbox.acknowledged(self._site, parcel_id)
        entry = self._entries.pop(parcel_id, None)
        if entry is not None:
            self._forget(entry)

    def failed(self, parcel_id: str, code: str, *, final: bool) -> None:
        """The receiver could not take it: give it up, or try again later."""
        entry = self._entries.get(parcel_id)
        if entry is None or entry.state in (_State.DELAYED, _State.WAITING):
            return
        if final and self._on_refused is not None:
            del self._entries[parcel_id]
            self._forget(entry)
            self._on_refused(entry.parcel, code)
            return
        self._leave_lane(entry)
        entry.state, entry.digest = _State.DELAYED, None
        delay = min(self._limits.retry_s * 2**entry.attempts, self._limits.retry_max_s)
        entry.attempts += 1
        entry.timer = asyncio.get_running_loop().call_later(delay, self._retry, entry)

    def _retry(self, entry: _Entry) -> None:
        if self._entries.get(entry.parcel.id) is entry:
            entry.state, entry.timer = _State.WAITING, None
            self._join_lane(entry)
            self.wake()

    def _full(self) -> bool:
        return self._bytes >= self._limits.queued_bytes or len(self._entries) >= self._limits.queued_count

    def _refill(self) -> None:
        if not self._must_refill:
            return
        self._must_refill = False
        for parcel in self._outbox.pending(self._site):
            if parcel.id in self._entries:
                continue
            if self._full():
                self._must_refill = True
                break
            self._add(_Entry(parcel))
        self.wake()

    def _add(self, entry: _Entry) -> None:
        self._entries[entry.parcel.id] = entry
        self._bytes += len(entry.parcel.body)
        self._join_lane(entry)

    def _forget(self, entry: _Entry) -> None:
        if entry.timer is not None:
            entry.timer.cancel()
        self._bytes -= len(entry.parcel.body)
        self._leave_lane(entry)
        roomy = self._bytes * 2 <= self._limits.queued_bytes
        if self._must_refill and roomy and len(self._entries) * 2 <= self._limits.queued_count:
            self._refill()

    def _join_lane(self, entry: _Entry) -> None:
        lane = entry.parcel.lane
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(entry)
            return
        self._lanes[lane] = deque([entry])
        if entry.parcel.kind in OVERTAKING:
            self._ready.appendleft(lane)
        else:
            self._ready.append(lane)

    def _leave_lane(self, entry: _Entry) -> None:
        if entry.state in (_State.SENT, _State.DELAYED):
            return
        if entry.state is _State.FLOWING:
            self._flowing.remove(entry)
        lane = entry.parcel.lane
        waiting = self._lanes[lane]
        waiting.remove(entry)
        blocked = entry.state in (_State.ANNOUNCED, _State.FLOWING)
        if not waiting:
            del self._lanes[lane]
            if not blocked:
                self._ready.remove(lane)
        elif blocked:
            self._ready.append(lane)
            self.wake()

    def _take_parcel(self, credit: int) -> Whole | Announce | None:
        announced = None
        for lane in self._ready:
            entry = self._lanes[lane][0]
            parcel = entry.parcel
            if len(parcel.body) > self._limits.whole_frame:
                if announced is None:
                    announced = entry
                continue
            cost = cost_of(parcel.id, parcel.about, len(parcel.body))
            if cost > credit:
                return None
            entry.state = _State.SENT
            self._pass_lane(lane)
            return Whole(parcel, cost)
        if announced is None or self._transfers() >= _MAX_TRANSFERS:
            return None
        self._ready.remove(announced.parcel.lane)
        announced.state = _State.ANNOUNCED
        return Announce(announced.parcel)

    def _transfers(self) -> int:
        return sum(lane[0].state in (_State.ANNOUNCED, _State.FLOWING) for lane in self._lanes.values())

    def _pass_lane(self, lane: str) -> None:
        self._ready.remove(lane)
        waiting = self._lanes[lane]
        waiting.popleft()
        if waiting:
            self._ready.append(lane)
        else:
            del self._lanes[lane]

    def _take_piece(self, credit: int) -> Piece | None:
        for entry in self._flowing:
            parcel, start = entry.parcel, entry.offset
            end = min(start + self._limits.chunk, len(parcel.body))
            cost = cost_of(parcel.id, "", end - start)
            if cost > credit - self._limits.whole_frame:  # room is kept for small parcels
                return None
            sha256 = b""
            if end == len(parcel.body):
                if entry.digest is not None and not entry.digest.done():
                    entry.digest.add_done_callback(lambda _: self.wake())
                    continue
                sha256 = parcel.sha256 if entry.digest is None else entry.digest.result()
                self._leave_lane(entry)
                entry.state = _State.SENT
            else:
                entry.offset = end
                self._flowing.rotate(-1)
            return Piece(parcel, start, end, sha256, cost)
        return None

    def parcels(self) -> Iterator[Parcel]:
        """Everything not yet confirmed that is held in memory."""
        return (entry.parcel for entry in self._entries.values())


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _nobody() -> None:
    """Before a connection exists there is nobody to wake."""
