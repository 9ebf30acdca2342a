"""P3: a hospital's weekly letter says what left and that nothing else did, and no lie in it goes unseen."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from analysis_jobs.kinds.records import arrays_to_records
from analysis_jobs.runner import flower_adapter
from node.console.accounts import record_closing
from node.papers.smallest_group import ClearThing, tell_persons
from node.papers.weekly_letter import OfNode, compose_letter, list_weeks, verify_letter, write_letter
from node.registers.audit import NodeEvent, record_event
from node.registers.objects import ObjectStore
from node.state.memory import load_roots
from node.state.tables import AuditEvent, Outgoing, Release, Reply, StoredObject, WrittenLetter
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.canonical import canonical_json, encode_base64
from onggi.protocol.dsse import Envelope, sign_envelope
from onggi.protocol.keys import FileKey
from onggi.protocol.rendering import render_statement, with_summary
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import WeeklyLetter
from onggi.protocol.weekly_letters import (
    check_continues,
    check_letter,
    last_whole_week,
    letter_id,
    week_bounds,
    week_of,
)
from onggi.spec.ids import SiteId
from tests.support.console_house import ConsoleHouse, console_house
from tests.support.federation_root import key

WEEK = "2026-W47"


def reply(**arrays: list[float]) -> bytes:
    return flower_adapter.records_to_bytes(
        arrays_to_records({name: np.array(values) for name, values in arrays.items()})
    )


TABLE = reply(persons=[303.0, 41.0])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ConsoleHouse]:
    """A week with two jobs' tables, something masked, and what did not leave; two days later."""
    made = console_house(tmp_path)
    made.add_run("run-1", state="finished")
    made.add_run("run-2", state="finished")
    made.leave("run-1", content=TABLE)
    made.leave("run-2", content=reply(persons=[500.0, 77.0]), ordinal=1)
    made.leave(
        "run-9",
        content=b"\x00\x01" * 30,
        what="masked_sum",
        result="model_fit",
        spec_digest=f"sha256:{'7' * 64}",
    )
    with made.desk.state() as session:
        for event in (
            NodeEvent.ORDER_DECLINED,
            NodeEvent.REPLY_HELD,
            NodeEvent.REPLY_HELD,
            NodeEvent.CARD_MADE,
        ):
            record_event(session, event, about="run-1", now=made.clock())
    made.clock.forward(days=2)
    yield made
    made.close()


def of(house: ConsoleHouse) -> OfNode:
    return OfNode(settings=house.desk.settings, objects=ObjectStore(house.desk.settings.objects))


def compose(house: ConsoleHouse, week: str = WEEK) -> WeeklyLetter:
    with house.desk.state() as session:
        return compose_letter(session, of(house), week=week, now=house.clock())


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(OnggiError) as caught:
        act()
    return caught.value.code


def verify(house: ConsoleHouse, envelope: Envelope) -> WeeklyLetter:
    with house.desk.state() as session:
        return verify_letter(session, of(house), envelope, now=house.clock())


# --- what it says -----------------------------------------------------------------------------------------


def test_it_tells_what_left_in_both_languages(house: ConsoleHouse) -> None:
    letter = compose(house)
    text = render_statement(letter)
    assert (
        "2 analyses, 2 tables, 1 masked contribution, smallest group 41 persons, nothing else left." in text
    )
    assert "분석 2건, 표 2개, 마스킹된 값 1개, 가장 작은 집단 41명." in text
    assert "Of masked contributions no number of persons can be read" in text
    assert "Orders declined: 1." in text
    assert "Replies held: 2;" in text
    assert "dataset cards 1," in text
    assert [(each.what, each.result, each.number) for each in letter.left] == [
        ("aggregate", "count_table", 2),
        ("masked_sum", "model_fit", 1),
    ]
    assert letter.persons.numbers == 4
    assert (letter.register_before.number, letter.register_after.number) == (0, 3)


