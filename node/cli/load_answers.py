"""What `load-omop` and `load-vocabulary` answer: counts per table, remarks, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from node.cli.desk import Column, Desk
from node.store.load_report import CheckReport, LoadReport, LoadWarning, TableLoad
from node.store.staged_rows import Problem

_COLUMNS = (
    Column("표", "Table"),
    Column("읽은 행", "Rows read", number=True),
    Column("적재한 행", "Rows kept", number=True),
    Column("대상자 없는 행", "Of unknown persons", number=True),
    Column("제외한 열", "Columns left out"),
)


def tell_load(desk: Desk, report: LoadReport, *, dataset: str | None) -> None:
    """A finished load; without a data set it was one of the shared vocabulary."""
    document: dict[str, object] = {
        "dataset": dataset,
        "generation": report.generation,
        "digest": report.digest,
        "source_cdm_version": report.source_cdm_version,
        "vocabulary_version": report.vocabulary_version,
        "tables": _documents(report.tables),
        "warnings": [desk.words(one.code, one.facts) for one in report.warnings],
    }
    named = [("데이터셋", "Dataset", dataset), ("CDM 버전", "CDM version", report.source_cdm_version)]
    desk.tell(
        document,
        _table(desk, report.tables),
        *(_warning(desk, one) for one in report.warnings),
        "",
        desk.facts(
            [
                *(named if dataset is not None else []),
                ("세대", "Generation", report.generation),
                ("용어 버전", "Vocabulary", report.vocabulary_version),
                ("다음", "Next", desk.command("doctor")),
            ]
        ),
    )


def tell_check(desk: Desk, report: CheckReport) -> None:
    """What a load would say."""
    document: dict[str, object] = {
        "source_cdm_version": report.source_cdm_version,
        "tables": _documents(report.tables),
        "warnings": [desk.words(one.code, one.facts) for one in report.warnings],
        "problems": [desk.words(one.code, one.facts) for one in report.problems],
    }
    well = desk.say("적재할 수 있습니다. 저장한 것은 없습니다.", "This can be loaded. Nothing was written.")
    desk.tell(
        document,
        _table(desk, report.tables),
        *(_warning(desk, one) for one in report.warnings),
        "",
        *(desk.problem(desk.words(one.code, one.facts)) for one in report.problems),
        *(() if report.problems else (well,)),
    )


def tell_problems(desk: Desk, problems: Sequence[Problem]) -> None:
    """Further things that are wrong with a refused file, on the error stream."""
    if not desk.as_json:
        for one in problems:
            cause = desk.words(one.code, one.facts)["cause"]
            desk.surroundings.err.write(f"{desk.say('또한', 'Also')}: {cause} ({one.code})\n")


def _documents(tables: Sequence[TableLoad]) -> list[dict[str, object]]:
    return [
        {
            "table": one.table,
            "read": one.read,
            "kept": one.kept,
            "unknown_persons": one.unknown_persons,
            "dropped_columns": list(one.dropped_columns),
        }
        for one in tables
    ]


def _table(desk: Desk, tables: Sequence[TableLoad]) -> RenderableType:
    rows = [
        (one.table, one.read, one.kept, one.unknown_persons, ", ".join(one.dropped_columns)) for one in tables
    ]
    return desk.table(_COLUMNS, rows, nothing=desk.say("적재한 표가 없습니다.", "No table was loaded."))


def _warning(desk: Desk, warning: LoadWarning) -> str:
    told = desk.words(warning.code, warning.facts)
    return f"{desk.say('참고', 'Note')}: {told['cause']}"
