"""Text from outside stays text: no script in any field that reaches a page runs, and each is shown as typed.

The browser enforces no content policy here: a second wall would hide a hole in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from coordinator.accounts.tokens import PAGE_IDLE
from coordinator.decisions.threads import check_text
from coordinator.permissions import Thing
from coordinator.states import JobState
from onggi.errors import Refused
from onggi.protocol.dsse import add_signature
from onggi.spec.results import CountTable
from pages.visitors import SESSION
from tests.support.browser_room import BOUNDS, BrowserRoom, empty_room
from tests.support.coordinator_house import PASSWORD, permit_fields, verdict
from tests.support.federation_root import key
from tests.support.talking_house import held_study
from tests.support.watched_page import Screen, WatchedPage

CORPUS = Path(__file__).parents[1] / "data" / "xss" / "payloads.txt"
PAYLOADS = CORPUS.read_text(encoding="utf-8").splitlines()
SEVERAL = [" ".join(PAYLOADS[at : at + 4]) for at in range(0, len(PAYLOADS), 4)]
"""All of them, four in one line: a page for each would take long."""
_LINES, _JOBS, _QUEUE = 25, 50, 10
"""So many lines a list, the list of jobs and the queue show at once."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserRoom]:
    with empty_room(tmp_path_factory.mktemp("foreign-text")) as made:
        yield made


@pytest.fixture(scope="module")
def open_screen(bare: BrowserRoom) -> Iterator[Screen]:
    """A browser without the second wall."""
    with bare.screen(bypass_csp=True) as screen:
        yield screen


@pytest.fixture
def tab(bare: BrowserRoom, open_screen: Screen) -> Iterator[WatchedPage]:
    open_screen.context.clear_cookies()
    made = open_screen.tab()
    yield made
    made.page.close()


def as_person(bare: BrowserRoom, screen: Screen, who: str) -> None:
    screen.carry(SESSION, bare.session_of(who))


def check_shown(tab: WatchedPage, payloads: Sequence[str]) -> None:
    """Each stands on the page as it was typed, and nothing of it came to life."""
    told = tab.page.locator("main").inner_text()
    words = " ".join(told.split())
    assert not [each for each in payloads if " ".join(each.split()) not in words]
    tab.check()


def test_the_corpus_is_dangerous_where_it_is_not_written_as_text(open_screen: Screen) -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 40
    tab = open_screen.tab().open("/{language}/sign-in")
    tab.page.evaluate("document.write('<body>' + " + repr("<img src=x onerror=window.__xss=1>") + ")")
    tab.page.wait_for_function("window.__xss === 1")
    with pytest.raises(AssertionError):
        tab.check()
    tab.page.close()


def test_titles_purposes_and_organisations_of_projects_and_permits(
    bare: BrowserRoom, open_screen: Screen, tab: WatchedPage
) -> None:
    services, clerk = bare.house.services, bare.house.caller("committee-1")
    as_person(bare, open_screen, "committee-2")
    projects, drafts = [], []
    for at, payload in enumerate(PAYLOADS):
        purpose, organisation = PAYLOADS[at - 1], PAYLOADS[at - 2]
        made = services.projects.create(
            title=payload, purpose=purpose, organisation="university-1", by="researcher-1"
        )
        bare.house.review(made.id)
        fields = permit_fields(made.id, title=payload, purpose=purpose, organisation=organisation)
        projects.append(made.id)
        drafts.append(services.statements.draft("project-permit", fields, by=clerk).id)
    check_shown(tab.open("/en/projects"), PAYLOADS[:_LINES])
    for at in range(_LINES, len(PAYLOADS), _LINES):
        check_shown(tab.open(f"/en/projects?after={projects[at - 1]}"), PAYLOADS[at : at + _LINES])
    check_shown(tab.open("/en/desk"), PAYLOADS[:_QUEUE])
    for at in range(0, len(PAYLOADS), 2):
        check_shown(tab.open(f"/en/projects/{projects[at]}"), [PAYLOADS[at], PAYLOADS[at - 1]])
        check_shown(tab.open(f"/en/statements/{drafts[at]}"), [PAYLOADS[at], PAYLOADS[at - 1]])


