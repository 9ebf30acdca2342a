"""What stands in a job where nobody chose it: which code runs, and until when it may wait.

Without `code`, the digests stay unset until `client.submit` asks the coordinator which code runs today.
Without `expires`, the job may wait 30 days from today; the end of the day is taken, so that the same question
written twice on one day is the same job.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from onggi.spec.job import CodeDigests

_UNSET = "sha256:" + "0" * 64
CODE_UNSET: Final = CodeDigests(source=_UNSET, environment=_UNSET, sandbox=_UNSET)
"""Stands where the code is not chosen yet. No code has this digest, so no node would run it."""
_DAYS_TO_WAIT = 30


def end_of_day(now: datetime, *, days: int = _DAYS_TO_WAIT) -> datetime:
    """Midnight UTC that ends the day `days` after `now`."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=days + 1)
