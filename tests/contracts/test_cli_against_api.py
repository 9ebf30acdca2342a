"""The `onggi` command against the real API: a researcher, a committee and two checkers, by keyboard."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from analysis_jobs.dry_run.findings import DryRun, Finding
from coordinator.states import JobState
from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.client.home import Home
from onggi.protocol.keys import FileKey, new_private_pem
from tests.support.coordinator_house import (
    CHECKERS,
    PASSWORD,
    House,
    furnished_house,
    house_root,
    house_spec,
    make_result,
    permit_fields,
    verdict,
)
from tests.support.federation_root import COMMITTEE, NOW, key, signed_root
from tests.support.in_process_api import URL, AppTransport, pin_house_root, publish_head

Run = Callable[..., Result]
_LOCKED = "a passphrase of the member"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return furnished_house(tmp_path)


@pytest.fixture
def run(house: House, tmp_path: Path) -> Run:
    """`run(who, *words)`: the command as this person types it, in a folder of their own."""

    def typed(who: str, *words: str, typing: str | None = None, **environment: str) -> Result:
        env = {"ONGGI_HOME": str(tmp_path / "homes" / who), "LANG": "en_US.UTF-8"} | environment
        session = Session.of(env)
        session.over, session.clock = AppTransport(house), house.clock
        return CliRunner().invoke(app, [*words], obj=session, input=typing)

    return typed


@pytest.fixture
def signed_in(run: Run, tmp_path: Path) -> Run:
    """As `run`, for somebody who has signed in and pinned the root before."""

    def typed(who: str, *words: str, **more: Any) -> Result:
        home = Home(tmp_path / "homes" / who)
        if not home.credentials.exists():
            assert run(who, "login", URL, "-a", who, typing=PASSWORD + "\n").exit_code == 0
            pin_house_root(home)
        return run(who, *words, **more)

    return typed


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def key_file(folder: Path, name: str) -> str:
    """The file of one of the federation's keys, locked."""
    path = folder / f"{name}.key"
    if not path.exists():
        pem = _private_pem(key(name))
        path.write_bytes(pem)
        path.chmod(0o600)
    return str(path)


def _private_pem(owner: FileKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return owner._private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_LOCKED.encode()),
    )


def spec_file(folder: Path, house: House, project: str, permit: str, **changes: Any) -> Path:
    path = folder / "job.json"
    value = house_spec(project, permit, **changes).model_dump(mode="json")
    del value["code"]
    path.write_text(json.dumps(value))
    return path


# -- signing in ------------------------------------------------------------------------------------------


def test_login_keeps_the_token_where_only_its_owner_reads_it(run: Run, tmp_path: Path) -> None:
    result = run("researcher-1", "login", URL, "--account", "researcher-1", typing=PASSWORD + "\n")
    assert result.exit_code == 0, result.output
    kept = tmp_path / "homes" / "researcher-1" / "credentials"
    token = json.loads(kept.read_text())["token"]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert token not in result.output
    assert PASSWORD not in result.output
    assert said(run("researcher-1", "whoami", "--json"))["account"] == "researcher-1"
    kept.chmod(0o644)
    opened = run("researcher-1", "whoami")
    assert opened.exit_code == 353
    assert "chmod 600" in opened.stderr


def test_a_token_made_elsewhere_is_taken_from_a_descriptor(run: Run, house: House) -> None:
    reading, writing = os.pipe()
    os.write(writing, house.tokens["auditor-1"].encode() + b"\n")
    os.close(writing)
    try:
        result = run("auditor-1", "login", URL, "-a", "auditor-1", "--token", "--secret-fd", str(reading))
    finally:
        os.close(reading)
    assert result.exit_code == 0, result.output
    assert "auditor" in run("auditor-1", "whoami").stdout


