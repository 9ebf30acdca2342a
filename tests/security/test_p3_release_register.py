"""P3: everything that ever left a hospital is on its own release register and can be read there in full."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from node.egress.disclosure_report import make_report
from node.egress.release_reply import OfRun, release_clear, release_held, release_masked, resend_reply
from node.hospital_acts import record_held_decision, record_pause
from node.registers.audit import check_chain
from node.registers.releases import check_register, sign_head
from node.registers.what_left import check_objects
from node.services import NodeServices
from node.start import build_services
from node.state.memory import set_fact
from node.state.tables import AuditEvent, HeldReply, Judgement, Outgoing, Release, Reply, Revoked, Run
from node.store.key_providers import FileKey as KeyFile
from node.unlocking import DATA_SECRET
from onggi.errors import OnggiError, Refused
from onggi.protocol.canonical import decode_base64
from onggi.protocol.messages import RunReply, reply_signed_bytes, unpack
from onggi.protocol.parcels import Parcel
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec, Privacy, ReleaseShape
from tests.support.federation_root import NOW
from tests.support.node_desk import SITE, make_run, ready_node

NODE = Path(__file__).resolve().parents[2] / "node"
DIGEST = f"sha256:{'a' * 64}"
PERMIT_ENDS = NOW + timedelta(hours=1)


@dataclass
class House:
    """A node's services, a run under way, and what its link was given to send."""

    services: NodeServices
    of: OfRun
    sent: list[Parcel] = field(default_factory=list)

    def reply(self, ordinal: int, records: bytes) -> str:
        return release_clear(
            self.services,
            self.of,
            ordinal=ordinal,
            records=records,
            message_digest=DIGEST,
            judged=make_report(self.of.spec, (), of="site", now=NOW),
            follows_from=lambda _session: None,
        )

    def masked(self, ordinal: int, *letters: bytes) -> None:
        release_masked(self.services, self.of, ordinal=ordinal, letters=letters)

    def with_policy(self, **changes: object) -> House:
        policy = self.services.settings.policy.model_copy(update=changes)
        settings = self.services.settings.model_copy(update={"policy": policy})
        return replace(self, services=replace(self.services, settings=settings))

    def counts(self) -> dict[str, int]:
        tables = (Release, Reply, Outgoing, HeldReply, AuditEvent)
        with self.services.sessions() as session:
            return {
                table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
                for table in tables
            }

    def left(self) -> list[bytes]:
        """The contents behind the register, read again as the hospital would."""
        with self.services.sessions() as session:
            rows = session.scalars(select(Release).order_by(Release.entry))
            return [self.services.objects.get(session, row.object_digest) for row in rows]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    desk = ready_node(tmp_path)
    settings = desk.settings
    services = build_services(
        settings, provider=KeyFile(settings.keys_folder / DATA_SECRET), clock=lambda: NOW
    )
    row = make_run(state="running")
    spec = JobSpec.model_validate_json(row.spec).model_copy(update={"privacy": Privacy(masked=False)})
    with services.sessions.begin() as session:
        session.add(row)
    made = House(
        services, OfRun(run="run-1", spec=spec, spec_digest=row.spec_digest, permit_expires=PERMIT_ENDS)
    )
    services.outbox.wake = made.sent.append
    yield made
    services.sessions.kw["bind"].dispose()


def test_a_reply_that_leaves_is_on_the_register_byte_for_byte(house: House) -> None:
    assert house.reply(0, b"sums of 303 persons") == "sent"
    (parcel,) = house.sent
    header, (records,) = unpack(RunReply, parcel.body)
    assert house.left() == [bytes(records)] == [b"sums of 303 persons"]
    signed = reply_signed_bytes(
        run="run-1", site=SITE, spec=house.of.spec_digest, ordinal=0, records=bytes(records)
    )
    house.services.identity.public_key.verify(decode_base64(header.signature or ""), signed)
    with house.services.sessions() as session:
        entry = session.scalars(select(Release)).one()
        assert (entry.run, entry.ordinal, entry.project, entry.bytes, entry.decision) == (
            "run-1",
            0,
            "project-1",
            len(records),
            "sent",
        )
        assert check_register(session)[0] == 1
        assert check_chain(session) == 2