def test_a_week_in_which_nothing_left_says_so(house: ConsoleHouse) -> None:
    house.clock.forward(days=14)
    letter = compose(house, "2026-W48")
    text = render_statement(letter)
    assert "0 analyses, 0 tables, no number of persons in clear, nothing else left." in text
    assert letter.register_before == letter.register_after


@pytest.mark.parametrize(
    ("content", "kind", "smallest", "unknown", "without"),
    [
        (reply(persons=[303.0, 41.0]), "count", 41, 0, 0),
        (reply(persons=[303.0], groups=[12.0, 0.0, 291.0], events=[999.0]), "count", 12, 0, 0),
        (reply(persons=[50.0], events=[7.0]), "count", 50, 0, 0),
        (reply(persons=[50.0], selections=[48.0, 11.0]), "count", 11, 0, 0),
        (reply(persons=[0.0, 30.0, 20.0]), "overlap", 20, 0, 0),
        (reply(persons=[303.0, 41.5]), "count", None, 1, 0),
        (reply(persons=[303.0], sums=[4.0]), "count", None, 1, 0),
        (reply(hessian=[4.0]), "glm", None, 1, 0),
        (reply(known=[1.0]), "concepts", None, 0, 1),
        (reply(persons=[303.0]), None, None, 1, 0),
        (reply(persons=[303.0]), "a-kind-to-come", None, 1, 0),
        (reply(), "count", None, 1, 0),
        (b"not records at all", "count", None, 1, 0),
    ],
)
def test_the_smallest_group_is_read_from_the_bytes_and_never_guessed(
    content: bytes, kind: str | None, smallest: int | None, unknown: int, without: int
) -> None:
    told = tell_persons([ClearThing(content, kind)])
    assert (told.smallest, told.unknown, told.without) == (smallest, unknown, without)


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), min_size=1, max_size=4))
def test_the_smallest_of_many_tables_is_the_least_number_above_zero(tables: list[list[int]]) -> None:
    told = tell_persons(ClearThing(reply(persons=[float(each) for each in one]), "count") for one in tables)
    every = [number for one in tables for number in one]
    assert told.smallest == min((number for number in every if number), default=None)
    assert (told.numbers, told.empty, told.tables) == (len(every), every.count(0), len(tables))


def test_a_table_of_a_job_that_is_not_known_is_not_guessed_at(house: ConsoleHouse) -> None:
    house.clock.now -= timedelta(days=2)
    house.leave("run-1", content=reply(persons=[3.0]), spec_digest=f"sha256:{'8' * 64}")
    house.clock.forward(days=2)
    letter = compose(house)
    assert (letter.persons.smallest, letter.persons.unknown) == (41, 1)
    text = render_statement(letter)
    assert "smallest group 41 persons in the tables that tell it" in text
    assert "Tables whose bytes do not tell their groups: 1. Nothing was guessed." in text


# --- weeks ------------------------------------------------------------------------------------------------


def test_weeks_begin_on_monday_in_korea(house: ConsoleHouse) -> None:
    since, until = week_bounds(WEEK)
    assert since.astimezone(UTC) == datetime(2026, 11, 15, 15, tzinfo=UTC)
    assert until - since == timedelta(days=7)
    assert week_of(since) == WEEK
    assert week_of(until - timedelta(seconds=1)) == WEEK
    assert last_whole_week(until) == WEEK
    assert last_whole_week(until - timedelta(seconds=1)) == "2026-W46"
    with house.desk.state() as session:
        assert list_weeks(session, now=house.clock()) == [WEEK]


@pytest.mark.parametrize(
    "week",
    [
        "",
        "2026",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-w47",
        "2026-W4７",
        "2026W47",
        "26-W47",
        "x" * 10_000,
    ],
)
def test_what_is_no_week_is_refused(house: ConsoleHouse, week: str) -> None:
    assert refusal(lambda: compose(house, week)) == "letter.week_malformed"


def test_a_week_that_goes_on_has_no_letter(house: ConsoleHouse) -> None:
    assert refusal(lambda: compose(house, "2026-W48")) == "letter.week_not_over"


