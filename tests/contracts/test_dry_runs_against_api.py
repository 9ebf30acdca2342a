"""A job is tried on twins before any hospital hears of it; what would fail everywhere stops, in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from analysis_jobs.dry_run.findings import DryRun
from analysis_jobs.kinds.check_job import check_job
from analysis_jobs.runner.launch import SandboxProcess
from catalog.bands import count_band
from catalog.generic_card import generic_card
from coordinator.database.ledger import AuditRow
from coordinator.dry_runs.closed_room import LIMITS, ClosedRoom
from coordinator.dry_runs.dry_run_desk import DryRunDesk
from coordinator.dry_runs.trying import DryRuns, KnownCard
from coordinator.dry_runs.twin_shelf import TwinShelf
from coordinator.jobs.spec_checks import SpecChecks
from onggi.client.connection import Client
from onggi.errors import Refused
from onggi.spec.cohorts import age_at_least, cohort, everyone, rule
from onggi.spec.job import JobSpec
from tests.support.coordinator_house import CODE, House, house_spec
from tests.support.coordinator_records import sound_house
from tests.support.in_process_api import client_of, refused

pytestmark = pytest.mark.sandbox


@dataclass
class Counted:
    """Counts how often jobs are tried."""

    inner: DryRuns
    tried: list[str] = field(default_factory=list)

    def try_out(self, spec: JobSpec, cards: Mapping[str, KnownCard]) -> DryRun:
        self.tried.append(spec.title)
        return self.inner.try_out(spec, cards)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> TwinShelf:
    return TwinShelf(tmp_path_factory.mktemp("twins"))


@pytest.fixture(scope="module")
def desk(shelf: TwinShelf) -> Iterator[DryRunDesk]:
    desk = DryRunDesk(shelf)
    yield desk
    desk.room.close()


Open = Callable[[DryRuns], "Place"]


@dataclass
class Place:
    """A coordinator with dry runs, its researcher, and a permit."""

    house: House
    client: Client
    project: str
    permit: str

    def spec(self, **changes: Any) -> JobSpec:
        given = {"participants": ["budapest", "cleveland", "zurich"], "cohort": ADULTS}
        return house_spec(self.project, self.permit, **(given | changes))


ADULTS = cohort(everyone(), rule("Adults", age_at_least(40)))


@pytest.fixture
def open_place(tmp_path: Path) -> Iterator[Open]:
    with sound_house(tmp_path, backend="sqlite") as plain:

        def open_with(dry_runs: DryRuns) -> Place:
            checks = SpecChecks(
                check_kind=check_job, find_reads=plain.services.checks.find_reads, current_code=lambda: CODE
            )
            services = replace(plain.services, dry_runs=dry_runs, checks=checks)
            house = House(services, plain.clock, callers=plain.callers, tokens=plain.tokens)
            project = house.project()
            permit = house.permit(project)
            return Place(house, client_of(house, "researcher-1", home=tmp_path / "home"), project, permit)

        yield open_with


@pytest.fixture
def place(open_place: Open, desk: DryRunDesk) -> Place:
    return open_place(desk)


def test_a_check_tells_what_came_of_the_job_on_twins(place: Place) -> None:
    checked = place.client.check(place.spec())
    tried = checked.dry_run
    assert (tried.outcome, tried.twins, tried.persons_each, tried.own_cards) == ("passed", 3, 2000, 0)
    assert tried.findings == ()
    assert list(place.client.jobs()) == []


def test_remarks_come_in_words_and_stop_nothing(place: Place) -> None:
    spec = place.spec(cohort=cohort(everyone(), rule("A hundred and four", age_at_least(104))))
    tried = place.client.check(spec).dry_run
    assert tried.outcome == "passed"
    assert [(each.severity, each.stage) for each in tried.findings] == [("remark", "disclosure")]
    for text in (tried.findings[0].cause_ko, tried.findings[0].cause_en, tried.findings[0].next_en):
        assert text
        assert "…" not in text
    assert place.client.submit(spec).state == "ready"


WRONG: dict[str, Any] = {
    "cohort.unsupported": {"cohort": {**ADULTS, "Surprise": 1}},
    "variables.contradictory": {
        "variables": [{"name": "age", "domain": "age", "kind": "number", "low": 0, "high": 9, "unit": 8876}]
    },
}


@pytest.mark.parametrize("code", sorted(WRONG))
def test_a_job_that_would_fail_everywhere_is_stopped_with_its_code(place: Place, code: str) -> None:
    spec = place.spec(**WRONG[code])
    tried = place.client.check(spec).dry_run
    assert tried.outcome == "failed"
    assert [(each.severity, each.code) for each in tried.findings] == [("failure", code)]
    with pytest.raises(Refused) as stopped:
        place.client.submit(spec)
    assert stopped.value.code == code
    assert stopped.value.facts == tried.findings[0].facts != {}
    assert list(place.client.jobs()) == []


def test_a_job_is_tried_once_and_the_trail_says_how_it_went(open_place: Open, desk: DryRunDesk) -> None:
    counted = Counted(desk)
    place = open_place(counted)
    job = place.client.submit(place.spec())
    again = place.client.submit(place.spec())
    assert again.id == job.id
    assert counted.tried == ["How many"]
    with place.house.database.reading() as session:
        wanted = select(AuditRow.facts).where(
            AuditRow.subject == job.id, AuditRow.event == "person:job:submit"
        )
        assert json.loads(session.scalars(wanted).one())["dry_run"] == "passed"


def endless() -> dict[str, Any]:
    """Sixty rules over every pair of a person's measurements, and pairs of those: no five seconds hold it."""

    def pairs(days: int, inside: dict[str, Any] | None = None) -> dict[str, Any]:
        start = {"Days": days, "Coeff": -1}
        member = {
            "Criteria": {"Measurement": {} if inside is None else {"CorrelatedCriteria": inside}},
            "StartWindow": {"Start": start, "End": {"Coeff": 1}, "UseEventEnd": False},
            "Occurrence": {"Type": 2, "Count": 2},
        }
        return {"Type": "ALL", "CriteriaList": [member], "DemographicCriteriaList": [], "Groups": []}

    return {
        **ADULTS,
        "PrimaryCriteria": {
            "CriteriaList": [{"Measurement": {}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "All"},
        "ExpressionLimit": {"Type": "All"},
        "InclusionRules": [
            {"name": f"rule {days}", "expression": pairs(days, pairs(days + 1, pairs(days + 2)))}
            for days in range(1000, 1060)
        ],
    }


def test_a_definition_that_never_ends_is_ended_and_the_next_job_is_tried(
    open_place: Open, shelf: TwinShelf
) -> None:
    # Time enough on the wall for a machine that does other things as well: the processor's time must end it.
    desk = DryRunDesk(shelf, ClosedRoom(replace(LIMITS, cpu_seconds=4, wall_seconds=200.0)))
    try:
        place = open_place(desk)
        spec = place.spec(cohort=endless())
        assert refused(lambda: place.client.submit(spec)) in ("dry_run.too_long", "dry_run.too_much_memory")
        assert list(place.client.jobs()) == []
        assert place.client.check(place.spec()).dry_run.outcome == "passed"
    finally:
        desk.room.close()


def test_a_busy_machine_stops_no_job(open_place: Open, shelf: TwinShelf) -> None:
    desk = DryRunDesk(shelf, ClosedRoom(replace(LIMITS, wall_seconds=0.05)))
    try:
        place = open_place(desk)
        tried = place.client.check(place.spec()).dry_run
        assert (tried.outcome, [each.code for each in tried.findings]) == ("unavailable", ["dry_run.busy"])
        assert place.client.submit(place.spec()).state == "ready"
    finally:
        desk.room.close()


class NoRoom(ClosedRoom):
    """A machine on which no sandbox can be had."""

    def _start(self) -> SandboxProcess:
        raise Refused("sandbox.bwrap_missing")


def test_without_a_sandbox_nothing_is_tried_and_no_job_is_stopped(open_place: Open, shelf: TwinShelf) -> None:
    place = open_place(DryRunDesk(shelf, NoRoom()))
    tried = place.client.check(place.spec()).dry_run
    assert (tried.outcome, [each.code for each in tried.findings]) == ("unavailable", ["dry_run.no_room"])
    assert place.client.submit(place.spec()).state == "ready"


def test_a_hospitals_own_card_is_used_once_it_is_known(place: Place, desk: DryRunDesk) -> None:
    cards = place.house.services.cards
    own = generic_card().model_copy(update={"site": "cleveland", "dataset": "heart", "generation": 1})
    card, before = cards.add(own.to_json(), by="operator-1")
    assert (card, before) == (own, None)
    assert cards.add(own.to_json(), by="operator-1") == (own, None)
    assert place.client.check(place.spec()).dry_run.own_cards == 1
    assert place.client.check(place.spec(dataset="lungs")).dry_run.own_cards == 0

    newer = own.model_copy(update={"generation": 2, "persons": count_band(50_000)})
    assert cards.add(newer.to_json(), by="operator-1") == (newer, own.digest)
    assert place.client.check(place.spec()).dry_run.own_cards == 1
    kept = {path.name.split("-")[0] for path in desk.shelf.folder.iterdir()}
    assert {own.digest[7:], newer.digest[7:]} <= kept
    desk.shelf.forget(own.digest)
    assert own.digest[7:] not in {path.name.split("-")[0] for path in desk.shelf.folder.iterdir()}


def test_a_card_of_no_hospital_of_the_federation_is_refused(place: Place) -> None:
    for site in ("elsewhere", None):
        card = generic_card().model_copy(update={"site": site})
        with pytest.raises(Refused) as stopped:
            place.house.services.cards.add(card.to_json(), by="operator-1")
        assert stopped.value.code == "card.wrong_site"