def test_masked_inputs_are_on_the_register_before_they_leave(house: House) -> None:
    house.masked(0, b"evidence letter", b"main letter")
    assert house.left() == [b"evidence lettermain letter"]
    with house.services.sessions() as session:
        assert session.scalars(select(Release.what)).one() == "masked_sum"


def test_the_same_reply_sent_again_is_one_entry_and_the_same_bytes(house: House) -> None:
    house.reply(0, b"reply")
    with house.services.sessions() as session:
        digest = session.scalars(select(Reply.object_digest)).one()
    house.services.outbox.acknowledged(SiteId(SITE), house.sent[0].id)
    resend_reply(house.services, house.of, ordinal=0, digest=digest)
    first, second = house.sent
    assert first.body == second.body
    # Under the same id a coordinator that lost the reply would take the second one for done.
    assert first.id != second.id
    assert house.left() == [b"reply"]


def test_a_held_reply_leaves_only_by_the_hospitals_word(house: House) -> None:
    shapes = (ReleaseShape(result="model_weights"),)
    of = replace(house.of, spec=house.of.spec.model_copy(update={"releases": shapes}))
    house = replace(house, of=of)
    assert house.reply(0, b"weights") == "held"
    assert house.sent == []
    assert house.counts()["releases"] == house.counts()["outgoing"] == 0
    with house.services.sessions.begin() as session:
        held = session.scalars(select(HeldReply.id)).one()
        record_held_decision(session, held=held, approved=True, now=NOW)
    assert house.sent == []
    for _ in range(2):
        release_held(house.services, of, held=held)
    assert house.left() == [b"weights"]
    assert {one.id for one in house.sent} == {"run-1:0:reply"}
    with house.services.sessions() as session:
        assert session.scalars(select(Release.decision)).one() == "approved"


@pytest.mark.parametrize("table", ["audit", "releases"])
def test_where_the_books_cannot_be_written_nothing_leaves(house: House, table: str) -> None:
    before = house.counts()
    with house.services.sessions.begin() as session:
        session.execute(
            text(f"CREATE TRIGGER closed BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'closed'); END")
        )
    for leave in (lambda: house.reply(0, b"reply"), lambda: house.masked(1, b"letter")):
        with pytest.raises(DatabaseError):
            leave()
    assert house.sent == []
    assert house.counts() == before


