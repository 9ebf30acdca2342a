"""The output checker's commands: evidence, result, and one's own blinded vote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.browser_signing import signed_in_browser
from onggi.cli.frame import new_group
from onggi.cli.secret_input import SecretEnv, SecretFd, open_key
from onggi.cli.session import Session, as_value, session_of
from onggi.client.checker_desk import ExportPage, Verdict
from onggi.errors import Refused
from onggi.signing_page.local_host import DEFAULT_PORT

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job whose result is held.")]
app = new_group("For output checkers: look at held results and vote.")


@app.command("list")
def list_waiting(context: typer.Context) -> None:
    """Held results that wait for your vote."""
    session = session_of(context)
    with session.client() as client:
        found = list(client.exports.waiting())
    rows = [(one.id, one.spec.kind, f"{one.state_since:%Y-%m-%d %H:%M}", one.spec.title) for one in found]
    ko, en = ("작업", "종류", "시점(UTC)", "제목"), ("job", "kind", "since (UTC)", "title")
    session.say_table(ko if session.language == "ko" else en, rows, [as_value(one) for one in found])


@app.command()
def show(context: typer.Context, job: JobId) -> None:
    """The evidence, then the result. Others' votes are shown only after you have voted."""
    session = session_of(context)
    with session.client() as client:
        page = client.exports.read(job)
    session.say(_text(session, page), as_value(page.reply))


@app.command()
def vote(
    context: typer.Context,
    job: JobId,
    approve: Annotated[bool, typer.Option("--approve/--refuse", help="Your verdict.")],
    key: Annotated[Path | None, typer.Option("--key", help="Your private key file.")] = None,
    passkey: Annotated[bool, typer.Option("--passkey", help="Sign on a page of this computer.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The page's port.")] = DEFAULT_PORT,
    reason: Annotated[str | None, typer.Option("--reason", help="One line.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    secret_env: SecretEnv = None,
    secret_fd: SecretFd = None,
) -> None:
    """Show evidence, result and ballot, ask, and sign exactly that ballot. It cannot be changed later."""
    if (key is None) is not passkey:
        raise Refused("signing.how")
    session = session_of(context)
    verdict: Verdict = "approve" if approve else "refuse"
    with session.client() as client:
        page = client.exports.read(job)
        session.say_aside(_text(session, page))
        if key is None:
            member, now = client.me().member, session.clock()
            ballot = client.exports.draw_ballot(page, verdict=verdict, reason=reason, member=member, now=now)
            named = page.reply.result
            after = client.exports.hand_in(page, signed_in_browser(session, client, ballot, named, port=port))
            session.say(_text(session, after), as_value(after.reply))
            return
        signer = open_key(session, key, env=secret_env, fd=secret_fd)
        paper = client.exports.draw_ballot(
            page, verdict=verdict, reason=reason, key=signer, now=session.clock()
        )
        session.say_aside(paper.rendering)
        question = session.tell("이 의견에 서명하시겠습니까?", "Sign this vote? It cannot be changed.")
        session.confirm(question, yes=yes)
        after = client.exports.vote(page, paper, key=signer, now=session.clock())
    session.say(_text(session, after), as_value(after.reply))


def _text(session: Session, page: ExportPage) -> str:
    reply = page.reply
    lines = [
        f"{reply.job}: {reply.title}",
        "",
        session.tell("[근거]", "[Evidence]"),
        page.evidence(session.language),
        "",
        session.tell("[결과]", "[Result]"),
        page.answer.summary(),
        "",
        f"{session.tell('내 의견', 'Your vote')}: {reply.own_vote or '-'}",
    ]
    if reply.votes is None:
        blinded = session.tell(
            "다른 심사자의 의견은 내 의견을 낸 뒤에 보입니다.", "Other votes are shown after yours is given."
        )
        return "\n".join([*lines, blinded])
    lines += [f"{one.member}: {one.verdict} {one.reason or ''}".rstrip() for one in reply.votes]
    return "\n".join([*lines, f"{session.tell('상태', 'State')}: {reply.state}"])
