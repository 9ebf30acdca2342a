"""What the pages of a hospital's console show and do, on a node's real state."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from analysis_jobs.kinds.records import arrays_to_records
from analysis_jobs.runner import flower_adapter
from node.console.books_watch import EVERY
from node.console.shown_numbers import MOST_SHOWN
from node.registers.audit import check_chain
from node.registers.budget_chain import keep_budget_head, sign_budget_head
from node.registers.releases import sign_head
from node.state.heartbeat import write_heartbeat
from node.state.memory import is_paused, set_fact
from node.state.tables import (
    AuditEvent,
    BudgetEntry,
    HeldReply,
    KnownPersons,
    Outgoing,
    Release,
    ReleasedPersons,
    Run,
    StoredObject,
)
from onggi.protocol.keys import FileKey
from tests.support.console_house import ConsoleHouse, ConsoleVisitor, console_house, furnished_console
from tests.support.federation_root import NOW
from tests.support.node_desk import REPLY


class _Link:
    connected_since = NOW
    last_error: str | None = None
    round_trip_s: float | None = 0.01
    clock_difference_s: float | None = 0.0
    attempts = 0


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = console_house(tmp_path)
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    yield made
    made.close()


def _it(house: ConsoleHouse, *, language: str = "en") -> ConsoleVisitor:
    visitor = house.visitor(language=language)
    visitor.sign_in("it-1")
    return visitor


def _beat(house: ConsoleHouse, link: object = _Link) -> None:
    write_heartbeat(house.desk.home, link, now=house.clock())  # type: ignore[arg-type]  # as the class says


# --- at a glance -------------------------------------------------------------------------------------------


def test_a_healthy_node_says_so_in_both_languages(bare: ConsoleHouse) -> None:
    _beat(bare)
    assert "All is well. There is nothing to do." in _it(bare).get("/en/home").words
    assert "정상입니다. 지금 하실 일이 없습니다." in _it(bare, language="ko").get("/ko/home").words


def test_the_one_thing_to_do_is_the_most_urgent(house: ConsoleHouse) -> None:
    visitor = _it(house)

    def told() -> str:
        words = visitor.get("/en/home").words
        return words[words.index("To do first") :][:300]

    assert "The node is not running." in told()
    assert "onggi-node run" in told()

    class Cut(_Link):
        connected_since = None
        last_error = "link.unreachable"

    _beat(house, Cut)
    assert "not connected to the coordinator" in told()
    assert "onggi-node doctor" in told()
    _beat(house)
    assert "Runs wait for your consent: 1" in told()
    with house.desk.state() as session:
        session.get_one(Run, "run-asked").state = "accepted"
    assert "Held replies wait for your decision: 1" in told()
    with house.desk.state() as session:
        set_fact(session, "paused", "yes")
    assert "Everything is paused" in told()
    house.clock.forward(seconds=EVERY.total_seconds())
    with house.desk.state() as session:
        session.get_one(Release, 1).bytes += 1
    assert "The release register is broken" in told(), "a damaged book comes before all else"


def test_a_register_that_lacks_entries_is_told_at_once(house: ConsoleHouse) -> None:
    key = FileKey.read(house.desk.settings.identity_key)
    with house.desk.state() as session:
        kept = sign_head(session, site=house.desk.settings.site, key=key)
        set_fact(session, "register_head", kept.model_dump_json())
        session.delete(session.get_one(Release, 2))
    words = _it(house).get("/en/home").words
    assert "The release register lacks entries, so nothing is released. Expected: 2, here: 1" in words


def test_all_that_ever_left_is_one_activation_away(house: ConsoleHouse) -> None:
    page = _it(house).get("/en/home")
    assert 'href="/en/releases"' in page.html
    assert "All that ever left 2" in page.words
    assert "In the last 7 days 2" in page.words
    house.clock.forward(days=8)
    page = _it(house).get("/en/home")
    assert "All that ever left 2" in page.words
    assert "In the last 7 days 0" in page.words


# --- the stop button ---------------------------------------------------------------------------------------


def test_pausing_says_what_it_does_and_is_done_once(house: ConsoleHouse) -> None:
    visitor = _it(house)
    assert 'href="/en/pause"' in visitor.get("/en/home").html
    asked = visitor.get("/en/pause")
    assert "Runs under way end within moments" in asked.words
    assert "Runs under way now 1" in asked.words
    for _ in range(2):
        assert visitor.send(asked.form("/en/pause")).path == "/en/home"
    assert house.events().count("hospital:node:pause") == 1
    assert "Everything is paused already." in visitor.get("/en/pause").words
    with house.desk.state() as session:
        assert is_paused(session)
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.event == "hospital:node:pause"))
        assert event.facts == '{"by":"it-1"}'
    again = visitor.get("/en/resume")
    visitor.send(again.form("/en/resume"))
    visitor.send(again.form("/en/resume"))
    assert house.events()[-1] == "hospital:node:resume"
    assert house.events().count("hospital:node:resume") == 1
    with house.desk.state() as session:
        assert not is_paused(session)
        check_chain(session)


# --- all that left -----------------------------------------------------------------------------------------


def test_the_register_is_empty_before_anything_left(bare: ConsoleHouse) -> None:
    assert "Nothing has left this hospital." in _it(bare).get("/en/releases").words


def test_the_register_shows_all_newest_first_fifty_a_page(bare: ConsoleHouse) -> None:
    for number in range(1, 121):
        bare.leave(f"run-{number}", project=f"project-{number % 2}")
    visitor = _it(bare)
    first = visitor.get("/en/releases")
    assert "Entries: 120" in first.words
    seen = _entries(first.html)
    assert seen == list(range(120, 70, -1))
    second = visitor.get("/en/releases?before=71")
    third = visitor.get("/en/releases?before=21")
    assert 'href="/en/releases?before=71"' in first.html
    assert seen + _entries(second.html) + _entries(third.html) == list(range(120, 0, -1))
    assert 'href="/en/releases?before=' not in third.html, "there is nothing further"
    found = visitor.get("/en/releases?text=project-1")
    assert "Entries: 60" in found.words
    assert 'href="/en/releases?text=project-1&amp;before=' in found.html, "the search goes on"


def _entries(html: str) -> list[int]:
    return [int(part.split('"')[0]) for part in html.split('href="/en/releases/')[1:]]


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("text=heart", [1]),
        ("text=HEART", [1]),
        ("text=run-masked", [2]),
        ("text=%25", []),
        ("text=_", []),
        ("first=2026-11-22", [2, 1]),
        ("first=2026-11-23", []),
        ("last=2026-11-22", [2, 1]),
        ("last=2026-11-21", []),
        ("first=2026-11-22&last=2026-11-22&text=lung", [2]),
        ("text=&first=&last=", [2, 1]),
    ],
)
def test_the_register_is_searched_by_name_and_day(
    house: ConsoleHouse, query: str, entries: list[int]
) -> None:
    page = _it(house).get(f"/en/releases?{query}")
    assert _entries(page.html) == entries
    assert entries or "No entry fits the search." in page.words


def test_days_are_korean_days(bare: ConsoleHouse) -> None:
    bare.clock.now = NOW.replace(hour=15, minute=0)  # midnight in Seoul
    bare.leave()
    visitor = _it(bare)
    assert _entries(visitor.get("/en/releases?first=2026-11-23").html) == [1]
    assert _entries(visitor.get("/en/releases?last=2026-11-22").html) == []


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_wrong_day_is_said_beside_its_field(house: ConsoleHouse, day: str) -> None:
    page = _it(house).get(f"/en/releases?last={day}")
    assert page.status == 200
    assert page.words.count("A date is written like 2026-11-22.") == 2
    assert 'href="#last"' in page.html
    assert "<title>Error:" in page.html


def test_one_release_is_shown_in_full(house: ConsoleHouse) -> None:
    page = _it(house).get("/en/releases/1")
    with house.desk.state() as session:
        row = session.get_one(Release, 1)
    for text in (
        "Statins after chest pain",
        "Everybody who enters 303",
        "A statin within a year 41.5",
        "Chest pain and statins (permit-heart-1)",
        "researcher-1, researcher-2 (University of Example)",
        f"Size in bytes {len(REPLY)}",
        row.object_digest,
        row.spec_digest,
        row.hash,
        row.prev_hash,
        "released a reply",
    ):
        assert text in page.words
    assert "처음 대상 303" in _it(house, language="ko").get("/ko/releases/1").words


def test_the_bytes_that_left_can_be_had(house: ConsoleHouse) -> None:
    answer = _it(house).get("/en/releases/1/bytes").answer
    assert answer.content == REPLY
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="release-1.bin"'
    assert _it(house).get("/en/held/1/bytes").answer.content == REPLY


def test_masked_values_say_that_nobody_can_read_them(house: ConsoleHouse) -> None:
    page = _it(house).get("/en/releases/2")
    assert "These bytes are masked" in page.words
    assert "no longer holds the specification" in page.words


def test_a_damaged_content_is_told_and_the_entry_still_stands(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        session.get_one(StoredObject, session.get_one(Release, 1).object_digest).content = b"other"
    page = _it(house).get("/en/releases/1")
    assert page.status == 200
    assert "gone or altered" in page.words
    assert "Statins after chest pain" in page.words


def test_a_large_array_is_cut_on_the_page_and_says_so(bare: ConsoleHouse) -> None:
    arrays = {"matrix": np.arange(6.0).reshape(2, 3), "weights": np.arange(MOST_SHOWN + 5) + 0.5}
    bare.leave(content=flower_adapter.records_to_bytes(arrays_to_records(arrays)))
    words = _it(bare).get("/en/releases/1").words
    assert "Place 1 2 3 1 0 1 2 2 3 4 5" in words
    assert "Values not shown here: 5" in words
    assert f"{MOST_SHOWN - 1}.5" in words
    assert f"{MOST_SHOWN}.5" not in words


def test_what_is_no_table_of_numbers_says_so_and_can_still_be_decided(house: ConsoleHouse) -> None:
    entry = house.leave(content=b"not records at all")
    number = house.hold("run-held", ordinal=1, content=b"not records at all")
    visitor = _it(house)
    left = visitor.get(f"/en/releases/{entry}")
    assert "cannot be read as numbers" in left.words
    assert f'href="/en/releases/{entry}/bytes"' in left.html
    page = visitor.get(f"/en/held/{number}")
    assert "cannot be read as numbers" in page.words
    assert f'href="/en/held/{number}/refuse"' in page.html


@pytest.mark.parametrize("address", ["releases/9", "releases/9/bytes", "held/9", "held/9/approve"])
def test_what_is_not_there_is_said_to_be_missing(house: ConsoleHouse, address: str) -> None:
    assert _it(house).get(f"/en/{address}").status == 404


# --- held replies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "decision", "event"),
    [
        ("approve", "approved", "hospital:reply:approve"),
        ("refuse", "refused", "hospital:reply:refuse"),
    ],
)
def test_a_held_reply_is_read_in_full_then_decided_once(
    house: ConsoleHouse, answer: str, decision: str, event: str
) -> None:
    visitor = _it(house)
    assert "Held reply 1: Statins after chest pain" in visitor.get("/en/held").words
    page = visitor.get("/en/held/1")
    for text in ("A statin within a year 41.5", "What will leave", "cleveland hospital"):
        assert text in page.words
    asked = visitor.get(f"/en/held/1/{answer}")
    form = asked.form(f"/en/held/1/{answer}")
    assert visitor.send(form).path == "/en/held/1"
    again = visitor.send(form)
    assert (again.status, "reply.already_decided" in again.words) == (409, True)
    other = "refuse" if answer == "approve" else "approve"
    assert visitor.get(f"/en/held/1/{other}").status == 409, "a decision stands"
    with house.desk.state() as session:
        assert session.get_one(HeldReply, 1).decision == decision
        [row] = session.scalars(select(AuditEvent).where(AuditEvent.event == event))
        assert '"by":"it-1"' in row.facts
        check_chain(session)
    assert "it-1" in visitor.get("/en/held/1").words.split("History")[1]
    assert "No reply waits for your decision." in visitor.get("/en/held").words


def test_two_answers_at_the_same_time_decide_once(house: ConsoleHouse) -> None:
    visitors = [_it(house) for _ in range(4)]
    forms = [
        (each, each.get(f"/en/held/1/{answer}").form(f"/en/held/1/{answer}"))
        for each, answer in zip(visitors, ["approve", "refuse"] * 2, strict=True)
    ]
    with ThreadPoolExecutor(4) as threads:
        answers = [each.result() for each in [threads.submit(one.send, form) for one, form in forms]]
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    assert sum(event.startswith("hospital:reply:") for event in house.events()) == 1


# --- consent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "state", "event"),
    [
        ("give", "accepted", "hospital:order:consent"),
        ("refuse", "declined", "hospital:order:refuse"),
    ],
)
def test_consent_is_asked_in_plain_words_and_answered_once(
    house: ConsoleHouse, answer: str, state: str, event: str
) -> None:
    visitor = _it(house)
    assert "Statins after chest pain" in visitor.get("/en/consents").words
    page = visitor.get("/en/consents/run-asked")
    for text in ("A count job", "Chest pain", "Rule 1: “A statin within a year”", "What will leave"):
        assert text in page.words
    korean = _it(house, language="ko").get("/ko/consents/run-asked").words
    for text in ("분석: count", "포함 기준 1", "무엇이 나가는가"):
        assert text in korean
    form = visitor.get(f"/en/consents/run-asked/{answer}").form(f"/en/consents/run-asked/{answer}")
    assert visitor.send(form).path == "/en/consents/run-asked"
    again = visitor.send(form)
    assert (again.status, "run.no_such_move" in again.words) == (409, True)
    assert house.events().count(event) == 1
    with house.desk.state() as session:
        assert session.get_one(Run, "run-asked").state == state
        parcels = list(session.scalars(select(Outgoing.id)))
    assert parcels == [f"order-of-run-asked:decision:{'accepted' if answer == 'give' else 'declined'}"]
    assert "No run waits for your consent." in visitor.get("/en/consents").words


# --- runs, deletions, audit --------------------------------------------------------------------------------


def test_runs_are_listed_with_state_and_reason(house: ConsoleHouse) -> None:
    words = _it(house).get("/en/runs").words
    for text in ("Running", "Waiting for consent", "Finished", "Stopped", "The hospital paused its node"):
        assert text in words
    korean = _it(house, language="ko").get("/ko/runs").words
    for text in ("실행 중", "동의 대기", "완료", "중단됨"):
        assert text in korean


def test_many_runs_are_told_page_by_page(bare: ConsoleHouse) -> None:
    for number in range(60):
        bare.add_run(f"run-{number:03}", state="finished")
    visitor = _it(bare)
    pages = [visitor.get("/en/runs"), visitor.get("/en/runs?page=2")]
    shown = [page.html.count('href="/en/consents/run-') for page in pages]
    assert shown == [50, 10]
    assert 'href="/en/runs?page=2"' in pages[0].html
    assert "page=3" not in pages[1].html


def test_deletion_records_are_shown_with_their_signature(house: ConsoleHouse) -> None:
    words = _it(house).get("/en/deletions").words
    assert "run-left 2026-11-22 14:00 (KST) Finished 4,096 verified" in words


def test_the_audit_log_is_told_newest_first(house: ConsoleHouse) -> None:
    visitor = _it(house)
    words = visitor.get("/en/audit").words
    assert words.index("signed in to the console") < words.index("released a reply")
    assert words.index("released a reply") < words.index("pinned the federation root")
    assert "콘솔에 로그인함" in _it(house, language="ko").get("/ko/audit").words
    older = visitor.get("/en/audit?before=2").words
    assert "pinned the federation root" in older
    assert "signed in" not in older.replace("Signed in as", "")


def test_verifying_says_that_all_is_whole_and_changes_nothing(house: ConsoleHouse) -> None:
    house.spend()
    house.describe()
    visitor = _it(house)
    before = house.events()
    page = visitor.send(visitor.get("/en/audit").form("/en/audit/verify"))
    assert "All is whole: nothing was altered and nothing is missing." in page.words
    assert "Release register Whole 2" in page.words
    assert "Register of privacy budgets Whole 4" in page.words
    assert "Register of released persons Whole 2" in page.words
    assert "Stored contents Whole 2" in page.words
    assert house.events() == before
    assert visitor.get("/en/audit/verify").path == "/en/audit", "the outcome was true at one moment"


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        ("audit", "The audit trail is broken"),
        ("register", "The release register is broken"),
        ("budget", "An entry of the budget register was altered or removed"),
        ("budget cut short", "The budget register lacks entries"),
        ("budget head", "The head of the budget register that was kept outside"),
        ("sets", "or rows are altered or missing"),
        ("sets cut short", "or rows are altered or missing"),
        ("persons cut short", "or rows are altered or missing"),
        ("objects", "The stored content of a release is gone or altered"),
    ],
)
def test_verifying_finds_what_was_altered(house: ConsoleHouse, part: str, cause: str) -> None:
    house.spend()
    house.describe()
    mine = FileKey.read(house.desk.settings.identity_key)
    with house.desk.state() as session:
        head = sign_budget_head(session, site=house.desk.settings.site, key=mine)
        keep_budget_head(session, head, site=house.desk.settings.site, key=mine.public_key)
    with house.desk.state() as session:
        match part:
            case "audit":
                session.get_one(AuditEvent, 2).about = "somebody-else"
            case "register":
                session.get_one(Release, 1).project = "another-project"
            case "budget":
                session.get_one(BudgetEntry, 2).project = "another-project"
            case "budget cut short":
                session.delete(session.get_one(BudgetEntry, head.entries))
            case "budget head":
                set_fact(session, "budget_head", head.model_copy(update={"entries": 1}).model_dump_json())
            case "sets":
                session.get_one(ReleasedPersons, 1).what = "dropped"
            case "sets cut short":
                session.delete(session.get_one(ReleasedPersons, 2))
            case "persons cut short":
                session.delete(session.get_one(KnownPersons, 0))
            case _:
                digest = session.get_one(Release, 1).object_digest
                session.get_one(StoredObject, digest).content = b"other"
    visitor = _it(house)
    page = visitor.send(visitor.get("/en/audit").form("/en/audit/verify"))
    assert "Something is not whole." in page.words
    assert cause in page.words
    assert page.words.count("Not whole") == 1


def test_a_fault_shows_a_page_without_inner_text(
    house: ConsoleHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = _it(house)

    def fail(*_args: object, **_more: object) -> None:
        raise ValueError("a patient's value")

    monkeypatch.setattr("node.console.release_pages.find_releases", fail)
    page = visitor.get("/en/releases")
    assert page.status == 500
    assert "a patient's value" not in page.html
    assert "node.fault" in page.words