@pytest.mark.parametrize("code", ["permit.expired", "job.expired", "permit.withdrawn", "job.withdrawn"])
def test_what_the_committee_ended_meanwhile_does_not_leave(house: House, code: str) -> None:
    held = house.with_policy(release={"model_fit": "hold", "count_table": "hold"})
    assert held.reply(0, b"held in time") == "held"
    services, of = house.services, house.of
    if code == "permit.expired":
        services = replace(services, clock=lambda: PERMIT_ENDS)
    elif code == "job.expired":
        of = replace(of, spec=of.spec.model_copy(update={"expires": NOW}))
    else:
        target = of.spec.permit if code == "permit.withdrawn" else of.spec_digest
        with services.sessions.begin() as session:
            session.add(Revoked(target=target, envelope="{}"))
    late = replace(house, services=services, of=of)
    for act in (
        lambda: release_held(services, of, held=1),
        lambda: late.reply(1, b"after"),
        lambda: late.masked(1, b"after"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == code
    assert house.left() == []
    assert house.sent == []


def test_a_paused_hospital_sends_nothing(house: House) -> None:
    house.reply(0, b"before")
    with house.services.sessions.begin() as session:
        record_pause(session, paused=True, now=NOW)
        digest = session.scalars(select(Reply.object_digest)).one()
    acts = (
        lambda: house.reply(1, b"after"),
        lambda: house.masked(1, b"after"),
        lambda: resend_reply(house.services, house.of, ordinal=0, digest=digest),
    )
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "node.paused"
    assert house.left() == [b"before"]
    assert len(house.sent) == 1


def test_a_node_restored_from_an_old_backup_sends_nothing(house: House) -> None:
    house.reply(0, b"reply")
    services = house.services
    with services.sessions.begin() as session:
        head = sign_head(session, site=SiteId(SITE), key=services.identity)
        set_fact(session, "register_head", head.model_dump_json())
        session.execute(text("DELETE FROM replies"))
        session.execute(text("DELETE FROM releases"))
    for act in (lambda: house.reply(1, b"after"), lambda: house.masked(1, b"after")):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "register.behind"
    assert house.left() == []


def test_a_policy_that_holds_masked_inputs_lets_none_leave(house: House) -> None:
    masked = house.of.spec.model_copy(update={"privacy": Privacy(masked=True)})
    strict = replace(house.with_policy(masked="hold"), of=replace(house.of, spec=masked))
    with pytest.raises(Refused) as refused:
        strict.masked(0, b"letter")
    assert refused.value.code == "release.masked_held"
    assert strict.left() == []


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_what_was_sent_is_what_the_register_holds(house: House, seed: int) -> None:
    """Replies, masked inputs, pauses and refusals in any order: no byte was sent that is not on the books."""
    choose = Random(seed)
    masked: list[bytes] = []
    refusals: set[str] = set()
    for ordinal in range(25):
        records = choose.randbytes(choose.randrange(1, 2000))
        try:
            match choose.choice(("reply", "reply", "masked", "pause", "resume")):
                case "reply":
                    house.reply(ordinal, records)
                case "masked":
                    house.masked(ordinal, records)
                    masked.append(records)
                case "pause":
                    with house.services.sessions.begin() as session:
                        record_pause(session, paused=True, now=NOW)
                case _:
                    with house.services.sessions.begin() as session:
                        record_pause(session, paused=False, now=NOW)
        except OnggiError as error:
            refusals.add(error.code)
    assert refusals <= {"node.paused"}
    replies = [bytes(unpack(RunReply, parcel.body)[1][0]) for parcel in house.sent]
    assert sorted(house.left()) == sorted(replies + masked)
    with house.services.sessions() as session:
        reports = len(set(session.scalars(select(Judgement.object_digest))))
        whole = check_objects(session, house.services.objects)
        assert check_register(session)[0] == whole - reports == len(house.left())
        check_chain(session)
        assert session.scalar(select(func.count()).select_from(Run)) == 1


# Each place that hands something to the link, and what it may be. Whoever adds one decides it here.
WAYS_OUT = {
    ("egress/release_reply.py", "_record_parcel", "record"): "a reply, from the register's own object",
    ("agent/masked_rounds.py", "send", "pass_on"): "letters of a masked sum; inputs after release_masked",
    ("agent/active_run.py", "report_failure", "record"): "a code",
    ("agent/receive_order.py", "_record_decision", "record"): "a verdict and a code",
    ("agent/end_run.py", "_record_end", "record"): "a stage and a code",
    ("agent/end_run.py", "_record_deletion", "record"): "a signed deletion record",
    ("agent/agent.py", "_tell_register", "pass_on"): "the register's signed head",
    ("agent/agent.py", "_tell_budget", "pass_on"): "the budget register's signed head",
    ("agent/agent.py", "_cosign", "pass_on"): "a signature",
    ("agent/live_runs.py", "_tell_stage", "pass_on"): "a stage",
    ("agent/agent.py", "_ask_for_newer", "pass_on"): "a verdict and a code",
    ("hospital_acts.py", "_record_decision", "record"): "a verdict and a code",
}
_WITH_BYTES = {
    ("egress/release_reply.py", "_record_parcel", "record"),
    ("agent/masked_rounds.py", "send", "pass_on"),
}


def _ways_out() -> Iterator[tuple[tuple[str, str, str], ast.Call]]:
    for path in sorted(NODE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                if call.func.attr in ("record", "pass_on") and "outbox" in ast.unparse(call.func.value):
                    yield (path.relative_to(NODE).as_posix(), function.name, call.func.attr), call


def test_there_is_no_other_way_out() -> None:
    found = dict(_ways_out())
    assert found.keys() == WAYS_OUT.keys()
    carrying = {
        place
        for place, call in found.items()
        if any(word.arg in ("attachments", "object_digest") for word in call.keywords)
    }
    assert carrying == _WITH_BYTES


def test_masked_inputs_are_recorded_before_they_are_handed_to_the_link() -> None:
    source = (NODE / "agent/masked_rounds.py").read_text(encoding="utf-8")
    (mask,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "_mask"
    )
    calls = [ast.unparse(node.func) for node in ast.walk(mask) if isinstance(node, ast.Call)]
    assert "release_masked" in calls
    returned = [node for node in ast.walk(mask) if isinstance(node, ast.Return)]
    recorded = next(
        node.lineno
        for node in ast.walk(mask)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "release_masked"
    )
    assert all(node.lineno > recorded for node in returned)
