"""The legal ledger tells every processing from the books, and no line goes before its time."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.console.ledger_csv import ledger_csv
from node.console.printed_ledger import draw_ledger
from node.console.site import console_pages
from node.papers.ledger import MOST_DAYS, Ledger, keep_until, read_ledger
from node.registers.audit import NodeEvent, record_event
from node.state.tables import AuditEvent, DeletionRecord, Release, Run
from onggi.errors import OnggiError
from onggi.protocol.canonical import canonical_json
from onggi.protocol.keys import new_private_pem
from pages.csv_text import plain_text
from tests.support.console_house import (
    ConsoleHouse,
    console_house,
    furnished_console,
    make_order_spec,
    make_permit,
)

ROOT = Path(__file__).resolve().parents[2]
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = furnished_console(tmp_path)
    yield made
    made.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[ConsoleHouse]:
    made = console_house(tmp_path)
    yield made
    made.close()


def read(house: ConsoleHouse, first: date = YEAR[0], last: date = YEAR[1]) -> Ledger:
    with house.desk.state() as session:
        return read_ledger(session, house.desk.settings, first=first, last=last, by="it-1", now=house.clock())


def test_a_line_tells_purpose_items_recipients_period_and_destruction(house: ConsoleHouse) -> None:
    line = next(line for line in read(house).lines if line.run == "run-left")
    assert line.permitted is not None
    assert line.permitted.purpose == "How many patients with chest pain get a statin"
    assert line.permitted.organisation == "University of Example"
    assert line.items is not None
    assert line.items.dataset == "cdm"
    assert set(line.items.tables) >= {"condition_occurrence", "drug_exposure", "person"}
    assert line.items.sets == ("Chest pain", "Statin")
    assert line.items.concepts == (77670, 1539403)
    [left] = line.left
    assert (left.what, left.number) == ("aggregate", 1)
    assert line.destroyed is not None
    assert (line.destroyed.record, line.destroyed.verified) == ("deletion-of-run-left", True)
    assert line.keep_until == "2029-11-22"


def test_only_runs_that_read_data_stand_in_it_and_none_of_these_is_left_out(bare: ConsoleHouse) -> None:
    for run in ("asked", "declined", "began", "staged", "left", "destroyed"):
        bare.add_run(f"run-{run}", state=run if run in ("asked", "declined") else "running")
    with bare.desk.state() as session:
        record_event(session, NodeEvent.RUN_STARTED, about="run-began", now=bare.clock())
        session.get_one(Run, "run-staged").workspace_key = b"wrapped"
    bare.leave("run-left")
    bare.leave("run-whose-row-is-gone")
    bare.delete("run-destroyed")
    runs = {line.run for line in read(bare).lines}
    assert runs == {"run-began", "run-staged", "run-left", "run-destroyed", "run-whose-row-is-gone"}


def test_periods_are_days_in_korea_and_a_line_stands_in_each_that_it_touches(bare: ConsoleHouse) -> None:
    bare.clock.now = datetime(2026, 11, 22, 14, 59, tzinfo=UTC)  # a minute before midnight in Seoul
    bare.add_run("run-1", state="finished")
    bare.leave("run-1")
    bare.clock.forward(days=2)
    bare.delete("run-1")
    days = [date(2026, 11, day) for day in range(20, 28)]
    assert [day.day for day in days if read(bare, day, day).lines] == [22, 23, 24]
    bare.add_run("run-2", state="running")
    with bare.desk.state() as session:
        record_event(session, NodeEvent.RUN_STARTED, about="run-2", now=bare.clock())
    bare.clock.forward(days=400)
    assert [line.run for line in read(bare, date(2027, 6, 1), date(2027, 6, 1)).lines] == ["run-2"]


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 2, 1), date(2026, 1, 31)), (date(2000, 1, 1), date(2026, 1, 1))]
)
def test_a_wrong_period_is_refused(bare: ConsoleHouse, first: date, last: date) -> None:
    with pytest.raises(OnggiError) as caught:
        read(bare, first, last)
    assert (caught.value.code, caught.value.facts) == ("ledger.period_wrong", {"most": MOST_DAYS})


@pytest.mark.parametrize(
    ("destroyed", "until"),
    [
        (datetime(2026, 11, 22, 14, 59, tzinfo=UTC), date(2029, 11, 22)),
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), date(2029, 11, 23)),
        (datetime(2028, 2, 29, 3, 0, tzinfo=UTC), date(2031, 3, 1)),
        (datetime(2029, 2, 28, 3, 0, tzinfo=UTC), date(2032, 2, 28)),
    ],
)
def test_a_line_is_kept_three_years_after_destruction(destroyed: datetime, until: date) -> None:
    assert keep_until(destroyed) == until


def test_a_destruction_that_nobody_signed_begins_no_three_years(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        row = session.get_one(DeletionRecord, "run-left")
        row.envelope = re.sub(r'"sig":"[^"]+"', '"sig":"MEUCIQ=="', row.envelope)
    line = next(line for line in read(house).lines if line.run == "run-left")
    assert line.destroyed is not None
    assert not line.destroyed.verified
    assert line.keep_until is None


@pytest.mark.parametrize(
    ("table", "code"), [(Release, "register.chain_broken"), (AuditEvent, "audit.chain_broken")]
)
def test_a_broken_book_is_not_printed(house: ConsoleHouse, table: type, code: str) -> None:
    with house.desk.state() as session:
        session.get_one(table, 1).hash = "0" * 64
    with pytest.raises(OnggiError) as caught:
        read(house)
    assert caught.value.code == code


def test_a_print_is_checked_by_its_digests(house: ConsoleHouse) -> None:
    one = read(house)
    house.clock.forward(days=1)
    again = read(house)
    assert again.digest == one.digest
    assert again.printed_at != one.printed_at
    with house.desk.state() as session:
        newest = session.get_one(Release, one.register_number)
        assert newest.hash == one.register_hash
    house.leave("run-held")
    after = read(house)
    assert after.digest != one.digest
    assert after.register_hash != one.register_hash


# --- the file ----------------------------------------------------------------------------------------------


def _say(key: str) -> str:
    return console_pages().phrases.say(key, "ko")


def rows_of(ledger: Ledger) -> list[list[str]]:
    content = ledger_csv(ledger, _say)
    assert content.startswith(b"\xef\xbb\xbf"), "spreadsheets read Korean by this mark"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_file_has_every_line_and_the_digests(house: ConsoleHouse) -> None:
    ledger = read(house)
    rows = rows_of(ledger)
    assert {len(row) for row in rows[: len(ledger.lines) + 1]} == {24}
    assert [row[5] for row in rows[1 : len(ledger.lines) + 1]] == [line.run for line in ledger.lines]
    assert rows[-1] == ["내용의 지문", ledger.digest]
    assert any(ledger.register_hash in cell for row in rows for cell in row)


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", '"=1', "＝1", "|calc", "%0A=1")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_run_by_a_spreadsheet(text: str) -> None:
    assert plain_text(text).startswith("'")
    assert plain_text(text).endswith(text.strip("\t"))


@given(st.text(max_size=30))
def test_a_cell_never_begins_like_a_formula(text: str) -> None:
    assert not plain_text(text).lstrip(' "').startswith(("=", "+", "-", "@"))


def test_titles_that_attack_are_text_in_both_files(bare: ConsoleHouse) -> None:
    bare.add_run("run-1", state="finished")
    bare.leave("run-1")
    with bare.desk.state() as session:
        row = session.get_one(Run, "run-1")
        row.spec = canonical_json(
            make_order_spec().model_copy(update={"title": "=HYPERLINK(<script>)"})
        ).decode()
        permit = make_permit().model_copy(update={"title": "<b>x</b>", "purpose": '@cmd, "quoted"'})
        row.permit = permit.model_dump_json()
    ledger = read(bare)
    [row_cells] = rows_of(ledger)[1:2]
    assert row_cells[3] == "'=HYPERLINK(<script>)"
    assert row_cells[2] == '\'@cmd, "quoted"'
    html = draw_ledger(ledger, language="ko").decode()
    assert "<script>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_printed_file_stands_alone(house: ConsoleHouse, language: str) -> None:
    html = draw_ledger(read(house), language="ko" if language == "ko" else "en").decode()
    assert "size: A4 landscape" in html
    assert "table-header-group" in html
    for loaded in ("<script", "<link", "src=", "url(", "http"):
        assert loaded not in html.replace("http-equiv", "")
    assert ("가명정보 처리 관리대장" in html) is (language == "ko")
    assert "2029-11-22" in html
    assert "it-1" in html


# --- nothing deletes the books ------------------------------------------------------------------------------

KEPT = {
    "Run",
    "Release",
    "BudgetEntry",
    "ReleasedPersons",
    "KnownPersons",
    "DeletionRecord",
    "AuditEvent",
    "WrittenLetter",
    "StoredObject",
    "HeldReply",
    "Reply",
}
MAY_DELETE = {
    "node/registers/outbox.py": {"_OUTGOING"},
    "node/console/sessions.py": {"ConsoleSession"},
    "node/console/signing_in.py": {"ConsoleLoginWindow"},
}
_SQL = re.compile(r"\b(DELETE\s+FROM|DROP\s+TABLE|TRUNCATE)\b", re.IGNORECASE)


def deletions_in(source: str) -> tuple[set[str], list[int]]:
    """What a source deletes from, by name; and lines whose target cannot be told."""
    named, unclear = set(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
            unclear.append(node.lineno)
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        if name == "delete" and node.args and isinstance(node.args[0], ast.Name):
            named.add(node.args[0].id)
        elif name in ("delete", "drop_all", "drop_table", "drop"):
            unclear.append(node.lineno)
    return named, unclear


def test_no_code_of_the_node_deletes_a_row_of_the_books() -> None:
    """The books are kept longer than three years because nothing here can remove a row of them."""
    found, doubtful = {}, {}
    for path in sorted((ROOT / "node").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("node/state/migrations/", "node/store/", "node/postgres/")):
            continue  # data stores, which hold no book; and the undoing of the first migration
        named, unclear = deletions_in(path.read_text(encoding="utf-8"))
        if named:
            found[name] = named
        if unclear:
            doubtful[name] = unclear
    assert found == MAY_DELETE
    assert not doubtful
    assert not KEPT & {each for names in found.values() for each in names}


def test_the_stores_know_nothing_of_the_books() -> None:
    for folder in ("node/store", "node/postgres"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "node.state" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("source", "named", "unclear"),
    [
        ("session.execute(delete(Release))", {"Release"}, 0),
        ("session.delete(row)", {"row"}, 0),
        ("session.query(Run).delete()", set(), 1),
        ("session.execute(text('delete  from runs'))", set(), 1),
        ("Base.metadata.drop_all(engine)", set(), 1),
        ("table.delete().where(x)", set(), 1),
    ],
)
def test_the_search_finds_every_way_to_delete(source: str, named: set[str], unclear: int) -> None:
    found, doubtful = deletions_in(source)
    assert (found, len(doubtful)) == (named, unclear)


def test_the_identity_key_that_signs_destructions_is_this_hospitals(house: ConsoleHouse) -> None:
    """What the ledger calls verified was checked with this very key."""
    house.desk.settings.identity_key.write_bytes(new_private_pem())
    line = next(line for line in read(house).lines if line.run == "run-left")
    assert line.destroyed is not None
    assert not line.destroyed.verified
