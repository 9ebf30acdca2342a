"""`stop`: the hospital ends one run; the others go on."""

from __future__ import annotations

from typing import Annotated

import typer

from node.cli.consent import RunName
from node.cli.desk import Desk
from node.cli.state import deciding
from node.hospital_acts import record_stop


def add_to(app: typer.Typer) -> None:
    app.command("stop", help="실행 하나를 중단합니다. Stops one run.")(stop)


def stop(
    context: typer.Context,
    run: RunName,
    reason: Annotated[
        str, typer.Option(help="사유(기관의 감사 기록에만 남음). Why; kept in this hospital's audit alone.")
    ] = "",
) -> None:
    desk: Desk = context.obj
    with deciding(desk.settings()) as (session, _):
        changed = record_stop(session, run=run, now=desk.now(), reason=reason.strip())
    sentence = desk.say(
        "중단하도록 했습니다. 이 실행에서는 더 이상 아무것도 나가지 않으며 작업 폴더는 곧 없어집니다.",
        "Stopped. Nothing of this run leaves any more, and its workspace is destroyed within a heartbeat.",
    )
    told = {"run": run, "stopped": True, "changed": changed}
    desk.tell(told, sentence, desk.facts([("다음", "Next", desk.command("runs"))]))