def test_errors_name_cause_place_and_next_in_both_languages(run: Run) -> None:
    before = run("researcher-1", "--lang", "ko", "job", "show", "job-1")
    assert before.exit_code == 329
    assert [line.split(":")[0] for line in before.stderr.splitlines()] == ["오류", "위치", "다음"]
    assert "onggi job show [client.token_missing]" in before.stderr
    assert "`onggi login" in before.stderr
    wrong = run("researcher-1", "login", URL, "-a", "researcher-1", "--json", typing="not the password\n")
    error = json.loads(wrong.stdout)["error"]
    assert error["code"] == "login.refused"
    assert 200 <= error["exit"] == wrong.exit_code < 300
    assert "not the password" not in wrong.output


def test_logout_ends_the_token_on_both_sides(signed_in: Run, run: Run, tmp_path: Path) -> None:
    signed_in("researcher-1", "whoami")
    kept = tmp_path / "homes" / "researcher-1" / "credentials"
    before = kept.read_bytes()
    assert run("researcher-1", "logout").exit_code == 0
    assert not kept.exists()
    kept.write_bytes(before)
    kept.chmod(0o600)
    assert "access.token_invalid" in run("researcher-1", "whoami").stderr


# -- a researcher ----------------------------------------------------------------------------------------


def test_a_check_says_what_came_of_the_twins_and_keeps_nothing(
    signed_in: Run, house: House, tmp_path: Path
) -> None:
    project = house.project()
    file = str(spec_file(tmp_path, house, project, house.permit(project)))
    told = said(signed_in("researcher-1", "job", "check", file, "--json"))
    assert told["dry_run"]["outcome"] == "unavailable"  # this house keeps no closed room
    shown = signed_in("researcher-1", "job", "check", file)
    assert shown.exit_code == 0
    assert "dry_run.no_room" in shown.stdout
    assert told["digest"] in shown.stdout
    korean = signed_in("researcher-1", "--lang", "ko", "job", "check", file)
    assert "합성데이터로는 확인하지 못했습니다" in korean.stdout
    assert said(signed_in("researcher-1", "jobs", "--json")) == []


def test_a_job_that_fails_on_twins_says_so_and_exits_so(signed_in: Run, house: House, tmp_path: Path) -> None:
    class Failing:
        def try_out(self, spec: Any, cards: Any) -> DryRun:
            failure = Finding(severity="failure", stage="room", code="dry_run.too_long", facts={"seconds": 5})
            return DryRun(
                outcome="failed", twins=3, persons_each=2000, milliseconds=5100, findings=(failure,)
            )

    house.services = replace(house.services, dry_runs=Failing())
    project = house.project()
    file = str(spec_file(tmp_path, house, project, house.permit(project)))
    shown = signed_in("researcher-1", "job", "check", file)
    assert shown.exit_code == 255
    assert "dry_run.too_long" in shown.stdout
    assert "more than 5 s" in shown.stdout
    assert "3 × 2,000" in shown.stdout
    submitted = signed_in("researcher-1", "--json", "submit", file)
    assert json.loads(submitted.stdout)["error"]["code"] == "dry_run.too_long"
    assert said(signed_in("researcher-1", "jobs", "--json")) == []


def test_a_job_from_file_to_answer(signed_in: Run, house: House, tmp_path: Path) -> None:
    project = house.project()
    file = str(spec_file(tmp_path, house, project, house.permit(project, export_without_vote=True)))
    checked = said(signed_in("researcher-1", "submit", "--check", file, "--json"))
    assert said(signed_in("researcher-1", "jobs", "--json")) == []
    made = said(signed_in("researcher-1", "submit", file, "--json"))
    assert made["digest"] == checked["digest"]
    assert said(signed_in("researcher-1", "submit", file, "--json"))["job"] == made["job"]
    early = signed_in("researcher-1", "result", made["job"])
    assert "result.not_released" in early.stderr
    house.move(made["job"], JobState.RUNNING)
    house.services.results.record(made["job"], make_result(), verdict())
    waited = said(signed_in("researcher-1", "job", "wait", made["job"], "--timeout", "9", "--json"))
    assert (waited["state"], waited["whose_turn"]) == ("released", "researcher")
    csv = tmp_path / "answer.csv"
    shown = signed_in("researcher-1", "result", made["job"], "--csv", str(csv))
    assert "withheld (under 10)" in shown.stdout
    assert "··" in shown.stdout
    assert csv.read_text() == "step,persons,note\nall,120,\nfew,,withheld (under 10)\n"
    again = signed_in("researcher-1", "result", made["job"], "--csv", str(csv))
    assert "client.file_exists" in again.stderr
    assert csv.read_text().startswith("step")
    report, drawing, archive = tmp_path / "answer.html", tmp_path / "answer.svg", tmp_path / "answer.zip"
    files = ("--html", str(report), "--svg", str(drawing), "--csv", str(archive))
    told = signed_in("researcher-1", "result", made["job"], "--methods", "--lang", "ko", *files)
    assert f"저장한 파일: {report}" in told.stderr
    assert made["digest"] in told.stdout
    assert made["digest"] in report.read_text("utf-8")
    assert drawing.read_text("utf-8") in report.read_text("utf-8")
    assert zipfile.is_zipfile(archive)


