"""The operator's commands, as processes of their own over a home folder, and what settings they accept."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from catalog.generic_card import generic_card
from coordinator.commands import build_app
from coordinator.database.ledger import AuditRow
from coordinator.database.sessions import open_database
from coordinator.settings import CoordinatorSettings
from coordinator.transparency.log_key import create_log_key
from onggi.errors import Refused
from onggi.protocol.trust_root import root_fingerprint
from tests.support.coordinator_house import house_root
from tests.support.federation_root import signed_root

ROOT = Path(__file__).parents[2]


def command(home: Path, *words: str, language: str = "en_US.UTF-8", **environment: str) -> Any:
    """One command in this process; `as_process` starts the real one."""
    app = build_app({"LANG": language, **environment})
    return CliRunner().invoke(app, ["--home", str(home), *words])


def as_process(home: Path, *words: str) -> Any:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {"LANG": "ko_KR.UTF-8", "PYTHONSAFEPATH": "1", "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "coordinator", "--home", str(home), *words]
    return subprocess.run(line, capture_output=True, text=True, env=kept, cwd=home.parent, timeout=60)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands") / "home"
    done = command(folder, "init")
    assert done.exit_code == 0, done.stderr
    return folder


def found(done: Any) -> Any:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_before_init_the_cause_and_one_command_are_told_in_both_languages(tmp_path: Path) -> None:
    english = command(tmp_path / "none", "status")
    korean = as_process(tmp_path / "none", "status")
    told = command(tmp_path / "none", "--json", "status")
    assert {english.exit_code, korean.returncode, told.exit_code} == {227}
    assert "`onggi-coordinator init`" in english.stderr
    assert "명령을 실행하십시오" in korean.stderr
    assert json.loads(told.stderr)["code"] == "coordinator.no_home"
    assert "Traceback" not in korean.stderr


def test_init_again_changes_no_key(home: Path) -> None:
    first = found(command(home, "--json", "init"))
    again = found(command(home, "--json", "init"))
    assert first == again
    for name in ("log.key", "authority.key"):
        assert (home / name).stat().st_mode & 0o777 == 0o600


def test_from_an_organisation_to_a_token_and_a_pinned_root(home: Path) -> None:
    words = ("organisations", "add", "university-1", "--title", "University", "--kind", "university")
    assert command(home, *words).exit_code == 0
    twice = command(home, "--json", *words)
    assert (twice.exit_code, json.loads(twice.stderr)["code"]) == (204, "organisation.exists")
    added = ("accounts", "add", "researcher-1", "--organisation", "university-1", "--role", "researcher")
    assert found(command(home, "--json", *added)) == {"account": "researcher-1", "roles": ["researcher"]}
    token = found(command(home, "--json", "tokens", "new", "researcher-1", "--scope", "read"))
    assert token["token"].startswith("onggi_")
    envelope = signed_root(house_root())
    file = home / "root.json"
    file.write_bytes(envelope.to_json())
    wrong = command(home, "--json", "root", "pin", str(file), "--fingerprint", "sha256:" + "0" * 64)
    assert json.loads(wrong.stderr)["code"] == "root.wrong_fingerprint"
    assert 200 <= wrong.exit_code < 300
    right = ("root", "pin", str(file), "--fingerprint", root_fingerprint(envelope))
    assert found(command(home, "--json", *right)) == {"federation": "heart-federation", "version": 1}
    assert found(command(home, "--json", "tokens", "enrolment", "zurich"))["token"].startswith(
        "onggi-enrol-1.zurich."
    )
    assert command(home, "tokens", "enrolment", "mars").exit_code == 223
    _add_cards(home)
    shown = found(command(home, "--json", "status"))
    assert (shown["root_version"], shown["log_size"]) == (1, 1)
    assert found(command(home, "--json", "log", "verify"))["tree_size"] == 1
    whole = found(command(home, "--json", "audit", "verify"))
    assert whole["verified"]
    _tamper_and_verify(home)


def _add_cards(home: Path) -> None:
    """A hospital's card is kept and its twin drawn; the next one takes its place."""
    file = home / "card.json"
    card = generic_card().model_copy(update={"site": "cleveland", "dataset": "heart"})
    for generation in (1, 2):
        newer = card.model_copy(update={"generation": generation})
        file.write_bytes(newer.to_json())
        told = found(command(home, "--json", "card", "add", str(file)))
        assert told == {"site": "cleveland", "dataset": "heart", "digest": newer.digest}
        assert [path.name.split("-")[0] for path in (home / "twins").iterdir()] == [newer.digest[7:]]
    file.write_bytes(generic_card().to_json())
    wrong = command(home, "--json", "card", "add", str(file))
    assert (wrong.exit_code, json.loads(wrong.stderr)["code"]) == (223, "card.wrong_site")
    file.write_text("no card")
    assert json.loads(command(home, "--json", "card", "add", str(file)).stderr)["code"] == "card.unreadable"


