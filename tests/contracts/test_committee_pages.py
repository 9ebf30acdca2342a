"""The committee's work on its pages, without scripts: application, agenda, meeting, verdict, act, closing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from coordinator.pages.field_names import NAMES, field_label
from coordinator.states import ApplicationState, PermitState
from pages.languages import LANGUAGES
from tests.support.coordinator_house import CONCEPTS, QUORUM, House, furnished_house
from tests.support.federation_root import SITES
from tests.support.page_visitor import Form, Page, Visitor


@dataclass
class Desk:
    """A project with reviewed data, and everybody's browser."""

    house: House
    project: str
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def at(self, who: str) -> Visitor:
        if who not in self.visitors:
            self.visitors[who] = Visitor(self.house)
            self.visitors[who].sign_in(who)
        return self.visitors[who]

    def send(self, who: str, page: str, action: str, **entries: str) -> Page:
        """Opens a page and sends the form on it that goes to `action`."""
        visitor = self.at(who)
        return visitor.send(visitor.get(page).form(action), **entries)

    def applied(self, **changes: str) -> str:
        """An application for a permit, handed in."""
        page = f"/en/projects/{self.project}/apply/permit"
        kept = self.send("researcher-1", page, page, **(permit_entries() | changes))
        assert "/applications/" in kept.path, kept.words
        here = kept.path
        self.send("researcher-1", f"{here}/ask/submit", f"{here}/submit")
        return here

    def meeting(self, *present: str, track: str = "regular") -> str:
        """A meeting under way with these members."""
        planned = self.send(
            "committee-1",
            "/en/meetings/new",
            "/en/meetings/new",
            title="November",
            track=track,
            day="2026-11-25",
            hour="14:00",
            place="Room 1",
        )
        assert "/meetings/meeting" in planned.path, planned.words
        self.attend(planned.path, *present)
        self.send("committee-1", f"{planned.path}/open", f"{planned.path}/open")
        return planned.path

    def attend(self, meeting: str, *present: str) -> None:
        form = self.at("committee-1").get(meeting).form(f"{meeting}/attendance")
        others = [(name, value) for name, value in form.fields if name != "present"]
        ticked = [("present", member) for member in present]
        self.at("committee-1").send(Form(form.method, form.action, others + ticked))

    def put_on(self, meeting: str, application: str) -> Page:
        return self.send(
            "committee-1", application, f"{application}/agenda", meeting=meeting.rpartition("/")[2]
        )

    def decide(
        self, meeting: str, application: str, verdict: str, words: str = "", who: str = "committee-1"
    ) -> Page:
        item = f"{meeting}/items/{application.rpartition('/')[2]}"
        return self.send(who, item, item, verdict=verdict, words=words)

    def state(self, application: str) -> ApplicationState:
        name = application.rpartition("/")[2]
        return self.house.services.applications.get(name, caller=self.house.caller("researcher-1")).state

    def granted(self, application: str) -> str:
        """The permit that was drafted from an approved application and signed by the quorum."""
        drafted = self.send("committee-2", f"{application}/grant", f"{application}/grant")
        assert "/statements/" in drafted.path, drafted.words
        statements = self.house.services.statements
        view = statements.get(drafted.path.rpartition("/")[2])
        self.house.sign(view, by=QUORUM)
        return view.id


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    house = furnished_house(tmp_path)
    yield Desk(house, house.project())
    house.database.close()


def permit_entries() -> dict[str, str]:
    entries = {
        "title": "Chest pain",
        "purpose": "Who gets a statin",
        "organisation": "University",
        "people": "researcher-1",
        "voting": "bounds",
        "kinds": "count",
        "results": "count_table",
        "minimum_persons": "10",
        "minimum_sites": "3",
        "maximum_jobs": "20",
        "micro_epsilon": "0",
        "until": "2027-01-31",
        "reason": "A first look",
    }
    for site in SITES:
        entries[f"grant:{site}/heart"] = "yes"
        entries[f"concepts:{site}/heart"] = ", ".join(map(str, CONCEPTS))
        entries[f"demographics:{site}/heart"] = "age"
    return entries


ALL = ("committee-1", "committee-2", "committee-4")