def test_each_event_belongs_to_one_week_even_where_the_clock_was_set_back(house: ConsoleHouse) -> None:
    house.leave("run-1", content=TABLE)
    house.clock.now -= timedelta(days=3)
    house.leave("run-2", content=TABLE)
    house.clock.forward(days=20)
    one, two = compose(house, WEEK), compose(house, "2026-W48")
    assert one.register_after == two.register_before
    assert two.register_after.number == 5
    assert [one.number_left("aggregate"), two.number_left("aggregate")] == [2, 2]


# --- the same books, the same letter -----------------------------------------------------------------------


def test_what_left_with_a_report_of_its_rules_stands_in_the_letter(house: ConsoleHouse) -> None:
    before = compose(house).number_left("aggregate")
    house.leave("run-1", content=TABLE, judged="sha256:" + "7" * 64)
    house.clock.forward(days=7)
    with house.desk.state() as session:
        week = list_weeks(session, now=house.clock())[0]
    assert verify(house, house.write_letter(week)).number_left("aggregate") == 1
    assert compose(house).number_left("aggregate") == before


def test_a_past_week_gives_the_same_letter_again(house: ConsoleHouse) -> None:
    first = house.write_letter(WEEK)
    text = render_statement(compose(house))
    house.clock.forward(days=9)
    house.leave("run-1", content=TABLE)
    with house.desk.state() as session:
        record_closing(session, "it-2", now=house.clock())
    assert render_statement(compose(house)) == text
    assert house.write_letter(WEEK) == first
    with house.desk.state() as session:
        session.delete(session.get_one(WrittenLetter, WEEK))
    assert house.write_letter(WEEK) == first, "byte for byte, even where the kept one was lost"
    assert house.events().count("hospital:letter:write") == 2


def test_the_next_letter_goes_on_where_one_ended(house: ConsoleHouse) -> None:
    one = verify(house, house.write_letter(WEEK))
    house.leave("run-1", content=TABLE)
    house.clock.forward(days=14)
    two = verify(house, house.write_letter("2026-W48"))
    assert two.audit_before == one.audit_after
    assert two.register_after.number == 4
    check_continues(one, two)
    assert refusal(lambda: check_continues(two, one)) == "letter.does_not_continue"
    for name in ("register_before", "audit_before"):
        mark = getattr(two, name)
        for change in ({"hash": "1" * 64}, {"number": mark.number + 1}):
            other = two.model_copy(update={name: mark.model_copy(update=change)})
            assert refusal(lambda other=other: check_continues(one, other)) == "letter.does_not_continue"


def test_letters_of_weeks_apart_never_shrink(house: ConsoleHouse) -> None:
    one = verify(house, house.write_letter(WEEK))
    house.clock.forward(days=28)
    far = verify(house, house.write_letter("2026-W50"))
    check_continues(one, far)
    less = far.model_copy(
        update={"register_before": far.register_before.model_copy(update={"number": 2, "hash": "2" * 64})}
    )
    assert refusal(lambda: check_continues(one, less)) == "letter.does_not_continue"
    other = far.model_copy(
        update={"register_before": far.register_before.model_copy(update={"hash": "2" * 64})}
    )
    assert refusal(lambda: check_continues(one, other)) == "letter.does_not_continue"


# --- nothing goes unseen -----------------------------------------------------------------------------------


def _release_changed(session: Session) -> None:
    session.get_one(Release, 1).bytes += 1


def _release_cut(session: Session) -> None:
    session.delete(session.get_one(Release, 3))


def _event_changed(session: Session) -> None:
    session.get_one(AuditEvent, 5).about = "run-other"


def _content_changed(session: Session) -> None:
    session.get_one(StoredObject, session.get_one(Release, 1).object_digest).content = reply(
        persons=[303.0, 4.0]
    )


def _content_of_masked_gone(session: Session) -> None:
    session.delete(session.get_one(StoredObject, session.get_one(Release, 3).object_digest))


