"""How the budget register is told on the command line: as JSON, and as facts and tables."""

from __future__ import annotations

from typing import Final

from rich.console import RenderableType

from node.cli.desk import Column, Desk
from node.registers.budget_counts import Spent, SpentBy
from node.registers.budget_runs import RunSpent
from onggi.spec.explain_job import tell_epsilon
from privacy.budgets.ceilings import Ceiling
from privacy.budgets.outlook import Leaves, Outlook
from privacy.budgets.written import tell_delta, tell_left, tell_used

_BY: Final = (
    Column("연구과제", "Project"),
    Column("이용승인", "Permit"),
    Column("실행", "Runs", number=True),
    Column("나간 답", "Answers", number=True),
    Column("예약", "Reserved", number=True),
    Column("비율", "Share", number=True),
    Column("마지막", "Last"),
)
RUNS: Final = (
    Column("실행", "Run"),
    Column("제목", "Title"),
    Column("연구과제", "Project"),
    Column("예약한 때", "Reserved at"),
    Column("나간 답", "Answers", number=True),
    Column("예약", "Reserved", number=True),
    Column("되돌림", "Given back", number=True),
    Column("비율", "Share", number=True),
)
_RESERVED: Final[dict[Leaves, tuple[str, str]]] = {
    "all": ("모두 나갈 수 있음", "all of them can leave"),
    "some": ("먼저 나가는 것만 나갈 수 있음", "those that come first can leave"),
    "none": ("하나도 나갈 수 없음", "none of them can leave"),
}


def document_of(each: Spent, spenders: tuple[SpentBy, ...]) -> dict[str, object]:
    ceiling = each.ceiling
    return {
        "population": each.population,
        "joined": list(each.joined),
        "ceiling": None if ceiling is None else ceiling.model_dump(mode="json"),
        "charged": each.charged,
        "reserved": each.reserved,
        "share_charged": each.share_charged,
        "share": each.share,
        "reserved_leave": each.reserved_leave,
        "takes_more": each.takes_more,
        "micro_epsilon": each.micro_epsilon,
        "behind": each.behind,
        "by": [
            {
                "project": one.project,
                "permit": one.permit,
                "runs": one.runs,
                "charged": one.charged,
                "reserved": one.reserved,
                "share": one.share,
                "last": one.last,
            }
            for one in spenders
        ],
    }


def shown(desk: Desk, each: Spent, spenders: tuple[SpentBy, ...]) -> list[RenderableType]:
    told = None if each.micro_epsilon is None else f"ε {tell_epsilon(each.micro_epsilon)}"
    rows: list[tuple[str, str, object]] = [
        ("대상 집단", "Population", each.population),
        ("상한", "Ceiling", limit(desk, each.ceiling)),
        ("쓰거나 예약한 비율", "Used or reserved", tell_used(each.share)),
        ("나간 답의 비율", "Of that, has left", tell_used(each.share_charged)),
        ("남은 비율", "Left", tell_left(each.share)),
        ("나간 답으로 알 수 있는 정도", "What has left tells at most", told),
        ("나간 답", "Answers that left", each.charged),
        ("예약", "Answers reserved", each.reserved),
    ]
    if each.joined:
        rows.insert(1, ("합친 집단", "Joined to it", ", ".join(each.joined)))
    parts: list[RenderableType] = [desk.facts(rows)]
    if each.behind:
        parts.append(
            desk.say(
                "관리대장에 빠진 항목이 있어 예산을 모두 쓴 것으로 봅니다. 더 최근의 백업을 복원하십시오.",
                "The register lacks entries, so all of it counts as spent. Restore a later backup.",
            )
        )
    nothing = desk.say("아직 예산을 쓴 과제가 없습니다.", "No project has spent anything yet.")
    lines = [
        (one.project, one.permit, one.runs, one.charged, one.reserved, tell_used(one.share), one.last)
        for one in spenders
    ]
    return [*parts, desk.table(_BY, lines, nothing=nothing), ""]


def limit(desk: Desk, ceiling: Ceiling | None) -> str:
    if ceiling is None:
        return desk.say("정하지 않음: 예산을 쓸 수 없습니다", "not set: nothing may be spent")
    return f"ε {tell_epsilon(ceiling.micro_epsilon)}, δ {tell_delta(ceiling.femto_delta)}"


def run_document(each: RunSpent) -> dict[str, object]:
    return {
        "run": each.run,
        "title": each.title,
        "project": each.project,
        "permit": each.permit,
        "spec_digest": each.spec_digest,
        "at": each.at,
        "charged": each.charged,
        "reserved": each.reserved,
        "returned": each.returned,
        "share": each.share,
        "micro_epsilon": each.micro_epsilon,
    }


def run_row(each: RunSpent) -> tuple[object, ...]:
    counts = (each.charged, each.reserved, each.returned)
    return (each.run, each.title or "", each.project, each.at, *counts, tell_used(each.share))


def ahead(desk: Desk, now: Spent, ceiling: Ceiling, then: Outlook) -> list[tuple[str, str, object]]:
    return [
        ("대상 집단", "Population", now.population),
        ("지금 상한", "Ceiling now", limit(desk, now.ceiling)),
        ("새 상한", "New ceiling", limit(desk, ceiling)),
        ("쓰거나 예약한 비율", "Used or reserved", f"{tell_used(now.share)} → {tell_used(then.share)}"),
        ("예약한 답", "Answers reserved", desk.say(*_RESERVED[then.reserved_leave])),
        ("새 작업을 더 받음", "Takes further jobs", then.takes_more),
    ]
