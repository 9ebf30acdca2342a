"""Verifying the transparency log, online or from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from onggi.cli.frame import new_group
from onggi.cli.root_commands import Fingerprint, read_chain
from onggi.cli.session import Session, session_of
from onggi.client.log_check import LogFinding
from onggi.client.public_log import verify_file
from onggi.protocol.trust_root import TrustRoot

app = new_group("The transparency log: verify, save.")
Url = Annotated[str | None, typer.Option("--url", help="A coordinator; the one you signed in to otherwise.")]


@app.command()
def verify(
    context: typer.Context,
    source: Annotated[Path | None, typer.Option("--from", help="A saved log instead of the network.")] = None,
    root: Annotated[Path | None, typer.Option("--root", help="The federation root, or its chain.")] = None,
    fingerprint: Fingerprint = None,
    url: Url = None,
) -> None:
    """Recompute every entry and check all signatures; compare with what was seen before."""
    session = session_of(context)
    trusted = _root(session, root, fingerprint)
    if source is not None:
        finding = verify_file(source, root=trusted, memory=session.home.memory)
    else:
        with session.public_client(url) as client:
            finding = client.log.verify(root=trusted, now=session.clock())
    session.say(_text(session, finding), _value(finding))


@app.command()
def save(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file for `onggi log verify --from`.")],
    url: Url = None,
) -> None:
    """Write head and entries to a file."""
    session = session_of(context)
    with session.public_client(url) as client:
        size = client.log.save(file)
    session.say(f"{file}: {size}", {"file": str(file), "size": size})


def _root(session: Session, path: Path | None, fingerprint: str | None) -> TrustRoot:
    """The root to count signatures against: the named one, which needs its fingerprint, or the pinned one."""
    if path is None:
        return session.home.pinned.get_current(now=session.clock())
    expected = fingerprint or session.home.pinned.load().fingerprint
    return read_chain([path], fingerprint=expected).get_current(now=session.clock())


def _text(session: Session, finding: LogFinding) -> str:
    seen = [
        f"  {one.name}: {datetime.fromtimestamp(one.at, tz=UTC):%Y-%m-%d %H:%M} (UTC)"
        for one in finding.witnessed
    ]
    kinds = [f"  {name}: {count}" for name, count in finding.statements.items()]
    before = finding.continues_from
    return "\n".join(
        [
            session.tell("로그가 온전합니다.", "The log is whole."),
            f"{session.tell('항목 수', 'Entries')}: {finding.size}",
            f"{session.tell('루트 해시', 'Root hash')}: {finding.root}",
            f"{session.tell('지난번 확인한 크기', 'Unchanged since size')}: {before}",
            session.tell("서명한 기관:", "Signed by hospitals:"),
            *seen,
            session.tell("문서 종류:", "Statements:"),
            *kinds,
        ]
    )


def _value(finding: LogFinding) -> dict[str, object]:
    return {
        "verified": True,
        "tree_size": finding.size,
        "root": finding.root,
        "continues_from": finding.continues_from,
        "witnesses": [{"site": one.name, "at": one.at} for one in finding.witnessed],
        "statements": dict(finding.statements),
    }
