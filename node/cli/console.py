"""`console`: serves the hospital's own pages, and keeps the accounts that may open them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from node.cli.desk import Column, Desk
from node.cli.state import deciding, reading

if TYPE_CHECKING:
    from pages.passwords import Passwords

_ACCOUNTS = (
    Column("계정", "Account"),
    Column("역할", "Role"),
    Column("만든 시각", "Created"),
    Column("닫은 시각", "Closed"),
)
Name = Annotated[str, typer.Argument(help="계정 이름. The account's name.")]


class Role(StrEnum):
    """What an account may do (`node.console.accounts`)."""

    IT = "it"
    AUDITOR = "auditor"


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(help="병원 담당자의 콘솔. The hospital's console.", no_args_is_help=True)
    group.command("serve", help="콘솔을 엽니다. Serves the console until it is stopped.")(serve)
    group.command("accounts", help="계정 목록. Lists the accounts.")(accounts)
    group.command("add-account", help="계정을 만듭니다. Adds an account.")(add_account)
    group.command("close-account", help="계정을 닫습니다. Closes an account for good.")(close_account)
    group.command("set-password", help="비밀번호를 새로 정합니다. Sets a new password.")(set_password)
    app.add_typer(group, name="console")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="주소. Address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="포트. Port.", min=1, max=65535)] = 8450,
    certificate: Annotated[Path | None, typer.Option(help="TLS 인증서(PEM). TLS certificate.")] = None,
    key: Annotated[Path | None, typer.Option(help="TLS 개인 열쇠(PEM). TLS key.")] = None,
) -> None:
    from node.console.serve import Place, check_place
    from node.console.serve import serve as serve_pages
    from node.console.services import open_console

    desk: Desk = context.obj
    place = Place(host=host, port=port, certificate=certificate, key=key)
    check_place(place)
    services = open_console(desk.settings(), clock=desk.surroundings.clock)

    def tell() -> None:
        stop = desk.say("멈추려면 Ctrl+C를 누르십시오.", "Stop it with Ctrl+C.")
        rows = [("콘솔", "Console", place.address), ("다음", "Next", stop)]
        desk.tell({"address": place.address}, desk.facts(rows))
        desk.surroundings.out.flush()

    serve_pages(services, place, on_open=tell)


def accounts(context: typer.Context) -> None:
    from node.console.accounts import list_accounts

    desk: Desk = context.obj
    with reading(desk.settings()) as session:
        listed = [
            {"name": row.name, "role": row.role, "created": row.created, "closed": row.closed}
            for row in list_accounts(session)
        ]
    rows = [[one[key] for key in ("name", "role", "created", "closed")] for one in listed]
    nothing = desk.say("콘솔 계정이 없습니다.", "The console has no account.")
    desk.tell({"accounts": listed}, desk.table(_ACCOUNTS, rows, nothing=nothing))


def add_account(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Option(help="it: 결정, auditor: 보기만. it decides, auditor only looks.")],
) -> None:
    from node.console.accounts import ConsoleRole, record_account

    desk: Desk = context.obj
    settings, passwords = desk.settings(), _passwords()
    password = desk.ask_new_password().reveal().decode()
    with deciding(settings) as (session, _):
        record_account(
            session,
            name,
            role=ConsoleRole(role.value),
            password=password,
            passwords=passwords,
            now=desk.now(),
        )
    following = desk.command("console serve")
    rows = [("계정", "Account", name), ("역할", "Role", role.value), ("다음", "Next", following)]
    desk.tell({"name": name, "role": role.value}, desk.facts(rows))


def set_password(context: typer.Context, name: Name) -> None:
    from node.console.accounts import record_password

    desk: Desk = context.obj
    settings, passwords = desk.settings(), _passwords()
    password = desk.ask_new_password().reveal().decode()
    with deciding(settings) as (session, _):
        record_password(session, name, password=password, passwords=passwords, now=desk.now())
    sentence = desk.say(
        "비밀번호를 새로 정했습니다. 이 계정의 로그인은 모두 끝났습니다.",
        "The password is set. All sessions of the account have ended.",
    )
    desk.tell({"name": name}, sentence)


def close_account(context: typer.Context, name: Name) -> None:
    from node.console.accounts import record_closing

    desk: Desk = context.obj
    with deciding(desk.settings()) as (session, _):
        changed = record_closing(session, name, now=desk.now())
    sentence = desk.say(
        "계정을 닫았습니다. 이 계정의 로그인은 모두 끝났습니다.",
        "The account is closed. All its sessions have ended.",
    )
    desk.tell({"name": name, "changed": changed}, sentence)


def _passwords() -> Passwords:
    from argon2 import PasswordHasher

    from pages.passwords import Passwords

    return Passwords.with_hasher(PasswordHasher())
