"""`onggi-node console`: accounts are kept at the command line, and nothing is served unsafely."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from sqlalchemy import select

from node.cli.console import Role
from node.console.accounts import ConsoleRole
from node.console.serve import Place, check_place, is_loopback
from node.console.what_to_do import Matter, Seen, decide_todo
from node.state.tables import AuditEvent, ConsoleAccount
from onggi.errors import NotTrusted, Refused
from tests.support.node_desk import NodeDesk, ready_node
from tests.support.served_site import certificate_files

PASSWORD = "a long enough password"


@pytest.fixture
def desk(tmp_path: Path) -> NodeDesk:
    return ready_node(tmp_path)


def test_accounts_are_added_listed_and_closed(desk: NodeDesk) -> None:
    assert desk.type("console", "accounts", "--json").json == {"accounts": []}
    desk.typed = f"{PASSWORD}\n"
    assert desk.type("console", "add-account", "kim", "--role", "it", "--json").json == {
        "name": "kim",
        "role": "it",
    }
    assert desk.type("console", "add-account", "lee", "--role", "auditor").code == 0
    assert desk.type("console", "close-account", "lee", "--json").json == {"name": "lee", "changed": True}
    assert desk.type("console", "close-account", "lee", "--json").json == {"name": "lee", "changed": False}
    listed = desk.type("console", "accounts", "--json").json["accounts"]
    assert [(one["name"], one["role"], one["closed"] is None) for one in listed] == [
        ("kim", "it", True),
        ("lee", "auditor", False),
    ]
    with desk.state() as session:
        hashed = session.get_one(ConsoleAccount, "kim").password_hash
        tags = list(session.scalars(select(AuditEvent.event)))
    assert hashed.startswith("$argon2id$")
    assert tags[-3:] == ["hospital:account:add", "hospital:account:add", "hospital:account:close"]


def test_a_password_is_set_anew(desk: NodeDesk) -> None:
    desk.typed = f"{PASSWORD}\n"
    desk.type("console", "add-account", "kim", "--role", "it")
    with desk.state() as session:
        before = session.get_one(ConsoleAccount, "kim").password_hash
    desk.typed = "quite another password\n"
    assert desk.type("console", "set-password", "kim").code == 0
    with desk.state() as session:
        assert session.get_one(ConsoleAccount, "kim").password_hash != before


@pytest.mark.parametrize(
    ("words", "typed", "code", "exit_code"),
    [
        (("add-account", "Kim", "--role", "it"), PASSWORD, "console.account_name", 131),
        (("add-account", "kim", "--role", "it"), "short", "password.length", 199),
        (("set-password", "nobody"), PASSWORD, "console.account_not_found", 131),
        (("close-account", "nobody"), "", "console.account_not_found", 131),
        (("serve", "--host", "0.0.0.0"), "", "console.tls_needed", 130),
        (("serve", "--host", "console.example"), "", "console.tls_needed", 130),
        (("serve", "--certificate", "nothing.pem"), "", "console.tls_needed", 130),
        (("serve", "--certificate", "no.pem", "--key", "no.key"), "", "console.certificate_unusable", 130),
    ],
)
def test_what_cannot_be_done_says_why(
    desk: NodeDesk, words: tuple[str, ...], typed: str, code: str, exit_code: int
) -> None:
    desk.typed = f"{typed}\n"
    answer = desk.type("console", *words, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (exit_code, code)


def test_the_command_line_names_every_role() -> None:
    assert {role.value for role in Role} == {role.value for role in ConsoleRole}


def test_a_name_is_used_once(desk: NodeDesk) -> None:
    desk.typed = f"{PASSWORD}\n"
    desk.type("console", "add-account", "kim", "--role", "it")
    desk.type("console", "close-account", "kim")
    again = desk.type("console", "add-account", "kim", "--role", "it", "--json")
    assert again.json["error"]["code"] == "console.account_exists"
    assert desk.type("console", "set-password", "kim", "--json").json["error"]["code"] == (
        "console.account_not_found"
    )


def test_an_address_in_use_is_said(desk: NodeDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = desk.type("console", "serve", "--port", str(port), "--json")
    assert (answer.code, answer.json["error"]["code"]) == (130, "console.cannot_listen")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("localhost.example", False),
    ],
)
def test_plain_text_is_for_this_computer_alone(host: str, here: bool) -> None:
    assert is_loopback(host) is here
    if here:
        check_place(Place(host=host, port=8450))
    else:
        with pytest.raises(Refused) as caught:
            check_place(Place(host=host, port=8450))
        assert caught.value.code == "console.tls_needed"


def test_certificate_and_key_must_belong_together(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    (one, key), (_, other) = (certificate_files(folder) for folder in folders)
    check_place(Place(host="0.0.0.0", port=8450, certificate=Path(one), key=Path(key)))
    with pytest.raises(Refused) as caught:
        check_place(Place(host="0.0.0.0", port=8450, certificate=Path(one), key=Path(other)))
    assert caught.value.code == "console.certificate_unusable"


def test_the_most_urgent_matter_comes_first() -> None:
    """Each worry is taken away in turn; what is left is told in the order of `Matter`."""
    worries: dict[Matter, dict[str, object]] = {
        Matter.BOOKS: {"damage": None},
        Matter.PAUSED: {"paused": False},
        Matter.NOT_RUNNING: {"running": True},
        Matter.NOT_CONNECTED: {"connected": True},
        Matter.CONSENTS: {"consents": 0},
        Matter.HELD: {"held": 0},
    }
    seen: dict[str, object] = {
        "damage": NotTrusted("audit.chain_broken", number=3),
        "paused": True,
        "running": False,
        "connected": False,
        "link_error": None,
        "consents": 2,
        "held": 1,
    }
    for matter, mended in worries.items():
        todo = decide_todo(Seen(**seen))  # type: ignore[arg-type]  # as the class says
        assert todo is not None
        assert todo.matter is matter
        assert (todo.door is None) != (todo.command is None), "one way to do it"
        seen |= mended
    assert decide_todo(Seen(**seen)) is None  # type: ignore[arg-type]  # as the class says