def test_from_application_to_permit_to_closing(desk: Desk) -> None:
    application = desk.applied()
    assert desk.state(application) is ApplicationState.SUBMITTED
    meeting = desk.meeting(*ALL)
    assert "Chest pain" not in desk.at("committee-1").get(meeting).words
    desk.put_on(meeting, application)
    decided = desk.decide(meeting, application, "approved")
    assert decided.path == meeting, decided.words
    assert desk.state(application) is ApplicationState.APPROVED
    permit = desk.granted(application)
    found = desk.house.services.permits.get(permit)
    assert found.state is PermitState.VALID
    assert all(grant.review is not None for grant in found.permit.datasets)
    assert found.permit.datasets[0].concepts == tuple(sorted(CONCEPTS))

    report = f"/en/projects/{desk.project}/apply/closing"
    kept = desk.send(
        "researcher-1", f"{report}?permit={permit}", f"{report}?permit={permit}", report="Done.\nA paper."
    )
    closing = kept.path
    desk.send("researcher-1", f"{closing}/ask/submit", f"{closing}/submit")
    desk.put_on(meeting, closing)
    desk.decide(meeting, closing, "approved")
    ended = desk.send("committee-2", f"{closing}/grant", f"{closing}/grant")
    view = desk.house.services.statements.get(ended.path.rpartition("/")[2])
    desk.house.sign(view, by=["committee-2"])
    assert desk.house.services.permits.get(permit).state is PermitState.CLOSED


def test_an_amendment_shows_what_changes_and_takes_the_place_of_the_permit(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL)
    desk.put_on(meeting, application)
    desk.decide(meeting, application, "approved")
    old = desk.granted(application)
    page = f"/en/projects/{desk.project}/apply/amendment?permit={old}"
    shown = desk.at("researcher-1").get(page).form(page)
    assert dict(shown.fields)["title"] == "Chest pain", "it begins with what is granted now"
    kept = desk.send("researcher-1", page, page, maximum_jobs="40", people="researcher-1")
    words = kept.words
    assert "What changes against the present permit" in words
    assert "At most 20 jobs in all." in words
    assert "At most 40 jobs in all." in words
    amendment = kept.path
    desk.send("researcher-1", f"{amendment}/ask/submit", f"{amendment}/submit")
    desk.put_on(meeting, amendment)
    desk.decide(meeting, amendment, "approved")
    new = desk.granted(amendment)
    services = desk.house.services
    assert services.permits.get(old).state is PermitState.REPLACED
    assert services.permits.get(new).permit.replaces == old
    again = desk.at("researcher-1").get(page)
    sent = desk.at("researcher-1").send(again.form(page), people="researcher-1")
    assert (sent.status, "no longer in force" in sent.words) == (422, True)


def test_small_hospitals_are_the_committee_s_to_allow(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL)
    desk.put_on(meeting, application)
    desk.decide(meeting, application, "approved")
    old = desk.granted(application)
    assert not desk.house.services.permits.get(old).permit.small_hospitals
    page = f"/en/projects/{desk.project}/apply/amendment?permit={old}"
    kept = desk.send("researcher-1", page, page, small_hospitals="yes", people="researcher-1")
    assert "Under masks a cell may be small at one hospital where the sum is not." in kept.words
    amendment = kept.path
    desk.send("researcher-1", f"{amendment}/ask/submit", f"{amendment}/submit")
    desk.put_on(meeting, amendment)
    desk.decide(meeting, amendment, "approved")
    drafted = desk.send("committee-2", f"{amendment}/grant", f"{amendment}/grant")
    view = desk.house.services.statements.get(drafted.path.rpartition("/")[2])
    assert "Under masks a cell may be small at one hospital" in view.rendering
    desk.house.sign(view, by=QUORUM)
    assert desk.house.services.permits.get(view.id).permit.small_hospitals


def test_conditions_and_returns_say_why_and_lead_back(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL)
    desk.put_on(meeting, application)
    refused = desk.decide(meeting, application, "returned")
    assert "A reason or a condition is missing." in refused.words
    desk.decide(meeting, application, "returned", "Name the outcome <script>alert(1)</script>")
    page = desk.at("researcher-1").get(application)
    assert "Name the outcome <script>alert(1)</script>" in page.words
    assert "<script>alert(1)" not in page.html
    changed = desk.send("researcher-1", f"{application}/edit", f"{application}/edit", people="researcher-1")
    assert changed.path == application
    desk.send("researcher-1", f"{application}/ask/submit", f"{application}/submit")
    next_meeting = desk.meeting(*ALL)
    desk.put_on(next_meeting, application)
    desk.decide(next_meeting, application, "conditional", "Ethics paper")
    assert "/grant" not in desk.at("committee-2").get(application).html
    confirmed = desk.send("committee-2", application, f"{application}/conditions")
    assert "Draft what is to be signed" in confirmed.words
    assert desk.state(application) is ApplicationState.APPROVED