def _reply_beside_the_register(session: Session) -> None:
    first = session.get_one(Release, 1)
    digest = f"sha256:{'3' * 64}"
    session.add(
        Reply(run="run-1", ordinal=9, message_digest=digest, object_digest=digest, release=first.entry)
    )


def _parcel_beside_the_register(session: Session) -> None:
    digest = f"sha256:{'3' * 64}"
    session.add(Outgoing(id="p-1", kind="reply", about="run-1", body=b"{}", object_digest=digest))


def _parcel_of_another_run(session: Session) -> None:
    digest = session.get_one(Release, 1).object_digest
    session.add(Outgoing(id="p-1", kind="reply", about="run-3", body=b"{}", object_digest=digest))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_release_changed, "register.chain_broken"),
        (_release_cut, "register.audit_differs"),
        (_event_changed, "audit.chain_broken"),
        (_content_changed, "register.object_damaged"),
        (_content_of_masked_gone, "register.object_damaged"),
        (_reply_beside_the_register, "register.audit_differs"),
        (_parcel_beside_the_register, "register.audit_differs"),
        (_parcel_of_another_run, "register.audit_differs"),
    ],
)
def test_no_letter_is_written_from_books_that_are_not_whole(
    house: ConsoleHouse, change: Callable[[Session], None], code: str
) -> None:
    compose(house)
    with house.desk.state() as session:
        change(session)
    assert refusal(lambda: compose(house)) == code
    assert refusal(lambda: house.write_letter(WEEK)) == code


def test_a_waiting_parcel_that_stands_on_the_register_is_no_alarm(house: ConsoleHouse) -> None:
    with house.desk.state() as session:
        digest = session.get_one(Release, 1).object_digest
        session.add(Outgoing(id="p-1", kind="reply", about="run-1", body=b"{}", object_digest=digest))
        session.add(Outgoing(id="p-2", kind="stage", about="run-1", body=b"{}", object_digest=None))
    assert compose(house).number_left("aggregate") == 2


def _rewrite_books(house: ConsoleHouse) -> None:
    """Whoever holds the whole computer writes both books again, chains and all, with one release less."""
    with house.desk.state() as session:
        for row in [*session.query(Release), *session.query(AuditEvent)]:
            session.delete(row)
    house.clock.now -= timedelta(days=2)
    house.leave("run-1", content=TABLE)
    house.clock.forward(days=2)


def test_books_written_anew_do_not_fit_the_letter(house: ConsoleHouse) -> None:
    envelope = house.write_letter(WEEK)
    _rewrite_books(house)
    assert refusal(lambda: verify(house, envelope)) == "letter.books_differ"
    assert refusal(lambda: house.write_letter(WEEK)) == "letter.books_differ"
    house.clock.forward(days=14)
    assert refusal(lambda: house.write_letter("2026-W48")) == "letter.does_not_continue"


# --- tampering with the letter -----------------------------------------------------------------------------


def _statement(envelope: Envelope) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(envelope.body)
    return value


def _with_predicate(envelope: Envelope, **changes: object) -> Envelope:
    statement = _statement(envelope)
    statement["predicate"] |= changes
    return envelope.model_copy(update={"payload": encode_base64(canonical_json(statement))})


@pytest.mark.parametrize(
    "changes",
    [
        {"analyses": 1},
        {"week": "2026-W46"},
        {"left": []},
        {"summary": f"sha256:{'0' * 64}"},
        {"site": "zurich"},
        {"issued": "2026-11-20T15:00:00Z"},
    ],
)
def test_a_changed_letter_is_never_taken(house: ConsoleHouse, changes: dict[str, object]) -> None:
    envelope = _with_predicate(house.write_letter(WEEK), **changes)
    with house.desk.state() as session:
        roots = load_roots(session, fingerprint=house.desk.settings.root_fingerprint)
    assert refusal(lambda: check_letter(envelope, roots=roots)) in (
        "statement.summary_differs",
        "statement.malformed",
    )


