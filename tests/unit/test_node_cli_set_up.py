"""A node is set up in two steps, each of which may be repeated, and no step ever replaces a key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from node.cli.arguments import hoist
from node.registers.audit import check_chain
from node.state.memory import load_roots
from onggi.protocol.keys import FileKey, PublicKey
from onggi.protocol.trust_root import root_fingerprint
from tests.support.federation_root import COMMITTEE, ORIGIN, fingerprint, make_root, pem, signed_root
from tests.support.node_desk import SITE, NodeDesk, ready_node, write_identity


def test_keys_come_first_and_the_federation_later(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    made = desk.init()
    assert made.code == 0
    key = PublicKey.from_pem(made.json["identity"]["public_key"])
    assert key.fingerprint == made.json["identity"]["fingerprint"]
    assert made.json["root_version"] is None
    assert "trust" in made.json["next"]
    assert desk.type("status", "--json").json["root_version"] is None

    trusted = desk.trust()
    assert trusted.code == 0
    assert trusted.json["listed"] is True
    assert (trusted.json["root_version"], trusted.json["log_origin"]) == (1, ORIGIN)
    assert desk.type("status", "--json").json["root_version"] == 1
    with desk.state() as session:
        roots = load_roots(session, fingerprint=desk.settings.root_fingerprint)
        assert roots.latest.federation == "heart-federation"
        assert check_chain(session) == 1


def test_all_that_init_made_is_the_nodes_alone(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    folders = [desk.home, desk.settings.keys_folder, desk.settings.store]
    keys = [path for path in desk.settings.keys_folder.iterdir() if path.is_file()]
    assert {path.name for path in keys} == {
        "identity.pem",
        "data-key.json",
        "data-unlock.key",
        "pseudonym-key.json",
        "pseudonym-unlock.key",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_repeating_a_step_changes_no_byte(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    names = ["node.toml", *(f"keys/{path.name}" for path in desk.settings.keys_folder.iterdir())]
    before = {name: (desk.home / name).read_bytes() for name in names}
    again = desk.init()
    assert (again.code, again.json["created"]) == (0, False)
    assert desk.trust().json["changed"] is False
    assert {name: (desk.home / name).read_bytes() for name in names} == before
    with desk.state() as session:
        assert check_chain(session) == 1


def test_a_set_up_that_was_cut_short_is_completed(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    half = desk.home / "keys.partial"
    half.mkdir(parents=True)
    (half / "data-key.json").write_text("{}")
    assert desk.init().code == 0
    assert not half.exists()
    assert FileKey.read(desk.settings.identity_key)

    identity = desk.settings.identity_key.read_bytes()
    (desk.home / "node.toml").unlink()
    assert desk.init().json["created"] is True
    assert desk.settings.identity_key.read_bytes() == identity


def test_another_site_is_not_set_up_over_the_first(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    other = desk.type("init", "--site", "zurich", "--coordinator", "127.0.0.1:9", "--json")
    assert other.json["error"]["code"] == "node.settings_differ"
    assert other.json["error"]["facts"]["entry"] == "site"
    assert other.code == 118
    assert desk.settings.site == SITE


def test_an_identity_key_may_be_brought_along_but_not_exchanged(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    mine, other = write_identity(tmp_path / "mine.pem"), write_identity(tmp_path / "other.pem")
    made = desk.init("--identity", str(mine))
    assert made.json["identity"]["fingerprint"] == FileKey.read(mine).public_key.fingerprint
    assert desk.init("--identity", str(mine)).code == 0
    assert desk.init("--identity", str(other)).json["error"]["code"] == "node.identity_differs"
    assert FileKey.read(desk.settings.identity_key).public_key == FileKey.read(mine).public_key


def test_a_root_is_trusted_only_under_its_fingerprint(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    desk.init()
    file = tmp_path / "root.json"
    file.write_bytes(desk.root().to_json())
    wrong = f"sha256:{'0' * 64}"
    refused = desk.type("trust", "--root", str(file), "--fingerprint", wrong, "--json")
    assert refused.json["error"]["code"] == "root.wrong_fingerprint"
    assert desk.settings.pinned_root is None
    assert desk.type("status", "--json").json["root_version"] is None


def test_a_second_federation_is_refused(tmp_path: Path) -> None:
    desk = ready_node(tmp_path)
    other = signed_root(make_root(federation_name="Another federation"), by=COMMITTEE[:2])
    refused = desk.trust(other)
    assert refused.json["error"]["code"] == "node.other_root"
    assert refused.json["error"]["facts"]["pinned"] == desk.settings.root_fingerprint
    assert root_fingerprint(other) != desk.settings.root_fingerprint


def test_a_root_without_this_hospital_says_so(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    desk.init()
    told = desk.trust(signed_root(make_root()))
    assert (told.code, told.json["listed"]) == (0, False)


def test_of_several_logs_one_must_be_named(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    desk.init()
    logs = [
        {"origin": ORIGIN, "public_key": pem("log")},
        {"origin": "log.federation.example/second", "public_key": pem("second log")},
    ]
    root = desk.root(logs=logs)
    assert desk.trust(root).json["error"]["code"] == "node.log_ambiguous"
    unknown = desk.trust(root, "--log-origin", "log.federation.example/third")
    assert unknown.json["error"]["code"] == "root.unknown_log"
    assert desk.trust(root, "--log-origin", ORIGIN).json["log_origin"] == ORIGIN
    assert fingerprint("log") != fingerprint("second log")


def test_the_whole_chain_of_roots_may_be_given(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    desk.init()
    first = desk.root()
    second = signed_root(make_root(version=2), by=COMMITTEE[:2])
    file = tmp_path / "roots.json"
    file.write_bytes(b'{"fingerprint":null,"roots":[' + first.to_json() + b"," + second.to_json() + b"]}")
    print_of_first = root_fingerprint(first)
    told = desk.type("trust", "--root", str(file), "--fingerprint", print_of_first, "--json")
    assert (told.code, told.json["root_version"]) == (0, 2)


def test_what_people_wrote_into_the_settings_stays(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    desk.init()
    file = desk.home / "node.toml"
    file.write_text(file.read_text() + '\n[policy]\nconsent = "ask"  # decided by committee-1\n')
    assert desk.trust().code == 0
    assert "# decided by committee-1" in file.read_text()
    assert desk.settings.policy.consent == "ask"
    assert desk.settings.log_origin == ORIGIN


@pytest.mark.parametrize(
    ("language", "problem"), [("ko_KR.UTF-8", "문제"), ("en_US.UTF-8", "Problem"), ("C", "Problem")]
)
def test_an_error_names_cause_place_and_next_command_in_the_persons_language(
    tmp_path: Path, language: str, problem: str
) -> None:
    desk = NodeDesk(tmp_path / "node", language=language)
    told = desk.type("status")
    assert told.code == 118
    assert told.out == ""
    assert problem in told.err
    assert "node.not_initialised" in told.err
    assert str(desk.home) in told.err
    assert f"onggi-node --home {desk.home} init" in told.err


def test_a_typing_slip_is_answered_and_not_thrown(tmp_path: Path) -> None:
    desk = NodeDesk(tmp_path / "node")
    for words in (("statu",), ("init",), ("releases", "show", "first"), ("status", "--nothing")):
        told = desk.type(*words, "--json")
        assert (told.code, told.json["error"]["code"]) == (100, "node.usage")
        assert told.err == ""


def test_options_of_all_commands_may_stand_anywhere() -> None:
    assert hoist(["status", "--json", "--home", "/x"]) == ["--json", "--home", "/x", "status"]
    assert hoist(["releases", "--lang=ko", "show", "1"]) == ["--lang=ko", "releases", "show", "1"]
    assert hoist(["show", "--", "--json"]) == ["show", "--", "--json"]
    assert hoist(["status", "--home"]) == ["--home", "status"]
