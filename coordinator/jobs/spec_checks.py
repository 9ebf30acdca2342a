"""The checks on a job that need no record: does its kind accept it, what does it read, which code is it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onggi.errors import Refused
from onggi.protocol.bounds import Reads
from onggi.spec.job import CodeDigests, JobSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecChecks:
    """Passed in, because the code behind the kinds lives in another room.

    Args:
        check_kind: raises Refused where the kind does not accept the spec.
        find_reads: what the spec reads. Raises Refused where the cohort definition is not supported.
        current_code: the digests of the code that would run today.
    """

    check_kind: Callable[[JobSpec], None]
    find_reads: Callable[[JobSpec], Reads]
    current_code: Callable[[], CodeDigests]

    def check(self, spec: JobSpec) -> Reads:
        """What the spec reads. Raises Refused where it could never run."""
        if spec.code != self.current_code():
            raise Refused("job.other_code")
        self.check_kind(spec)
        return self.find_reads(spec)
