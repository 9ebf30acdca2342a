"""What stands beside each release, and the stop of one run, as a hospital's people see them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.registers.audit import check_chain
from node.state.run_notes import Used, find_run_notes, measure_trees, workspace_size, write_run_notes
from node.state.tables import (
    AuditEvent,
    Judgement,
    Release,
    Revoked,
    RootVersion,
    RunPapers,
    RunStop,
    StoredObject,
)
from onggi.protocol.canonical import digest_of
from tests.support.console_house import ConsoleHouse, ConsoleVisitor, console_house, furnished_console
from tests.support.console_papers import RUN, leave_with_papers
from tests.support.node_desk import REPLY


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


def _visitor(house: ConsoleHouse, who: str = "it-1", *, language: str = "en") -> ConsoleVisitor:
    visitor = house.visitor(language=language)
    visitor.sign_in(who)
    return visitor


# --- papers ------------------------------------------------------------------------------------------------


def test_a_release_tells_who_signed_what_and_where_it_stands_in_the_log(bare: ConsoleHouse) -> None:
    entry = leave_with_papers(bare)
    page = _visitor(bare).get(f"/en/releases/{entry}")
    for text in (
        "the committee approved this very job",
        "Committee member",
        "outside",
        "This permits a project to use data.",
        "This approves one job.",
        "included in the log under the checkpoint of size 4, signed by 2 witnesses",
        "budapest hospital, zurich hospital",
        "Place in the log 2",
        "Place in the log 3",
    ):
        assert text in page.words, text
    korean = _visitor(bare, language="ko").get(f"/ko/releases/{entry}").words
    for text in ("이 작업을 따로 승인했습니다", "데이터심의위원", "함께 서명한 기관 수: 2"):
        assert text in korean


def test_a_release_tells_how_the_rules_judged_it_and_no_value(bare: ConsoleHouse) -> None:
    entry = leave_with_papers(bare)
    words = _visitor(bare).get(f"/en/releases/{entry}").words
    report = words.split("Disclosure report")[1].split("Verify again")[0]
    assert "No small cell 10 5 kept" in report
    assert "No small group by subtraction 10 4 kept" in report
    assert "303" not in report


def test_a_job_within_bounds_says_that_it_needed_no_vote(bare: ConsoleHouse) -> None:
    entry = leave_with_papers(bare, voted=False)
    words = _visitor(bare).get(f"/en/releases/{entry}").words
    assert "needed no vote of its own" in words
    assert "Approval of this job" not in words


def test_an_older_entry_says_that_nothing_of_it_is_kept(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    words = visitor.get("/en/releases/1").words
    assert "This node keeps no approvals and no proof of this run" in words
    assert "the entry is older than that record" in words
    assert "Masked values are judged as a sum" in visitor.get("/en/releases/2").words
    outcome = visitor.send(visitor.get("/en/releases/1").form("/en/releases/1/verify"))
    assert "This node keeps no approvals and proofs of this run." in outcome.words
    whole = json.loads(visitor.get("/en/releases/1/evidence").answer.content)
    assert (whole["papers"], whole["reports"]) == (None, [])


@pytest.mark.parametrize("who", ["it-1", "auditor-1"])
def test_everybody_of_the_hospital_has_an_entry_verified_again(bare: ConsoleHouse, who: str) -> None:
    entry = leave_with_papers(bare)
    before = bare.events()
    visitor = _visitor(bare, who)
    page = visitor.get(f"/en/releases/{entry}")
    outcome = visitor.send(page.form(f"/en/releases/{entry}/verify"))
    assert "All of it holds, computed again from the stored bytes." in outcome.words
    assert "Statements, signatures, proofs Whole 6 signatures" in outcome.words
    assert bare.events() == [*before, "hospital:session:begin"], "it changes nothing"


def _object(session: Session, digest: str, change: Callable[[bytes], bytes]) -> None:
    row = session.get_one(StoredObject, digest)
    row.content = change(row.content)


def _in_papers(session: Session, old: bytes, new: bytes) -> None:
    """Alters the kept papers together with their digest, as somebody with the whole state could."""
    row = session.get_one(RunPapers, RUN)
    kept = session.get_one(StoredObject, row.object_digest)
    content = kept.content.replace(old, new)
    assert content != kept.content
    digest = digest_of(json.loads(content))
    session.add(StoredObject(digest=digest, content=content))
    row.object_digest = digest


DAMAGE: dict[str, Callable[[Session], None]] = {
    "papers' bytes": lambda session: _object(
        session, session.get_one(RunPapers, RUN).object_digest, lambda content: content + b" "
    ),
    "another verified version": lambda session: _in_papers(session, b'"root_version":1', b'"root_version":2'),
    "the job": lambda session: _in_papers(session, b'"minimum_sites":3', b'"minimum_sites":4'),
    "what left": lambda session: _object(
        session, session.get_one(Release, 1).object_digest, lambda _: b"other"
    ),
    "the report": lambda session: _object(
        session, session.scalars(select(Judgement.object_digest)).one(), lambda _: b"{}"
    ),
    "the register": lambda session: setattr(session.get_one(Release, 1), "bytes", 1),
    "the root": lambda session: setattr(session.get_one(RootVersion, 1), "envelope", "{}"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_whatever_was_altered_is_found_by_verifying_again(bare: ConsoleHouse, what: str) -> None:
    entry = leave_with_papers(bare)
    visitor = _visitor(bare)
    form = visitor.get(f"/en/releases/{entry}").form(f"/en/releases/{entry}/verify")
    with bare.desk.state() as session:
        DAMAGE[what](session)
    outcome = visitor.send(form)
    assert (outcome.status, "Something does not hold." in outcome.words) == (200, True)
    shown = visitor.get(f"/en/releases/{entry}")
    assert shown.status == 200, "the entry itself can always be looked at"


def test_the_whole_can_be_had_as_one_file(bare: ConsoleHouse) -> None:
    entry = leave_with_papers(bare)
    answer = _visitor(bare).get(f"/en/releases/{entry}/evidence").answer
    assert answer.headers["content-disposition"] == f'attachment; filename="release-{entry}-evidence.json"'
    whole = json.loads(answer.content)
    assert base64.b64decode(whole["content_base64"]) == REPLY
    assert whole["release"]["run"] == RUN
    assert digest_of(whole["papers"]) == whole["papers_digest"]
    assert [digest_of(each["report"]) for each in whole["reports"]] == [
        each["digest"] for each in whole["reports"]
    ]
    assert whole["root_fingerprint"] == bare.desk.settings.root_fingerprint
    assert len(whole["roots"]) == 1


def test_a_permit_withdrawn_or_run_out_since_says_so(bare: ConsoleHouse) -> None:
    entry = leave_with_papers(bare)
    visitor = _visitor(bare)
    assert "has been withdrawn since" not in visitor.get(f"/en/releases/{entry}").words
    with bare.desk.state() as session:
        session.add(Revoked(target="permit-heart-study", envelope="{}"))
    assert "has been withdrawn since" in visitor.get(f"/en/releases/{entry}").words
    bare.clock.forward(days=400)
    assert "has run out by now" in _visitor(bare).get(f"/en/releases/{entry}").words


def test_a_run_that_waits_shows_what_it_stands_on(bare: ConsoleHouse) -> None:
    leave_with_papers(bare)
    assert "signed by 2 witnesses" in _visitor(bare).get(f"/en/consents/{RUN}").words


# --- stopping one run --------------------------------------------------------------------------------------


def test_one_run_is_stopped_after_a_question_and_once(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    assert 'href="/en/runs/run-held/stop"' in visitor.get("/en/runs").html
    asked = visitor.get("/en/runs/run-held/stop")
    assert "This cannot be undone" in asked.words
    form = asked.form("/en/runs/run-held/stop")
    for _ in range(2):
        assert visitor.send(form, reason="the ward asked").path == "/en/consents/run-held"
    assert house.events().count("hospital:run:stop") == 1
    with house.desk.state() as session:
        assert list(session.scalars(select(RunStop.run))) == ["run-held"]
        facts = session.scalars(select(AuditEvent.facts).where(AuditEvent.event == "hospital:run:stop")).one()
        assert json.loads(facts) == {"by": "it-1", "reason": "the ward asked"}
        check_chain(session)
    assert "It is being stopped." in visitor.get("/en/runs/run-held/stop").words
    assert "Stopping" in visitor.get("/en/runs").words
    assert "had the run stopped reason=the ward asked" in visitor.get("/en/consents/run-held").words


def test_what_is_over_offers_no_stop(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    assert visitor.get("/en/runs/run-left/stop").status == 409
    assert visitor.get("/en/runs/no-such-run/stop").status == 404
    assert "/stop" not in visitor.get("/en/consents/run-left").html


@pytest.mark.parametrize("reason", ["x" * 201, "x" * 10_000, "two\nlines", "right‮to left"])
def test_a_reason_that_cannot_be_kept_is_said_at_its_field_and_stays_typed(
    house: ConsoleHouse, reason: str
) -> None:
    visitor = _visitor(house)
    form = visitor.get("/en/runs/run-held/stop").form("/en/runs/run-held/stop")
    page = visitor.send(form, reason=reason)
    assert (page.status, 'href="#reason"' in page.html) == (422, True)
    assert reason.split("\n")[0] in page.html
    assert "hospital:run:stop" not in house.events()


def test_a_reason_is_written_as_text(house: ConsoleHouse) -> None:
    visitor = _visitor(house)
    form = visitor.get("/en/runs/run-held/stop").form("/en/runs/run-held/stop")
    visitor.send(form, reason="<script>alert(1)</script>")
    for address in ("/en/consents/run-held", "/en/audit"):
        assert "<script>alert" not in visitor.get(address).html


def test_runs_under_way_show_what_they_use(house: ConsoleHouse) -> None:
    settings = house.desk.settings
    folder = settings.workspaces / "run-held"
    folder.mkdir(parents=True)
    (folder / "table.enc").write_bytes(b"x" * 3 * 2**20)
    house.clock.forward(seconds=3725)
    visitor = _visitor(house)
    assert "1:02:05 - - 3.0" in visitor.get("/en/runs").words
    assert "shown while the node is running" in visitor.get("/en/runs").words
    write_run_notes(house.desk.home, {"run-held": Used(memory_bytes=5 * 2**20, cpu_s=1.5)}, now=house.clock())
    assert "1:02:05 5.0 1.5 3.0" in visitor.get("/en/runs").words
    house.clock.forward(seconds=60)
    assert "1:03:05 - - 3.0" in visitor.get("/en/runs").words, "an old note says nothing"


def test_notes_that_are_no_notes_say_nothing(house: ConsoleHouse) -> None:
    now = house.clock()
    for text in ("", "[]", '{"at": 1}', '{"at": "2026-11-22T05:00:00+00:00", "runs": {"a": 1}}'):
        (house.desk.home / "runs-now.json").write_text(text)
        assert find_run_notes(house.desk.home, now=now) == {}
    write_run_notes(house.desk.home, {}, now=now)
    assert not (house.desk.home / "runs-now.json").exists()
    assert workspace_size(house.desk.settings.workspaces, "run-gone") == 0


def test_a_process_is_measured_with_all_that_descend_from_it(tmp_path: Path) -> None:
    for pid, parent, name, pages in (
        (7, 1, "(a b) c)", 10),
        (8, 7, "x", 20),
        (9, 8, "y", 30),
        (10, 1, "z", 99),
    ):
        (tmp_path / str(pid)).mkdir()
        rest = " ".join(["S", str(parent), *["0"] * 9, "100", "50", *["0"] * 8, str(pages), "0"])
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) {rest}")
    (tmp_path / "self").mkdir()
    (tmp_path / "11").mkdir()  # it ended while we looked
    found = measure_trees({"run-1": 7, "run-2": 10, "run-3": 12}, proc=tmp_path)
    pages = {run: used.memory_bytes for run, used in found.items()}
    unit = pages["run-2"] // 99
    assert pages == {"run-1": 60 * unit, "run-2": 99 * unit, "run-3": 0}
    assert found["run-1"].cpu_s == pytest.approx(3 * found["run-2"].cpu_s)
    assert measure_trees({}, proc=tmp_path / "missing") == {}


def test_time_used_never_runs_backwards(house: ConsoleHouse) -> None:
    house.clock.now -= timedelta(hours=2)
    assert "0:00:00" in _visitor(house).get("/en/runs").words
