"""Contacts, papers, announcements, sightings and the year's figures on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from coordinator.decisions.attention import NodeState
from coordinator.decisions.readiness import Paper
from coordinator.link.sightings import Sighting
from coordinator.operating.announcement_store import MOST_SHOWN, Notice
from coordinator.operating.contact_store import Contact, Purpose
from coordinator.services import Services
from coordinator.settings import CoordinatorSettings
from coordinator.states import JobState
from onggi.protocol.parcels import Hello
from onggi.spec.ids import SiteId
from tests.support.coordinator_house import House, house_spec, permit_fields
from tests.support.coordinator_records import BACKENDS, audit_events, code_of, sound_house
from tests.support.federation_root import NOW

TODAY = date(2026, 11, 22)
NAME = "pledge_and_training_required"


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


# contacts


def add_contact(house: House, **changes: object) -> Contact:
    fields = {"name": "Night desk", "purpose": Purpose.INCIDENT, "email": None, "phone": "+82 2-000-0000"}
    return house.services.contacts.add("university-1", by="operator-1", **fields | changes)  # type: ignore[arg-type]


def test_contacts_are_added_once_and_taken_off_once(house: House) -> None:
    contacts = house.services.contacts
    made = add_contact(house)
    assert add_contact(house).id == made.id
    other = add_contact(house, purpose=Purpose.TECHNICAL)
    assert [each.id for each in contacts.contacts("university-1")] == [made.id, other.id]
    for _ in range(2):
        contacts.remove("university-1", made.id, by="operator-1")
    assert [each.id for each in contacts.contacts("university-1")] == [other.id]
    assert audit_events(house, "university-1") == [
        "person:organisation:add",
        "person:contact:add",
        "person:contact:add",
        "person:contact:remove",
    ]
    assert add_contact(house).id != made.id, "taken off, it can be put on again"


def test_a_contact_needs_a_way_and_an_organisation(house: House) -> None:
    contacts = house.services.contacts
    assert code_of(lambda: add_contact(house, phone=None)) == "contact.no_way"
    made = add_contact(house)
    for organisation, contact in (("university-1", "contact-none"), ("elsewhere", made.id)):
        code = code_of(lambda o=organisation, c=contact: contacts.remove(o, c, by="operator-1"))  # type: ignore[misc]
        assert code == "contact.not_found"
    missing = code_of(
        lambda: contacts.add(
            "none", name="x", purpose=Purpose.INCIDENT, email=None, phone="1", by="operator-1"
        )
    )
    assert missing == "organisation.not_found"


# pledges and trainings


def train(house: House, account: str = "researcher-1", *, days: int = 365, name: str = "Ethics") -> str:
    return house.services.trainings.record_training(
        account,
        name=name,
        completed=TODAY - timedelta(days=9),
        expires=TODAY + timedelta(days=days),
        by="operator-1",
    ).id


def test_papers_are_recorded_once_and_told_worst_first(house: House) -> None:
    trainings = house.services.trainings
    assert train(house) == train(house)
    for _ in range(2):
        trainings.record_pledge("researcher-1", TODAY, by="operator-1")
        trainings.record_pledge("researcher-2", TODAY, by="operator-1")
    train(house, "researcher-2", days=-1)
    standing = {each.account: each.paper for each in trainings.readiness()}
    assert standing["researcher-1"] is Paper.GOOD
    assert standing["researcher-2"] is Paper.EXPIRED
    assert standing["auditor-1"] is Paper.PLEDGE_MISSING
    assert [each.account for each in trainings.readiness()][-1] == "researcher-1"
    events = audit_events(house, "researcher-1")
    assert events[-2:] == ["person:account:record_training", "person:account:record_pledge"]
    house.services.accounts.close("researcher-2", by="operator-1")
    assert "researcher-2" not in {each.account for each in trainings.readiness()}


def test_days_that_cannot_be_are_refused(house: House) -> None:
    trainings = house.services.trainings
    future = TODAY + timedelta(days=1)
    assert code_of(lambda: trainings.record_pledge("researcher-1", future, by="o")) == "readiness.in_future"
    assert code_of(lambda: trainings.record_pledge("nobody", TODAY, by="o")) == "account.not_found"
    early = code_of(
        lambda: trainings.record_training(
            "researcher-1", name="x", completed=TODAY, expires=TODAY - timedelta(days=1), by="operator-1"
        )
    )
    assert early == "readiness.ends_before"
    late = code_of(
        lambda: trainings.record_training(
            "researcher-1", name="x", completed=future, expires=future, by="operator-1"
        )
    )
    assert late == "readiness.in_future"


def strict(house: House) -> Services:
    return replace(house.services, pledge_and_training_required=True)


def test_jobs_are_taken_without_papers_unless_the_settings_ask_for_them(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    submitter, by = strict(house).submitter, house.caller("researcher-1")
    spec = house_spec(project, permit)
    assert code_of(lambda: submitter.submit(spec, by=by)) == "readiness.pledge_missing"
    house.services.trainings.record_pledge("researcher-1", TODAY, by="operator-1")
    assert code_of(lambda: submitter.submit(spec, by=by)) == "readiness.training_missing"
    train(house, days=-1)
    assert code_of(lambda: submitter.submit(spec, by=by)) == "readiness.training_expired"
    assert house.services.jobs.jobs() == []
    assert house.services.submitter.submit(spec, by=by).is_new, "the default asks for nothing"
    train(house, days=10)
    assert submitter.submit(house_spec(project, permit, title="Once more"), by=by).is_new


@pytest.mark.parametrize(
    ("given", "required"), [({}, False), ({NAME: "true"}, True), ({NAME: False}, False), ({NAME: True}, True)]
)
def test_papers_are_asked_for_by_the_settings_alone(
    tmp_path: Path, given: dict[str, object], required: bool
) -> None:
    found = CoordinatorSettings.from_mapping(given, home=tmp_path)
    assert found.pledge_and_training_required is required
    assert code_of(lambda: CoordinatorSettings.from_mapping({NAME: "maybe"}, home=tmp_path)) == (
        "coordinator.setting_value"
    )


def test_whoever_lacks_papers_still_signs_in_and_reads(house: House) -> None:
    services = strict(house)
    issued = services.login.login("researcher-1", "a long enough password")
    assert services.tokens.find_caller(issued.secret) is not None
    assert services.jobs.jobs() == []


# announcements


def notice(**changes: object) -> Notice:
    fields: dict[str, object] = {
        "korean": "점검",
        "english": "Maintenance",
        "is_public": False,
        "starts": NOW,
        "ends": NOW + timedelta(hours=1),
    }
    return Notice(**fields | changes)  # type: ignore[arg-type]  # fields by name


def test_an_announcement_stands_from_its_beginning_until_its_end(house: House) -> None:
    store = house.services.announcements
    made = store.add(notice(starts=NOW + timedelta(minutes=5)), by="operator-1")
    assert store.current(public_only=False) == []
    house.clock.forward(minutes=5)
    assert [each.id for each in store.current(public_only=False)] == [made.id]
    assert store.current(public_only=True) == []
    house.clock.forward(minutes=55)
    assert store.current(public_only=False) == []


def test_a_withdrawn_announcement_is_gone_at_once(house: House) -> None:
    store = house.services.announcements
    made = store.add(notice(is_public=True), by="operator-1")
    assert store.add(notice(is_public=True), by="operator-1").id == made.id, "a double click"
    assert len(store.current(public_only=True)) == 1
    for _ in range(2):
        store.withdraw(made.id, by="operator-1")
    assert store.current(public_only=True) == []
    assert audit_events(house, made.id) == ["person:announcement:add", "person:announcement:withdraw"]
    assert code_of(lambda: store.withdraw("announcement-none", by="operator-1")) == "announcement.not_found"


def test_announcements_that_nobody_would_see_are_refused(house: House) -> None:
    add = house.services.announcements.add
    assert code_of(lambda: add(notice(ends=NOW), by="operator-1")) == "announcement.ends_before"
    past = notice(starts=NOW - timedelta(days=2), ends=NOW - timedelta(days=1))
    assert code_of(lambda: add(past, by="operator-1")) == "announcement.over"


def test_a_page_is_never_buried_under_announcements(house: House) -> None:
    for number in range(MOST_SHOWN + 2):
        house.services.announcements.add(notice(english=f"Number {number}"), by="operator-1")
    shown = house.services.announcements.current(public_only=False)
    assert [each.notice.english for each in shown] == [
        f"Number {number}" for number in range(2, MOST_SHOWN + 2)
    ]


# sightings


def sighting(site: str = "zurich", *, minutes: float = 0, **hello: object) -> Sighting:
    at = NOW + timedelta(minutes=minutes)
    return Sighting(site=SiteId(site), hello=Hello(**hello), greeted=at, seen=at)  # type: ignore[arg-type]


def test_the_newest_greeting_and_the_last_moment_stand(house: House) -> None:
    store = house.services.sightings
    ahead = round((NOW + timedelta(seconds=90)).timestamp() * 1000)
    store.record([sighting(software="1.0", clock_ms=ahead)])
    store.record([replace(sighting(software="1.0", clock_ms=ahead), seen=NOW + timedelta(minutes=3))])
    [kept] = store.all().values()
    assert (kept.last_seen, kept.greeted) == (NOW + timedelta(minutes=3), NOW)
    assert (kept.software, kept.protocol, kept.clock_difference) == ("1.0", (1, 1), 90)
    store.record([sighting(minutes=-5, software="0.1")])
    assert store.all()["zurich"].software == "1.0", "what was written late changes nothing"
    store.record([sighting(minutes=9, software="2.0"), sighting("cleveland")])
    assert store.all()["zurich"].software == "2.0"
    assert store.all()["zurich"].clock_difference is None
    house.clock.forward(minutes=9 + 61)
    states = {node.site: node.state for node in house.services.glances.nodes()}
    assert states["zurich"] is NodeState.SILENT
    assert states["budapest"] is NodeState.NEVER


@pytest.mark.parametrize("clock", [1, -(2**63), 2**63 - 1])
def test_a_node_that_tells_an_absurd_clock_harms_nothing(house: House, clock: int) -> None:
    house.services.sightings.record([sighting(clock_ms=clock, version_max=2**32 - 1)])
    assert abs(house.services.sightings.all()["zurich"].clock_difference or 0) > 10**8


# glance and year


def test_the_glance_counts_what_waits(house: House) -> None:
    project = house.project()
    permit = house.permit(project)
    held = house.held(project, permit)
    house.clock.forward(days=8)
    found = house.services.glances.look()
    assert [each.standing.job for each in found.stuck] == [held.id]
    assert (found.exports.count, found.exports.longest_days) == (1, 8.0)
    assert found.statements.count == found.open_requests == 0
    assert found.root_ends is not None


def test_the_figures_of_a_year(house: House) -> None:
    project = house.project()
    bounds = permit_fields(project)["bounds"] | {"maximum_jobs": 1}
    permit = house.permit(project, bounds=bounds)
    held = house.held(project, permit)
    waiting = house.submit(project, permit, title="One too many")
    assert waiting.state is JobState.WAITING_FOR_APPROVAL
    house.clock.forward(days=3)
    house.vote(held.id, "checker-1")
    house.vote(held.id, "checker-2")
    found = house.services.yearbook.figures(2026)
    assert (found.projects, found.permits_granted, found.permits_withdrawn) == (1, 1, 0)
    assert dict(found.jobs) == {("count", "under_way"): 1, ("count", "released"): 1}
    assert (found.exports_approved, found.exports_refused, found.exports_by_permit) == (1, 0, 0)
    assert (found.export.count, found.export.median, found.export.ninth_tenth) == (1, 3.0, 3.0)
    assert found.approval.count == 0
    [university] = found.organisations
    assert (university.projects, university.jobs, university.exports_approved) == (1, 2, 1)
    assert {each.jobs for each in found.hospitals} == {2}
    empty = house.services.yearbook.figures(2025)
    assert (empty.projects, dict(empty.jobs), empty.export.median) == (0, {}, None)


def test_a_year_begins_at_midnight_in_korea(house: House) -> None:
    house.clock.now = NOW.replace(month=12, day=31, hour=15)
    house.project()
    assert house.services.yearbook.figures(2026).projects == 0
    assert house.services.yearbook.figures(2027).projects == 1
