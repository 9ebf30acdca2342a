"""`budget`: what noisy answers cost this hospital's persons, who spent it, and how much may be spent."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType

from node.cli.desk import Desk
from node.cli.person import person_here
from node.cli.state import deciding, reading
from node.cli.told_budget import RUNS, ahead, document_of, run_document, run_row, shown
from node.registers.budget_chain import check_budget
from node.registers.budget_counts import forecast, foresee, spent, who_spent
from node.registers.budget_populations import (
    WHOLE_HOSPITAL,
    assign_dataset,
    get_population,
    join_populations,
    list_populations,
    name_in,
    next_ceiling,
    set_ceiling,
)
from node.registers.budget_runs import runs_that_spent
from onggi.spec.job import DifferentialPrivacy
from privacy.budgets.conversion import FEMTO
from privacy.budgets.cost import gaussian_cost
from privacy.budgets.written import read_delta, read_epsilon, tell_used

Epsilon = Annotated[str, typer.Option(help="엡실론, 예: 3. Epsilon, e.g. 3.")]
Delta = Annotated[str, typer.Option(help="델타, 예: 1e-6. Delta, e.g. 1e-6.")]
Population = Annotated[str, typer.Option(help="대상 집단. Population of persons.")]
Reason = Annotated[str, typer.Option(help="까닭, 한 줄. Why, in one line.")]
Most = Annotated[int, typer.Option(min=1, max=10_000, help="몇 건까지. How many at most.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="프라이버시 예산. The privacy budget.", no_args_is_help=True)
    group.command("show", help="쓴 예산과 쓴 과제. What is spent, and by whom.")(show)
    group.command("runs", help="작업마다 쓴 예산. What each job spent.")(runs)
    group.command("cost", help="작업 하나의 비용. What a job would cost.")(cost)
    group.command("preview", help="상한을 바꾸면. What another ceiling would mean.")(preview)
    group.command("set", help="상한을 정합니다. Sets the ceiling.")(set_budget)
    group.command("assign", help="데이터셋이 누구의 것인지. Whose persons a data set holds.")(assign)
    group.command("join", help="두 집단을 합칩니다. Joins two populations for good.")(join)
    app.add_typer(group, name="budget")


def show(context: typer.Context) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        entries, head = check_budget(session)
        found = [(spent(session, name), who_spent(session, name)) for name in list_populations(session)]
    told = [part for each, spenders in found for part in shown(desk, each, spenders)]
    desk.tell(
        {
            "populations": [document_of(each, spenders) for each, spenders in found],
            "register": {"entries": entries, "head": head},
        },
        *told,
        desk.facts([("관리대장의 지문", "Head of the register", head)]),
    )


def runs(context: typer.Context, population: Population = WHOLE_HOSPITAL, most: Most = 100) -> None:
    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        found = runs_that_spent(session, get_population(session, population), most=most)
    nothing = desk.say("아직 예산을 쓴 작업이 없습니다.", "No job has spent anything yet.")
    desk.tell(
        {"population": population, "runs": [run_document(each) for each in found]},
        desk.table(RUNS, [run_row(each) for each in found], nothing=nothing),
    )


def cost(
    context: typer.Context,
    epsilon: Epsilon,
    delta: Delta,
    dataset: Annotated[str | None, typer.Option(help="데이터셋. Data set.")] = None,
) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    asked = DifferentialPrivacy(micro_epsilon=read_epsilon(epsilon), delta=read_delta(delta) / FEMTO)
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
                ("지금 비율", "Used now", tell_used(found.share_before)),
                ("작업 뒤 비율", "Used afterwards", tell_used(found.share_after)),
            ]
        ),
    )


def preview(
    context: typer.Context, epsilon: Epsilon, delta: Delta, population: Population = WHOLE_HOSPITAL
) -> None:
    desk: Desk = context.obj
    name, micro, femto = name_in(population), read_epsilon(epsilon), read_delta(delta)
    with reading(desk.settings()) as session:
        now = spent(session, name)
        ceiling = next_ceiling(session, name, micro_epsilon=micro, femto_delta=femto)
        then = foresee(session, name, ceiling)
    desk.tell(
        {
            "population": now.population,
            "ceiling": ceiling.model_dump(mode="json"),
            "share_charged": then.share_charged,
            "share": then.share,
            "reserved_leave": then.reserved_leave,
            "takes_more": then.takes_more,
        },
        desk.facts(ahead(desk, now, ceiling, then)),
        desk.facts([("다음", "Next", desk.command("budget set ..."))]),
    )


def set_budget(
    context: typer.Context,
    epsilon: Epsilon,
    delta: Delta,
    reason: Reason,
    population: Population = WHOLE_HOSPITAL,
) -> None:
    desk: Desk = context.obj
    name, micro, femto = name_in(population), read_epsilon(epsilon), read_delta(delta)
    with deciding(desk.settings()) as (session, _):
        set_ceiling(
            session,
            name,
            micro_epsilon=micro,
            femto_delta=femto,
            by=person_here(),
            reason=reason.strip(),
            now=desk.now(),
        )
        now = spent(session, name)
    desk.tell(document_of(now, ()), *shown(desk, now, ())[:1], _next(desk))


def assign(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="데이터셋. Data set.")],
    population: Annotated[str, typer.Argument(help="대상 집단. Population of persons.")],
    reason: Reason,
) -> None:
    desk: Desk = context.obj
    name, into = name_in(dataset), name_in(population)
    with deciding(desk.settings()) as (session, _):
        changed = assign_dataset(
            session, name, population=into, by=person_here(), reason=reason.strip(), now=desk.now()
        )
    desk.tell({"changed": changed, "dataset": name, "population": into}, _next(desk))


def join(
    context: typer.Context,
    population: Annotated[str, typer.Argument(help="합칠 집단. The population to join.")],
    into: Annotated[str, typer.Argument(help="남는 집단. The one that remains.")],
    reason: Reason,
) -> None:
    desk: Desk = context.obj
    one, other = name_in(population), name_in(into)
    with deciding(desk.settings()) as (session, _):
        changed = join_populations(
            session, one, into=other, by=person_here(), reason=reason.strip(), now=desk.now()
        )
    desk.tell({"changed": changed, "population": one, "into": other}, _next(desk))


def _next(desk: Desk) -> RenderableType:
    return desk.facts([("다음", "Next", desk.command("budget show"))])
