"""The console's papers: ledger, weekly letters, the bundle for support, for IT staff and auditors."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from node.console.shown_bundles import ShownBundles
from node.papers.bundle import Bundle
from node.registers.audit import check_chain
from node.state.tables import AuditEvent, Release, Run, WrittenLetter
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from tests.support.console_house import (
    ConsoleHouse,
    ConsoleVisitor,
    console_house,
    furnished_console,
    make_permit,
)

WEEK = "2026-W47"
LETTER = f"/en/papers/letters/{WEEK}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    made.clock.forward(days=2)
    yield made
    made.close()


def visitor(house: ConsoleHouse, who: str = "it-1", *, language: str = "en") -> ConsoleVisitor:
    found = house.visitor(language=language)
    found.sign_in(who)
    return found


def test_one_door_leads_to_all_papers(house: ConsoleHouse) -> None:
    page = visitor(house).get("/en/papers")
    for address in ("ledger", "letters", "diagnostics"):
        assert f'href="/en/papers/{address}"' in page.html
    assert "대장과 증명" in visitor(house, language="ko").get("/ko/papers").words


# --- the ledger --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["it-1", "auditor-1"])
def test_the_ledger_is_shown_to_be_printed(house: ConsoleHouse, who: str) -> None:
    page = visitor(house, who).get("/en/papers/ledger")
    for told in (
        "How many patients with chest pain get a statin",
        "University of Example",
        "Concept sets: Chest pain, Statin",
        "deletion-of-run-left",
        "2029-11-22",
        "three years after destruction",
        f"Printed by {who}",
        "Article 28-4",
    ):
        assert told in page.words
    with house.desk.state() as session:
        assert session.get_one(Release, 2).hash in page.words
    assert "가명정보 처리 관리대장" in visitor(house, who, language="ko").get("/ko/papers/ledger").words


def test_a_period_is_asked_for_and_kept_in_its_file(house: ConsoleHouse) -> None:
    it = visitor(house)
    empty = it.get("/en/papers/ledger?first=2025-01-01&last=2025-12-31")
    assert "No pseudonymised information was processed in this period." in empty.words
    page = it.get("/en/papers/ledger?first=2026-11-22&last=2026-11-22")
    assert "/en/papers/ledger/file?first=2026-11-22&amp;last=2026-11-22" in page.html
    answer = it.get("/en/papers/ledger/file?first=2026-11-22&last=2026-11-22").answer
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="ledger-2026-11-22-2026-11-22.csv"' in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("first=yesterday", "A date is written like 2026-11-22."),
        ("last=2026-02-30", "A date is written like 2026-11-22."),
        ("first=2026-12-31&last=2026-01-01", "The period ends before it begins"),
        ("first=2000-01-01&last=2026-01-01", "The period ends before it begins"),
        ("first=%00&last=%3Cscript%3E", "A date is written like 2026-11-22."),
    ],
)
def test_a_wrong_period_is_said_and_kept_in_its_fields(house: ConsoleHouse, query: str, said: str) -> None:
    page = visitor(house).get(f"/en/papers/ledger?{query}")
    assert page.status == 200
    assert said in page.words
    assert "<script>" not in page.html
    assert visitor(house).get(f"/en/papers/ledger/file?{query}").status == 422


def test_a_period_of_ten_thousand_characters_is_not_read(house: ConsoleHouse) -> None:
    assert visitor(house).get(f"/en/papers/ledger?first={'9' * 10_000}").status == 404


def test_titles_in_the_ledger_are_text(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        permit = make_permit().model_copy(update={"title": "<script>alert(1)</script>"})
        session.get_one(Run, "run-left").permit = permit.model_dump_json()
    page = visitor(house).get("/en/papers/ledger")
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.words


def test_a_broken_book_is_said_in_the_ledgers_place(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        session.get_one(Release, 1).bytes += 1
    page = visitor(house).get("/en/papers/ledger")
    assert "The release register is broken" in page.words
    assert "<table" not in page.html


# --- letters -----------------------------------------------------------------------------------------------


def test_it_staff_write_a_letter_once_and_everybody_gets_it(house: ConsoleHouse) -> None:
    it, auditor = visitor(house), visitor(house, "auditor-1")
    assert "Not written yet" in it.get("/en/papers/letters").words
    assert "Not signed yet." in it.get(LETTER).words
    assert auditor.get(f"{LETTER}/file").status == 404
    asked = it.get(f"{LETTER}/write")
    assert "nothing else left" in asked.words, "what is signed is read first"
    form = asked.form(f"{LETTER}/write")
    for _ in range(2):
        assert it.send(form).path == LETTER
    assert house.events().count("hospital:letter:write") == 1
    with house.desk.state() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.event == "hospital:letter:write"))
        assert json.loads(event.facts)["by"] == "it-1"
        assert event.about == WEEK
        check_chain(session)
        kept = session.get_one(WrittenLetter, WEEK).envelope
    page = auditor.get(LETTER)
    assert "Signed with this hospital's key, and the books still tell the same." in page.words
    answer = auditor.get(f"{LETTER}/file").answer
    assert Envelope.from_json(answer.content) == Envelope.from_json(kept.encode())
    assert 'filename="letter-cleveland-2026-w47.json"' in answer.headers["content-disposition"]
    assert "This letter has been written." in it.get(f"{LETTER}/write").words


def test_two_who_write_at_the_same_time_write_one_letter(house: ConsoleHouse) -> None:
    writers = [visitor(house, who) for who in ("it-1", "it-2", "it-1", "it-2")]
    forms = [(each, each.get(f"{LETTER}/write").form(f"{LETTER}/write")) for each in writers]
    with ThreadPoolExecutor(4) as threads:
        answers = [each.result() for each in [threads.submit(one.send, form) for one, form in forms]]
    assert {each.status for each in answers} == {200}
    assert house.events().count("hospital:letter:write") == 1


def test_an_auditor_reads_and_writes_none(house: ConsoleHouse) -> None:
    auditor = visitor(house, "auditor-1")
    page = auditor.get(LETTER)
    assert "This account may look and change nothing." in page.words
    assert f'{LETTER}/write"' not in page.html
    assert auditor.get(f"{LETTER}/write").status == 403
    with house.desk.state() as session:
        assert session.get(WrittenLetter, WEEK) is None


def test_a_letter_that_no_longer_fits_the_books_is_an_alarm(house: ConsoleHouse) -> None:
    house.write_letter(WEEK)
    with house.desk.state() as session:
        session.get_one(Release, 2).project = "another"
    page = visitor(house).get(LETTER)
    assert "The signed letter and the books do not fit." in page.words
    assert "The release register is broken" in page.words
    assert visitor(house).get(f"{LETTER}/file").status == 200, "what was signed can still be shown to others"


def test_no_letter_is_offered_from_books_that_are_broken(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        session.get_one(AuditEvent, 2).about = "another"
    it = visitor(house)
    page = it.get(LETTER)
    assert "no letter can be written" in page.words
    assert f'{LETTER}/write"' not in page.html
    assert it.get(f"{LETTER}/write").status in (403, 409, 422)


@pytest.mark.parametrize("week", ["2026-W48", "2026-W46", "1999-W01", "x", "2026-W99", "%3Cb%3E"])
def test_what_is_no_week_of_this_node_is_not_there(house: ConsoleHouse, week: str) -> None:
    it = visitor(house)
    for more in ("", "/file", "/write"):
        assert it.get(f"/en/papers/letters/{week}{more}").status == 404


def test_before_the_first_week_is_over_there_is_none(tmp_path: Path) -> None:
    bare = console_house(tmp_path)
    assert "No week is over yet." in visitor(bare).get("/en/papers/letters").words
    bare.close()


# --- the bundle --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["it-1", "auditor-1"])
def test_what_is_downloaded_is_what_was_shown(house: ConsoleHouse, who: str) -> None:
    person = visitor(house, who)
    page = person.get("/en/papers/diagnostics")
    address = page.html.split('href="/en/papers/diagnostics/file?digest=')[1].split('"')[0]
    answer = person.get(f"/en/papers/diagnostics/file?digest={address}").answer
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        for name in opened.namelist():
            assert name in page.words
            assert " ".join(opened.read(name).decode().split()) in page.words
    assert "it-1" not in page.words.replace("Signed in as it-1", "")
    assert 'filename="onggi-diagnostics.zip"' in answer.headers["content-disposition"]


def test_a_bundle_that_was_not_shown_cannot_be_had(house: ConsoleHouse) -> None:
    it = visitor(house)
    assert it.get("/en/papers/diagnostics/file", follow_redirects=False).status == 303
    gone = it.get(f"/en/papers/diagnostics/file?digest={'0' * 64}")
    assert (gone.status, "diagnostics.gone" in gone.html) == (404, True)
    assert it.get(f"/en/papers/diagnostics/file?digest={'0' * 10_000}").status == 404


def test_few_bundles_are_kept() -> None:
    shelf = ShownBundles()
    made = [Bundle(files=(), content=bytes([number])) for number in range(20)]
    for each in made:
        shelf.keep(each)
    assert shelf.get(made[-1].digest) is made[-1]
    with pytest.raises(Refused):
        shelf.get(made[0].digest)