def test_no_quorum_no_verdict(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting("committee-1", "committee-2")
    desk.put_on(meeting, application)
    short = desk.decide(meeting, application, "approved")
    assert short.status == 422
    assert "Too few members take part. Taking part: 2. Needed: 3." in short.words
    desk.attend(meeting, "committee-1", "committee-2", "committee-3")
    inside = desk.decide(meeting, application, "approved")
    assert "Too few members from outside" in inside.words
    absent = desk.decide(meeting, application, "approved", who="committee-4")
    assert "Only a member who takes part in the item records its verdict." in absent.words
    assert desk.state(application) is ApplicationState.ON_AGENDA
    undecided = desk.send("committee-1", f"{meeting}/close", f"{meeting}/close", notes="")
    assert (undecided.status, "while an item is undecided" in undecided.words) == (422, True)


def test_whoever_has_an_interest_stands_back_from_all_of_it(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL, "committee-5")
    desk.put_on(meeting, application)
    ask = f"/en/projects/{desk.project}/conflict"
    desk.send("committee-4", ask, ask, reason="A relative works there")
    item = desk.at("committee-1").get(f"{meeting}/items/{application.rpartition('/')[2]}")
    assert "Stood back committee-4" in item.words
    assert "Taking part committee-1, committee-2, committee-5" in item.words
    assert desk.decide(meeting, application, "approved", who="committee-4").status == 422
    desk.decide(meeting, application, "approved")
    drafted = desk.send("committee-2", f"{application}/grant", f"{application}/grant")
    statement = drafted.path.rpartition("/")[2]
    services = desk.house.services
    waiting = services.statements.statements(after="", limit=10, waiting_for=desk.house.caller("committee-4"))
    assert waiting == []
    with pytest.raises(Exception, match=r"quorum\.own_approval"):
        desk.house.sign(services.statements.get(statement), by=["committee-4"])


def test_expedited_review_needs_a_delegation_in_force(desk: Desk) -> None:
    application = desk.applied()
    meeting = desk.meeting("committee-2", track="expedited")
    desk.put_on(meeting, application)
    early = desk.decide(meeting, application, "approved", who="committee-2")
    assert "Expedited review needs a member to whom it was delegated." in early.words
    given = desk.send(
        "committee-1", "/en/delegations", "/en/delegations", receiver="committee-2", until="2026-12-24"
    )
    assert "In force" in given.words
    rejected = desk.decide(meeting, application, "rejected", "No", who="committee-2")
    assert "Only a regular meeting rejects" in rejected.words
    desk.house.clock.forward(days=40)
    desk.visitors.clear()
    late = desk.decide(meeting, application, "approved", who="committee-2")
    assert "Expedited review needs a member" in late.words, "the delegation has run out"
    desk.send("committee-1", "/en/delegations", "/en/delegations", receiver="committee-2", until="2027-01-24")
    desk.decide(meeting, application, "approved", who="committee-2")
    assert desk.state(application) is ApplicationState.APPROVED


def test_without_an_adequate_review_nothing_can_be_signed(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL)
    desk.put_on(meeting, application)
    desk.decide(meeting, application, "approved")
    drafted = desk.send("committee-2", f"{application}/grant", f"{application}/grant")
    statement = desk.house.services.statements.get(drafted.path.rpartition("/")[2])
    page = f"/en/projects/{desk.project}/reviews/cleveland/heart/new"
    form = desk.at("committee-5").get(page).form(page)
    assert dict(form.fields)["item-0"] == "person_id", "it begins with the last review"
    found = desk.at("committee-5").send(form, conclusion="inadequate", remark="Rare jobs stand out")
    assert "Not adequate" in found.words
    with pytest.raises(Exception, match=r"permit\.review_outdated"):
        desk.house.sign(statement, by=["committee-2"])
    with pytest.raises(Exception, match=r"permit\.review_outdated"):
        desk.house.permit(desk.project)


def test_a_risk_that_is_left_must_be_explained(desk: Desk) -> None:
    page = f"/en/projects/{desk.project}/reviews/cleveland/heart/new"
    form = desk.at("committee-5").get(page).form(page)
    bare = desk.at("committee-5").send(form, **{"conclusion": "adequate", "risk-0": "high"})
    assert (bare.status, "say why it can be borne" in bare.words) == (422, True)
    told = desk.at("committee-5").send(
        bare.form(page), **{"conclusion": "adequate", "risk-0": "high", "why-0": "Closed environment"}
    )
    assert "High: Closed environment" in told.words
    foreign = desk.at("researcher-1").get(page)
    assert foreign.status == 403


def test_drafts_are_seen_by_the_projects_people_alone(desk: Desk) -> None:
    page = f"/en/projects/{desk.project}/apply/permit"
    kept = desk.send("researcher-1", page, page, **permit_entries())
    assert desk.at("researcher-1").get(kept.path).status == 200
    assert desk.at("committee-1").get(kept.path).status == 404
    assert "Application for a permit" not in desk.at("committee-1").get("/en/applications").words
    assert "Application for a permit" not in desk.at("auditor-1").get(f"/en/projects/{desk.project}").words


def test_a_form_sent_twice_makes_one_application(desk: Desk) -> None:
    page, visitor = f"/en/projects/{desk.project}/apply/permit", desk.at("researcher-1")
    form = visitor.get(page).form(page)
    first, second = (visitor.send(form, **permit_entries()) for _ in range(2))
    assert first.path == second.path


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 10_000),
        ("title", "a\u202eb"),
        ("minimum_persons", "-1"),
        ("maximum_jobs", "many"),
        ("until", "31.01.2027"),
        ("until", "9999-99-99"),
        ("concepts:zurich/heart", "12 <b>"),
        ("domains:zurich/heart", "Observation Period"),
        ("people", ""),
        ("kinds", ""),
        ("micro_epsilon", "9" * 30),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_lost(desk: Desk, field: str, value: str) -> None:
    page = f"/en/projects/{desk.project}/apply/permit"
    wrong = desk.send("researcher-1", page, page, **(permit_entries() | {field: value}))
    assert wrong.status == 422
    assert f"Field: {field}" not in wrong.words, "it is named as the form names it"
    kept = dict(wrong.form(page).fields)
    assert kept["reason"] == "A first look"
    assert kept["purpose"] == "Who gets a statin"


