"""What a permit's jobs ask of its privacy budget, and what a job would cost before it is submitted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.json_files import read_json_file
from onggi.cli.session import Session, as_value, session_of
from onggi.client.replies import JobCost
from onggi.spec.builders.jobs import read_spec
from onggi.spec.explain_job import tell_epsilon

app = new_group("Privacy budgets: show, cost.")


@app.command()
def show(
    context: typer.Context,
    permit: Annotated[str, typer.Argument(metavar="PERMIT", help="The permit's id.")],
) -> None:
    """What a permit's jobs ask of its privacy budget, and whose jobs they are."""
    session = session_of(context)
    with session.client() as client:
        found = client.permit_budget(permit)
    session.say_aside(_allowance(session, found.micro_epsilon_within_bounds, found.micro_epsilon_allowed))
    rows = [
        (
            each.account,
            str(each.jobs),
            tell_epsilon(each.micro_epsilon_within_bounds),
            tell_epsilon(each.micro_epsilon_approved),
        )
        for each in found.by
    ]
    ko = ("계정", "작업", "범위 안 ε", "건별 승인 ε")
    en = ("account", "jobs", "ε within the bounds", "ε by votes")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(found)])


@app.command()
def cost(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The job's specification as JSON; `code` may be absent.")],
) -> None:
    """What a job would cost, and how much noise its answer would carry. Nothing is kept or spent."""
    session = session_of(context)
    spec = read_spec(read_json_file(file))
    with session.client() as client:
        found = client.cost(spec)
        permit = client.permit_budget(spec.permit)
    lines = _cost_lines(session, found)
    lines.append(_allowance(session, permit.micro_epsilon_within_bounds, permit.micro_epsilon_allowed))
    session.say("\n".join(lines), {"cost": as_value(found), "permit": as_value(permit)})


def _cost_lines(session: Session, found: JobCost) -> list[str]:
    if found.micro_epsilon is None or found.noise is None:
        return [
            session.tell(
                "차분 프라이버시를 요청하지 않아 예산을 쓰지 않습니다.",
                "The job asks for no differential privacy and costs nothing.",
            )
        ]
    epsilon, deviation = tell_epsilon(found.micro_epsilon), found.noise.standard_deviation
    lines = [
        session.tell(
            f"환자와 기관마다의 비용: ε {epsilon}, δ {found.delta:g}",
            f"Cost for each person of each hospital: ε {epsilon}, δ {found.delta:g}",
        ),
        session.tell(
            f"합산한 인원의 잡음: 이산 가우스, 표준편차 {deviation:g}",
            f"Noise in each pooled count: discrete Gaussian, standard deviation {deviation:g}",
        ),
    ]
    if found.noise_of_each is not None:
        each = found.noise_of_each.standard_deviation
        lines.append(
            session.tell(
                f"한 기관의 인원의 잡음: 표준편차 {each:g}",
                f"In each hospital's own: standard deviation {each:g}",
            )
        )
    return lines


def _allowance(session: Session, asked: int, allowed: int) -> str:
    used, most = tell_epsilon(asked), tell_epsilon(allowed)
    return session.tell(
        f"이용승인 범위 안의 작업이 요청한 ε: {used} / {most}",
        f"Asked so far within the permit's bounds: ε {used} of {most}",
    )
