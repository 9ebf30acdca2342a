"""`ledger`: the register of processing pseudonymised information, for a period, to be printed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from node.cli.desk import Column, Desk
from node.cli.person import person_here
from node.cli.state import reading
from node.console.ledger_csv import ledger_csv, moment
from node.papers.ledger import ZONE, Ledger, LedgerLine, read_ledger
from node.papers.paper_files import write_paper
from onggi.errors import Refused

_LINES = (
    Column("연구과제", "Project"),
    Column("실행", "Run"),
    Column("시작", "Began"),
    Column("나간 수", "Left", number=True),
    Column("제공받는 자", "Recipients"),
    Column("파기", "Destroyed"),
    Column("보관 기한", "Keep until"),
)


def add_to(app: typer.Typer) -> None:
    app.command(
        "ledger", help="가명정보 처리 관리대장. The register of processing pseudonymised information."
    )(ledger)


def ledger(
    context: typer.Context,
    first: Annotated[str | None, typer.Option("--from", help="첫날. The first day.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="마지막 날. The last day.")] = None,
    csv: Annotated[Path | None, typer.Option(help="새 CSV 파일. A new CSV file.")] = None,
    html: Annotated[Path | None, typer.Option(help="인쇄할 새 HTML 파일. A new HTML file to print.")] = None,
) -> None:
    desk: Desk = context.obj
    settings, today = desk.settings(), desk.now().astimezone(ZONE).date()
    until = _day(last, today)
    begin = _day(first, until.replace(month=1, day=1))
    with reading(settings) as session:
        found = read_ledger(session, settings, first=begin, last=until, by=person_here(), now=desk.now())
    if csv is not None:
        write_paper(csv, _csv(desk, found))
    if html is not None:
        write_paper(html, _html(desk, found))
    nothing = desk.say("이 기간에 처리한 가명정보가 없습니다.", "Nothing was processed in this period.")
    desk.tell(
        {
            "first": found.first.isoformat(),
            "last": found.last.isoformat(),
            "lines": [_document(line) for line in found.lines],
            "register": {"entries": found.register_number, "head": found.register_hash},
            "audit": {"events": found.audit_number, "head": found.audit_hash},
            "digest": found.digest,
        },
        desk.table(_LINES, [_row(line) for line in found.lines], nothing=nothing),
        desk.facts(
            [
                ("반출 관리대장의 지문", "Head of the register", found.register_hash),
                ("내용의 지문", "Digest of the lines", found.digest),
            ]
        ),
    )


def _day(typed: str | None, otherwise: date) -> date:
    if typed is None:
        return otherwise
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Refused("console.date_malformed") from None


def _document(line: LedgerLine) -> dict[str, object]:

    return asdict(line)


def _row(line: LedgerLine) -> list[object]:
    return [
        line.project,
        line.run,
        moment(line.began),
        sum(each.number for each in line.left),
        line.permitted.organisation if line.permitted else None,
        moment(line.destroyed.at) if line.destroyed else None,
        line.keep_until,
    ]


def _csv(desk: Desk, found: Ledger) -> bytes:
    from node.console.site import console_pages

    phrases = console_pages().phrases
    return ledger_csv(found, lambda key: phrases.say(key, desk.language.value))


def _html(desk: Desk, found: Ledger) -> bytes:
    from node.console.printed_ledger import draw_ledger

    return draw_ledger(found, language=desk.language.value)
