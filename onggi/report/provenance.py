"""Where an answer comes from: the job that was approved, and the digests under which it can be checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onggi.protocol.canonical import digest_of
from onggi.spec.job import JobSpec


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """One disclosure rule of the coordinator's verdict, and how many cells it withheld."""

    rule: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """`result` is the digest for which output checkers voted; `released` is when the answer was formed."""

    job: str
    spec: JobSpec
    result: str
    released: datetime
    rules: tuple[RuleSaid, ...]

    @property
    def digest(self) -> str:
        """What a committee approved and each hospital ran."""
        return digest_of(self.spec)

    @property
    def definitions(self) -> tuple[str, ...]:
        """The SHA-256 of each cohort definition's canonical JSON (RFC 8785), the job's own first."""
        return tuple(digest_of(cohort) for cohort in self.spec.cohorts)
