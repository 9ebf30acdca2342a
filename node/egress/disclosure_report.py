"""The hospital's own report of how the disclosure rules judged an answer: rules, thresholds, verdicts.

* It never holds a cell's name, a number of persons or any other value of the answer.
* It is written in the transaction of what it speaks of, and its digest stands in that one's audit event.
* Of a clear answer a node sends all or nothing: what its rules refuse never becomes a release.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.objects import ObjectStore
from node.state.tables import Judgement, table_of
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import Frozen, Instant
from onggi.spec.job import JobSpec
from privacy.disclosure.looks import Look

_JUDGEMENTS = table_of(Judgement)


class RuleJudged(Frozen):
    """One rule with one threshold: at how many numbers it looked, and whether it kept silent."""

    code: str
    threshold: int
    cells: int
    kept: bool


class DisclosureReport(Frozen):
    """What was judged, by which rules. `of`: this hospital's own answer, or the sum over all of them."""

    version: Literal[1] = 1
    at: Instant
    of: Literal["site", "pooled"]
    kind: str
    minimum_persons: int = Field(ge=1)
    rules: tuple[RuleJudged, ...]
    micro_epsilon: int | None = None


def make_report(
    spec: JobSpec, looks: Iterable[Look], *, of: Literal["site", "pooled"], now: datetime
) -> DisclosureReport:
    """The report of one judgement; looks of one rule with one threshold are added up."""
    rules: dict[tuple[str, int], RuleJudged] = {}
    for each in looks:
        before = rules.get((each.code, each.threshold))
        rules[each.code, each.threshold] = RuleJudged(
            code=each.code,
            threshold=each.threshold,
            cells=each.cells + (before.cells if before else 0),
            kept=each.kept and (before is None or before.kept),
        )
    noise = spec.privacy.differential_privacy
    return DisclosureReport(
        at=now.replace(microsecond=0),
        of=of,
        kind=spec.kind,
        minimum_persons=spec.privacy.minimum_persons,
        rules=tuple(rules.values()),
        micro_epsilon=None if noise is None else noise.micro_epsilon,
    )


def record_report(
    session: Session, objects: ObjectStore, report: DisclosureReport, *, run: str, ordinal: int
) -> str:
    """Writes it down in the session's transaction; returns its digest."""
    content = canonical_json(report)
    digest = objects.put(session, content)
    at = report.model_dump(mode="json")["at"]
    row = {"run": run, "ordinal": ordinal, "at": at, "object_digest": digest}
    session.execute(_JUDGEMENTS.insert(), row)
    return digest


def find_reports(
    session: Session, objects: ObjectStore, *, run: str, ordinal: int
) -> list[tuple[str, DisclosureReport]]:
    """(digest, report) of all that was judged about one answer, oldest first.

    Raises:
        Refused: ``register.object_damaged`` where one is gone, altered or not a report.
    """
    asked = select(Judgement).where(Judgement.run == run, Judgement.ordinal == ordinal)
    found = []
    for row in session.scalars(asked.order_by(Judgement.number)):
        try:
            report = DisclosureReport.model_validate_json(objects.get(session, row.object_digest))
        except ValidationError:
            raise Refused("register.object_damaged", digest=row.object_digest) from None
        found.append((row.object_digest, report))
    return found
