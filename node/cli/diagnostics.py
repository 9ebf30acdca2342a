"""`diagnostics`: a bundle for support that can hold no patient's value."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from node.cli.desk import Column, Desk
from node.cli.state import reading
from node.papers.paper_files import write_paper
from node.settings import NodeSettings
from onggi.errors import OnggiError

_FILES = (Column("파일", "File"), Column("바이트", "Bytes", number=True))


def add_to(app: typer.Typer) -> None:
    app.command(
        "diagnostics", help="환자 정보가 없는 진단 묶음. A bundle for support without any patient's value."
    )(diagnostics)


def diagnostics(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="새 zip 파일. A new zip file.")],
    log: Annotated[
        Path | None, typer.Option(help="노드의 로그 파일. A file of the node's own log lines.")
    ] = None,
) -> None:
    from node.doctor.examine import examine
    from node.papers.bundle import make_bundle

    desk: Desk = context.obj
    with _node(desk) as (settings, session):
        bundle = make_bundle(
            desk.home,
            settings,
            session,
            examine=lambda: examine(
                desk.home,
                unlocking=desk.unlocking(),
                now=desk.now(),
                run_name=f"doctor-{secrets.token_hex(6)}",
            ),
            whole=True,
            log=log,
            now=desk.now(),
            random=secrets.token_bytes,
        )
    write_paper(out, bundle.content)
    files = [(name, len(content)) for name, content in bundle.files]
    desk.tell(
        {"file": str(out), "sha256": bundle.digest, "files": dict(files)},
        desk.facts([("파일", "File", out), ("SHA-256", "SHA-256", bundle.digest)]),
        desk.table(_FILES, files, nothing=""),
    )


@contextlib.contextmanager
def _node(desk: Desk) -> Iterator[tuple[NodeSettings | None, Session | None]]:
    """As much of the node as can be read: a bundle is asked for where something is wrong."""
    with contextlib.ExitStack() as opened:
        settings: NodeSettings | None = None
        session: Session | None = None
        with contextlib.suppress(OnggiError):
            settings = desk.settings()
            session = opened.enter_context(reading(settings))
        yield settings, session
