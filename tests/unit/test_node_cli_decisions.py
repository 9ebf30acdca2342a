"""What a hospital's people decide at the command line is written once, with its event, for the node to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from node.registers.audit import check_chain
from node.registers.objects import ObjectStore
from node.state.heartbeat import write_heartbeat
from node.state.memory import is_paused
from node.state.tables import AuditEvent, DeletionRecord, HeldReply, Outgoing, Release, Run, StoredObject
from onggi.protocol.keys import FileKey
from onggi.protocol.messages import Decision
from onggi.protocol.rendering import UNSET
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import Deletion
from onggi.spec.base import as_instant
from onggi.spec.ids import RunId, SiteId
from tests.support.node_desk import NOW, REPLY, SITE, NodeDesk, make_run, ready_node, record_left


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


def _events(desk: NodeDesk) -> list[str]:
    with desk.state() as session:
        check_chain(session)
        return list(session.scalars(select(AuditEvent.event).order_by(AuditEvent.number)))


def _hold(desk: NodeDesk, *, ordinal: int = 0) -> int:
    with desk.state() as session:
        if session.get(Run, "run-1") is None:
            session.add(make_run(state="running"))
            session.flush()
        digest = ObjectStore(desk.settings.objects).put(session, REPLY)
        held = HeldReply(
            run="run-1",
            ordinal=ordinal,
            since=as_instant(NOW),
            object_digest=digest,
            message_digest=digest,
        )
        session.add(held)
        session.flush()
        return held.id


def test_consent_is_given_once_and_answers_the_coordinator(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run())
    assert [one["run"] for one in desk.type("consent", "--json").json["waiting"]] == ["run-1"]
    given = desk.type("consent", "give", "run-1", "--json")
    assert (given.code, given.json["state"]) == (0, "accepted")
    assert desk.type("consent", "list", "--json").json["waiting"] == []
    with desk.state() as session:
        parcel = session.scalars(select(Outgoing)).one()
        decision = Decision.model_validate_json(parcel.body)
        assert (decision.verdict, decision.run, decision.code) == ("accepted", "run-1", None)
        assert parcel.id == "order-of-run-1:decision:accepted"
    assert _events(desk)[-1] == "hospital:order:consent"
    again = desk.type("consent", "give", "run-1", "--json")
    assert again.json["error"]["code"] == "run.no_such_move"
    assert _events(desk).count("hospital:order:consent") == 1


def test_a_refused_run_is_declined_with_the_hospitals_code(desk: NodeDesk) -> None:
    with desk.state() as session:
        session.add(make_run())
    assert desk.type("consent", "refuse", "run-1", "--json").json["state"] == "declined"
    with desk.state() as session:
        assert session.get_one(Run, "run-1").code == "consent.refused"
        decision = Decision.model_validate_json(session.scalars(select(Outgoing)).one().body)
        assert (decision.verdict, decision.code) == ("declined", "consent.refused")
    assert _events(desk)[-1] == "hospital:order:refuse"
    assert desk.type("runs", "--json").json["runs"][0]["code"] == "consent.refused"


def test_consent_to_an_unknown_run_is_refused(desk: NodeDesk) -> None:
    told = desk.type("consent", "give", "run-9", "--json")
    assert (told.code, told.json["error"]["code"]) == (198, "run.not_found")


@pytest.mark.parametrize(
    ("word", "decision", "event"),
    [("approve", "approved", "hospital:reply:approve"), ("refuse", "refused", "hospital:reply:refuse")],
)
def test_a_held_reply_is_decided_once(desk: NodeDesk, word: str, decision: str, event: str) -> None:
    held = _hold(desk)
    assert desk.type("status", "--json").json["held"] == 1
    assert desk.type("releases", "--json").json["held"][0]["bytes"] == len(REPLY)
    assert desk.type("releases", word, str(held), "--json").json["decision"] == decision
    assert _events(desk)[-1] == event
    for again in ("approve", "refuse"):
        told = desk.type("releases", again, str(held), "--json")
        assert told.json["error"]["code"] == "reply.already_decided"
    with desk.state() as session:
        assert session.get_one(HeldReply, held).decision == decision
        assert session.scalar(select(Release)) is None
    assert desk.type("releases", "approve", "77", "--json").json["error"]["code"] == "reply.not_held"


def test_a_held_reply_is_read_before_it_is_decided(desk: NodeDesk) -> None:
    held = _hold(desk)
    told = desk.type("releases", "show", str(held), "--held", "--json").json
    assert told["numbers"] == [{"name": "arrays.persons", "shape": "2", "values": [303.0, 41.5]}]
    shown = desk.type("releases", "show", str(held), "--held")
    assert "303 41.5" in shown.out
    assert f"releases approve {held}" in shown.out


def test_what_left_can_be_read_in_full(desk: NodeDesk, tmp_path: Path) -> None:
    entry = record_left(desk)
    out = tmp_path / "left.bin"
    told = desk.type("releases", "show", str(entry), "--out", str(out), "--json").json
    assert told["numbers"][0]["values"] == [303.0, 41.5]
    assert out.read_bytes() == REPLY
    again = desk.type("releases", "show", str(entry), "--out", str(out), "--json")
    assert again.json["error"]["code"] == "node.file_unwritable"
    assert desk.type("releases", "show", "9", "--json").json["error"]["code"] == "release.not_found"


def test_masked_bytes_are_said_to_be_masked(desk: NodeDesk) -> None:
    entry = record_left(desk, what="masked_sum", content=b"\x07" * 64)
    assert desk.type("releases", "show", str(entry), "--json").json["numbers"] is None
    assert "masked" in desk.type("releases", "show", str(entry)).out


def test_the_register_is_verified_with_its_contents(desk: NodeDesk) -> None:
    record_left(desk)
    well = desk.type("releases", "verify", "--json").json
    assert (well["entries"], well["objects"], well["verified"]) == (1, 1, True)
    with desk.state() as session:
        session.scalars(select(StoredObject)).one().content = REPLY + b"."
    told = desk.type("releases", "verify", "--json")
    assert (told.code, told.json["error"]["code"]) == (148, "register.object_damaged")


def test_pausing_twice_is_one_event(desk: NodeDesk) -> None:
    assert desk.type("pause", "--json").json == {"paused": True, "changed": True}
    assert desk.type("pause", "--json").json == {"paused": True, "changed": False}
    assert desk.type("status", "--json").json["paused"] is True
    assert desk.type("resume", "--json").json == {"paused": False, "changed": True}
    with desk.state() as session:
        assert not is_paused(session)
    assert _events(desk)[-2:] == ["hospital:node:pause", "hospital:node:resume"]


def test_deletion_records_are_listed_with_their_signature(desk: NodeDesk) -> None:
    deletion = Deletion(
        id="deletion-0001",
        federation="heart-federation",
        issued=NOW,
        expires=NOW.replace(year=2036),
        summary=UNSET,
        run=RunId("run-1"),
        site=SiteId(SITE),
        spec=f"sha256:{'1' * 64}",
        workspace=f"sha256:{'2' * 64}",
        outcome="finished",
    )
    own = seal_statement(deletion, keys=[FileKey.read(desk.settings.identity_key)])
    with desk.state() as session:
        for run in ("run-1", "run-2"):
            row = make_run(run, state="finished")
            row.workspace_bytes = 4096
            session.add(row)
        session.flush()
        session.add(DeletionRecord(run="run-1", envelope=own.to_json().decode()))
        unsigned = own.model_copy(update={"signatures": ()})
        session.add(DeletionRecord(run="run-2", envelope=unsigned.to_json().decode()))
    told = desk.type("deletions", "--json").json["deletions"]
    assert [(one["run"], one["verified"], one["bytes_destroyed"]) for one in told] == [
        ("run-1", True, 4096),
        ("run-2", False, 4096),
    ]


def test_the_audit_trail_is_listed_and_verified(desk: NodeDesk) -> None:
    desk.type("pause")
    assert desk.type("audit", "verify", "--json").json == {
        "events": 2,
        "releases": 0,
        "budget": 0,
        "released_persons": 0,
        "verified": True,
    }
    listed = desk.type("audit", "list", "--last", "1", "--json").json["events"]
    assert [one["event"] for one in listed] == ["hospital:node:pause"]
    with desk.state() as session:
        session.get_one(AuditEvent, 2).event = "hospital:node:resume"
    told = desk.type("audit", "verify", "--json")
    assert (told.code, told.json["error"]["code"]) == (148, "audit.chain_broken")


class _Link:
    connected_since = NOW
    last_error: str | None = None
    round_trip_s: float | None = 0.01
    clock_difference_s: float | None = 0.0
    attempts = 0


def test_status_reads_the_running_nodes_heartbeat(desk: NodeDesk) -> None:
    assert desk.type("status", "--json").json["link"] == {"running": False, "connected": False}
    write_heartbeat(desk.home, _Link(), now=NOW)
    link = desk.type("status", "--json").json["link"]
    assert (link["running"], link["connected"], link["round_trip_s"]) == (True, True, 0.01)
    lost = _Link()
    lost.connected_since, lost.last_error = None, "link.dns"  # type: ignore[assignment]  # not connected
    write_heartbeat(desk.home, lost, now=NOW)
    assert "link.dns" in desk.type("status").out


def test_a_node_without_a_federation_does_not_run(tmp_path: Path) -> None:
    fresh = NodeDesk(tmp_path / "fresh")
    fresh.init()
    assert fresh.type("run", "--json").json["error"]["code"] == "node.no_root"


def test_one_folder_runs_one_node(desk: NodeDesk) -> None:
    from node.cli.run import only_one

    with only_one(desk.home):
        told = desk.type("run", "--json")
    assert (told.code, told.json["error"]["code"]) == (119, "node.already_running")


def test_every_listing_reads_well_in_both_languages(desk: NodeDesk) -> None:
    _hold(desk)
    record_left(desk)
    for language, words in (
        ("ko_KR", ("연구과제", "반출 관리대장")),
        ("en_US", ("Project", "Release register")),
    ):
        desk.language = language
        shown = desk.type("releases").out + desk.type("status").out
        assert all(word in shown for word in words)