def test_a_changed_letter_with_its_summary_made_anew_lacks_the_signature(house: ConsoleHouse) -> None:
    envelope = house.write_letter(WEEK)
    letter = verify(house, envelope)
    lie = with_summary(letter.model_copy(update={"analyses": 1}))
    forged = seal_statement(lie, keys=[]).model_copy(update={"signatures": envelope.signatures})
    with house.desk.state() as session:
        roots = load_roots(session, fingerprint=house.desk.settings.root_fingerprint)
    assert refusal(lambda: check_letter(forged, roots=roots)) == "signature.invalid"
    assert (
        refusal(lambda: check_letter(seal_statement(lie, keys=[]), roots=roots)) == "letter.not_the_hospitals"
    )


def test_another_hospitals_key_signs_no_letter_of_this_one(house: ConsoleHouse) -> None:
    letter = verify(house, house.write_letter(WEEK))
    forged = seal_statement(letter, keys=[key("zurich")])
    with house.desk.state() as session:
        roots = load_roots(session, fingerprint=house.desk.settings.root_fingerprint)
    assert refusal(lambda: check_letter(forged, roots=roots)) == "letter.not_the_hospitals"
    theirs = with_summary(
        letter.model_copy(update={"site": SiteId("zurich"), "id": letter_id(SiteId("zurich"), WEEK)})
    )
    honest = seal_statement(theirs, keys=[key("zurich")])
    assert check_letter(honest, roots=roots).site == "zurich"
    assert refusal(lambda: verify(house, honest)) == "letter.other_hospital"


def test_the_hospitals_own_key_cannot_sign_a_lie_past_its_books(house: ConsoleHouse) -> None:
    letter = verify(house, house.write_letter(WEEK))
    own = FileKey.read(house.desk.settings.identity_key)
    for changes in (
        {"analyses": 1},
        {"left": ()},
        {"persons": letter.persons.model_copy(update={"smallest": 90})},
    ):
        lie = seal_statement(with_summary(letter.model_copy(update=changes)), keys=[own])
        assert refusal(lambda lie=lie: verify(house, lie)) == "letter.books_differ"
    odd = (
        {"id": "letter-2026-w47-other"},
        {"issued": letter.since},
        {"since": letter.since - timedelta(days=7)},
    )
    for changes in odd:
        lie = seal_statement(with_summary(letter.model_copy(update=changes)), keys=[own])
        assert refusal(lambda lie=lie: verify(house, lie)) == "statement.malformed"


def test_another_statement_of_this_hospital_is_no_letter(house: ConsoleHouse) -> None:
    house.delete("run-1")
    envelope = house.write_letter(WEEK)
    other = _statement(envelope) | {"predicateType": "urn:onggi:deletion:v1"}
    signed = sign_envelope(other, key=FileKey.read(house.desk.settings.identity_key))
    assert refusal(lambda: verify(house, signed)) == "statement.other_type"


def test_a_node_without_a_root_writes_none(tmp_path: Path) -> None:
    house = console_house(tmp_path)
    file = house.desk.settings.file
    kept = [line for line in file.read_text().splitlines() if not line.startswith("root_fingerprint")]
    file.write_text("\n".join(kept))
    assert "root_fingerprint" not in tomllib.loads(file.read_text())
    house.clock.forward(days=2)
    with house.desk.state() as session, pytest.raises(Refused) as caught:
        write_letter(session, of(house), week=WEEK, now=house.clock())
    assert caught.value.code == "node.no_root"
    house.close()


def test_two_letters_of_one_week_are_one(house: ConsoleHouse) -> None:
    first, again = house.write_letter(WEEK), house.write_letter(WEEK)
    assert first == again
    assert house.events().count("hospital:letter:write") == 1
    with house.desk.state() as session:
        session.get_one(WrittenLetter, WEEK).envelope = (
            seal_statement(
                compose_letter(session, of(house), week=WEEK, now=house.clock()), keys=[key("zurich")]
            )
            .to_json()
            .decode()
        )
    with pytest.raises(NotTrusted, match="not_the_hospitals"):
        house.write_letter(WEEK)
