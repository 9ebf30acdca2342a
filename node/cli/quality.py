"""`quality`: how good the loaded data is, in full for the hospital, and as a card for the catalogue."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.read_checks import read_checks
from analysis_jobs.quality.results import QualityReport
from analysis_jobs.quality.to_card import card_of
from catalog.quality_card import QualityCard
from node.cli.desk import Desk
from node.cli.quality_tables import card_document, report_document, show_card, show_report
from node.cli.state import deciding, with_policy_in_force
from node.quality.kept_reports import check_new_file, get_report, keep_report, to_bytes, write_new_file
from node.registers.audit import NodeEvent, record_event
from node.settings import NodeSettings
from node.store.keys import unlock_data_key
from node.unlocking import data_provider
from onggi.errors import Fact, Refused

FEWEST_PERSONS = 10
"""A hospital may ask for more persons behind what its card tells, never for fewer."""


def add_to(app: typer.Typer) -> None:
    app.command("quality", help="데이터 품질을 점검합니다. Checks the quality of the data.")(quality)


def quality(
    context: typer.Context,
    table: Annotated[
        list[str] | None, typer.Option(help="이 표만 점검합니다. This table only; may be repeated.")
    ] = None,
    checks: Annotated[
        Path | None, typer.Option(help="점검 목록 CSV 폴더. Folder of check lists as DQD publishes them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="전체 보고서 파일(기관 내부용). Full report, stays here.")
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="카탈로그용 품질 카드 파일. Quality card for the catalogue.")
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="마지막 보고서를 보여 줍니다. Shows the last report.")
    ] = False,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    chosen = _choose(read_checks(checks), table or [])
    if card is not None and table:
        raise Refused("quality.card_needs_all")
    for path in (out, card):
        if path is not None:
            check_new_file(path)
    if last:
        report = _last(settings, tables={check.table for check in chosen}, checks=checks)
    else:
        report = _run(desk, settings, chosen, whole=not table)
    threshold = max(FEWEST_PERSONS, with_policy_in_force(settings).policy.minimum_persons)
    shown = None if card is None else card_of(report, threshold=threshold)
    _tell(desk, report, shown)
    if out is not None:
        write_new_file(out, to_bytes(report))
    if card is not None and shown is not None:
        _write_card(desk, settings, shown, card)


def _choose(checks: Sequence[Check], tables: Sequence[str]) -> list[Check]:
    known = {check.table for check in checks}
    for table in tables:
        if table.lower() not in known:
            raise Refused("quality.unknown_table", table=table)
    wanted = {table.lower() for table in tables} or known
    return [check for check in checks if check.table in wanted]


def _last(settings: NodeSettings, *, tables: Set[str], checks: Path | None) -> QualityReport:
    from node.data_source import first_version  # engines and drivers slow every other command down

    if checks is not None:
        raise Refused("node.usage", detail="--last --checks", command="onggi-node quality")
    report = get_report(settings.quality, first_version(settings))
    return report.model_copy(update={"tables": tuple(one for one in report.tables if one.table in tables)})


def _run(desk: Desk, settings: NodeSettings, checks: Sequence[Check], *, whole: bool) -> QualityReport:
    """Checks the data, records that it did, and keeps the report where it is about every table."""
    key = unlock_data_key(settings.keys_folder, provider=data_provider(settings, desk.unlocking()))
    with _progress(desk, total=len({check.table for check in checks})) as step:
        from node.quality.check_data import check_data

        report = check_data(settings, checks, key=key, now=desk.now(), progress=step)
    counts = {
        status: sum(result.status == status for result in report.results)
        for status in ("passed", "failed", "not_applicable", "error")
    }
    facts: dict[str, Fact] = {"generation": report.generation, "digest": report.digest, **counts}
    with deciding(settings) as (session, _):
        record_event(session, NodeEvent.QUALITY_CHECKED, about=settings.dataset, now=desk.now(), facts=facts)
    if whole:
        keep_report(settings.quality, report)
    return report


@contextlib.contextmanager
def _progress(desk: Desk, *, total: int) -> Iterator[Callable[[str], None]]:
    """A bar on the error stream, where a person watches; silence elsewhere."""
    stream = desk.surroundings.err
    if desk.as_json or not stream.isatty():
        yield lambda _table: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=40), MofNCompleteColumn())
    with Progress(*columns, console=desk.console(stream), transient=True) as bars:
        bar = bars.add_task(desk.say("점검", "Checking"), total=total)

        def step(table: str) -> None:
            bars.update(bar, description=table, advance=1)

        yield step


def _tell(desk: Desk, report: QualityReport, card: QualityCard | None) -> None:
    shown: list[RenderableType] = show_report(desk, report)
    if card is not None:
        shown += show_card(desk, card)
    desk.tell(
        report_document(report) | {"card": None if card is None else card_document(card)},
        *shown,
    )


def _write_card(desk: Desk, settings: NodeSettings, card: QualityCard, path: Path) -> None:
    """The register knows of the card before the file is there: what cannot be recorded is not written."""
    content = card.model_dump_json(indent=1).encode() + b"\n"
    facts: dict[str, Fact] = {
        "generation": card.generation,
        "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "bytes": len(content),
    }
    with deciding(settings) as (session, _):
        record_event(
            session, NodeEvent.QUALITY_CARD_WRITTEN, about=settings.dataset, now=desk.now(), facts=facts
        )
    write_new_file(path, content)
