"""A node's state is made by migrations alone, and what it remembers is what was written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from node.state import engine as engine_module
from node.state.engine import open_state, sessions
from node.state.heartbeat import FILE_NAME, OLD, find_heartbeat, remove_heartbeat, write_heartbeat
from node.state.memory import (
    get_fact,
    is_paused,
    latest_time,
    load_log,
    load_roots,
    note_time,
    remember_statements,
    save_log,
    save_roots,
    set_fact,
)
from node.state.tables import Base, SeenStatement
from onggi.errors import NotTrusted, Refused
from onggi.protocol.log_view import LogView
from onggi.protocol.trust_root import root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.support.federation_root import NOW, ORIGIN, make_root, signed_root
from tests.support.write_first_migration import PLACE, first_migration


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'state.sqlite'}"


def test_the_migrated_schema_is_the_one_of_the_tables(tmp_path: Path) -> None:
    engine = open_state(_url(tmp_path))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        made = set(inspect(connection).get_table_names())
    engine.dispose()
    assert made == {*Base.metadata.tables, "alembic_version"}


def test_the_first_migration_is_what_the_tables_give() -> None:
    """When it differs: python -m tests.support.write_first_migration"""
    assert PLACE.read_text(encoding="utf-8") == first_migration()


def test_opening_again_migrates_nothing_and_keeps_everything(tmp_path: Path) -> None:
    first = open_state(_url(tmp_path))
    with sessions(first).begin() as session:
        set_fact(session, "paused", "yes")
    first.dispose()
    second = open_state(_url(tmp_path))
    with sessions(second)() as session:
        assert is_paused(session)
    second.dispose()


def test_an_acknowledged_change_is_on_the_disk(tmp_path: Path) -> None:
    engine = open_state(_url(tmp_path))
    with engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_file_that_is_no_database_is_refused_by_code(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"patient 4711 " * 1000)
    with pytest.raises(Refused) as refused:
        open_state(_url(tmp_path))
    assert refused.value.code == "node.state_unreadable"
    assert refused.value.__cause__ is None


def test_a_disk_that_fills_up_in_the_first_migration_is_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit on pages fails as a full disk does; once there is room, the migration succeeds."""
    strict = engine_module._strict_sqlite

    def small(connection: Any, record: Any) -> None:
        strict(connection, record)
        connection.execute("PRAGMA max_page_count = 8")

    with monkeypatch.context() as full:
        full.setattr(engine_module, "_strict_sqlite", small)
        with pytest.raises(Refused) as refused:
            open_state(_url(tmp_path))
    assert refused.value.code == "node.disk_full"
    assert refused.value.__cause__ is None
    engine = open_state(_url(tmp_path))
    with sessions(engine)() as session:
        assert not is_paused(session)
    engine.dispose()


def test_a_state_that_cannot_be_written_is_called_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = engine_module._strict_sqlite

    def closed(connection: Any, record: Any) -> None:
        strict(connection, record)
        connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(engine_module, "_strict_sqlite", closed)
    with pytest.raises(Refused) as refused:
        open_state(_url(tmp_path))
    assert refused.value.code == "node.disk_unwritable"


def test_facts_times_and_statements_are_remembered(tmp_path: Path) -> None:
    engine = open_state(_url(tmp_path))
    with sessions(engine).begin() as session:
        assert get_fact(session, "anything") is None
        note_time(session, NOW)
        note_time(session, NOW - timedelta(hours=3))
        assert latest_time(session) == NOW
        remember_statements(session, {"permit-0001": "sha256:aa"})
        remember_statements(session, {"permit-0001": "sha256:bb"})
        assert session.get_one(SeenStatement, "permit-0001").payload_digest == "sha256:aa"
    engine.dispose()


def test_the_log_view_is_the_last_one_saved(tmp_path: Path) -> None:
    engine = open_state(_url(tmp_path))
    with sessions(engine).begin() as session:
        assert load_log(session, origin=ORIGIN) == LogView(origin=ORIGIN)
        view = LogView(origin=ORIGIN, size=7, root=b"\x01" * 32)
        save_log(session, view)
        assert load_log(session, origin=ORIGIN) == view
    engine.dispose()


