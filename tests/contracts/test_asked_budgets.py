"""A permit's privacy budget as its people and its committee see it, and what a job would cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coordinator.states import JobState
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.client.home import Home
from tests.support.coordinator_house import PASSWORD, House, furnished_house, house_spec, permit_fields
from tests.support.in_process_api import URL, AppTransport, pin_house_root

PEOPLE = ("researcher-1", "researcher-2")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


def _noisy(micro_epsilon: int, *, masked: bool = True) -> dict[str, Any]:
    asked = {"micro_epsilon": micro_epsilon, "delta": 1e-6}
    return {"minimum_persons": 10, "masked": masked, "differential_privacy": asked}


def _allowed(house: House, micro_epsilon: int) -> tuple[str, str]:
    """A project of two people and its permit."""
    project = house.project()
    house.services.projects.add_member(project, PEOPLE[1], by=PEOPLE[0])
    bounds = permit_fields(project)["bounds"] | {"micro_epsilon": micro_epsilon}
    return project, house.permit(project, people=PEOPLE, bounds=bounds)


def _budget(house: House, permit: str, *, who: str = "researcher-1") -> Any:
    answer = house.ask(who, "GET", f"/v1/permits/{permit}/budget")
    assert answer.status_code == 200
    return answer.json()


def test_all_jobs_of_a_permit_share_its_budget(house: House) -> None:
    project, permit = _allowed(house, 1_000_000)
    first = house.submit(project, permit, title="First", privacy=_noisy(600_000))
    assert first.within_bounds
    beyond = house.submit(project, permit, title="Beyond", privacy=_noisy(400_001), by=PEOPLE[1])
    assert beyond.outside == "bounds.budget", "it waits for a vote of its own"
    assert house.submit(project, permit, title="Second", privacy=_noisy(400_000), by=PEOPLE[1]).within_bounds
    house.submit(project, permit, title="Without noise")
    wanted = {
        "permit": permit,
        "micro_epsilon_allowed": 1_000_000,
        "micro_epsilon_within_bounds": 1_000_000,
        "by": [
            {
                "account": who,
                "jobs": 1,
                "micro_epsilon_within_bounds": micro,
                "micro_epsilon_approved": 0,
            }
            for who, micro in zip(PEOPLE, (600_000, 400_000), strict=True)
        ],
    }
    for who in (*PEOPLE, "committee-1", "auditor-1"):
        assert _budget(house, permit, who=who) == wanted
    # Nobody accepted it, so no hospital reserved anything.
    house.move(first.id, JobState.RUNNING)
    house.move(first.id, JobState.FAILED, code="run.too_few_accepted")
    assert _budget(house, permit)["micro_epsilon_within_bounds"] == 400_000


@pytest.mark.parametrize("who", ["checker-1", "operator-1", "hospital-1"])
def test_nobody_else_is_told(house: House, who: str) -> None:
    _, permit = _allowed(house, 1_000_000)
    answer = house.ask(who, "GET", f"/v1/permits/{permit}/budget")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.role_needed")


def test_a_job_tells_its_cost_before_it_is_submitted(house: House) -> None:
    project, permit = _allowed(house, 1_000_000)

    def cost(**changes: Any) -> Any:
        spec = house_spec(project, permit, **changes).model_dump(mode="json")
        return house.ask("researcher-1", "POST", "/v1/jobs/cost", json=spec).json()

    clear = cost(privacy=_noisy(1_000_000, masked=False))
    assert clear["pico_rho"] == 24_355_969_223
    assert clear["noise_of_each"] == {"mechanism": "discrete_gaussian", "standard_deviation": 4.531}
    assert clear["noise"]["standard_deviation"] == pytest.approx(2 * 4.531, abs=0.002)
    masked = cost(privacy=_noisy(1_000_000))
    assert masked["noise_of_each"] is None
    assert masked["noise"]["standard_deviation"] == pytest.approx(2**0.5 * 4.531, abs=0.002)
    assert set(cost().values()) == {None}
    assert cost(privacy=_noisy(10**18))["code"] == "budget.request_too_large"
    assert cost(privacy=_noisy(30_000_000))["code"] == "noise.grid_too_coarse"
    assert house.ask("researcher-1", "GET", "/v1/jobs").json()["items"] == [], "nothing is kept"


def test_by_keyboard(house: House, tmp_path: Path) -> None:
    project, permit = _allowed(house, 1_000_000)
    house.submit(project, permit, privacy=_noisy(600_000))
    file = tmp_path / "job.json"
    spec = house_spec(project, permit, title="Next", privacy=_noisy(300_000, masked=False))
    file.write_text(spec.model_dump_json())
    home = tmp_path / "home"

    def typed(*words: str, typing: str | None = None) -> str:
        session = Session.of({"ONGGI_HOME": str(home), "LANG": "en_US.UTF-8"})
        session.over, session.clock = AppTransport(house), house.clock
        result = CliRunner().invoke(app, [*words], obj=session, input=typing)
        assert result.exit_code == 0, result.output
        return str(result.output)

    typed("login", URL, "-a", "researcher-1", typing=PASSWORD + "\n")
    pin_house_root(Home(home))
    shown = typed("budget", "show", permit)
    assert "ε 0.6 of 1" in shown
    assert "researcher-1" in shown
    told = typed("budget", "cost", str(file))
    assert "ε 0.3, δ 1e-06" in told
    assert "ε 0.6 of 1" in told
    assert "standard deviation 28.063" in told
    assert "합산한 인원의 잡음" in typed("--lang", "ko", "budget", "cost", str(file))
    value = json.loads(typed("budget", "cost", str(file), "--json"))
    assert value["cost"]["micro_epsilon"] == 300_000
    assert value["permit"]["micro_epsilon_within_bounds"] == 600_000
