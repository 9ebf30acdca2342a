"""What a dry run of a job on twins says: it passed, or what stops it, and what a twin cannot tell."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from onggi.errors import Fact
from onggi.spec.base import Frozen

Outcome = Literal["passed", "failed", "unavailable"]
Stage = Literal["definition", "staging", "statistic", "disclosure", "room"]


class Finding(Frozen):
    """One code with its facts. A `failure` would happen at every hospital; a `remark` may not."""

    severity: Literal["failure", "remark"]
    stage: Stage
    code: str
    facts: dict[str, Fact] = Field(default_factory=dict)


class DryRun(Frozen):
    """One dry run. `own_cards`: how many of the twins were drawn from a hospital's own card."""

    outcome: Outcome
    twins: int = 0
    persons_each: int = 0
    own_cards: int = 0
    milliseconds: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def failure(self) -> Finding | None:
        """What stops the job, where something does."""
        return next((each for each in self.findings if each.severity == "failure"), None)


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """Remarks stop nothing."""
    return "failed" if any(each.severity == "failure" for each in findings) else "passed"
