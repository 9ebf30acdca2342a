"""`consent`: the hospital says yes or no to runs that its policy wants to be asked about."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from node.cli.desk import Column, Desk
from node.cli.state import deciding, reading
from node.cli.status import describe_run
from node.decisions.run_states import RunState
from node.hospital_acts import record_consent
from node.state.tables import Run

_COLUMNS = (
    Column("실행", "Run"),
    Column("연구과제", "Project"),
    Column("제목", "Title"),
    Column("종류", "Kind"),
    Column("마스킹", "Masked"),
    Column("참여 기관 수", "Hospitals", number=True),
    Column("접수", "Since"),
)
RunName = Annotated[str, typer.Argument(help="실행 번호. The run's name.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="실행 동의를 결정합니다. Gives or refuses consent to runs.", invoke_without_command=True
    )
    group.callback()(_list_unless_told)
    group.command("list", help="동의를 기다리는 실행. Runs that wait for consent.")(list_waiting)
    group.command("give", help="동의합니다. Gives consent.")(give)
    group.command("refuse", help="거절합니다. Refuses consent.")(refuse)
    app.add_typer(group, name="consent")


def _list_unless_told(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_waiting(context)


def list_waiting(context: typer.Context) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        asked = session.scalars(
            select(Run).where(Run.state == str(RunState.ASKED)).order_by(Run.received_at, Run.run)
        )
        listed = [describe_run(row) for row in asked]
    keys = ("run", "project", "title", "kind", "masked", "participants", "since")
    nothing = desk.say("동의를 기다리는 실행이 없습니다.", "No run waits for consent.")
    rows = [[one[key] for key in keys] for one in listed]
    following = desk.command("consent give <run>")
    shown = [desk.table(_COLUMNS, rows, nothing=nothing)]
    if rows:
        shown.append(desk.facts([("다음", "Next", following)]))
    desk.tell({"waiting": listed}, *shown)


def give(context: typer.Context, run: RunName) -> None:
    _decide(context.obj, run, given=True)


def refuse(context: typer.Context, run: RunName) -> None:
    _decide(context.obj, run, given=False)


def _decide(desk: Desk, run: str, *, given: bool) -> None:
    with deciding(desk.settings()) as (session, outbox):
        row = record_consent(session, outbox, run=run, given=given, now=desk.now())
        told = describe_run(row)
    state = desk.say("동의함", "consent given") if given else desk.say("거절함", "consent refused")
    desk.tell(told, desk.facts([("실행", "Run", run), ("결정", "Decision", state)]))
