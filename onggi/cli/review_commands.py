"""The committee member's commands: read what waits, sign it, or stop it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.secret_input import SecretEnv, SecretFd, open_key
from onggi.cli.session import Session, as_value, session_of
from onggi.client.committee_desk import StatementPage
from onggi.client.connection import Client
from onggi.client.replies import StatementReply
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope
from onggi.protocol.statements import JobApproval, ProjectPermit
from onggi.signing_page.local_host import DEFAULT_PORT, sign_on_this_computer

StatementId = Annotated[str, typer.Argument(metavar="ID", help="The statement's id.")]
KeyFile = Annotated[Path, typer.Option("--key", help="Your private key file.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for programs that showed it already.")]
app = new_group("For committee members: read, sign, refuse.")


@app.command("list")
def list_waiting(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also what does not wait for you.")] = False,
) -> None:
    """Statements that wait for your signature."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.review.statements(waiting=not every))
    rows = [
        (one.id, one.state, f"{len(one.signed_by)}/{one.needed}", f"{one.expires:%Y-%m-%d}") for one in found
    ]
    ko, en = ("문서", "상태", "서명", "만료"), ("statement", "state", "signed", "expires")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(one) for one in found])


@app.command()
def show(context: typer.Context, statement: StatementId) -> None:
    """The text that a signature would cover, made here from the very bytes that would be signed."""
    session = session_of(context)
    with session.client() as client:
        page = client.review.read(statement, now=session.clock())
    session.say(page.text, {**_value(page.reply), "text": page.text})


@app.command()
def sign(
    context: typer.Context,
    statement: StatementId,
    key: Annotated[Path | None, typer.Option("--key", help="Your private key file.")] = None,
    passkey: Annotated[bool, typer.Option("--passkey", help="Sign on a page of this computer.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The page's port.")] = DEFAULT_PORT,
    yes: Yes = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Show the text, ask, and sign exactly that text: with a key file, or with a passkey in a browser."""
    if (key is None) is not passkey:
        raise Refused("signing.how")
    session = session_of(context)
    with session.client() as client:
        page = client.review.read(statement, now=session.clock())
        if key is None:
            reply = client.review.hand_in(page, _signed_in_browser(session, client, page, port=port))
        else:
            session.say_aside(page.text)
            session.confirm(session.tell("이 문서에 서명하시겠습니까?", "Sign this statement?"), yes=yes)
            signer = open_key(session, key, env=secret_env, fd=secret_fd)
            reply = client.review.sign(page, key=signer, now=session.clock())
    _say_signed(session, reply)


def _signed_in_browser(session: Session, client: Client, page: StatementPage, *, port: int) -> Envelope:
    def show(address: str) -> None:
        told = session.tell("이 컴퓨터의 브라우저에서 여십시오", "Open this in a browser on this computer")
        session.say_aside(f"{told}: {address}")

    return sign_on_this_computer(
        page.paper,
        root=client.review.pinned.get_current(now=session.clock()),
        language=session.language,
        clock=session.clock,
        show=show,
        port=port,
    )


@app.command()
def refuse(
    context: typer.Context,
    thing: Annotated[str, typer.Argument(metavar="ID", help="A job, a permit, or a statement about one.")],
    reason: Annotated[str, typer.Option("--reason", help="One line; it becomes public in the log.")],
    key: KeyFile,
    yes: Yes = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Stop a job or withdraw a permit: one signature suffices. An open draft of your own is taken back."""
    session = session_of(context)
    with session.client() as client:
        target = _find_target(session, client, thing)
        if target is None:
            _say_signed(session, client.review.withdraw(thing))
            return
        what, name = target
        question = session.tell("중단하시겠습니까? 되돌릴 수 없습니다.", "Stop it? This cannot be undone.")
        session.say_aside(f"{what}: {name}\n{reason}")
        session.confirm(question, yes=yes)
        signer = open_key(session, key, env=secret_env, fd=secret_fd)
        reply = client.review.stop(what, name, reason=reason, key=signer, now=session.clock())
    _say_signed(session, reply)


@app.command()
def draft(
    context: typer.Context,
    job: Annotated[str, typer.Argument(metavar="JOB", help="A job that needs its own vote.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long the approval holds.")] = 30,
) -> None:
    """Draft the approval of one job outside its permit's bounds, for the members to sign."""
    session = session_of(context)
    with session.client() as client:
        record = client.job(job).record
        page = client.review.draft_approval(record, expires=session.clock() + timedelta(days=days))
    session.say(f"{page.text}\n{page.reply.id}", {**_value(page.reply), "text": page.text})


def _find_target(session: Session, client: Client, thing: str) -> tuple[str, str] | None:
    """What a revocation would name; None for an open draft, which its author takes back."""
    try:
        page: StatementPage = client.review.read(thing, now=session.clock())
    except Refused as bad:
        if bad.code != "statement.not_found":
            raise
        return "job", thing
    match page.paper.predicate:
        case JobApproval(spec=spec):
            return "job", spec
        case ProjectPermit(id=permit) if page.reply.state == "complete":
            return "permit", permit
    if page.reply.created_by != client.me().account or page.reply.state != "open":
        raise Refused("client.nothing_to_refuse", statement=thing)
    return None


def _value(reply: StatementReply) -> dict[str, object]:
    value = as_value(reply)
    assert isinstance(value, dict)
    return value


def _say_signed(session: Session, reply: StatementReply) -> None:
    signed = session.tell("서명", "signed")
    session.say(f"{reply.id}: {reply.state}, {signed} {len(reply.signed_by)}/{reply.needed}", _value(reply))
