"""Shows a report of data quality to hospital IT, failed checks first, and the card that others may read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, get_args

from rich.console import RenderableType

from analysis_jobs.quality.checks import Category, Severity
from analysis_jobs.quality.results import CheckResult, QualityReport, Status
from catalog.quality_card import QualityCard
from node.cli.desk import Column, Desk

_FAILED = (
    Column("점검", "Check"),
    Column("심각도", "Severity"),
    Column("위반", "Violated", number=True),
    Column("대상", "Of", number=True),
    Column("비율(%)", "Percent", number=True),
    Column("허용(%)", "Accepted", number=True),
)
_COUNTS = (
    Column("분류", "Category"),
    Column("통과", "Passed", number=True),
    Column("실패", "Failed", number=True),
    Column("해당 없음", "Not applicable", number=True),
    Column("오류", "Errors", number=True),
)
_ERRORS = (Column("오류로 판정하지 못한 점검", "Check that the engine could not answer"),)
_CELLS = (
    Column("표", "Table"),
    Column("분류", "Category"),
    Column("통과", "Passed", number=True),
    Column("실패", "Failed", number=True),
    Column("해당 없음", "Not applicable", number=True),
    Column("비공개", "Not told", number=True),
    Column("오류", "Errors", number=True),
)
_BANDS = (Column("실패한 점검", "Failed check"), Column("위반 비율(%)", "Percent of rows"))
_CATEGORY_WORDS: Final[dict[Category, str]] = {
    "Completeness": "완전성",
    "Conformance": "적합성",
    "Plausibility": "타당성",
}
_SEVERITY_WORDS: Final[dict[Severity, str]] = {
    "fatal": "치명",
    "convention": "규약",
    "characterization": "특성",
}
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


def count_statuses(results: Sequence[CheckResult]) -> dict[Status, int]:
    """How many checks came out how."""
    found = Counter(result.status for result in results)
    return {status: found[status] for status in get_args(Status)}


def failed_first(report: QualityReport) -> list[CheckResult]:
    """The failed checks: the gravest kinds first, and within a kind the greatest share."""
    failed = [result for result in report.results if result.status == "failed"]
    return sorted(failed, key=lambda one: (_SEVERITIES.index(one.severity), -(one.percent or 0), one.id))


def report_document(report: QualityReport) -> dict[str, object]:
    """The report for programs: counts, and each check that failed or could not be answered."""
    results = report.results
    return {
        "dataset": report.dataset,
        "generation": report.generation,
        "checked_at": report.model_dump(mode="json")["checked_at"],
        "counts": count_statuses(results),
        "tables": [
            {"table": one.table, "rows": one.rows, "persons": one.persons, **count_statuses(one.results)}
            for one in report.tables
        ],
        "failed": [one.model_dump(mode="json") for one in failed_first(report)],
        "errors": [one.id for one in results if one.status == "error"],
    }


def show_report(desk: Desk, report: QualityReport) -> list[RenderableType]:
    """Failed checks, then counts by category, then where the report is from."""
    failed = [
        (
            one.id,
            desk.say(_SEVERITY_WORDS[one.severity], one.severity),
            one.violated,
            one.denominator,
            f"{one.percent or 0:.2f}",
            f"{one.threshold or 0:g}",
        )
        for one in failed_first(report)
    ]
    errors = [(one.id,) for one in report.results if one.status == "error"]
    counts = [
        (
            desk.say(_CATEGORY_WORDS[category], category),
            *count_statuses([one for one in report.results if one.category == category]).values(),
        )
        for category in get_args(Category)
    ]
    nothing = desk.say("실패한 점검이 없습니다.", "No check failed.")
    shown: list[RenderableType] = [desk.table(_FAILED, failed, nothing=nothing), ""]
    if errors:
        shown += [desk.table(_ERRORS, errors, nothing=""), ""]
    facts = [
        ("데이터셋", "Dataset", report.dataset),
        ("데이터 세대", "Data generation", report.generation),
        ("점검 시각", "Checked at", report_document(report)["checked_at"]),
    ]
    return [*shown, desk.table(_COUNTS, counts, nothing=""), "", desk.facts(facts)]


def card_document(card: QualityCard) -> dict[str, object]:
    return card.model_dump(mode="json")


def show_card(desk: Desk, card: QualityCard) -> list[RenderableType]:
    """What others would read, as it would be written."""
    cells = [
        (
            cell.table,
            desk.say(_CATEGORY_WORDS[cell.category], cell.category),
            cell.passed,
            cell.failed,
            cell.not_applicable,
            cell.not_told,
            cell.error,
        )
        for cell in card.cells
    ]
    bands = [(one.check, one.band) for one in card.failed]
    heading = desk.say(
        f"카탈로그용 품질 카드입니다. {card.threshold}명 미만에 관한 내용은 비공개입니다.",
        f"The card for the catalogue. Nothing about fewer than {card.threshold} persons is told.",
    )
    nothing = desk.say("공개할 실패가 없습니다.", "No failure can be told.")
    return [
        "",
        heading,
        desk.table(_CELLS, cells, nothing=""),
        "",
        desk.table(_BANDS, bands, nothing=nothing),
    ]
