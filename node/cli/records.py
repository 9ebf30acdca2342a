"""`deletions` and `audit`: what was destroyed after each run, and all that happened."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from sqlalchemy import select

from node.cli.desk import Column, Desk
from node.cli.state import reading
from node.doctor.books import walk_books
from node.registers.deletions import read_deletions
from node.state.tables import AuditEvent, DeletionRecord, Run

_DELETIONS = (
    Column("실행", "Run"),
    Column("시각", "At"),
    Column("결과", "Outcome"),
    Column("지운 바이트", "Bytes destroyed", number=True),
    Column("서명", "Signature"),
)
_EVENTS = (
    Column("번호", "Number", number=True),
    Column("시각", "At"),
    Column("사건", "Event"),
    Column("대상", "About"),
    Column("내용", "Facts"),
)


def add_to(app: typer.Typer) -> None:
    app.command("deletions", help="삭제 기록을 보여 줍니다. Lists the deletion records.")(deletions)
    group = typer.Typer(help="감사 기록. The audit trail.", no_args_is_help=True)
    group.command("list", help="최근 사건. The latest events.")(list_events)
    group.command("verify", help="모든 기록에 끊긴 곳이 없는지 검증합니다. Walks every register.")(verify)
    app.add_typer(group, name="audit")


def deletions(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        asked = select(DeletionRecord, Run.workspace_bytes).join(Run, Run.run == DeletionRecord.run)
        rows = [(record, size) for record, size in session.execute(asked.order_by(DeletionRecord.run))]
    listed = read_deletions(settings, rows)
    keys = ("run", "at", "outcome", "bytes_destroyed", "verified")
    desk.tell(
        {"deletions": listed},
        desk.table(
            _DELETIONS,
            [[_say(desk, one[key]) for key in keys] for one in listed],
            nothing=desk.say("삭제 기록이 없습니다.", "There is no deletion record."),
        ),
    )


def _say(desk: Desk, value: object) -> object:
    if isinstance(value, bool):
        return desk.say("확인됨", "verified") if value else desk.say("맞지 않음", "does not verify")
    return value


def list_events(
    context: typer.Context,
    last: Annotated[int, typer.Option(help="몇 건까지. How many.", min=1)] = 50,
) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        newest = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(last))
        listed = [
            {
                "number": row.number,
                "at": row.at,
                "event": row.event,
                "about": row.about,
                "facts": json.loads(row.facts),
            }
            for row in reversed(list(newest))
        ]
    rows = [(one["number"], one["at"], one["event"], one["about"], _short(one["facts"])) for one in listed]
    nothing = desk.say("아직 기록이 없습니다.", "Nothing has been recorded yet.")
    desk.tell({"events": listed}, desk.table(_EVENTS, rows, nothing=nothing))


def _short(facts: dict[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(facts.items()))


def verify(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        walked = walk_books(session, settings)
    desk.tell(
        {
            "events": walked["audit"],
            "releases": walked["register"],
            "budget": walked["budget"],
            "released_persons": walked["sets"],
            "verified": True,
        },
        desk.facts(
            [
                ("확인한 사건", "Events verified", walked["audit"]),
                ("반출 관리대장 항목", "Entries of the release register", walked["register"]),
                ("예산 관리대장 항목", "Entries of the budget register", walked["budget"]),
                ("이전 결과의 대상자 기록", "Rows of the register of released persons", walked["sets"]),
            ]
        ),
    )