def test_lists_and_explanations_read_well(signed_in: Run, house: House, tmp_path: Path) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    file = str(spec_file(tmp_path, house, project, permit, title="First \u2192 question"))
    job = said(signed_in("researcher-1", "submit", file, "--json"))["job"]
    listed = signed_in("researcher-1", "jobs").stdout
    assert listed.splitlines()[1].split()[:3] == [job, "count", "waiting_for_approval"]
    assert "First → question" in listed
    explained = signed_in("researcher-1", "job", "explain", job, "--lang", "ko").stdout
    assert "데이터심의위원회의 건별 승인을 기다리고 있습니다." in explained
    assert said(signed_in("researcher-1", "permit", "list", "--json"))[0]["id"] == permit
    assert project in signed_in("researcher-1", "projects").stdout
    asked = signed_in("researcher-1", "job", "cancel", job, typing="n\n")
    assert asked.exit_code == 362
    assert said(signed_in("researcher-1", "job", "cancel", job, "--yes", "--json"))["state"] == "cancelled"


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"{", "client.file_malformed", "canonical.not_json"),
        (b'{"a": 1, "a": 2}', "client.file_malformed", "canonical.duplicate_key"),
        (b'{"version": 1}', "client.spec_malformed", "title"),
        (b"[]", "client.spec_malformed", "spec"),
    ],
)
def test_a_file_that_is_no_job_is_refused_with_its_place(
    signed_in: Run, tmp_path: Path, content: bytes, code: str, place: str
) -> None:
    file = tmp_path / "wrong.json"
    file.write_bytes(content)
    error = json.loads(signed_in("researcher-1", "--json", "submit", str(file)).stdout)["error"]
    assert (error["code"], error["facts"]["place"].split()[0]) == (code, place)
    assert 300 <= error["exit"] < 400


# -- a committee -----------------------------------------------------------------------------------------


def test_a_permit_by_keyboard(signed_in: Run, house: House, tmp_path: Path) -> None:
    project = house.project()
    file = tmp_path / "permit.json"
    file.write_text(json.dumps(permit_fields(project)))
    drafted = said(signed_in("committee-1", "permit", "draft", str(file), "--json"))
    listed = signed_in("committee-2", "review", "list").stdout
    assert drafted["id"] in listed
    assert "0/3" in listed
    shown = signed_in("committee-2", "review", "show", drafted["id"]).stdout
    assert shown.rstrip("\n") == drafted["text"].rstrip("\n")
    for who in ("committee-1", "committee-2", "committee-4"):
        signed = signed_in(
            who, "review", "sign", drafted["id"], "--key", key_file(tmp_path, who), typing=f"y\n{_LOCKED}\n"
        )
        assert signed.exit_code == 0, signed.output
        assert "연구과제 데이터 이용승인입니다." in signed.stderr
        assert _LOCKED not in signed.output
    assert "complete, signed 3/3" in signed.stdout
    assert house.services.permits.get(drafted["id"]).state == "valid"


