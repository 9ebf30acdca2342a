"""Signing in and out, and who one is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from onggi.cli.credentials import Credentials, save_credentials
from onggi.cli.secret_input import SecretEnv, SecretFd, read_secret
from onggi.cli.session import as_value, session_of
from onggi.client.connection import connect, sign_in

CaFile = Annotated[Path | None, typer.Option("--ca-file", help="PEM of the authority to believe.")]


def login(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="https://coordinator:port")],
    account: Annotated[str, typer.Option("--account", "-a", help="Account name.")],
    ca_file: CaFile = None,
    token: Annotated[bool, typer.Option("--token", help="The secret is a token made before.")] = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Sign in; the token is kept in a file that only you can read."""
    session = session_of(context)
    question = session.tell("토큰", "Token") if token else session.tell("암호", "Password")
    secret = read_secret(session, question, env=secret_env, fd=secret_fd)
    authority = None if ca_file is None else ca_file.resolve()
    expires = None
    if not token:
        issued = sign_in(url, account=account, password=secret, ca_file=authority, over=session.over)
        secret, expires = issued.secret, issued.expires
    # Asked once before it is kept: a mistyped token is noticed here and not at the next command.
    with connect(url, token=secret, ca_file=authority, home=session.home.folder, over=session.over) as client:
        me = client.me()
        kept = Credentials(
            url=client.transport.url,
            account=me.account,
            token=SecretStr(secret),
            ca_file=None if authority is None else str(authority),
            expires=expires,
        )
    save_credentials(session.home.credentials, kept)
    where = session.tell("로그인했습니다", "Signed in")
    session.say(f"{where}: {me.account} ({', '.join(me.roles)}), {kept.url}", as_value(me))


def logout(context: typer.Context) -> None:
    """End the stored token, at the coordinator and here."""
    session = session_of(context)
    with session.client() as client:
        client.sign_out()
    session.home.credentials.unlink(missing_ok=True)
    session.say(session.tell("로그아웃했습니다.", "Signed out."), {"done": True})


def whoami(context: typer.Context) -> None:
    """Account, organisation, roles and member name of the stored token."""
    session = session_of(context)
    with session.client() as client:
        me = client.me()
    lines = [
        (session.tell("계정", "Account"), me.account),
        (session.tell("소속", "Organisation"), me.organisation),
        (session.tell("역할", "Roles"), ", ".join(me.roles)),
        (session.tell("위원 이름", "Member"), me.member or "-"),
        (session.tell("기관", "Hospital"), me.site or "-"),
    ]
    session.say("\n".join(f"{label}: {value}" for label, value in lines), as_value(me))


def projects(context: typer.Context) -> None:
    """Your projects."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.projects())
    rows = [(one.id, one.title, ", ".join(one.people)) for one in found]
    ko, en = ("과제", "제목", "참여자"), ("project", "title", "people")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(one) for one in found])


def add_to(app: typer.Typer) -> None:
    """These commands stand at the top."""
    for command in (login, logout, whoami, projects):
        app.command()(command)
