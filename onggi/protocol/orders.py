"""What a node receives with an order: everything it needs to judge it alone, offline."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from onggi.protocol.dsse import Envelope
from onggi.spec.base import Frozen
from onggi.spec.job import JobSpec

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Logged(Frozen):
    """An envelope and the proof that it stands in the transparency log."""

    envelope: Envelope
    index: int = Field(ge=0)
    proof: tuple[Hash, ...] = Field(max_length=64)


SHOW_AGAIN = frozenset({"log.other_view", "log.cut_short", "log.stale"})
"""Codes after which the same order may be shown again with newer log evidence: nothing was decided."""


class OrderBundle(Frozen):
    """An order with its spec, permit, approvals, and the log evidence under 24 hours old.

    `consistency` proves that the checkpoint extends the log the node last saw (`from_size`, which the
    node said in its hello). `roots` are the federation root versions after the node's own.
    """

    order: Envelope
    spec: JobSpec
    permit: Logged
    approvals: tuple[Logged, ...] = Field(default=(), max_length=10)
    checkpoint: str = Field(max_length=100_000)
    from_size: int = Field(ge=0)
    consistency: tuple[Hash, ...] = Field(max_length=64)
    roots: tuple[Envelope, ...] = Field(default=(), max_length=1000)
