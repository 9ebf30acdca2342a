"""`policy`: what this hospital lets happen by itself; shown, tried on the past, and changed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType
from sqlalchemy.orm import Session

from node.cli.desk import Column, Desk
from node.cli.state import deciding, reading
from node.decisions.policy_changes import change_policy, read_pair
from node.decisions.preview_policy import Preview, preview_policy
from node.decisions.site_policy import SitePolicy
from node.registers.objects import ObjectStore
from node.registers.past_jobs import DAYS, list_past_jobs
from node.registers.policies import check_floor, find_floors, find_in_force, record_policy
from onggi.protocol.canonical import digest_of
from onggi.spec.disclosure_rules import CODES, DisclosureRules, strictest
from onggi.spec.explain_rules import tell_value

_ENTRIES = (Column("항목", "Entry"), Column("정책", "Policy"))
_CHANGED = (
    Column("실행", "Run"),
    Column("제목", "Title"),
    Column("지금 정책", "Policy now"),
    Column("새 정책", "New policy"),
)
_RULES = (
    Column("공개 규칙", "Disclosure rule"),
    Column("연합", "Federation"),
    Column("기관", "Hospital"),
    Column("적용", "Counts"),
)
_FATES = {"runs": ("실행", "runs"), "asks": ("동의를 물음", "asks"), "refuses": ("거절", "refused")}
Consent = Annotated[str | None, typer.Option(help="automatic, ask, never")]
Masked = Annotated[str | None, typer.Option(help="send, hold")]
Persons = Annotated[int | None, typer.Option(help="최소 인원. Fewest persons.")]
Small = Annotated[
    str | None,
    typer.Option(help="yes, no: 기관 안의 소수 칸을 합산에. Cells small here within masked sums."),
]
Quota = Annotated[
    int | None,
    typer.Option(help="과제당 한 달 거절 수. Refusals of a project within a month."),
]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="count=ask (usual: 규칙 삭제, removes it)")]
Projects = Annotated[list[str] | None, typer.Option("--project", help="heart-1=never")]
Results = Annotated[list[str] | None, typer.Option("--release", help="count_table=hold")]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rule", help="공개 규칙. A disclosure rule: residual_dof=20, zero_drop_is_small=yes."),
]
Days = Annotated[int, typer.Option(min=1, max=3650, help="며칠을 돌아볼지. How many days back.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="기관의 정책. The hospital's policy.", no_args_is_help=True)
    group.command("show", help="지금의 정책. The policy in force.")(show)
    group.command("preview", help="지난 실행에 적용해 봅니다. Tries changes on the past.")(preview)
    group.command("set", help="정책을 바꿉니다. Changes the policy.")(set_policy)
    app.add_typer(group, name="policy")


def show(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        found = find_in_force(session, ObjectStore(settings.objects), settings)
        floors = find_floors(session, settings)
    document = {
        "policy": found.policy.model_dump(mode="json"),
        "digest": found.digest,
        "version": found.number,
        "at": found.at,
        "by": found.by,
        "floor": floors.minimum_persons,
        "floor_rules": floors.rules.model_dump(mode="json"),
    }
    where = desk.say("node.toml 파일", "the file node.toml") if found.number == 0 else f"{found.number}"
    desk.tell(
        document,
        desk.table(_ENTRIES, _rows(found.policy), nothing=""),
        desk.table(_RULES, _rule_rows(desk, found.policy.rules, floors.rules), nothing=""),
        desk.facts(
            [("버전", "Version", where), ("연합의 최소 인원", "Federation's floor", floors.minimum_persons)]
        ),
    )


def _rows(policy: SitePolicy) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [("consent", policy.consent)]
    rows += [(f"kind {name}", rule) for name, rule in sorted(policy.consent_by_kind.items())]
    rows += [(f"project {name}", rule) for name, rule in sorted(policy.consent_by_project.items())]
    rows += [("masked", policy.masked)]
    rows += [(f"release {name}", rule) for name, rule in sorted(policy.release.items())]
    return [
        *rows,
        ("minimum_persons", policy.minimum_persons),
        ("small_hospitals", "yes" if policy.small_hospitals else "no"),
        ("refusal_quota", policy.refusal_quota),
    ]


def _rule_rows(desk: Desk, own: DisclosureRules, floor: DisclosureRules) -> list[tuple[str, ...]]:
    counts = strictest(own, floor)
    return [(rule, *(desk.say(*tell_value(each, rule)) for each in (floor, own, counts))) for rule in CODES]


def preview(
    context: typer.Context,
    consent: Consent = None,
    kind: Kinds = None,
    project: Projects = None,
    masked: Masked = None,
    release: Results = None,
    minimum_persons: Persons = None,
    small_hospitals: Small = None,
    refusal_quota: Quota = None,
    rule: Rules = None,
    days: Days = DAYS,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    with reading(settings) as session:
        before = find_in_force(session, ObjectStore(settings.objects), settings).policy
        after = change_policy(
            before,
            consent=consent,
            masked=masked,
            minimum_persons=minimum_persons,
            small_hospitals=small_hospitals,
            refusal_quota=refusal_quota,
            **_pairs(kind, project, release, rule),
        )
        check_floor(after, floors=find_floors(session, settings))
        seen = _look_back(session, desk, before, after, days=days)
    following = desk.command("policy set ...")
    desk.tell(_document(seen, days), *_shown(desk, seen, days), desk.facts([("다음", "Next", following)]))


def _pairs(
    kind: list[str] | None, project: list[str] | None, release: list[str] | None, rule: list[str] | None
) -> dict[str, dict[str, str]]:
    named = {"by_kind": kind, "by_project": project, "release": release, "rules": rule}
    return {name: dict(map(read_pair, pairs or ())) for name, pairs in named.items()}


def _look_back(session: Session, desk: Desk, before: SitePolicy, after: SitePolicy, *, days: int) -> Preview:
    return preview_policy(after, list_past_jobs(session, now=desk.now(), days=days), now=before)


def _document(seen: Preview, days: int) -> dict[str, object]:
    return {
        "days": days,
        "jobs": seen.jobs,
        "refused": seen.refused,
        "asked": seen.asked,
        "held": seen.held,
        "blocked": seen.blocked,
        "changed": [
            {
                "run": each.job.run,
                "title": each.job.spec.title,
                "was": each.was,
                "would": each.would,
                "held_before": each.held_before,
                "held_after": each.held_after,
            }
            for each in seen.changed
        ],
    }


def _shown(desk: Desk, seen: Preview, days: int) -> list[RenderableType]:
    sentence = desk.say(
        f"최근 {days}일의 작업 수: {seen.jobs}. 거절: {seen.refused}, 동의를 물음: {seen.asked}, "
        f"보류되는 답: {seen.held}, 나가지 못하는 마스킹된 답: {seen.blocked}",
        f"Of {seen.jobs} jobs in the last {days} days it would have refused {seen.refused}, asked you for "
        f"{seen.asked}, held {seen.held} replies and kept back {seen.blocked} masked ones.",
    )
    rows = [
        (each.job.run, each.job.spec.title, _fate(desk, each.was, each.held_before), fate)
        for each in seen.changed
        for fate in [_fate(desk, each.would, each.held_after)]
    ]
    nothing = desk.say("달라지는 작업이 없습니다.", "No job fares otherwise than under the policy now.")
    return [sentence, desk.table(_CHANGED, rows, nothing=nothing)]


def _fate(desk: Desk, fate: str, held: bool) -> str:
    word = desk.say(*_FATES[fate])
    return f"{word}, {desk.say('답 보류', 'replies held')}" if held and fate != "refuses" else word


def set_policy(
    context: typer.Context,
    consent: Consent = None,
    kind: Kinds = None,
    project: Projects = None,
    masked: Masked = None,
    release: Results = None,
    minimum_persons: Persons = None,
    small_hospitals: Small = None,
    refusal_quota: Quota = None,
    rule: Rules = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    objects = ObjectStore(settings.objects)
    with deciding(settings) as (session, _):
        before = find_in_force(session, objects, settings)
        after = change_policy(
            before.policy,
            consent=consent,
            masked=masked,
            minimum_persons=minimum_persons,
            small_hospitals=small_hospitals,
            refusal_quota=refusal_quota,
            **_pairs(kind, project, release, rule),
        )
        changed = record_policy(session, objects, settings, after, seen=before.digest, now=desk.now())
    desk.tell(
        {"changed": changed, "digest": digest_of(after), "policy": after.model_dump(mode="json")},
        desk.table(_ENTRIES, _rows(after), nothing=""),
        desk.say("다음 지시와 답부터 적용됩니다.", "It counts from the next order and the next reply on."),
    )
