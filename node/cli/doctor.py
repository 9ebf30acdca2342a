"""`doctor`: says what is wrong with a node, where, and the one command that comes next."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer
from rich.console import RenderableType

from node.cli.desk import Desk, exit_code
from node.doctor.findings import Examined, Group

if TYPE_CHECKING:
    from node.doctor.examine import Progress

_GROUPS: dict[Group, tuple[str, str]] = {
    Group.SETTINGS: ("설정", "Settings"),
    Group.KEYS: ("열쇠와 파일 권한", "Keys and file modes"),
    Group.DISK: ("디스크", "Disk"),
    Group.STATE: ("상태 데이터베이스", "State database"),
    Group.CLOCK: ("시계", "Clock"),
    Group.TRUST: ("연합 루트", "Federation root"),
    Group.STORE: ("저장소와 데이터 열쇠", "Store and data key"),
    Group.OMOP: ("OMOP CDM", "OMOP CDM"),
    Group.AUDIT: ("감사 기록", "Audit trail"),
    Group.REGISTER: ("반출 관리대장", "Release register"),
    Group.SANDBOX: ("격리 실행", "Sandbox"),
    Group.LINK: ("중앙 서버 연결", "Link to the coordinator"),
}


def add_to(app: typer.Typer) -> None:
    app.command("doctor", help="문제의 원인, 위치, 다음 명령. Cause, place and next command.")(doctor)


def doctor(context: typer.Context) -> None:
    desk: Desk = context.obj
    with _progress(desk) as progress:
        from node.doctor.examine import examine

        found = examine(
            desk.home,
            unlocking=desk.unlocking(),
            now=desk.now(),
            run_name=f"doctor-{secrets.token_hex(6)}",
            progress=progress,
        )
    first = next((one for group in found for one in group.findings if one.blocks), None)
    desk.tell(
        {"well": first is None, "groups": [_document(desk, one) for one in found]},
        *(each for one in found for each in _shown(desk, one)),
    )
    if first is not None:
        raise typer.Exit(exit_code(first.code))


@contextlib.contextmanager
def _progress(desk: Desk) -> Iterator[Progress]:
    stream = desk.surroundings.err
    if desk.as_json or not stream.isatty():
        yield lambda _: None
        return
    with desk.console(stream).status("") as line:
        yield lambda group: line.update(desk.say(*_GROUPS[group]))


def _document(desk: Desk, one: Examined) -> dict[str, object]:
    findings = [{**desk.words(each.code, each.facts), "blocks": each.blocks} for each in one.findings]
    return {"group": one.group.value, "well": one.well, "skipped": one.skipped, "findings": findings}


def _shown(desk: Desk, one: Examined) -> list[RenderableType]:
    name = desk.say(*_GROUPS[one.group])
    if one.skipped:
        state = desk.say(
            "확인하지 못함(앞의 문제를 먼저 해결)", "not examined: solve what stands above first"
        )
    elif one.well:
        state = desk.say("정상", "well")
    else:
        state = desk.say("문제 있음", "something is wrong")
    shown: list[RenderableType] = [f"{name}: {state}"]
    shown += [desk.problem(desk.words(each.code, each.facts)) for each in one.findings]
    return shown
