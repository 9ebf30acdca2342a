"""Named concept sets: versions that never change, seen by whom they belong to, carried by definitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coordinator.audit.vocabulary import AuditEvent
from coordinator.database.ledger import AuditRow
from onggi import Cohort, concepts, events
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.errors import NotTrusted
from tests.support.coordinator_house import PASSWORD, House, furnished_house
from tests.support.in_process_api import URL, AppTransport, Open, as_anybody, refused

STATINS = concepts("Statins", 1539403, 1545958, descendants=True).excluding(1551860)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def as_person(house: House, tmp_path: Path) -> Open:
    return as_anybody(house, home=tmp_path)


def test_a_change_is_the_next_version_and_the_old_one_stays(as_person: Open) -> None:
    shelf = as_person("researcher-1").concept_sets
    first = shelf.save("statins", STATINS)
    again = shelf.save("statins", STATINS)
    assert (first.label, again.id) == ("statins@1", first.id)
    second = shelf.save("statins", STATINS.including(1510813))
    assert (second.label, second.digest != first.digest) == ("statins@2", True)
    assert shelf.get("statins").label == "statins@2"
    old = shelf.get("statins@1")
    assert (old.set.items, old.digest) == (first.set.items, first.digest)
    assert refused(lambda: shelf.get("statins@3")) == "concept_set.not_found"
    assert [each.label for each in shelf.list()] == ["statins@1", "statins@2"]


def test_a_definition_carries_the_concepts_under_name_and_version(as_person: Open) -> None:
    kept = as_person("researcher-1").concept_sets.save("statins", STATINS)
    (only,) = _sets_of(Cohort.entering(events.drug(kept.concepts())))
    (plain,) = _sets_of(Cohort.entering(events.drug(STATINS)))
    assert only == plain | {"name": "statins@1"}
    assert plain["name"] == "Statins"


def _sets_of(cohort: Cohort) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cohort.to_json())["ConceptSets"]
    return found


def test_a_projects_set_is_its_peoples_alone_and_a_public_one_everybodys(
    house: House, as_person: Open
) -> None:
    project = house.project(by="researcher-2")
    mine = as_person("researcher-2").concept_sets
    mine.save("statins", STATINS, project=project)
    other = as_person("researcher-1").concept_sets
    assert list(other.list()) == []
    assert refused(lambda: other.get("statins", project=project)) == "concept_set.not_found"
    foreign = refused(lambda: other.save("statins", STATINS, project=project))
    missing = refused(lambda: other.save("statins", STATINS, project="project-of-nobody"))
    assert foreign == missing == "project.not_found"
    # The same name for everybody is another set, with versions of its own.
    assert other.save("statins", STATINS).label == "statins@1"
    assert [each.project for each in mine.list("statins")] == [project, None]


def test_saving_is_on_the_audit_trail(house: House, as_person: Open) -> None:
    kept = as_person("researcher-1").concept_sets.save("statins", STATINS)
    with house.database.reading() as session:
        rows = session.query(AuditRow).filter(AuditRow.event == AuditEvent.CONCEPT_SET_SAVED.value).all()
    assert [(row.subject, row.actor) for row in rows] == [(kept.id, "researcher-1")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Statins!", "items": [{"concept": 1}]}, 422, None),
        ({"name": "statins", "items": []}, 422, None),
        ({"name": "statins", "items": [{"concept": 2**53}]}, 422, None),
        ({"name": "statins", "items": [{"concept": 1, "excluded": True}]}, 422, "concepts.matches_nobody"),
    ],
)
def test_what_is_no_concept_set_is_not_kept(
    house: House, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = house.ask("researcher-1", "POST", "/v1/concept-sets", json=body)
    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code
    assert house.ask("researcher-1", "GET", "/v1/concept-sets").json()["items"] == []


def test_a_set_whose_concepts_were_altered_is_not_believed(house: House, tmp_path: Path) -> None:
    as_anybody(house, home=tmp_path)("researcher-1").concept_sets.save("statins", STATINS)

    def alter(content: dict[str, Any]) -> None:
        content["items"][0]["set"]["items"][0]["concept"] = 1

    liar = as_anybody(house, home=tmp_path)("researcher-1", alter=_altering(alter))
    with pytest.raises(NotTrusted, match=r"^client\.answer_malformed"):
        list(liar.concept_sets.list())


def _altering(change: Any) -> Any:
    def alter(_path: str, content: Any) -> Any:
        change(content)
        return content

    return alter


def test_the_command_line_saves_lists_and_shows(house: House, tmp_path: Path) -> None:
    def typed(*words: str, typing: str | None = None) -> Any:
        session = Session.of({"ONGGI_HOME": str(tmp_path / "researcher"), "LANG": "en"})
        session.over, session.clock = AppTransport(house), house.clock
        return CliRunner().invoke(app, [*words], obj=session, input=typing)

    assert typed("login", URL, "-a", "researcher-1", typing=PASSWORD + "\n").exit_code == 0
    file = tmp_path / "statins.json"
    file.write_text(json.dumps([{"concept": 5, "name": "a statin", "descendants": True}]))
    assert typed("concept-set", "save", "statins", str(file)).stdout == "statins@1\n"
    assert typed("concept-set", "list").stdout.split() == ["statins@1", "1", "public"]
    assert typed("concept-set", "show", "statins").stdout == "statins@1\n5 descendants a statin\n"
    file.write_text(json.dumps([{"concept": 5, "excluded": True}]))
    assert typed("concept-set", "save", "statins", str(file)).exit_code != 0
