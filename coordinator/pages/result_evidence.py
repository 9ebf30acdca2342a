"""What stands before a reviewer beside a result: every finding of the rules, and related released results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from coordinator.exports.findings import JudgedFinding, judged_findings
from coordinator.jobs.job_store import Job
from coordinator.jobs.related_results import RelatedResults, find_related
from coordinator.jobs.result_store import StoredResult
from coordinator.pages.access import Visit
from coordinator.pages.rule_words import told_rule
from coordinator.permissions import reaches_all
from onggi.report.shown_values import said
from onggi.spec.counted_rules import CountedRules, counted_rules, tell_counted
from onggi.spec.explain_rules import tell_number

_SHOWN: Final = 12
"""So many withheld numbers stand open on the page; the others are folded."""


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding in the reader's language. `checks` and `statbarns` are names of ACRO's vocabulary."""

    rule: str | Markup
    outcome: str
    cell: str
    words: str
    checks: tuple[str, ...]
    statbarns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRules:
    """The rules that counted, in the reader's language: (rule, number, default, whether stricter) each."""

    version: int
    sentences: tuple[str, ...]
    rules: tuple[tuple[str, str, str, bool], ...]
    judged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEvidence:
    """Rules as a whole, then single numbers: the first ones open, the others folded; then what counted."""

    rules: tuple[ShownFinding, ...]
    cells: tuple[ShownFinding, ...]
    more_cells: tuple[ShownFinding, ...]
    counted: ShownRules


def evidence_of(visit: Visit, job: Job, held: StoredResult) -> ShownEvidence:
    """The findings about a result that the reader may see."""
    found = [_shown(visit, each) for each in judged_findings(job.spec.kind, held.result, held.verdict)]
    rules = len(held.verdict.rules)
    return ShownEvidence(
        rules=tuple(found[:rules]),
        cells=tuple(found[rules:][:_SHOWN]),
        more_cells=tuple(found[rules:][_SHOWN:]),
        counted=_shown_rules(visit, counted_rules(job.spec, held.result)),
    )


def _shown_rules(visit: Visit, counted: CountedRules) -> ShownRules:
    return ShownRules(
        version=counted.version,
        sentences=tuple(said(each, visit.language) for each in tell_counted(counted)),
        rules=tuple(
            (
                said((each.ko, each.en), visit.language),
                said(tell_number(each.value), visit.language),
                said(tell_number(each.usual), visit.language),
                each.is_stricter,
            )
            for each in counted.rules
        ),
        judged=counted.judged,
    )


def related_to(visit: Visit, job: Job) -> RelatedResults:
    """Of all projects for whoever reaches all jobs, else of the viewer's own projects alone."""
    member = None if reaches_all("job_get", visit.person) else visit.person.account
    return find_related(visit.services.database, job, member=member)


def _shown(visit: Visit, finding: JudgedFinding) -> ShownFinding:
    korean = visit.language == "ko"
    return ShownFinding(
        rule=told_rule(visit, finding.rule),
        outcome=finding.outcome,
        cell=finding.cell_ko if korean else finding.cell_en,
        words=finding.ko if korean else finding.en,
        checks=finding.checks,
        statbarns=finding.statbarns,
    )
