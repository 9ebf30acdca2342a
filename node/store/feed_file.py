"""Hands a text file to the engine through a pipe, and checks, counts and fingerprints it on the way.

Why a pipe: an archive's member is no file that DuckDB could open, and unpacking it would put patient rows in
clear on a disk that the hospital did not choose for them. A named pipe lies in the load's private folder and
holds at most a mebibyte, in the kernel's memory. A memory file would hold all of a member, which may be
larger than the machine; Arrow's own CSV reader would be a second reading of the same text with other rules.
Plain files take the same way: one reading instead of two (DuckDB breaks off with an internal error on text
that is not UTF-8, so that somebody else must look), and gzip is inflated twice as fast as by the engine.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from node.store.source_places import UNREADABLE, Member
from onggi.errors import OnggiError, Refused

# Called with the bytes of a file that were read so far, from the thread that reads.
BytesRead = Callable[[int], None]

_CHUNK = 1 << 20
_JOIN_S = 0.02


class Feed:
    """A file on its way into the engine. Use as a context; inside, the engine reads from `pipe`."""

    def __init__(self, member: Member, *, folder: Path, on_bytes: BytesRead = lambda _read: None) -> None:
        self.pipe = folder / "source.pipe"
        self.failure: OnggiError | None = None
        self.fault: BaseException | None = None
        self.digest: str | None = None
        """SHA-256 of the whole content; None until its last byte was read."""
        self._member = member
        self._on_bytes = on_bytes
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="onggi-feed", daemon=True)

    def __enter__(self) -> Feed:
        self.pipe.unlink(missing_ok=True)
        os.mkfifo(self.pipe, 0o600)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self.pipe.unlink(missing_ok=True)
        if self.fault is not None:
            raise self.fault
        # What was wrong with the bytes is the cause; what the engine made of half of them is not.
        if self.failure is not None and (error is None or isinstance(error, OnggiError)):
            raise self.failure from None

    def _stop(self) -> None:
        """Ends the thread, also where the engine never opened the pipe or went away."""
        self._thread.join(_JOIN_S)
        self._stopped.set()
        while self._thread.is_alive():
            with contextlib.suppress(OSError):
                # A reader that comes and goes: a thread that waits for one goes on, and finds it gone.
                os.close(os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK))
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        try:
            with open(self.pipe, "wb", buffering=0) as pipe:
                with contextlib.suppress(OSError):
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)
                self._copy(pipe)
        except BrokenPipeError:
            pass  # the engine has what it wanted, or has failed and says so itself
        except OnggiError as error:
            self.failure = error
        except UNREADABLE:
            self.failure = Refused("load.unreadable_file", file=self._member.name)
        except BaseException as fault:  # a fault of ours must reach the person who started the load
            self.fault = fault

    def _copy(self, pipe: IO[bytes]) -> None:
        look = TextCheck(self._member.name)
        digest = hashlib.sha256()
        unpacked = 0
        with self._member.open() as (content, packed):
            while chunk := content.read(_CHUNK):
                unpacked += len(chunk)
                self._member.check_swelling(unpacked)
                look.take(chunk)
                digest.update(chunk)
                rest = memoryview(chunk)
                while rest:
                    if self._stopped.is_set():
                        return
                    rest = rest[pipe.write(rest) :]
                self._on_bytes(min(packed.tell(), self._member.size))
        look.end()
        self.digest = digest.hexdigest()


class TextCheck:
    """Looks at text as it passes and names the first line that is not UTF-8."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending = False
        self._line = 1

    def take(self, chunk: bytes) -> None:
        """Raises Refused with load.not_utf8 and the line of the first byte that is none."""
        if (self._pending or not chunk.isascii()) and (bad := self._decode(chunk)) is not None:
            self._refuse(chunk, bad)
        if (nul := chunk.find(b"\x00")) >= 0:
            self._refuse(chunk, nul)
        self._line += chunk.count(b"\n")

    def end(self) -> None:
        """Raises Refused where the text ends within a letter."""
        if self._pending:
            raise Refused("load.not_utf8", file=self._file, row=self._line)

    def _decode(self, chunk: bytes) -> int | None:
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            before = len(error.object) - len(chunk)
            return max(error.start - before, 0)
        self._pending = bool(self._decoder.getstate()[0])
        return None

    def _refuse(self, chunk: bytes, at: int) -> None:
        raise Refused("load.not_utf8", file=self._file, row=self._line + chunk[:at].count(b"\n"))


def read_digest(member: Member) -> str | None:
    """SHA-256 of a file's content, read for this alone; None where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with member.open() as (content, _):
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except UNREADABLE:
        return None
    return digest.hexdigest()
