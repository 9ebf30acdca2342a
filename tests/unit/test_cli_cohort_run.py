"""`onggi cohort run`, `overlap` and `concepts`: what a definition asks of hospitals under a permit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from coordinator.states import JobState
from onggi import Cohort, events
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.client.home import Home
from onggi.protocol.canonical import digest_of
from onggi.spec.kinds import OverlapParameters
from tests.support.cohort_commands import COHORT, PAIN, Run, broken, said, written
from tests.support.coordinator_house import PASSWORD, House, furnished_house, make_result, review_of, verdict
from tests.support.federation_root import SITES
from tests.support.in_process_api import URL, AppTransport, pin_house_root


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def researcher(house: House, tmp_path: Path) -> Run:
    def typed(*words: str, typing: str | None = None) -> Result:
        session = Session.of({"ONGGI_HOME": str(tmp_path / "researcher"), "LANG": "en"})
        session.over, session.clock = AppTransport(house), house.clock
        return CliRunner().invoke(app, [*words], obj=session, input=typing)

    assert typed("login", URL, "-a", "researcher-1", typing=PASSWORD + "\n").exit_code == 0
    pin_house_root(Home(tmp_path / "researcher"))
    return typed


def test_a_definition_is_counted_under_a_permit(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project(), export_without_vote=True)
    file = written(tmp_path, COHORT.to_json())
    words = ("cohort", "run", file, "--permit", permit)
    made = said(researcher(*words, "--no-wait", "--json"))
    spec = house.services.jobs.get(made["job"]).spec
    assert (spec.title, spec.dataset, spec.kind, spec.privacy.masked) == ("flu", "heart", "count", True)
    assert len(spec.participants) == spec.minimum_sites == 4
    assert spec.cohort == COHORT.to_dict()
    house.move(made["job"], JobState.RUNNING)
    house.services.results.record(made["job"], make_result(), verdict())
    answered = researcher(*words, "--timeout", "9")
    assert answered.exit_code == 0, answered.output
    assert "withheld (under 10)" in answered.stdout
    assert said(researcher(*words, "--json"))["job"] == made["job"]


def test_further_funnels_and_events_are_asked_for(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    file = written(tmp_path, COHORT.to_json())
    words = ("cohort", "run", file, "--permit", permit, "--no-wait", "--json")
    made = said(researcher(*words, "--funnel", "0", "--events"))
    parameters = house.services.jobs.get(made["job"]).spec.parameters
    assert parameters.model_dump(mode="json") == {"kind": "count", "funnels": [[0]], "events": True}
    plain = said(researcher(*words))
    assert house.services.jobs.get(plain["job"]).spec.parameters.model_dump(mode="json") == {"kind": "count"}
    assert researcher(*words, "--funnel", "zero").exit_code == 2


def test_groups_are_asked_for_by_name(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    words = ("cohort", "run", written(tmp_path, COHORT.to_json()), "--permit", permit, "--no-wait", "--json")
    made = said(researcher(*words, "--by", "age:40,65", "--by", "sex"))
    spec = house.services.jobs.get(made["job"]).spec
    assert [each.domain for each in spec.variables] == ["age", "sex"]
    assert spec.parameters.model_dump(mode="json")["by"] == [
        {"variable": "age", "edges": [40, 65]},
        {"variable": "sex", "edges": []},
    ]
    for wrong in ("height", "age:forty", "age:"):
        assert researcher(*words, "--by", wrong).exit_code == 2


def test_definitions_are_compared_by_the_names_of_their_files(
    researcher: Run, house: House, tmp_path: Path
) -> None:
    permit = house.permit(house.project())
    first = written(tmp_path, COHORT.to_json())
    other = written(tmp_path, Cohort.entering(events.condition(PAIN)).to_json(), "pain.json")
    words = ("cohort", "overlap", "--permit", permit, "--no-wait", "--json")
    made = said(researcher(*words, first, other))
    spec = house.services.jobs.get(made["job"]).spec
    assert isinstance(spec.parameters, OverlapParameters)
    assert (spec.title, spec.parameters.names) == ("flu / pain", ("flu", "pain"))
    assert spec.cohorts[0] == COHORT.to_dict()
    assert researcher(*words, first).exit_code == 2
    assert researcher(*words, first, first).exit_code == 2


def test_what_vocabularies_know_is_asked_for(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    words = ("cohort", "concepts", written(tmp_path, COHORT.to_json()), "--permit", permit)
    made = said(researcher(*words, "--no-wait", "--json"))
    spec = house.services.jobs.get(made["job"]).spec
    assert (spec.title, spec.kind, spec.cohort) == ("flu", "concepts", COHORT.to_dict())


def test_what_cannot_be_counted_is_not_submitted(researcher: Run, house: House, tmp_path: Path) -> None:
    permit = house.permit(house.project())
    for value, words, code in (
        (broken(), (), "cohort.malformed"),
        (COHORT.to_dict(), ("--dataset", "Other"), "client.spec_malformed"),
        (COHORT.to_dict(), ("--hospital", "nowhere"), "permit.dataset_not_granted"),
    ):
        file = written(tmp_path, value)
        result = researcher("--json", "cohort", "run", file, "--permit", permit, *words)
        assert json.loads(result.stdout)["error"]["code"] == code
    assert said(researcher("jobs", "--json")) == []


def test_a_permit_of_several_datasets_needs_one_named(researcher: Run, house: House, tmp_path: Path) -> None:
    project = house.project()
    house.review(project, dataset="lung")
    grants = [
        {
            "site": site,
            "dataset": name,
            "concepts": [312327],
            "review": digest_of(review_of(project, site, dataset=name)),
        }
        for site in SITES
        for name in ("heart", "lung")
    ]
    permit = house.permit(project, datasets=grants)
    words = ("cohort", "run", written(tmp_path, COHORT.to_json()), "--permit", permit, "--no-wait", "--json")
    unclear = json.loads(researcher(*words).stdout)["error"]
    assert (unclear["code"], unclear["facts"]) == ("cohort.dataset_unclear", {"datasets": "heart, lung"})
    chosen = said(researcher(*words, "--dataset", "lung", "--title", "Lungs", "--minimum-sites", "3"))
    spec = house.services.jobs.get(chosen["job"]).spec
    assert (spec.dataset, spec.title, spec.minimum_sites) == ("lung", "Lungs", 3)