def test_permits_in_force_and_reasons_of_withdrawal(
    bare: BrowserRoom, open_screen: Screen, tab: WatchedPage
) -> None:
    house = bare.house
    project = house.project()
    as_person(bare, open_screen, "committee-1")
    for at in range(0, len(PAYLOADS), 3):
        title, purpose, organisation = (PAYLOADS[(at + each) % len(PAYLOADS)] for each in range(3))
        permit = house.permit(project, title=title, purpose=purpose, organisation=organisation)
        check_shown(tab.open(f"/en/permits/{permit}"), [title, purpose, organisation])
    check_shown(tab.open("/en/permits"), PAYLOADS[::3])
    check_shown(tab.open(f"/en/projects/{project}"), PAYLOADS[::3])
    fields = {"what": "permit", "target": permit, "expires": permit_fields(project)["expires"]}
    for reason in SEVERAL:
        drafted = house.services.statements.draft(
            "revocation", fields | {"reason": reason}, by=house.caller("committee-1")
        )
        check_shown(tab.open(f"/en/statements/{drafted.id}"), [reason])
        tab.open(f"/en/statements/{drafted.id}/withdraw")
        check_shown(tab, [reason])


def test_titles_names_and_answers_of_jobs_and_reasons_of_votes(
    bare: BrowserRoom, open_screen: Screen, tab: WatchedPage
) -> None:
    house = bare.house
    project = house.project()
    permit = house.permit(project, bounds=BOUNDS, title=PAYLOADS[0], organisation=PAYLOADS[12])
    as_person(bare, open_screen, "checker-1")
    for payload in PAYLOADS:
        house.submit(project, permit, title=payload)
    check_shown(tab.open("/en/jobs"), PAYLOADS[-_JOBS:])
    for at, several in enumerate(SEVERAL):
        names = PAYLOADS[4 * at : 4 * at + 4]
        job = house.submit(project, permit, title=several, cohort=_rules(names)).id
        house.move(job, JobState.RUNNING)
        house.services.results.record(job, _answer(names), verdict(passed=False))
        _vote(bare, job, several)
        check_shown(tab.open(f"/en/exports/{job}"), [*names, f": {several}"])
        check_shown(tab.open(f"/en/jobs/{job}"), names)


def _rules(names: Sequence[str]) -> dict[str, Any]:
    return {
        "PrimaryCriteria": {},
        "InclusionRules": [{"name": name, "expression": {"Type": "ALL"}} for name in names],
        "ConceptSets": [{"id": 0, "name": names[0], "expression": {"items": []}}],
    }


def _answer(names: Sequence[str]) -> CountTable:
    persons = tuple(range(900, 900 - len(names), -1))
    return CountTable(
        sites=4,
        minimum_persons=10,
        steps=tuple(names),
        persons=persons,
        withheld=(None,) * len(names),
    )


def _vote(bare: BrowserRoom, job: str, reason: str) -> None:
    exports, caller = bare.house.services.exports, bare.house.caller("checker-1")
    ballot = exports.draw_ballot(job, "refuse", reason=reason, caller=caller)
    exports.vote(job, add_signature(ballot.envelope, key=key("checker-1")), caller=caller)


