"""`budget`: what noisy answers cost this hospital's persons, who spent it, and how much may be spent."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import RenderableType

from node.cli.desk import Column, Desk
from node.cli.person import person_here
from node.cli.state import deciding, reading
from node.registers.budget_chain import check_budget
from node.registers.budget_counts import Spent, SpentBy, forecast, spent, who_spent
from node.registers.budget_populations import (
    WHOLE_HOSPITAL,
    assign_dataset,
    join_populations,
    list_populations,
    set_ceiling,
)
from onggi.errors import Refused
from onggi.spec.base import Slug
from onggi.spec.job import DifferentialPrivacy
from privacy.budgets.ceilings import MILLION
from privacy.budgets.conversion import FEMTO
from privacy.budgets.cost import gaussian_cost

_SLUG: TypeAdapter[str] = TypeAdapter(Slug)
_BY = (
    Column("연구과제", "Project"),
    Column("이용승인", "Permit"),
    Column("실행", "Runs", number=True),
    Column("나간 답", "Answers", number=True),
    Column("예약", "Reserved", number=True),
    Column("비율", "Share", number=True),
    Column("마지막", "Last"),
)
Epsilon = Annotated[str, typer.Option(help="엡실론, 예: 3. Epsilon, e.g. 3.")]
Delta = Annotated[str, typer.Option(help="델타, 예: 1e-6. Delta, e.g. 1e-6.")]
Population = Annotated[str, typer.Option(help="대상 집단. Population of persons.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="프라이버시 예산. The privacy budget.", no_args_is_help=True)
    group.command("show", help="쓴 예산과 쓴 과제. What is spent, and by whom.")(show)
    group.command("cost", help="작업 하나의 비용. What a job would cost.")(cost)
    group.command("set", help="상한을 정합니다. Sets the ceiling.")(set_budget)
    group.command("assign", help="데이터셋이 누구의 것인지. Whose persons a data set holds.")(assign)
    group.command("join", help="두 집단을 합칩니다. Joins two populations for good.")(join)
    app.add_typer(group, name="budget")


def show(context: typer.Context) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        entries, head = check_budget(session)
        found = [(spent(session, name), who_spent(session, name)) for name in list_populations(session)]
    shown = [part for each, spenders in found for part in _shown(desk, each, spenders)]
    desk.tell(
        {
            "populations": [_document(each, spenders) for each, spenders in found],
            "register": {"entries": entries, "head": head},
        },
        *shown,
        desk.facts([("관리대장의 지문", "Head of the register", head)]),
    )


def _document(each: Spent, spenders: tuple[SpentBy, ...]) -> dict[str, object]:
    ceiling = each.ceiling
    return {
        "population": each.population,
        "joined": list(each.joined),
        "ceiling": None if ceiling is None else ceiling.model_dump(mode="json"),
        "charged": each.charged,
        "reserved": each.reserved,
        "share_charged": each.share_charged,
        "share": each.share,
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


def _shown(desk: Desk, each: Spent, spenders: tuple[SpentBy, ...]) -> list[RenderableType]:
    ceiling = each.ceiling
    limit = (
        desk.say("정하지 않음: 예산을 쓸 수 없습니다", "not set: nothing may be spent")
        if ceiling is None
        else f"ε {_epsilon(ceiling.micro_epsilon)}, δ {_delta(ceiling.femto_delta)}"
    )
    told = None if each.micro_epsilon is None else f"ε {_epsilon(each.micro_epsilon)}"
    rows: list[tuple[str, str, object]] = [
        ("대상 집단", "Population", each.population),
        ("상한", "Ceiling", limit),
        ("쓰거나 예약한 비율", "Used or reserved", _percent(each.share)),
        ("나간 답의 비율", "Of that, has left", _percent(each.share_charged)),
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
        (one.project, one.permit, one.runs, one.charged, one.reserved, _percent(one.share), one.last)
        for one in spenders
    ]
    return [*parts, desk.table(_BY, lines, nothing=nothing), ""]


def cost(
    context: typer.Context,
    epsilon: Epsilon,
    delta: Delta,
    dataset: Annotated[str | None, typer.Option(help="데이터셋. Data set.")] = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    asked = DifferentialPrivacy(micro_epsilon=_micro(epsilon), delta=_femto(delta) / FEMTO)
    loss = gaussian_cost(asked)
    with reading(settings) as session:
        found = forecast(session, dataset=dataset or settings.dataset, losses=[loss])
    desk.tell(
        {
            "population": found.population,
            "loss": loss.model_dump(mode="json"),
            "fits": found.fits,
            "share_before": found.share_before,
            "share_after": found.share_after,
        },
        desk.facts(
            [
                ("대상 집단", "Population", found.population),
                ("상한 안에 들어감", "Fits under the ceiling", found.fits),
                ("지금 비율", "Used now", _percent(found.share_before)),
                ("작업 뒤 비율", "Used afterwards", _percent(found.share_after)),
            ]
        ),
    )


def set_budget(
    context: typer.Context, epsilon: Epsilon, delta: Delta, population: Population = WHOLE_HOSPITAL
) -> None:
    desk: Desk = context.obj
    name, micro, femto = _name(population), _micro(epsilon), _femto(delta)
    with deciding(desk.settings()) as (session, _):
        set_ceiling(session, name, micro_epsilon=micro, femto_delta=femto, by=person_here(), now=desk.now())
        now = spent(session, name)
    desk.tell(_document(now, ()), *_shown(desk, now, ())[:1], _next(desk))


def assign(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="데이터셋. Data set.")],
    population: Annotated[str, typer.Argument(help="대상 집단. Population of persons.")],
) -> None:
    desk: Desk = context.obj
    name, into = _name(dataset), _name(population)
    with deciding(desk.settings()) as (session, _):
        changed = assign_dataset(session, name, population=into, by=person_here(), now=desk.now())
    desk.tell({"changed": changed, "dataset": name, "population": into}, _next(desk))


def join(
    context: typer.Context,
    population: Annotated[str, typer.Argument(help="합칠 집단. The population to join.")],
    into: Annotated[str, typer.Argument(help="남는 집단. The one that remains.")],
) -> None:
    desk: Desk = context.obj
    one, other = _name(population), _name(into)
    with deciding(desk.settings()) as (session, _):
        changed = join_populations(session, one, into=other, by=person_here(), now=desk.now())
    desk.tell({"changed": changed, "population": one, "into": other}, _next(desk))


def _next(desk: Desk) -> RenderableType:
    return desk.facts([("다음", "Next", desk.command("budget show"))])


def _name(typed: str) -> str:
    """Raises Refused(``budget.name_wrong``)."""
    try:
        return _SLUG.validate_python(typed)
    except ValidationError:
        raise Refused("budget.name_wrong") from None


def _micro(typed: str) -> int:
    """Millionths. Raises Refused(``budget.ceiling_wrong``) for what is finer or no number."""
    return _whole(typed, 10**6)


def _femto(typed: str) -> int:
    """delta in 10^-15. Raises Refused(``budget.ceiling_wrong``) for what is finer or no number."""
    found = _whole(typed, FEMTO)
    if found >= FEMTO:
        raise Refused("budget.ceiling_wrong")
    return found


def _whole(typed: str, units: int) -> int:
    try:
        number = Decimal(typed)
        fine = number * units if number.is_finite() and abs(number.adjusted()) < 40 else Decimal(0)
    except InvalidOperation:
        raise Refused("budget.ceiling_wrong") from None
    if fine <= 0 or fine != fine.to_integral_value():
        raise Refused("budget.ceiling_wrong")
    return int(fine)


def _epsilon(micro: int) -> str:
    return f"{Decimal(micro).scaleb(-6).normalize():f}"


def _delta(femto: int) -> str:
    return f"{Decimal(femto).scaleb(-15).normalize():e}"


def _percent(share: int) -> str:
    """Rounded up: what is used never looks smaller than it is."""
    return f"{-(-share * 1000 // MILLION) / 10:.1f} %"