def _tamper_and_verify(home: Path) -> None:
    database = open_database(f"sqlite:///{home / 'coordinator.db'}")
    with database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == 1).values(actor="somebody"))
    database.close()
    broken = command(home, "--json", "audit", "verify")
    assert (broken.exit_code, json.loads(broken.stderr)["facts"]) == (222, {"seq": 1})


def test_serve_answers_over_tls_and_stops_when_told(home: Path) -> None:
    api, link = _free_port(), _free_port()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment |= {"ONGGI_COORDINATOR_API_PORT": str(api), "ONGGI_COORDINATOR_LINK_PORT": str(link)}
    line = [sys.executable, "-m", "coordinator", "--home", str(home), "serve"]
    process = subprocess.Popen(line, env=environment, cwd=home.parent)
    try:
        trust = ssl.create_default_context(cafile=str(home / "authority.pem"))
        assert _ask_until_up(process, f"https://localhost:{api}/v1/health", trust) == {"status": "ok"}
        with pytest.raises(urllib.error.URLError) as unknown:
            urllib.request.urlopen(f"https://localhost:{api}/v1/health", timeout=5)
        assert isinstance(unknown.value.reason, ssl.SSLError)
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert process.returncode in (0, -15)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ask_until_up(process: subprocess.Popen[bytes], url: str, trust: ssl.SSLContext) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5, context=trust) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the coordinator did not answer")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"colour": "blue"}, "coordinator.setting_unknown"),
        ({"home": "/elsewhere"}, "coordinator.setting_unknown"),
        ({"api_port": "none"}, "coordinator.setting_value"),
        ({"api_port": 70000}, "coordinator.setting_value"),
        ({"database_url": "mysql://x"}, "coordinator.setting_value"),
        ({"origin": "two words"}, "coordinator.setting_value"),
        ({"language": "fr"}, "coordinator.setting_value"),
        ({"web_key": "/k"}, "coordinator.setting_value"),
        ({"public_names": 5}, "coordinator.setting_value"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, given: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        CoordinatorSettings.from_mapping(given, home=tmp_path)
    assert refused.value.code == code


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "coordinator.toml").write_text('api_port = 1\nlink_port = 2\npublic_names = ["a.example"]\n')
    settings = CoordinatorSettings.from_home(
        tmp_path, environment={"ONGGI_COORDINATOR_API_PORT": "3", "PATH": "x"}
    )
    assert (settings.api_port, settings.link_port, settings.public_names) == (3, 2, ("a.example",))
    (tmp_path / "coordinator.toml").write_text("api_port = = 1")
    with pytest.raises(Refused) as refused:
        CoordinatorSettings.from_home(tmp_path, environment={})
    assert refused.value.code == "coordinator.setting_file"


def test_settings_never_show_the_database_password(tmp_path: Path) -> None:
    settings = CoordinatorSettings.from_mapping({"database_url": "postgresql://u:hunter2@h/d"}, home=tmp_path)
    assert "hunter2" not in repr(settings)


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    create_log_key(tmp_path / "log.key")
    kept = (tmp_path / "log.key").read_bytes()
    with pytest.raises(Refused):
        create_log_key(tmp_path / "log.key")
    assert (tmp_path / "log.key").read_bytes() == kept


def test_an_unreachable_database_is_told_without_its_address(home: Path) -> None:
    done = command(
        home, "--json", "status", ONGGI_COORDINATOR_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/d"
    )
    assert (done.exit_code, json.loads(done.stderr)["code"]) == (228, "coordinator.database_unreachable")
    assert "hunter2" not in done.stderr + done.stdout
