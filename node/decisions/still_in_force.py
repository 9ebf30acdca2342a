"""Decides whether what was approved still is: an approval can run out or be withdrawn while a job waits.

An order is judged in full when it comes. This is asked again whenever something is about to happen for it.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from onggi.errors import Refused
from onggi.spec.job import JobSpec

ENDED_FOR_GOOD: Set[str] = frozenset({"permit.withdrawn", "job.withdrawn", "job.expired", "permit.expired"})
"""What no waiting cures, unlike a pause: what was held for the hospital will never leave."""


def check_not_run_out(spec: JobSpec, *, permit_expires: datetime, now: datetime) -> None:
    """Raises Refused(``job.expired``, ``permit.expired``)."""
    if now >= spec.expires:
        raise Refused("job.expired")
    if now >= permit_expires:
        raise Refused("permit.expired")


def check_not_withdrawn(spec: JobSpec, spec_digest: str, *, revoked: Set[str]) -> None:
    """Raises Refused(``permit.withdrawn``, ``job.withdrawn``). `revoked`: permits and spec digests."""
    if spec.permit in revoked:
        raise Refused("permit.withdrawn")
    if spec_digest in revoked:
        raise Refused("job.withdrawn")