def test_nothing_is_signed_without_agreement_or_by_another_key(
    signed_in: Run, house: House, tmp_path: Path
) -> None:
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    words = ("review", "sign", drafted.id, "--key")
    no = signed_in("committee-1", *words, key_file(tmp_path, "committee-1"), typing="n\n")
    assert no.exit_code == 362
    nobody = signed_in("committee-1", *words, key_file(tmp_path, "committee-1"), typing="")
    assert nobody.exit_code == 361
    stranger = signed_in(
        "committee-1", *words, key_file(tmp_path, "stranger"), "-y", "--secret-env", "P", P=_LOCKED
    )
    assert "client.key_not_in_root" in stranger.stderr
    wrong = signed_in(
        "committee-1", *words, key_file(tmp_path, "committee-1"), "-y", "--secret-env", "P", P="guess"
    )
    assert "key.wrong_passphrase" in wrong.stderr
    assert house.services.statements.get(drafted.id).signed_by == ()


def test_signing_needs_a_pinned_root(run: Run, house: House, tmp_path: Path) -> None:
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    run("committee-1", "login", URL, "-a", "committee-1", typing=PASSWORD + "\n")
    refused = run("committee-1", "review", "show", drafted.id)
    assert refused.exit_code == 347
    assert "onggi root pin" in refused.stderr
    root = tmp_path / "root.json"
    root.write_bytes(signed_root(house_root()).to_json())
    fingerprint = said(run("committee-1", "root", "fingerprint", str(root), "--json"))["fingerprint"]
    other = "sha256:" + "0" * 64
    assert "root.wrong_fingerprint" in run("committee-1", "root", "pin", "--fingerprint", other).stderr
    assert run("committee-1", "root", "pin", "--fingerprint", fingerprint).exit_code == 0
    assert "client.other_root_pinned" in run("committee-1", "root", "pin", "--fingerprint", other).stderr
    assert run("committee-1", "review", "show", drafted.id).exit_code == 0


def test_a_job_is_approved_by_its_own_vote_or_refused_by_one(
    signed_in: Run, house: House, tmp_path: Path
) -> None:
    project = house.project()
    permit = house.permit(project, bounds=None)
    first, second = (house.submit(project, permit, title=name).id for name in ("First", "Second"))
    drafted = said(signed_in("committee-1", "review", "draft", first, "--json"))
    assert '"title": "First"' in drafted["text"]
    for who in ("committee-1", "committee-2", "committee-4"):
        key_of = key_file(tmp_path, who)
        signed_in(who, "review", "sign", drafted["id"], "--key", key_of, "-y", "--secret-env", "P", P=_LOCKED)
    assert house.services.jobs.get(first).state is JobState.READY
    key_of = key_file(tmp_path, "committee-3")
    words = ("--reason", "Other purpose", "--key", key_of, "-y", "--secret-env", "P")
    stopped = signed_in("committee-3", "review", "refuse", second, *words, P=_LOCKED)
    assert stopped.exit_code == 0, stopped.output
    assert house.services.jobs.get(second).state is JobState.REFUSED
    withdrawn = signed_in("committee-3", "review", "refuse", permit, *words, P=_LOCKED)
    assert withdrawn.exit_code == 0, withdrawn.output
    assert house.services.permits.get(permit).state == "withdrawn"


def test_only_the_author_takes_a_draft_back(signed_in: Run, house: House, tmp_path: Path) -> None:
    drafted = house.services.statements.draft(
        "project-permit", permit_fields(house.project()), by=house.caller("committee-1")
    )
    words = ("review", "refuse", drafted.id, "--reason", "Wrong", "--key", key_file(tmp_path, "committee-2"))
    assert "client.nothing_to_refuse" in signed_in("committee-2", *words).stderr
    assert signed_in("committee-1", *words).exit_code == 0
    assert house.services.statements.get(drafted.id).state == "withdrawn"


# -- output checkers -------------------------------------------------------------------------------------


