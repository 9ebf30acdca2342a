"""What travels between node and coordinator: numbered parcels, each sent until it is confirmed.

* A parcel's id stands for its bytes: the same id is always sent again byte-equal.
* Delivery is at least once. The receiver's handler makes a parcel durable before it returns and
  treats an id that it has seen as done.
* Parcels about one thing (a run, an order) arrive in the order in which they were sent, except after
  a handler failed; cancel and revocation overtake everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from onggi.spec.ids import SiteId

PROTOCOL_MIN = 1
PROTOCOL_MAX = 1
MIB = 1 << 20


class ParcelKind(StrEnum):
    """A closed list: a receiver answers anything else with `link.unknown_kind`."""

    ORDER = "order"
    DECISION = "decision"
    MESSAGE = "message"
    REPLY = "reply"
    SUM = "sum"
    CANCEL = "cancel"
    FINISH = "finish"
    STAGE = "stage"
    CHECKPOINT = "checkpoint"
    COSIGNATURE = "cosignature"
    DELETION = "deletion"
    REVOCATION = "revocation"
    ROOTS = "roots"
    REPORT = "report"
    REGISTER = "register"
    BUDGET = "budget"


OVERTAKING = frozenset({ParcelKind.CANCEL, ParcelKind.REVOCATION})
"""A stop order never waits behind forty megabytes of model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One business message. `about` names the run or order; `body` is opaque to the link."""

    id: str
    kind: ParcelKind
    about: str = ""
    body: bytes = b""
    sha256: bytes = field(default=b"", compare=False)
    """Of the body, where the sender knows it already: it saves hashing a large body once more.

    The receiver checks it for bodies that came in chunks, and hands it on.
    """

    @property
    def lane(self) -> str:
        """Parcels of one lane keep their order."""
        return f"!{self.about}" if self.kind in OVERTAKING else self.about


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a node says first. `clock_ms` is its clock at that moment; 0 where it does not tell."""

    version_min: int = PROTOCOL_MIN
    version_max: int = PROTOCOL_MAX
    software: str = ""
    root_version: int = 0
    log_size: int = 0
    orders: tuple[str, ...] = ()
    clock_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What the coordinator answers. The node compares `server_time_ms` with its own clock."""

    version: int
    server_time_ms: int
    heartbeat_s: float
    software: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLimits:
    """How much either side accepts, holds and waits for."""

    whole_frame: int = 1 * MIB  # bodies up to this travel in one frame
    chunk: int = 2 * MIB
    frame: int = 4 * MIB + 4096  # larger frames are refused unread
    body: int = 512 * MIB
    window: int = 16 * MIB  # bytes in flight before credit must return
    partial_bytes: int = 1024 * MIB  # declared sizes of all half-received bodies together
    partial_count: int = 64
    partial_keep_s: float = 600.0
    recent_acks: int = 20_000
    queued_bytes: int = 256 * MIB  # beyond this the send queue goes back to the outbox
    queued_count: int = 20_000
    heartbeat_s: float = 2.0
    dead_after_s: float = 7.0
    hello_s: float = 10.0
    ack_delay_s: float = 0.005  # lone confirmations wait this long for a frame to ride on
    retry_s: float = 1.0
    retry_max_s: float = 60.0

    def __post_init__(self) -> None:
        if not self.whole_frame + 4096 <= self.frame >= self.chunk + 4096:
            raise ValueError("a frame must hold a whole parcel and a chunk")
        if self.window < 2 * self.whole_frame + self.chunk:
            raise ValueError("the window must hold a chunk and still leave room for small parcels")


class Outbox(Protocol):
    """Where parcels wait until the other side has confirmed them.

    Record a parcel here first, then hand it to the link: the link may forget, the outbox may not.
    """

    def pending(self, site: SiteId) -> Iterable[Parcel]:
        """Parcels not yet confirmed, oldest first. Read lazily, and again after every reconnect."""
        ...

    def acknowledged(self, site: SiteId, parcel_id: str) -> None:
        """The other side holds this parcel durably. Idempotent; an unknown id is no error."""
        ...


class MemoryOutbox:
    """An outbox for parcels that may be lost with the process, such as progress reports."""

    def __init__(self) -> None:
        self._parcels: dict[SiteId, dict[str, Parcel]] = {}

    def record(self, site: SiteId, parcel: Parcel) -> None:
        """Idempotent by id."""
        self._parcels.setdefault(site, {}).setdefault(parcel.id, parcel)

    def pending(self, site: SiteId) -> Iterable[Parcel]:
        """See Outbox."""
        return tuple(self._parcels.get(site, {}).values())

    def acknowledged(self, site: SiteId, parcel_id: str) -> None:
        """See Outbox."""
        self._parcels.get(site, {}).pop(parcel_id, None)

    def holds(self, site: SiteId, parcel_id: str) -> bool:
        """Whether the parcel was recorded here and is not confirmed yet."""
        return parcel_id in self._parcels.get(site, {})