def test_data_sets_can_be_named_that_nobody_offered(desk: Desk) -> None:
    page = f"/en/projects/{desk.project}/apply/permit"
    more = desk.send("researcher-1", page, page, **(permit_entries() | {"add": "zurich/lung\nno such line"}))
    form = more.form(page)
    assert "grant:zurich/lung" not in dict(form.fields), "it is offered, and nobody has chosen it"
    assert "zurich / lung" in more.words
    chosen = {"grant:zurich/lung": "yes", "concepts:zurich/lung": "312327"}
    kept = desk.at("researcher-1").send(form, **chosen)
    assert "zurich / lung" in kept.words
    assert "Missing" in kept.words, "it was not reviewed"


def test_minutes_hold_what_was_decided_and_by_whom(desk: Desk) -> None:
    application, meeting = desk.applied(), desk.meeting(*ALL)
    desk.put_on(meeting, application)
    desk.decide(meeting, application, "conditional", "Ethics paper\nby May")
    assert "not final yet" in desk.at("auditor-1").get(f"{meeting}/minutes").words
    desk.send("committee-1", f"{meeting}/close", f"{meeting}/close", notes="Long talk")
    for language, verdict in (("en", "Approved with conditions"), ("ko", "조건부 승인")):
        minutes = desk.at("auditor-1").get(f"{meeting}/minutes".replace("/en/", f"/{language}/")).words
        assert verdict in minutes
        assert "Ethics paper by May" in minutes
        assert "Long talk" in minutes
        assert "committee-1, committee-2, committee-4" in minutes
        assert "not final" not in minutes
    late = desk.at("committee-1").raw_post(
        f"{meeting}/attendance",
        data={
            "form_token": dict(desk.at("committee-1").get("/en/delegations").forms[-1].fields)["form_token"]
        },
        headers={"Origin": "https://coordinator.example"},
    )
    assert late.status == 409, "a closed meeting's attendance stands"


def test_a_cancelled_meeting_gives_its_items_back(desk: Desk) -> None:
    application = desk.applied()
    planned = desk.send(
        "committee-1",
        "/en/meetings/new",
        "/en/meetings/new",
        title="Never",
        track="regular",
        day="2026-12-01",
        hour="10:00",
        place="-",
    ).path
    desk.put_on(planned, application)
    assert desk.state(application) is ApplicationState.ON_AGENDA
    desk.send("committee-1", f"{planned}/cancel", f"{planned}/cancel")
    assert desk.state(application) is ApplicationState.SUBMITTED


def test_wrong_fields_are_named_by_their_labels_in_both_languages() -> None:
    labels = {name: [field_label(name, language) for language in LANGUAGES] for name in NAMES}
    assert all(None not in told and len(set(told)) == 2 for told in labels.values()), labels
    assert field_label("concepts:zurich/heart", "en") == "Concepts (zurich/heart)"
    assert field_label("risk-2", "en") == "Risk left 3"
    assert field_label("no_such_field", "en") is None
