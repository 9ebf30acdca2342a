"""`run`: the node at work, one process per folder, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import typer

from node.cli.desk import Desk
from node.state.heartbeat import remove_heartbeat
from node.unlocking import data_provider
from onggi.errors import Refused

LOCK = "run.lock"


def add_to(app: typer.Typer) -> None:
    app.command("run", help="노드를 실행합니다. Runs the node until it is stopped.")(run)


def run(context: typer.Context) -> None:
    desk: Desk = context.obj
    settings = desk.settings()
    settings.root_fingerprint  # noqa: B018 -- raises `node.no_root` before anything is started
    with only_one(settings.home):
        from node.start import build_services, run_node

        services = build_services(
            settings, provider=data_provider(settings, desk.unlocking()), clock=desk.surroundings.clock
        )
        try:
            asyncio.run(run_node(services))
        finally:
            remove_heartbeat(settings.home)


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Holds the folder's lock. Raises Refused(``node.already_running``) where another process does."""
    try:
        handle = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        raise Refused("node.home_closed", path=str(home / LOCK)) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("node.already_running", home=str(home)) from None
        yield
    finally:
        os.close(handle)