def test_stored_roots_are_verified_again_from_the_pinned_fingerprint_on(tmp_path: Path) -> None:
    first, second = signed_root(make_root()), signed_root(make_root(version=2))
    pinned = root_fingerprint(first)
    roots = TrustedRoots.pin(first, fingerprint=pinned).advance(second)
    engine = open_state(_url(tmp_path))
    with sessions(engine).begin() as session:
        assert save_roots(session, roots)
        assert not save_roots(session, roots)
        assert load_roots(session, fingerprint=pinned).latest.version == 2
        with pytest.raises(NotTrusted):
            load_roots(session, fingerprint=f"sha256:{'0' * 64}")
    engine.dispose()


def test_a_root_altered_in_the_database_is_not_trusted(tmp_path: Path) -> None:
    first = signed_root(make_root())
    other = signed_root(make_root(federation_name="Another name"))
    pinned = root_fingerprint(first)
    engine = open_state(_url(tmp_path))
    with sessions(engine).begin() as session:
        save_roots(session, TrustedRoots.pin(first, fingerprint=pinned))
        session.execute(text("UPDATE root_versions SET envelope = :e"), {"e": other.to_json().decode()})
        session.expire_all()
        with pytest.raises(NotTrusted) as distrust:
            load_roots(session, fingerprint=pinned)
    engine.dispose()
    assert distrust.value.code == "root.wrong_fingerprint"


def test_the_same_roots_are_verified_once_and_altered_ones_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A federation of its own: the roots of other tests may have been verified in this process already.
    first = signed_root(make_root(federation_name="Verified once"))
    other = signed_root(make_root(federation_name="Put in its place"))
    pinned, verified = root_fingerprint(first), []
    from_json = TrustedRoots.from_json

    def counted(data: bytes, *, fingerprint: str) -> TrustedRoots:
        verified.append(fingerprint)
        return from_json(data, fingerprint=fingerprint)

    monkeypatch.setattr(TrustedRoots, "from_json", counted)
    engine = open_state(_url(tmp_path))
    with sessions(engine).begin() as session:
        save_roots(session, TrustedRoots.pin(first, fingerprint=pinned))
        assert load_roots(session, fingerprint=pinned) is load_roots(session, fingerprint=pinned)
        assert verified == [pinned]
        session.execute(text("UPDATE root_versions SET envelope = :e"), {"e": other.to_json().decode()})
        for _ in range(2):  # a failure is not remembered as anything else
            with pytest.raises(NotTrusted):
                load_roots(session, fingerprint=pinned)
    engine.dispose()
    assert verified == [pinned] * 3


class _Link:
    connected_since = NOW
    last_error = "link.clock_off"
    round_trip_s = 0.004
    clock_difference_s = 301.5
    attempts = 3


def test_a_heartbeat_is_read_while_it_is_young(tmp_path: Path) -> None:
    assert find_heartbeat(tmp_path, now=NOW) is None
    write_heartbeat(tmp_path, _Link(), now=NOW)
    found = find_heartbeat(tmp_path, now=NOW + OLD)
    assert found is not None
    assert (found.connected_since, found.last_error, found.attempts) == (NOW, "link.clock_off", 3)
    assert find_heartbeat(tmp_path, now=NOW + OLD + timedelta(seconds=1)) is None
    remove_heartbeat(tmp_path)
    remove_heartbeat(tmp_path)
    assert find_heartbeat(tmp_path, now=NOW) is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"at": 3}', "\xff", '{"connected_since": null, "at": "x"}']
)
def test_a_note_that_cannot_be_read_is_no_heartbeat(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="latin-1")
    assert find_heartbeat(tmp_path, now=NOW) is None


def test_a_heartbeat_never_stops_the_node(tmp_path: Path) -> None:
    write_heartbeat(tmp_path / "no such folder", _Link(), now=NOW)
    assert not (tmp_path / "no such folder").exists()


def test_the_migration_goes_back_as_well(tmp_path: Path) -> None:
    import importlib.util

    from alembic.operations import Operations

    found = importlib.util.spec_from_file_location("first_migration", PLACE)
    assert found is not None
    assert found.loader is not None
    step = importlib.util.module_from_spec(found)
    found.loader.exec_module(step)
    engine = create_engine(_url(tmp_path))
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        step.upgrade()
        step.downgrade()
        assert inspect(connection).get_table_names() == []
    engine.dispose()
