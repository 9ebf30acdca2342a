"""A private PostgreSQL server for the tests of one process: started once, stopped by its own process id."""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

_BINARIES = Path("/usr/lib/postgresql")
_NUMBERS = itertools.count()
_START_SECONDS = 60


def find_binaries() -> Path | None:
    """The folder that holds initdb and postgres, newest version first."""
    versions = sorted(_BINARIES.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in versions:
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def new_database(*, template: str = "template0") -> str:
    """The address of a new database on this process's server, empty or a copy of an idle one."""
    name = f"onggi_{os.getpid()}_{next(_NUMBERS)}"
    port = _server()
    import psycopg

    with psycopg.connect(
        host="127.0.0.1", port=port, user="onggi", dbname="postgres", autocommit=True
    ) as link:
        link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"postgresql://onggi@127.0.0.1:{port}/{name}"


def put_back(address: str, *, template: str) -> None:
    """The database at this address becomes a copy of an idle one again; nobody is connected afterwards."""
    name = address.rpartition("/")[2]
    import psycopg

    with psycopg.connect(
        host="127.0.0.1", port=_server(), user="onggi", dbname="postgres", autocommit=True
    ) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@cache
def _server() -> int:
    binaries = find_binaries()
    assert binaries is not None, "install postgresql: its server is part of these tests"
    folder = Path(tempfile.mkdtemp(prefix="onggi-pg-"))
    user = _unprivileged()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data, port = folder / "data", _free_port()
    _run_as(
        user, [str(binaries / "initdb"), "-D", str(data), "-U", "onggi", "-A", "trust", "-N", "-E", "UTF8"]
    )
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-h", "127.0.0.1"]
    command += ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}", "-c", "max_connections=60"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **_identity(user))
    atexit.register(_stop, process, folder)
    _wait_until_open(process, port, log=folder / "log")
    return port


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run_as(user: pwd.struct_passwd | None, command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/", **_identity(user))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(process: subprocess.Popen[bytes], port: int, *, log: Path) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(log.read_text(errors="replace"))
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="onggi", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not open its port")


def _stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # fast shutdown: open connections are closed
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)
