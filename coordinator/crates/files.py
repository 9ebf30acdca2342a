"""The files of a crate: the result as people read it, what was signed, what the rules found, the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coordinator.crates.story import Story
from onggi.protocol.canonical import canonical_json
from onggi.report.csv_text import file_name, sheet_csv
from onggi.report.draw_svg import draw_svg
from onggi.report.find_report import report_of
from onggi.report.methods_paragraph import LANGUAGES, methods_paragraph
from onggi.report.printed_report import printed_report
from onggi.report.provenance import Provenance, RuleSaid
from onggi.spec.base import as_instant

JOB: Final = "workflow/job.json"
PERMIT: Final = "signed/permit.json"
VERDICT: Final = "disclosure/verdict.json"
FINDINGS: Final = "disclosure/findings.json"
OUTPUTS: Final = "outputs/"


@dataclass(frozen=True, slots=True)
class CrateFile:
    """One payload file by its path in the crate."""

    path: str
    name: str
    form: str
    """Its media type."""
    content: bytes


def crate_files(story: Story) -> list[CrateFile]:
    """All payload files but the crate's own description. The same story makes the same bytes."""
    return [*_outputs(story), *_papers(story), _json(JOB, "The job's specification", story.job.spec)]


def approval_path(number: int) -> str:
    """Of the approval of that number, from 1."""
    return f"signed/approval-{number}.json"


def vote_path(number: int) -> str:
    """Of the vote of that number, from 1."""
    return f"signed/vote-{number}.json"


def _outputs(story: Story) -> list[CrateFile]:
    result, job = story.result.result, story.job
    report = report_of(result)
    told = tuple(RuleSaid(each.rule, each.cells) for each in story.result.verdict.rules)
    provenance = Provenance(
        job=job.id, spec=job.spec, result=story.result.digest, released=story.result.created, rules=told
    )
    found = [_json(f"{OUTPUTS}result.json", "The result", result)]
    for number, sheet in enumerate(report.sheets(result), start=1):
        content = sheet_csv(sheet, minimum=result.minimum_persons, language="en").encode()
        path = f"{OUTPUTS}{file_name(sheet, number)}"
        found.append(CrateFile(path, sheet.title[1], "text/csv", content))
    figure = report.figure(result)
    for language in LANGUAGES:
        if figure is not None:
            drawn = str(draw_svg(figure, language)).encode()
            found.append(
                CrateFile(f"{OUTPUTS}figure-{language}.svg", f"Figure ({language})", "image/svg+xml", drawn)
            )
        methods = methods_paragraph(result, language, provenance)
        headline = f"{job.id}, {as_instant(story.published)}"
        page = printed_report(result, language, headline=headline, provenance=provenance)
        found += [
            _text(f"{OUTPUTS}methods-{language}.txt", f"Methods paragraph ({language})", methods),
            CrateFile(f"{OUTPUTS}report-{language}.html", f"Report ({language})", "text/html", page.encode()),
        ]
    return found


def _papers(story: Story) -> list[CrateFile]:
    signed = [(PERMIT, "The permit, signed", story.permit)]
    signed += [
        (approval_path(at), f"Approval {at} of this job, signed", act)
        for at, act in enumerate(story.approvals, start=1)
    ]
    signed += [
        (vote_path(at), f"Vote {at} on the export, signed", each.act)
        for at, each in enumerate(story.votes, start=1)
    ]
    return [
        *(CrateFile(path, name, "application/json", act.envelope.encode()) for path, name, act in signed),
        _json(VERDICT, "What the disclosure rules said", story.result.verdict),
        _json(
            FINDINGS,
            "Each finding of the disclosure rules, in Korean and English",
            [each.model_dump(mode="json") for each in story.findings],
        ),
    ]


def _json(path: str, name: str, value: object) -> CrateFile:
    return CrateFile(path, name, "application/json", canonical_json(value))


def _text(path: str, name: str, text: str) -> CrateFile:
    return CrateFile(path, name, "text/plain", f"{text}\n".encode())
