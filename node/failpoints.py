"""Names every moment at which a node may be cut off: a crash test ends the process there, nothing else does.

* A name is given once a change is on the disk, or, where it says so, just before.
* Names are stable: a test stands behind each of them. A new durable change gets a new name here.
"""

from __future__ import annotations

from enum import StrEnum


class NodePoint(StrEnum):
    """In the order of a run's life."""

    ROOTS_RECORDED = "roots.recorded"
    CHECKPOINT_RECORDED = "checkpoint.recorded"
    REGISTER_HEAD_RECORDED = "register.head_recorded"
    """The kept head of the release register, or of the budget register."""
    REVOCATION_RECORDED = "revocation.recorded"
    ORDER_RECORDED = "order.recorded"
    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_STAGED = "workspace.staged"
    RUN_STARTED = "run.started"
    NOISE_DRAWN = "noise.drawn"
    """The noisy numbers are on the disk; nothing of them has left."""
    REPLY_COMPUTED = "reply.computed"
    """Before the reply is on the disk."""
    REPLY_RECORDED = "reply.recorded"
    REPLY_HELD = "reply.held"
    HELD_RELEASED = "held.released"
    """The approved reply is on the disk; the hospital's decision is not yet marked as carried out."""
    EXCHANGE_BEGUN = "exchange.begun"
    MASKED_RECORDED = "masked.recorded"
    REVEAL_RECORDED = "reveal.recorded"
    RUN_ENDED = "run.ended"
    WORKSPACE_REMOVED = "workspace.removed"
    DELETION_RECORDED = "deletion.recorded"
