"""`releases`: the hospital's list of all that left, each entry readable in full, and its own held replies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.cli.desk import Column, Desk
from node.cli.state import deciding, reading
from node.hospital_acts import record_held_decision
from node.registers.objects import ObjectStore
from node.registers.releases import check_register
from node.registers.what_left import check_objects, read_numbers
from node.settings import NodeSettings
from node.state.tables import HeldReply, Release, Run
from onggi.errors import Refused
from onggi.spec.job import JobSpec

_LEFT = (
    Column("번호", "Entry", number=True),
    Column("시각", "At"),
    Column("연구과제", "Project"),
    Column("실행", "Run"),
    Column("차례", "Message", number=True),
    Column("내용", "What"),
    Column("종류", "Result"),
    Column("바이트", "Bytes", number=True),
    Column("결정", "Decision"),
)
_HELD = (
    Column("보류 번호", "Held", number=True),
    Column("시각", "Since"),
    Column("연구과제", "Project"),
    Column("실행", "Run"),
    Column("차례", "Message", number=True),
    Column("바이트", "Bytes", number=True),
)
_NUMBERS = (Column("이름", "Name"), Column("모양", "Shape"), Column("값", "Values"))
_ENTRY_KEYS = ("entry", "at", "project", "run", "ordinal", "what", "result", "bytes", "decision")
_HELD_KEYS = ("held", "since", "project", "run", "ordinal", "bytes")
_SHOWN_VALUES = 400
Number = Annotated[int, typer.Argument(help="번호. Number in the list.", min=1)]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        help="기관 밖으로 나간 기록과 보류 중인 답. What left, and what is held.",
        invoke_without_command=True,
    )
    group.callback()(_list_unless_told)
    group.command("list", help="반출 관리대장. The release register.")(list_all)
    group.command("show", help="나간 내용을 그대로 봅니다. Shows what left, in full.")(show)
    group.command("approve", help="보류된 답을 내보냅니다. Lets a held reply go.")(approve)
    group.command("refuse", help="보류된 답을 내보내지 않습니다. Keeps a held reply.")(refuse)
    group.command("verify", help="관리대장을 검증합니다. Verifies the register.")(verify)
    app.add_typer(group, name="releases")


def _list_unless_told(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_all(context)


def list_all(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        left = [_entry(row) for row in session.scalars(select(Release).order_by(Release.entry))]
        waiting = select(HeldReply).where(HeldReply.decision.is_(None)).order_by(HeldReply.id)
        held = [_held(session, settings, row) for row in session.scalars(waiting)]
    shown: list[RenderableType] = [
        desk.table(
            _LEFT,
            [[one[key] for key in _ENTRY_KEYS] for one in left],
            nothing=desk.say("기관 밖으로 나간 것이 없습니다.", "Nothing has left this hospital."),
        )
    ]
    if held:
        shown += [
            "\n" + desk.say("결정을 기다리는 답", "Replies that wait for your decision"),
            desk.table(_HELD, [[one[key] for key in _HELD_KEYS] for one in held], nothing=""),
            desk.facts([("다음", "Next", desk.command(f"releases show --held {held[0]['held']}"))]),
        ]
    desk.tell({"releases": left, "held": held}, *shown)


def _entry(row: Release) -> dict[str, object]:
    names = ("entry", "at", "project", "run", "ordinal", "spec_digest", "what", "result", "bytes")
    return {name: getattr(row, name) for name in (*names, "object_digest", "decision", "hash")}


def _held(session: Session, settings: NodeSettings, row: HeldReply) -> dict[str, object]:
    content = ObjectStore(settings.objects).get(session, row.object_digest)
    spec = JobSpec.model_validate_json(session.get_one(Run, row.run).spec)
    return {
        "held": row.id,
        "since": row.since,
        "project": spec.project,
        "run": row.run,
        "ordinal": row.ordinal,
        "bytes": len(content),
        "object_digest": row.object_digest,
        "decision": row.decision,
    }


def show(
    context: typer.Context,
    number: Number,
    held: Annotated[bool, typer.Option("--held", help="보류된 답. A held reply.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="바이트 그대로 저장. Writes the exact bytes to a file.")
    ] = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        told = _find(session, settings, number, held=held)
        content = ObjectStore(settings.objects).get(session, str(told["object_digest"]))
    numbers = None if told.get("what") == "masked_sum" else read_numbers(content)
    if out is not None:
        _write_out(out, content)
    told = {**told, "bytes": len(content), "numbers": numbers}
    desk.tell(told, *_shown(desk, told, numbers, held=held))


def _find(session: Session, settings: NodeSettings, number: int, *, held: bool) -> dict[str, object]:
    if held:
        waiting = session.get(HeldReply, number)
        if waiting is None:
            raise Refused("reply.not_held", number=number)
        return _held(session, settings, waiting)
    left = session.get(Release, number)
    if left is None:
        raise Refused("release.not_found", number=number)
    return _entry(left)


def _shown(
    desk: Desk, told: dict[str, object], numbers: Sequence[dict[str, object]] | None, *, held: bool
) -> list[RenderableType]:
    labels = [
        (name, name.replace("_", " "), value)
        for name, value in told.items()
        if name not in ("numbers", "hash")
    ]
    shown: list[RenderableType] = [desk.facts(labels), ""]
    if numbers is None:
        shown.append(
            desk.say(
                "마스킹된 값이라 다른 기관들의 값과 더해지기 전에는 아무도 읽을 수 없습니다. "
                "--out 옵션으로 나간 바이트를 그대로 저장할 수 있습니다.",
                "These bytes are masked: nobody can read them before they are summed with other hospitals'. "
                "Option --out writes them to a file as they left.",
            )
        )
    else:
        rows = [(one["name"], one["shape"], _values(one["values"])) for one in numbers]
        shown.append(desk.table(_NUMBERS, rows, nothing=desk.say("수치가 없습니다.", "It holds no numbers.")))
    if held and told["decision"] is None:
        shown.append(desk.facts([("다음", "Next", desk.command(f"releases approve {told['held']}"))]))
    return shown


def _values(values: object) -> str:
    assert isinstance(values, list)
    listed = " ".join(
        f"{value:g}" if value != int(value) else f"{value:.0f}" for value in values[:_SHOWN_VALUES]
    )
    more = len(values) - _SHOWN_VALUES
    return listed if more <= 0 else f"{listed} (+{more:,})"


def _write_out(path: Path, content: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError:
        raise Refused("node.file_unwritable", path=str(path)) from None


def approve(context: typer.Context, number: Number) -> None:
    _decide(context.obj, number, approved=True)


def refuse(context: typer.Context, number: Number) -> None:
    _decide(context.obj, number, approved=False)


def _decide(desk: Desk, number: int, *, approved: bool) -> None:
    settings = desk.settings()
    with deciding(settings) as (session, _):
        row = record_held_decision(session, held=number, approved=approved, now=desk.now())
        told = _held(session, settings, row)
    decision = desk.say("내보냄", "let go") if approved else desk.say("내보내지 않음", "kept")
    desk.tell(told, desk.facts([("실행", "Run", told["run"]), ("결정", "Decision", decision)]))


def verify(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        entries, head = check_register(session)
        objects = check_objects(session, ObjectStore(settings.objects))
    desk.tell(
        {"entries": entries, "head": head, "objects": objects, "verified": True},
        desk.facts(
            [
                ("확인한 항목", "Entries verified", entries),
                ("확인한 내용", "Contents verified", objects),
                ("마지막 해시", "Head", head),
            ]
        ),
    )
