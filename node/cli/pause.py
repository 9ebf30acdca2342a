"""`pause` and `resume`: the hospital stops every run and every release at once, and lets them go on."""

from __future__ import annotations

import typer

from node.cli.desk import Desk
from node.cli.state import deciding
from node.hospital_acts import record_pause


def add_to(app: typer.Typer) -> None:
    app.command("pause", help="실행과 전송을 모두 멈춥니다. Stops every run and release.")(pause)
    app.command("resume", help="다시 시작합니다. Lets them go on.")(resume)


def pause(context: typer.Context) -> None:
    _set(context.obj, paused=True)


def resume(context: typer.Context) -> None:
    _set(context.obj, paused=False)


def _set(desk: Desk, *, paused: bool) -> None:
    with deciding(desk.settings()) as (session, _):
        changed = record_pause(session, paused=paused, now=desk.now())
    if paused:
        sentence = desk.say(
            "일시 중지했습니다. 진행 중인 실행은 곧 중단되고 아무것도 전송되지 않습니다.",
            "Paused. Runs under way are ended within a heartbeat, and nothing leaves.",
        )
        following = desk.command("resume")
    else:
        sentence = desk.say("다시 시작했습니다.", "Resumed.")
        following = desk.command("status")
    desk.tell({"paused": paused, "changed": changed}, sentence, desk.facts([("다음", "Next", following)]))