def test_messages_on_objects_and_opinions_on_samples(
    bare: BrowserRoom, open_screen: Screen, tab: WatchedPage
) -> None:
    house = bare.house
    texts = [each for each in SEVERAL if _is_readable(each)]
    assert len(texts) > 5
    study = held_study(house)
    for text in texts:
        study.write("researcher-1", text)
        study.write("researcher-1", text, on=(Thing.PROJECT, study.project))
        study.write("researcher-1", text, on=(Thing.PERMIT, study.permit))
    as_person(bare, open_screen, "committee-1")
    for page in (f"jobs/{study.job}", f"projects/{study.project}", f"permits/{study.permit}"):
        check_shown(tab.open(f"/en/{page}"), texts)
        for text in texts[:3]:
            _write(tab, text)
            check_shown(tab, [text])
    for who in ("checker-1", "checker-2"):
        house.vote(study.job, who)
    house.clock.forward(days=40)
    as_person(bare, open_screen, "committee-1")
    tab.open(f"/en/samples/{study.job}")
    tab.page.check("input[value=disagrees]")
    tab.page.fill("#reason", texts[0])
    tab.page.click("main form button[type=submit]")
    check_shown(tab, [texts[0]])
    tab.page.click("button[value=keep]")
    check_shown(tab, [texts[0]])


def _is_readable(text: str) -> bool:
    try:
        check_text(text)
    except Refused:
        return False
    return True


def _write(tab: WatchedPage, text: str) -> None:
    tab.page.click("#write > summary")
    tab.page.check("#write input[value=reviewers]")
    tab.page.fill("#text", text)
    tab.page.click("#write button[type=submit]")


def test_account_names_and_ways_back_on_the_sign_in_page(tab: WatchedPage) -> None:
    for payload in SEVERAL:
        tab.open(f"/en/sign-in?to={quote(payload, safe='')}")
        assert tab.page.input_value("input[name=to]") == "", "no address of ours: not taken"
        tab.check()
        tab.page.eval_on_selector("input[name=to]", "(each, text) => { each.value = text; }", payload)
        tab.page.eval_on_selector("input[name=kept]", "(each, text) => { each.value = text; }", payload)
        tab.sign_in(payload, "not the right password")
        assert tab.status == 422
        assert tab.page.input_value("#account") == payload
        assert tab.page.input_value("input[name=to]") == ""
        tab.check()


def test_addresses_and_their_queries(bare: BrowserRoom, open_screen: Screen, tab: WatchedPage) -> None:
    as_person(bare, open_screen, "auditor-1")
    for text in (quote(payload, safe="") for payload in SEVERAL):
        for page in ("jobs", f"jobs/{text}", text):
            tab.open(f"/en/{page}?state={text}&after={text}&{text}={text}")
            assert tab.status == 404
            tab.check()
        tab.page.click("a[hreflang=ko]")
        assert (tab.status, tab.page.locator("html").get_attribute("lang")) == (404, "ko")
        tab.check()


def test_the_browsers_languages(tab: WatchedPage) -> None:
    for payload in PAYLOADS:
        answer = tab.page.request.get(tab.address, headers={"accept-language": payload})
        assert answer.url in (f"{tab.address}/ko/", f"{tab.address}/en/")
        assert answer.ok
        assert payload not in answer.text()


def test_what_a_form_held_is_shown_again_as_text(
    bare: BrowserRoom, open_screen: Screen, tab: WatchedPage
) -> None:
    as_person(bare, open_screen, "committee-1")
    draft = bare.house.services.statements.draft(
        "project-permit", permit_fields(bare.house.project()), by=bare.house.caller("committee-1")
    ).id
    tab.open(f"/en/statements/{draft}/withdraw")
    short = [each for each in PAYLOADS if len(each) <= 90]
    tab.page.evaluate(
        """(entries) => {
          const form = document.querySelector("main form");
          for (const text of entries) {
            form.append(Object.assign(document.createElement("input"), { name: text, value: text }));
          }
        }""",
        short,
    )
    bare.house.clock.forward(seconds=PAGE_IDLE.total_seconds() + 1)
    tab.page.click("button.button-danger")
    assert tab.status == 401
    tab.check()
    tab.sign_in("committee-1", PASSWORD)
    check_shown(tab, short)
    assert tab.page.locator("main dd").count() == len(short)
