"""A node whose data stays in PostgreSQL: registered at its desk, examined, staged from, called off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from node.agent.staging import TABLE, StagingStop, new_workspace, stage_run
from node.data_source import EmbeddedSource, get_source
from node.doctor import examine as examination
from node.postgres.source import PostgresSource
from onggi.errors import Refused
from onggi.spec.builders.variables import age, event, outcome
from onggi.spec.cohorts import cohort, everyone
from onggi.spec.job import JobSpec
from tests.support.job_specs import make_spec
from tests.support.lone_node import DATASET, LoneNode, SetClock, loaded_hospital, make_node
from tests.support.node_desk import NodeDesk, ready_node
from tests.support.postgres_house import House, opened_house
from tests.support.rogue_coordinator import HonestFederation


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "house").mkdir()
    with opened_house(tmp_path / "house") as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NodeDesk:
    monkeypatch.setattr(examination, "check_sandbox", lambda **_: [])
    monkeypatch.setattr(examination, "check_link", lambda *_, **__: [])
    (tmp_path / "desk").mkdir()
    return ready_node(tmp_path / "desk")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[LoneNode]:
    clock = SetClock()
    honest = HonestFederation(clock)
    made = make_node(
        loaded_hospital("cleveland"),
        tmp_path,
        root=honest.first_root,
        fingerprint=honest.fingerprint,
        clock=clock,
    )
    yield made
    made.services.sessions.kw["bind"].dispose()


def _spec() -> JobSpec:
    died = outcome("death", event(domain="death"), horizon_days=30, prior_events="ignore")
    spec = make_spec(cohort(everyone()), [age()])
    return spec.model_copy(update={"outcomes": (died,), "dataset": DATASET})


def _findings(desk: NodeDesk) -> dict[str, list[str]]:
    groups = desk.type("doctor", "--json").json["groups"]
    return {one["group"]: [each["code"] for each in one["findings"]] for one in groups}


def test_the_command_registers_refreshes_and_is_examined(desk: NodeDesk, house: House) -> None:
    unknown = desk.type("use-postgres", "--json")
    assert unknown.code != 0
    assert "postgres.not_registered" in unknown.out + unknown.err
    first = desk.type("use-postgres", "--address-file", str(house.file), "--json")
    assert (first.code, first.json["version"], first.json["rows"]) == (0, 1, 6)
    assert house.role not in first.out + first.err
    assert _findings(desk)["store"] == []
    house.run("DELETE FROM cdm.observation_period WHERE person_id = 1")
    assert _findings(desk)["store"] == ["dataset.changed"]
    again = desk.type("use-postgres", "--refresh", "--json")
    assert (again.code, again.json["version"], again.json["rows"]) == (0, 2, 5)
    house.run("ALTER ROLE {role} SET log_statement = 'all'")
    assert _findings(desk)["store"] == ["postgres.statements_logged"]


def test_a_role_that_may_write_is_refused_at_the_desk(desk: NodeDesk, house: House) -> None:
    house.run("GRANT INSERT ON cdm.person TO {role}")
    told = desk.type("use-postgres", "--address-file", str(house.file))
    assert told.code != 0
    assert f"REVOKE INSERT ON TABLE cdm.person FROM {house.role}" in " ".join((told.out + told.err).split())


def _registered(node: LoneNode, house: House) -> int:
    settings = node.services.settings
    return house.register(home=settings.home, dataset=settings.dataset).number


def test_a_run_is_staged_from_the_registered_version(node: LoneNode, house: House) -> None:
    assert isinstance(get_source(node.services, node.services.settings.dataset), EmbeddedSource)
    number = _registered(node, house)
    source = get_source(node.services, node.services.settings.dataset)
    assert isinstance(source, PostgresSource)
    assert source.version() == number
    workspace, _ = new_workspace(node.services, "run-1")
    stage_run(node.services, workspace, _spec(), generation=number, stop=StagingStop())
    assert workspace.complete
    assert b"".join(workspace.read(TABLE)).startswith(b"ARROW1")
    house.run("DELETE FROM cdm.observation_period WHERE person_id = 1")
    other, _ = new_workspace(node.services, "run-2")
    with pytest.raises(Refused, match=r"dataset\.changed"):
        stage_run(node.services, other, _spec(), generation=number, stop=StagingStop())
    assert not other.complete


def test_a_statement_on_the_server_ends_when_its_run_is_called_off(node: LoneNode, house: House) -> None:
    number = _registered(node, house)
    stop, failed = StagingStop(), threading.Event()
    with get_source(node.services, node.services.settings.dataset).open(Path(), version=number) as (
        engine,
        _,
    ):

        def sleep() -> None:
            try:
                engine.fetch(parse_one("SELECT pg_sleep(600)", into=exp.Select, dialect="postgres"))
            except engine.errors:
                failed.set()

        stop.watch(engine)
        asleep = threading.Thread(target=sleep)
        asleep.start()
        while asleep.is_alive():
            stop.ask()
            asleep.join(0.05)
        stop.watch(None)
    assert failed.is_set()
    with pytest.raises(Refused, match=r"run\.not_active"):
        stop.check()
