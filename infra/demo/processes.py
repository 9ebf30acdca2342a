"""Starts and ends the demo's servers: one process each, with a log and, under root, a user of its own."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_FIRST_UID = 61_000
_PORTS = range(18_000, 32_000)
_QUIET = {"FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1", "GRPC_VERBOSITY": "NONE"}


def free_port() -> int:
    """A port on loopback that nobody uses right now, below those that outgoing connections are given."""
    while True:
        port = random.SystemRandom().randrange(_PORTS.start, _PORTS.stop)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def user_of(number: int) -> int | None:
    """The user of the demo's process number `number`: under root each gets one of its own."""
    return _FIRST_UID + number if os.geteuid() == 0 else None


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a server process is given: nothing of the caller's but the path and the language."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME") if name in os.environ}
    return {**kept, **_QUIET, "PYTHONSAFEPATH": "1", "PYTHONPATH": str(REPOSITORY), **(extra or {})}


def hand_over(folder: Path, user: int | None) -> None:
    """Makes a folder and all in it the user's own."""
    if user is None:
        return
    for place in (folder, *folder.rglob("*")):
        os.chown(place, user, user, follow_symlinks=False)


def command(module: str, *words: str) -> list[str]:
    """The command line of one of our servers or tools."""
    return [sys.executable, "-m", module, *words]


def run_command(
    module: str, *words: str, user: int | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs one of our commands to its end. Raises RuntimeError with what it said when it failed."""
    done = subprocess.run(
        command(module, *words),
        env=environment(),
        cwd="/",
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{module} {' '.join(words[:3])} ended with {done.returncode}:\n{done.stderr}{done.stdout}"
        )
    return done


@dataclass(slots=True)
class Server:
    """A running server process."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls, name: str, module: str, words: Sequence[str], *, log: Path, user: int | None = None
    ) -> Server:
        """Starts it; its output goes to the log file."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command(module, *words),
                env=environment(),
                cwd="/",
                user=user,
                group=user,
                extra_groups=[] if user is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(name, process, log)

    def wait_for_port(self, port: int, *, seconds: float = 60.0) -> None:
        """Returns when something listens on the port. Raises RuntimeError when the server ended before."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} ended at once:\n{tail}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not open port {port} within {seconds:.0f} s")

    def kill(self) -> None:
        """Ends it without a chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def stop(self, *, seconds: float = 10.0) -> None:
        """Asks it to end, and insists after a while. Harmless when it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass(slots=True)
class Servers:
    """All servers of a demo or test; leaving the block ends them, newest first."""

    running: list[Server] = field(default_factory=list)

    def start(
        self, name: str, module: str, words: Sequence[str], *, log: Path, user: int | None = None
    ) -> Server:
        server = Server.start(name, module, words, log=log, user=user)
        self.running.append(server)
        return server

    def stop_all(self) -> None:
        for server in self.running:
            if server.process.poll() is None:
                server.process.send_signal(signal.SIGTERM)
        for server in reversed(self.running):
            server.stop()
        self.running.clear()

    @contextlib.contextmanager
    def until_done(self) -> Iterator[Servers]:
        """Ends every server when the block is left, however it is left."""
        try:
            yield self
        finally:
            self.stop_all()
