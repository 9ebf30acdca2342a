"""The committee member's commands: read what waits, sign it, or stop it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.browser_signing import show_address, signed_in_browser
from onggi.cli.frame import new_group
from onggi.cli.secret_input import SecretEnv, SecretFd, open_key
from onggi.cli.session import Session, as_value, session_of
from onggi.client.committee_desk import StatementPage
from onggi.client.connection import Client
from onggi.client.private_files import create_file, read_file, replace_file
from onggi.client.replies import StatementReply
from onggi.errors import Refused
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.passkey_registration import check_vouched, read_registration
from onggi.protocol.statements import JobApproval, ProjectPermit
from onggi.protocol.trust_root import TrustRoot
from onggi.signing_page.local_host import DEFAULT_PORT
from onggi.signing_page.registering import register_on_this_computer

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
            signed = signed_in_browser(session, client, page.paper, None, port=port)
            reply = client.review.hand_in(page, signed)
        else:
            session.say_aside(page.text)
            session.confirm(session.tell("이 문서에 서명하시겠습니까?", "Sign this statement?"), yes=yes)
            signer = open_key(session, key, env=secret_env, fd=secret_fd)
            reply = client.review.sign(page, key=signer, now=session.clock())
    _say_signed(session, reply)


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


@app.command()
def register(
    context: typer.Context,
    member: Annotated[str, typer.Option("--member", help="Your name in the federation root.")],
    out: Annotated[Path, typer.Option("--out", help="The new file for the registration.")],
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The page's port.")] = DEFAULT_PORT,
) -> None:
    """Make a signing passkey for this computer. Another member vouches for it, then the root takes it in."""
    session = session_of(context)
    envelope = register_on_this_computer(
        member,
        root=_root(session),
        language=session.language,
        clock=session.clock,
        show=lambda address: show_address(session, address),
        port=port,
    )
    create_file(out, envelope.to_json())
    paper = read_registration(envelope, root=_root(session), now=session.clock())
    session.say(f"{paper.rendering}\n{out}", {"file": str(out), "text": paper.rendering})


@app.command()
def vouch(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A registration of another member.")],
    key: KeyFile,
    yes: Yes = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Confirm that a passkey is the member's whom it names: compare its fingerprint with them in person."""
    session = session_of(context)
    root, now = _root(session), session.clock()
    paper = read_registration(Envelope.from_json(read_file(file)), root=root, now=now)
    session.say_aside(paper.rendering)
    question = session.tell(
        "당사자와 지문을 비교하셨습니까?", "Did you compare the fingerprint with its holder?"
    )
    session.confirm(question, yes=yes)
    signer = open_key(session, key, env=secret_env, fd=secret_fd)
    signed = add_signature(paper.envelope, key=signer)
    vouched = check_vouched(signed, root=root, now=now)
    replace_file(file, signed.to_json(), mode=0o644)
    told = session.tell("보증", "vouched for by")
    names = ", ".join(vouched.vouched_by)
    session.say(f"{vouched.member}: {told} {names}", {"member": vouched.member, "by": vouched.vouched_by})


def _root(session: Session) -> TrustRoot:
    return session.home.pinned.load().get_current(now=session.clock())


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
