"""Keys and roots are made, signed and followed offline, and no secret stands on a command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from onggi.cli.app import app
from onggi.cli.session import Session
from onggi.protocol.keys import FileKey, PublicKey
from tests.support.federation_root import COMMITTEE, NOW, root_fields

PASSPHRASE = "correct horse battery"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def typed(*words: str, typing: str | None = None, **environment: str) -> Result:
        env = {"ONGGI_HOME": str(tmp_path / "home"), "LANG": "en", "P": PASSPHRASE} | environment
        session = Session.of(env)
        session.clock = lambda: NOW
        return CliRunner().invoke(app, [*words], obj=session, input=typing)

    return typed


def said(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def new_key(run: Run, folder: Path, name: str) -> str:
    words = ("keys", "new", str(folder / f"{name}.key"), "--public", str(folder / f"{name}.pem"))
    made = said(run(*words, "--secret-env", "P", "--json"))
    fingerprint: str = made["fingerprint"]
    return fingerprint


def test_a_key_is_locked_private_and_never_overwritten(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "my.key"
    made = run("keys", "new", str(file), typing=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert made.exit_code == 0, made.output
    assert file.stat().st_mode & 0o777 == 0o600
    key = FileKey.read(file, passphrase=PASSPHRASE.encode())
    assert key.public_key.fingerprint in made.stdout
    assert PublicKey.from_pem(made.stdout[: made.stdout.index("Fingerprint")]) == key.public_key
    assert PASSPHRASE not in made.output
    before = file.read_bytes()
    again = run("keys", "new", str(file), "--secret-env", "P")
    assert again.exit_code == 334
    assert file.read_bytes() == before
    shown = said(run("keys", "show", str(file), "--json", typing=PASSPHRASE + "\n"))
    assert shown["fingerprint"] == key.public_key.fingerprint


@pytest.mark.parametrize(
    ("words", "environment", "code"),
    [
        (("--secret-env", "EMPTY"), {"EMPTY": ""}, "cli.secret_source"),
        (("--secret-env", "ABSENT"), {}, "cli.secret_source"),
        (("--secret-env", "P", "--secret-fd", "0"), {}, "cli.secret_source"),
        (("--secret-fd", "9999"), {}, "cli.secret_source"),
        (("--secret-env", "SHORT"), {"SHORT": "short"}, "keys.passphrase_short"),
        ((), {}, "cli.no_answer"),
    ],
)
def test_a_key_without_a_good_passphrase_is_not_made(
    run: Run, tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], code: str
) -> None:
    result = run("--json", "keys", "new", str(tmp_path / "k"), *words, **environment)
    assert json.loads(result.stdout)["error"]["code"] == code
    assert not (tmp_path / "k").exists()


def test_no_option_takes_a_secret() -> None:
    def options(command: Any, path: str) -> list[str]:
        own = [f"{path} {name}" for one in command.params for name in getattr(one, "opts", [])]
        inner = getattr(command, "commands", {})
        return own + [found for name, one in inner.items() for found in options(one, f"{path} {name}")]

    every = options(typer.main.get_command(app), "onggi")
    assert len(every) > 60
    secretive = {one.rsplit(" ", 1)[1] for one in every if "pass" in one or "secret" in one or "token" in one}
    # Two are flags: --token says that what will be asked for is a token, --passkey where one signs.
    assert secretive == {"--secret-env", "--secret-fd", "--token", "--passkey"}


def description(run: Run, folder: Path, **changes: Any) -> Path:
    fields = root_fields(**changes)
    for one in fields["members"]:
        if not (folder / f"{one['id']}.pem").exists():
            new_key(run, folder, one["id"])
        one["keys"] = [{"public_key": f"@{one['id']}.pem"}]
    fields["root_rule"] = {"threshold": 2, "keys": list(COMMITTEE[:3])}
    path = folder / f"description-{fields['version']}.json"
    path.write_text(json.dumps(fields, default=lambda moment: moment.isoformat()))
    return path


def test_a_root_from_description_to_second_version(run: Run, tmp_path: Path) -> None:
    root = str(tmp_path / "root.json")
    drafted = said(run("--json", "root", "draft", str(description(run, tmp_path)), "--out", root))
    assert (drafted["signed_by"], drafted["needed"]) == ([], 2)
    unsigned = run("root", "verify", root, "--fingerprint", drafted["fingerprint"])
    assert "root.quorum_missing" in unsigned.stderr
    for name in COMMITTEE[:2]:
        key = ("--key", str(tmp_path / f"{name}.key"), "--secret-env", "P", "-y", "--json")
        signed = said(run("root", "sign", root, *key))
    assert signed["signed_by"] == list(COMMITTEE[:2])
    assert signed["fingerprint"] == drafted["fingerprint"]
    assert run("root", "fingerprint", root).stdout.strip() == drafted["fingerprint"]
    assert said(run("root", "pin", root, "--fingerprint", drafted["fingerprint"], "--json"))["version"] == 1
    second = str(tmp_path / "root-2.json")
    run("root", "draft", str(description(run, tmp_path, version=2)), "--out", second)
    for name in COMMITTEE[1:3]:
        run("root", "sign", second, "--key", str(tmp_path / f"{name}.key"), "--secret-env", "P", "-y")
    assert said(run("root", "verify", root, second, "--json"))["version"] == 2
    assert said(run("root", "advance", second, "--json"))["version"] == 2
    assert "root.rolled_back" in run("root", "advance", root).stderr


def test_signing_a_root_shows_it_and_asks(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    run("root", "draft", str(description(run, tmp_path)), "--out", str(root))
    before = root.read_bytes()
    key = ("--key", str(tmp_path / "committee-1.key"), "--secret-env", "P")
    no = run("root", "sign", str(root), *key, typing="n\n")
    assert no.exit_code == 362
    assert "Heart federation" in no.stderr
    assert root.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"witness_quorum": 9}, "root.rule_unreachable"),
        ({"federation": "Not A Slug"}, "client.spec_malformed"),
        ({"hospitals": [{"site": "a", "identity_key": "@none.pem"}]}, "client.file_unreadable"),
    ],
)
def test_a_root_that_cannot_be_is_not_written(
    run: Run, tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    out = tmp_path / "root.json"
    result = run("--json", "root", "draft", str(description(run, tmp_path, **changes)), "--out", str(out))
    assert json.loads(result.stdout)["error"]["code"] == code
    assert not out.exists()


def test_json_and_lang_may_stand_anywhere(run: Run) -> None:
    for words in (["--json", "whoami"], ["whoami", "--json"]):
        assert json.loads(run(*words).stdout)["error"]["code"] == "client.token_missing"
    for words in (["--lang", "ko", "whoami"], ["whoami", "--lang=ko"], ["whoami", "--lang", "ko"]):
        assert run(*words).stderr.startswith("오류: ")
    assert run("whoami", LANG="ko_KR.UTF-8").stderr.startswith("오류: ")
    assert run("whoami").exit_code == 329
