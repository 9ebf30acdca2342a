"""The coordinator's form, audit trail and log: one suite on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text, update

from coordinator.audit.trail import Head, check_chain, find_head, record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.database.base import Base
from coordinator.database.ledger import AuditRow, LogLeafRow
from coordinator.database.migrate import check_migrated, migrate
from coordinator.transparency.verify_log import check_log
from onggi.errors import NotTrusted, Refused
from onggi.protocol.checkpoint import cosign_checkpoint, verify_checkpoint
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.merkle import is_consistent, is_included, leaf_hash
from tests.support.coordinator_house import House, house_root
from tests.support.coordinator_records import BACKENDS, code_of, sound_house, together
from tests.support.federation_root import NOW, ORIGIN, SITES, key


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with sound_house(tmp_path, backend=request.param) as built:
        yield built


# records


def test_the_migrated_form_is_the_declared_form(house: House) -> None:
    migrate(house.database)
    check_migrated(house.database)
    with house.database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_an_older_form_is_named(house: House) -> None:
    with house.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert code_of(lambda: check_migrated(house.database)) == "coordinator.not_migrated"


def test_a_change_that_fails_leaves_nothing_behind(house: House) -> None:
    with house.database.reading() as session:
        before = find_head(session)

    def fail() -> None:
        with house.database.writing() as session:
            audit = Audit(event=AuditEvent.ACCOUNT_CLOSED, actor="x", subject="y")
            record_event(session, audit, at=NOW)
            raise Refused("account.not_found")

    assert code_of(fail) == "account.not_found"
    with house.database.reading() as session:
        assert find_head(session) == before


# audit


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody"},
        {"facts": "{}"},
        {"event": "person:account:close"},
        {"subject": "x"},
        {"prev_hash": "1" * 64},
    ],
)
def test_a_changed_audit_entry_is_noticed(house: House, change: dict[str, str]) -> None:
    with house.database.reading() as session:
        kept = session.get_one(AuditRow, 3)
        original = {name: getattr(kept, name) for name in change}
    with house.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == 3).values(**change))
    with house.database.reading() as session, pytest.raises(NotTrusted) as caught:
        check_chain(session)
    assert caught.value.facts["seq"] == 3
    with house.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == 3).values(**original))


def test_a_missing_and_a_cut_audit_entry_are_noticed(house: House) -> None:
    with house.database.writing() as session:
        head = find_head(session)
        last = session.get_one(AuditRow, head.seq)
        kept = {column.name: getattr(last, column.name) for column in AuditRow.__table__.columns}
        session.delete(last)
    with house.database.reading() as session:
        check_chain(session)  # a sound chain, only shorter
        assert code_of(lambda: check_chain(session, expected_head=head)) == "trail.cut_short"
    with house.database.writing() as session:
        session.add(AuditRow(**kept))
    with house.database.reading() as session:
        assert check_chain(session, expected_head=head) == head
        assert check_chain(session, expected_head=Head(0, "0" * 64)) == head


def test_audit_entries_of_many_writers_form_one_chain(house: House) -> None:
    def act(number: int) -> None:
        with house.database.writing() as session:
            audit = Audit(event=AuditEvent.TOKEN_REVOKED, actor=f"writer-{number}", subject="s")
            record_event(session, audit, at=NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(40)))
    with house.database.reading() as session:
        check_chain(session)
        written = session.scalar(select(func.count()).where(AuditRow.subject == "s"))
    assert written == 40


# log


def test_every_entry_is_proved_in_every_head(house: House) -> None:
    log = house.services.log
    heads = []
    for number in range(9):
        audit = Audit(event=AuditEvent.LOG_APPENDED, actor="x", subject=f"entry-{number}")
        assert log.append(_some_envelope(number), audit=audit) == number + 1  # the root stands at 0
        heads.append(log.publish_checkpoint().checkpoint)
    entries = dict(log.entries(start=0, limit=100))
    for head in heads:
        for index in range(head.size):
            proof = log.inclusion(index, head.size)
            assert is_included(
                leaf_hash(entries[index]), index=index, size=head.size, proof=proof, root=head.root
            )
    for old in heads:
        for new in heads[heads.index(old) :]:
            proof = log.consistency(old.size, new.size)
            assert is_consistent(old.size, new=new.size, old_root=old.root, new_root=new.root, proof=proof)
    assert code_of(lambda: log.inclusion(11, 11)) == "log.no_such_entry"
    assert code_of(lambda: log.consistency(3, 99)) == "log.no_such_entry"


def _some_envelope(number: int) -> Envelope:
    return Envelope.model_validate(
        {"payload": "AAAA" * (number + 1), "payloadType": "application/vnd.in-toto+json"}
    )


def test_the_same_entry_gets_the_same_place(house: House) -> None:
    log = house.services.log
    audit = Audit(event=AuditEvent.LOG_APPENDED, actor="x", subject="e")
    places = together(*[lambda: log.append(_some_envelope(1), audit=audit)] * 4)
    assert set(places) == {1}
    assert log.size() == 2
    assert log.find_index(_some_envelope(1)) == 1


def test_a_head_counts_when_enough_hospitals_cosigned_and_while_it_is_fresh(house: House) -> None:
    log, root = house.services.log, house_root()
    signed = log.publish_checkpoint()
    assert code_of(log.latest_cosigned) == "log.no_cosigned_checkpoint"
    for site in SITES[:2]:
        log.add_cosignature(_line(signed, site, house), size=signed.checkpoint.size)
    found = log.latest_cosigned()
    verified = verify_checkpoint(
        found, origin=ORIGIN, log_key=key("log").public_key, witnesses=root.witnesses(), quorum=2
    )
    assert {seen.name for seen in verified.witnessed} == set(SITES[:2])
    house.clock.forward(hours=25)
    assert code_of(log.latest_cosigned) == "log.no_cosigned_checkpoint"
    again = log.publish_checkpoint()
    for site in SITES[1:3]:
        log.add_cosignature(_line(again, site, house), size=again.checkpoint.size)
    assert log.latest_cosigned().checkpoint == signed.checkpoint


def _line(signed: Any, site: str, house: House) -> str:
    cosigned = cosign_checkpoint(signed, name=site, key=key(site), at=house.clock())
    return cosigned.render().decode().rstrip("\n").split("\n")[-1]


def test_a_strangers_line_is_no_cosignature(house: House) -> None:
    log = house.services.log
    signed = log.publish_checkpoint()
    forged = cosign_checkpoint(
        signed, name="cleveland", key=FileKey.from_pem(new_private_pem()), at=house.clock()
    )
    line = forged.render().decode().rstrip("\n").split("\n")[-1]
    size = signed.checkpoint.size
    assert code_of(lambda: log.add_cosignature(line, size=size)) == "log.cosignature_unknown"
    good = _line(signed, "cleveland", house)
    assert code_of(lambda: log.add_cosignature(good, size=size + 7)) == "log.no_such_entry"
    assert code_of(lambda: log.add_cosignature(f"{good}\n{good}", size=size)) == "log.cosignature_unknown"
    assert code_of(lambda: log.add_cosignature("— x y", size=size)) == "log.checkpoint_malformed"


def test_a_changed_log_entry_is_noticed(house: House) -> None:
    house.services.log.publish_checkpoint()
    with house.database.writing() as session:
        kept = session.get_one(LogLeafRow, 0).entry
        session.execute(update(LogLeafRow).values(entry=kept + b" "))
    public = key("log").public_key
    assert code_of(lambda: check_log(house.database, origin=ORIGIN, log_key=public)) == "log.forked"
    with house.database.writing() as session:
        session.execute(update(LogLeafRow).values(entry=kept))
