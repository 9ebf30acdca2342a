"""Names every moment at which a coordinator that leads jobs may be cut off: crash tests end it there.

* A name is given once a change is on the disk, or, where it says so, just before.
* Names are stable: a test stands behind each of them. A new durable change gets a new name here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Failpoint = Callable[[str], None]


class CoordinatorPoint(StrEnum):
    """In the order of a job's life."""

    JOB_STARTED = "job.started"
    ORDER_LOGGED = "order.logged"
    """An order stands in the log, but the change that holds it is not on the disk yet."""
    RUN_OPENED = "run.opened"
    CHECKPOINT_PUBLISHED = "checkpoint.published"
    COSIGNATURE_RECORDED = "cosignature.recorded"
    DECISION_RECORDED = "decision.recorded"
    MESSAGE_RECORDED = "message.recorded"
    """Before the message goes out; it need not be on the disk."""
    MESSAGE_JOURNALLED = "message.journalled"
    REPLY_STORED = "reply.stored"
    SUM_OPENED = "sum.opened"
    """The pooled sum is known, but not on the disk yet."""
    SUM_STORED = "sum.stored"
    RESULT_COMPUTED = "result.computed"
    """Before the result is on the disk."""
    RESULT_RECORDED = "result.recorded"
    JOB_FAILED = "job.failed"
    FINISH_RECORDED = "finish.recorded"
    RUN_CLOSED = "run.closed"
    REGISTER_HEAD_RECORDED = "register.head_recorded"
    """Of a hospital's release register, or of its budget register."""
    DELETION_RECORDED = "deletion.recorded"


def no_failpoint(_name: str) -> None:
    """The failpoint outside crash tests."""
