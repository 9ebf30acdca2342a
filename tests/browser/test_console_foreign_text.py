"""At a hospital's console text from outside stays text: jobs, permits, projects, cohorts, reasons, addresses.

The coordinator, researchers and committees write most of what stands there, and nobody at the hospital chose
it. The browser enforces no content policy here: a second wall would hide a hole in the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from node.console.accounts import ConsoleRole, record_account
from node.console.sessions import IDLE
from node.state.tables import Run
from onggi.errors import OnggiError
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec
from pages.visitors import SESSION
from tests.support.console_house import PASSWORD, ConsoleHouse, make_order_spec, make_permit
from tests.support.console_room import ConsoleRoom, empty_console_room
from tests.support.watched_page import Screen, WatchedPage

CORPUS = Path(__file__).parents[1] / "data" / "xss" / "payloads.txt"
PAYLOADS = CORPUS.read_text(encoding="utf-8").splitlines()
SEVERAL = [" ".join(PAYLOADS[at : at + 4]) for at in range(0, len(PAYLOADS), 4)]
"""All of them, four in one line: a page for each would take long."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleRoom]:
    with empty_console_room(tmp_path_factory.mktemp("foreign-text")) as made:
        yield made


@pytest.fixture(scope="module")
def screen(bare: ConsoleRoom) -> Iterator[Screen]:
    """A browser without the second wall."""
    with bare.screen(bypass_csp=True) as opened:
        yield opened


@pytest.fixture
def tab(bare: ConsoleRoom, screen: Screen) -> Iterator[WatchedPage]:
    screen.context.clear_cookies()
    screen.carry(SESSION, bare.session_of("it-1"))
    made = screen.tab()
    yield made
    made.page.close()


def check_shown(tab: WatchedPage, *texts: str) -> None:
    """Each stands on the page as it was typed, and nothing of it came to life."""
    words = " ".join(tab.page.locator("main").text_content().split())
    assert not [each for each in texts if " ".join(each.split()) not in words]
    tab.check()


def _spec(text: str) -> JobSpec:
    """A job whose title, rule and concept set a stranger named."""
    asked: dict[str, Any] = make_order_spec().model_dump(mode="json")
    cohort = asked["cohort"]
    cohort["InclusionRules"][0]["name"] = text
    cohort["ConceptSets"][0]["name"] = text
    return JobSpec.model_validate(asked | {"title": text})


def _ordered(house: ConsoleHouse, run: str, text: str, *, state: str) -> None:
    """A run whose job and permit carry the text in every field that takes one."""
    spec = _spec(text)
    permit = make_permit().model_copy(update={"title": text, "purpose": text, "organisation": text})
    now = as_instant(house.clock())
    with house.desk.state() as session:
        session.add(
            Run(
                run=run,
                order_id=f"order-of-{run}",
                spec_digest=digest_of(spec),
                spec=canonical_json(spec).decode(),
                permit=permit.model_dump_json(),
                state=state,
                state_since=now,
                received_at=now,
            )
        )


def test_titles_purposes_organisations_and_names_of_rules(bare: ConsoleRoom, tab: WatchedPage) -> None:
    house = bare.house
    for at, text in enumerate(SEVERAL):
        run = f"run-{at}"
        _ordered(house, run, text, state="asked" if at % 2 else "running")
        held, left = house.hold(run), house.leave(run)
        check_shown(tab.open(f"/en/consents/{run}"), text)
        for page in (f"held/{held}", f"held/{held}/approve", f"releases/{left}"):
            check_shown(tab.open(f"/en/{page}"), text)
        if at % 2:
            check_shown(tab.open(f"/en/consents/{run}/give"), text)
        else:
            check_shown(tab.open(f"/en/runs/{run}/stop"), text)
    for page in ("runs", "held", "papers/ledger"):
        check_shown(tab.open(f"/en/{page}"), *SEVERAL)
    check_shown(tab.open("/en/consents"), *SEVERAL[1::2])
    tab.open("/en/policy/edit").page.check("input[name=consent][value=never]")
    tab.page.click("main form button[type=submit]")
    check_shown(tab, *SEVERAL)
    for page in ("home", "releases", "audit", "bounds", "papers/diagnostics", "node", "data"):
        tab.open(f"/en/{page}").check()


def test_reasons_of_stopping_and_what_a_form_held(bare: ConsoleRoom, tab: WatchedPage) -> None:
    for at, text in enumerate(SEVERAL):
        run = f"run-stop-{at}"
        bare.house.add_run(run, state="running")
        reason = text[:200]
        tab.open(f"/en/runs/{run}/stop").page.fill("#reason", reason + "x" * 200)
        tab.page.click("button.button-danger")
        assert tab.status == 422
        assert tab.page.input_value("#reason").startswith(reason)
        tab.check()
        tab.page.fill("#reason", reason)
        if at == 0:
            bare.house.clock.forward(seconds=IDLE.total_seconds() + 1)
            tab.page.click("button.button-danger")
            tab.check()
            tab.sign_in("it-1", PASSWORD)
            check_shown(tab, reason)
            tab.page.click(f"main form[action$='/runs/{run}/stop'] button")
        else:
            tab.page.click("button.button-danger")
        check_shown(tab, reason)
    check_shown(tab.open("/en/audit"), *(text[:200] for text in SEVERAL[-5:]))


def test_searches_projects_of_a_policy_and_addresses(tab: WatchedPage) -> None:
    for text in SEVERAL:
        tab.open(f"/en/releases?text={quote(text, safe='')}&first={quote(text[:9], safe='')}")
        tab.check()
        assert tab.page.locator("#text").count() == 0 or tab.page.input_value("#text") in (text, "")
        tab.open("/en/policy/edit").page.fill("#new_project", text)
        tab.page.click("main form button[type=submit]")
        assert (tab.status, tab.page.input_value("#new_project")) == (422, text)
        tab.check()
        tab.open(f"/en/runs/{quote(text, safe='')}/stop")
        assert tab.status == 404
        tab.check()


def _add_account(house: ConsoleHouse, name: str) -> None:
    passwords = house.services.passwords
    with house.desk.state() as session:
        record_account(
            session, name, role=ConsoleRole.IT, password=PASSWORD, passwords=passwords, now=house.clock()
        )


def test_names_of_accounts_as_far_as_there_are_any(bare: ConsoleRoom, tab: WatchedPage) -> None:
    """A name in the books cannot hold markup; what is typed at signing in is shown again as text."""
    for payload in PAYLOADS:
        with pytest.raises(OnggiError, match=r"console\.account_name"):
            _add_account(bare.house, payload)
    tab.page.context.clear_cookies()
    for text in SEVERAL:
        tab.open(f"/en/sign-in?to={quote(text, safe='')}")
        assert tab.page.input_value("input[name=to]") == "", "no address of ours: not taken"
        tab.sign_in(text, "not the right password")
        assert (tab.status, tab.page.input_value("#account")) == (422, text)
        tab.check()