def test_two_checkers_vote_blind_and_the_answer_is_released(
    signed_in: Run, house: House, tmp_path: Path
) -> None:
    project = house.project()
    held = house.held(project, house.permit(project)).id
    for who in CHECKERS[:2]:
        assert held in signed_in(who, "export", "list").stdout
        voted = signed_in(
            who,
            *("export", "vote", held, "--approve", "--reason", "Read", "--key", key_file(tmp_path, who)),
            typing=f"{_LOCKED}\ny\n",
        )
        assert voted.exit_code == 0, voted.output
        seen = voted.stderr
        assert seen.index("[Evidence]") < seen.index("[Result]") < seen.index("반출심의 의견")
        assert "checker-1: approve" not in seen
    assert "checker-1: approve Read" in voted.stdout
    assert house.services.jobs.get(held).state is JobState.RELEASED
    assert signed_in("checker-3", "export", "show", held, "--json").exit_code == 0
    pack = tmp_path / "pack.zip"
    written = said(signed_in("researcher-1", "job", "crate", held, "-o", str(pack), "--json"))
    assert (written["job"], written["bytes"]) == (held, pack.stat().st_size)
    assert zipfile.ZipFile(pack).testzip() is None
    again = signed_in("researcher-1", "job", "crate", held, "-o", str(pack))
    assert "client.file_exists" in again.stderr
    assert "access.role_needed" in signed_in("checker-1", "job", "crate", held, "-o", str(pack)).stderr


# -- the log ---------------------------------------------------------------------------------------------


def test_the_log_is_verified_online_and_from_a_file(signed_in: Run, house: House, tmp_path: Path) -> None:
    house.permit(house.project())
    publish_head(house)
    online = said(signed_in("researcher-1", "log", "verify", "--json"))
    assert (online["verified"], online["tree_size"], online["continues_from"]) == (True, 2, 0)
    file = tmp_path / "log.jsonl"
    assert said(signed_in("researcher-1", "log", "save", str(file), "--json"))["size"] == 2
    offline = said(signed_in("researcher-1", "log", "verify", "--from", str(file), "--json"))
    assert (offline["root"], offline["continues_from"]) == (online["root"], 2)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], lines[2], lines[1]]))
    assert "log.forked" in signed_in("researcher-1", "log", "verify", "--from", str(file)).stderr
    file.write_bytes(b"".join(lines[:2]))
    assert "log.cut_short" in signed_in("researcher-1", "log", "verify", "--from", str(file)).stderr


def test_a_named_root_needs_its_fingerprint(run: Run, house: House, tmp_path: Path) -> None:
    publish_head(house)
    root = tmp_path / "root.json"
    root.write_bytes(signed_root(house_root()).to_json())
    words = ("log", "verify", "--url", URL, "--root", str(root))
    assert run("nobody", *words).exit_code == 347
    fingerprint = said(run("nobody", "root", "fingerprint", str(root), "--json"))["fingerprint"]
    assert run("nobody", *words, "--fingerprint", fingerprint).exit_code == 0


def test_a_root_is_advanced_at_the_coordinator_by_an_operator(
    signed_in: Run, house: House, tmp_path: Path
) -> None:
    following = house_root(version=2, issued=NOW, federation_name="Heart federation, renewed")
    file = tmp_path / "root-2.json"
    file.write_bytes(signed_root(following, by=COMMITTEE[:2]).to_json())
    advanced = said(signed_in("operator-1", "root", "advance", str(file), "--publish", "--json"))
    assert advanced["version"] == 2
    followed = said(signed_in("researcher-1", "root", "advance", "--json"))
    assert followed["version"] == 2
    assert followed["expires"] == (NOW + timedelta(days=365)).isoformat()
    forged = tmp_path / "root-3.json"
    forged.write_bytes(signed_root(house_root(version=3, issued=NOW), by=COMMITTEE[:1]).to_json())
    alone = signed_in("researcher-1", "root", "advance", str(forged))
    assert "root.old_quorum_missing" in alone.stderr


def test_a_fresh_key_is_not_yet_a_members(signed_in: Run, house: House, tmp_path: Path) -> None:
    path = tmp_path / "plain.key"
    path.write_bytes(new_private_pem())
    path.chmod(0o600)
    held = house.held(project := house.project(), house.permit(project)).id
    refused = signed_in("checker-1", "export", "vote", held, "--refuse", "--key", str(path))
    assert "client.key_not_in_root" in refused.stderr
