"""The hospital's books: chained, complete, readable in full, and honest about what a backup lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, sessionmaker

from node.hospital_acts import record_held_decision
from node.registers.audit import NodeEvent, check_chain, record_event
from node.registers.objects import SMALL, ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.releases import (
    Leaving,
    check_not_behind,
    check_register,
    current_head,
    record_release,
    sign_head,
)
from node.registers.what_left import check_objects
from node.state.engine import open_state, sessions
from node.state.tables import AuditEvent, HeldReply, Outgoing, Release, StoredObject
from onggi.errors import NotTrusted, OnggiError, Refused
from onggi.protocol.messages import Stage, unpack
from onggi.protocol.parcels import Parcel, ParcelKind
from onggi.spec.ids import RunId, SiteId
from tests.support.federation_root import NOW, key
from tests.support.node_desk import SITE, make_run

REPOSITORY = Path(__file__).resolve().parents[2]
LEAVING = Leaving(
    run="run-1",
    ordinal=0,
    spec_digest=f"sha256:{'1' * 64}",
    project="project-1",
    what="aggregate",
    result="count_table",
    size=3,
    object_digest=f"sha256:{'2' * 64}",
    decision="sent",
)
ME = SiteId(SITE)


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    engine = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    yield sessions(engine)
    engine.dispose()


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def _record(session: Session, count: int) -> None:
    for ordinal in range(count):
        record_release(session, replace(LEAVING, ordinal=ordinal), now=NOW)


def _code(error: pytest.ExceptionInfo[OnggiError]) -> str:
    return error.value.code


# --- audit -------------------------------------------------------------------------------------------


def test_events_are_chained_in_order(maker: sessionmaker[Session]) -> None:
    with maker.begin() as session:
        for event in NodeEvent:
            record_event(session, event, about="run-1", now=NOW, facts={"bytes": 3})
        assert check_chain(session) == len(NodeEvent)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET event = 'node:run:end' WHERE number = 2",
        "UPDATE audit SET at = '2020-01-01T00:00:00Z' WHERE number = 2",
        "UPDATE audit SET about = 'run-9' WHERE number = 2",
        "UPDATE audit SET facts = '{}' WHERE number = 2",
        "UPDATE audit SET hash = prev_hash WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 1",
        "UPDATE audit SET number = 9 WHERE number = 1",
    ],
)
def test_an_altered_removed_or_moved_event_breaks_the_chain(
    maker: sessionmaker[Session], change: str
) -> None:
    with maker.begin() as session:
        for size in range(3):
            record_event(session, NodeEvent.RUN_STARTED, about="run-1", now=NOW, facts={"bytes": size})
        assert check_chain(session) == 3
        session.execute(text(change))
        session.expire_all()
        with pytest.raises(NotTrusted) as broken:
            check_chain(session)
    assert _code(broken) == "audit.chain_broken"


def test_the_vocabulary_is_source_subject_action() -> None:
    for event in NodeEvent:
        source, subject, action = event.value.split(":")
        assert source in ("node", "hospital", "committee")
        assert subject.isidentifier()
        assert action.isidentifier()


_WRITER = """
import sys
from node.registers.audit import NodeEvent, record_event
from node.state.engine import open_state, sessions
from tests.support.federation_root import NOW
maker = sessions(open_state(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(60):
    with maker.begin() as session:
        record_event(session, NodeEvent.NODE_PAUSED, about="node", now=NOW)
"""


def test_the_node_and_the_command_line_write_one_chain(tmp_path: Path, maker: sessionmaker[Session]) -> None:
    """Two processes that append at the same time never give two events the same predecessor."""
    url = f"sqlite:///{tmp_path / 'state.sqlite'}"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, url],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    with maker() as session:
        assert check_chain(session) == 120


# --- releases ----------------------------------------------------------------------------------------


def test_a_release_and_its_event_are_one_change(maker: sessionmaker[Session]) -> None:
    with maker() as session:
        record_release(session, LEAVING, now=NOW)
        session.rollback()
        assert session.scalar(select(Release)) is None
        assert session.scalar(select(AuditEvent)) is None
        record_release(session, LEAVING, now=NOW)
        session.commit()
        assert check_register(session)[0] == check_chain(session) == 1


@pytest.mark.parametrize(
    "change",
    [
        *(
            f"UPDATE releases SET {column} = {value} WHERE entry = 2"
            for column, value in {
                "at": "'2020-01-01T00:00:00Z'",
                "run": "'run-9'",
                "ordinal": "9",
                "spec_digest": "'x'",
                "project": "'x'",
                "what": "'masked_sum'",
                "result": "'x'",
                "bytes": "9",
                "object_digest": "'x'",
                "decision": "'approved'",
                "prev_hash": "hash",
            }.items()
        ),
        "DELETE FROM releases WHERE entry = 2",
        "DELETE FROM releases WHERE entry = 1",
    ],
)
def test_an_altered_or_removed_entry_breaks_the_register(maker: sessionmaker[Session], change: str) -> None:
    with maker.begin() as session:
        _record(session, 3)
        assert check_register(session)[0] == 3
        session.execute(text(change))
        session.expire_all()
        with pytest.raises(NotTrusted) as broken:
            check_register(session)
    assert _code(broken) == "register.chain_broken"


def test_a_head_names_the_last_entry(maker: sessionmaker[Session]) -> None:
    with maker.begin() as session:
        assert current_head(session) == (0, "0" * 64)
        _record(session, 2)
        assert current_head(session) == check_register(session)


def test_a_node_restored_from_an_old_backup_knows_it(maker: sessionmaker[Session]) -> None:
    mine = key(SITE)
    with maker.begin() as session:
        early = sign_head(session, site=ME, key=mine)
        _record(session, 3)
        kept = sign_head(session, site=ME, key=mine)
        check_not_behind(session, kept, site=ME, key=mine.public_key)
        check_not_behind(session, early, site=ME, key=mine.public_key)
        session.execute(delete(Release).where(Release.entry == 3))
        with pytest.raises(Refused) as behind:
            check_not_behind(session, kept, site=ME, key=mine.public_key)
        assert behind.value.facts == {"kept": 3, "here": 2}
        # Going on from the backup gives a third entry with another past: still behind.
        record_release(session, replace(LEAVING, ordinal=7), now=NOW)
        with pytest.raises(Refused) as other_past:
            check_not_behind(session, kept, site=ME, key=mine.public_key)
    assert _code(behind) == _code(other_past) == "register.behind"


def test_a_head_that_this_hospital_did_not_sign_proves_nothing(maker: sessionmaker[Session]) -> None:
    mine = key(SITE)
    with maker.begin() as session:
        _record(session, 1)
        kept = sign_head(session, site=ME, key=mine)
        forged = [
            kept.model_copy(update={"entries": 9}),
            kept.model_copy(update={"head": "f" * 64}),
            kept.model_copy(update={"site": SiteId("zurich")}),
            kept.model_copy(update={"signature": "AAAA"}),
            kept.model_copy(update={"signature": "not base64"}),
            sign_head(session, site=ME, key=key("zurich")),
        ]
        for head in forged:
            with pytest.raises(NotTrusted) as refused:
                check_not_behind(session, head, site=ME, key=mine.public_key)
            assert _code(refused) == "register.head_forged"


# --- contents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, SMALL, SMALL + 1])
def test_the_exact_bytes_can_be_read_again(
    maker: sessionmaker[Session], objects: ObjectStore, size: int
) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]
    with maker.begin() as session:
        digest = objects.put(session, data)
        assert objects.put(session, memoryview(data)) == digest
        assert objects.get(session, digest) == data
        assert objects.path(digest).exists() is (size > SMALL)


def test_altered_or_lost_bytes_are_noticed(maker: sessionmaker[Session], objects: ObjectStore) -> None:
    with maker.begin() as session:
        small, large = objects.put(session, b"reply"), objects.put(session, bytes(SMALL + 1))
        _record(session, 1)
        row = session.get_one(Release, 1)
        row.object_digest = large
        assert check_objects(session, objects) == 1
        session.get_one(StoredObject, small).content = b"other"
        objects.path(large).write_bytes(b"other")
        for digest in (small, large, f"sha256:{'0' * 64}"):
            with pytest.raises(Refused) as damaged:
                objects.get(session, digest)
            assert _code(damaged) == "register.object_damaged"
        with pytest.raises(Refused):
            check_objects(session, objects)


def test_no_half_written_object_stays_behind(maker: sessionmaker[Session], tmp_path: Path) -> None:
    objects = ObjectStore(tmp_path / "objects")
    with maker.begin() as session:
        digest = objects.put(session, bytes(SMALL + 1))
    assert [path.name for path in objects.path(digest).parent.iterdir()] == [digest.removeprefix("sha256:")]


# --- outbox ------------------------------------------------------------------------------------------


def _outbox(maker: sessionmaker[Session], objects: ObjectStore) -> tuple[NodeOutbox, list[Parcel]]:
    outbox, woken = NodeOutbox(maker, objects, site=ME), list[Parcel]()
    outbox.wake = woken.append
    return outbox, woken


def test_a_recorded_parcel_survives_and_is_sent_until_acknowledged(
    maker: sessionmaker[Session], objects: ObjectStore
) -> None:
    outbox, woken = _outbox(maker, objects)
    header = Stage(run=RunId("run-1"), stage="running")
    with maker.begin() as session:
        digest = objects.put(session, b"payload")
        for _ in range(2):
            outbox.record(
                session, id="p-1", kind=ParcelKind.STAGE, about="run-1", header=header, object_digest=digest
            )
    again = NodeOutbox(maker, objects, site=ME)
    (parcel,) = again.pending(ME)
    read, attachments = unpack(Stage, parcel.body)
    assert (read, [bytes(one) for one in attachments]) == (header, [b"payload"])
    outbox.send_recorded("p-1")
    assert [one.body for one in woken] == [parcel.body]
    outbox.acknowledged(ME, "p-1")
    assert list(outbox.pending(ME)) == []
    outbox.forget_acknowledged()
    with maker() as session:
        assert session.scalar(select(Outgoing)) is None


def test_a_parcel_of_a_change_that_did_not_happen_is_never_sent(
    maker: sessionmaker[Session], objects: ObjectStore
) -> None:
    outbox, woken = _outbox(maker, objects)
    with maker() as session:
        header = Stage(run=RunId("run-1"), stage="running")
        outbox.record(session, id="p-1", kind=ParcelKind.STAGE, about="run-1", header=header)
        session.rollback()
    outbox.send_recorded("p-1")
    assert woken == []
    assert list(outbox.pending(ME)) == []


# --- held replies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("approved", "decision"), [(True, "approved"), (False, "refused")])
def test_a_held_reply_waits_for_one_decision(
    maker: sessionmaker[Session], objects: ObjectStore, approved: bool, decision: str
) -> None:
    with maker.begin() as session:
        session.add(make_run(state="running"))
        session.flush()
        digest = objects.put(session, b"reply")
        held = HeldReply(run="run-1", ordinal=0, since="", object_digest=digest, message_digest=digest)
        session.add(held)
        session.flush()
        assert record_held_decision(session, held=held.id, approved=approved, now=NOW).decision == decision
        assert check_chain(session) == 1
        with pytest.raises(Refused) as twice:
            record_held_decision(session, held=held.id, approved=not approved, now=NOW)
        assert session.scalar(select(Release)) is None, "the running node sends it, not the decision"
    assert _code(twice) == "reply.already_decided"
