"""`letter`: the signed letter of a week, what left and that nothing else did; written, listed, verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from node.cli.desk import Column, Desk
from node.cli.state import deciding, reading
from node.papers.paper_files import write_paper
from node.papers.weekly_letter import OfNode, list_weeks, verify_letter, write_letter
from node.registers.objects import ObjectStore
from node.settings import NodeSettings
from node.state.tables import WrittenLetter
from onggi.errors import Refused
from onggi.protocol.dsse import LARGEST_ENVELOPE, Envelope
from onggi.protocol.rendering import render_statement
from onggi.protocol.weekly_letters import last_whole_week

_WEEKS = (Column("주", "Week"), Column("쓴 시각", "Written"))
LetterFile = Annotated[Path, typer.Argument(metavar="FILE", help="확인서 파일. The letter.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="한 주에 나간 것의 서명된 확인서. The signed letter of what left in a week.",
        no_args_is_help=True,
    )
    group.command("list", help="주의 목록. The weeks.")(list_all)
    group.command("write", help="확인서를 쓰고 서명합니다. Writes and signs the letter.")(write)
    group.command("verify", help="기록과 비교하여 확인합니다. Verifies it against the registers.")(verify)
    app.add_typer(group, name="letter")


def list_all(context: typer.Context) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        weeks = list_weeks(session, now=desk.now())
        written = {row.week: row.at for row in session.scalars(select(WrittenLetter))}
    nothing = desk.say("아직 끝난 주가 없습니다.", "No week is over yet.")
    rows = [(week, written.get(week)) for week in weeks]
    desk.tell(
        {"weeks": [{"week": week, "written": at} for week, at in rows]},
        desk.table(_WEEKS, rows, nothing=nothing),
    )


def write(
    context: typer.Context,
    week: Annotated[
        str | None, typer.Option(help="주(2026-W47), 없으면 지난주. The week; last week otherwise.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="확인서를 저장할 새 파일. A new file for the letter.")
    ] = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    wanted = week or last_whole_week(desk.now())
    with deciding(settings) as (session, _):
        envelope, letter = write_letter(session, _of(settings), week=wanted, now=desk.now())
    if out is not None:
        write_paper(out, envelope.to_json() + b"\n")
    text = render_statement(letter)
    shown = [text] if out is None else [text, desk.facts([("파일", "File", out)])]
    desk.tell(
        {"letter": letter.model_dump(mode="json"), "file": None if out is None else str(out), "text": text},
        *shown,
    )


def verify(context: typer.Context, file: LetterFile) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    envelope = read_letter(file)
    with reading(settings) as session:
        letter = verify_letter(session, _of(settings), envelope, now=desk.now())
    told = desk.say(
        "이 기관이 서명했고 지금의 기록과 같습니다.", "Signed by this hospital; its registers tell the same."
    )
    desk.tell(
        {"verified": True, "letter": letter.model_dump(mode="json")}, told, "", render_statement(letter)
    )


def read_letter(path: Path) -> Envelope:
    """The envelope in a file. Raises Refused(``node.file_unreadable``)."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_ENVELOPE + 1)
    except OSError:
        raise Refused("node.file_unreadable", path=str(path)) from None
    return Envelope.from_json(content)


def _of(settings: NodeSettings) -> OfNode:
    return OfNode(settings=settings, objects=ObjectStore(settings.objects))
