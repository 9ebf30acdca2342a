"""Copies permitted columns of permitted persons into a run's encrypted workspace, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import io
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from analysis_jobs.cohort.engines import StreamingEngine
from analysis_jobs.variables.stage import stage_batches
from analysis_jobs.variables.table_schema import table_schema
from node.agent.workspace import Workspace, create_workspace
from node.data_source import get_source
from node.services import NodeServices
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.job import JobSpec

TABLE = "table.arrow"
SPEC = "spec.json"
STATE = "state.bin"
PERSONS = "persons.bin"
"""Whose rows the table has, as 64-bit ids. It stays here: a job never sees it."""


class _Pieces(io.RawIOBase):
    """A sink that hands out what Arrow writes, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.pieces.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def take(self) -> list[bytes]:
        taken, self.pieces = self.pieces, []
        return taken


def arrow_file(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """The batches as one Arrow IPC file, without ever holding all of it."""
    sink = _Pieces()
    with pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield from sink.take()
    yield from sink.take()


class StagingStop:
    """Ends a staging in another thread: its query at once, or at the latest after the batch in hand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: StreamingEngine | None = None
        self._asked = False

    def watch(self, engine: StreamingEngine | None) -> None:
        """Which connection to interrupt; None before it is closed."""
        with self._lock:
            self._engine = engine

    def ask(self) -> None:
        """Asks the thread to end. A query that begins just then needs to be asked again."""
        with self._lock:
            self._asked = True
            if self._engine is not None:
                self._engine.interrupt()

    def check(self) -> None:
        """Raises Refused(``run.not_active``) once it was asked."""
        if self._asked:
            raise Refused("run.not_active")


_ASK_AGAIN_S = 0.05
_Batch = TypeVar("_Batch")


async def stage_in_thread(
    services: NodeServices, workspace: Workspace, spec: JobSpec, *, generation: int
) -> None:
    """Fills the workspace without holding up the node.

    When this returns or raises, nothing writes to the workspace any more: a run that is called off is
    destroyed next, and the record of that is signed.
    """
    stop = StagingStop()
    work = asyncio.ensure_future(
        asyncio.to_thread(stage_run, services, workspace, spec, generation=generation, stop=stop)
    )
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            stop.ask()
            # A further cancellation changes nothing: the thread would still be writing.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([work], timeout=_ASK_AGAIN_S)
        if not work.cancelled():
            work.exception()  # looked at: what a stopped thread says is nobody's news
        raise


def stage_run(
    services: NodeServices,
    workspace: Workspace,
    spec: JobSpec,
    *,
    generation: int,
    stop: StagingStop,
) -> None:
    """Fills the workspace. Runs in a thread: it may take minutes at a large hospital."""
    stop.check()
    with get_source(services, spec.dataset).open(workspace.spill, version=generation) as (engine, cdm):
        try:
            stop.watch(engine)
            stop.check()
            whose: list[bytes] = []
            batches = stage_batches(
                engine,
                spec,
                cdm=cdm,
                order_key=services.random(32),
                whose=lambda ids: whose.append(_ids_to_bytes(ids)),
            )
            workspace.write(TABLE, arrow_file(_until_stopped(batches, stop), table_schema(spec)))
            workspace.write(PERSONS, whose)
        finally:
            stop.watch(None)
    workspace.write(SPEC, [canonical_json(spec)])
    workspace.mark_complete()


def _ids_to_bytes(ids: pa.Array[Any]) -> bytes:
    return ids.to_numpy().astype("<i8").tobytes()


def _until_stopped(batches: Iterator[_Batch], stop: StagingStop) -> Iterator[_Batch]:
    for batch in batches:
        stop.check()
        yield batch


def _wrapping_key(services: NodeServices) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"onggi run workspace v1")
    return AESGCM(derive.derive(services.data_key.secret.reveal()))


def new_workspace(services: NodeServices, run: str) -> tuple[Workspace, bytes]:
    """A fresh workspace and its key, wrapped by a key that only this hospital can unlock."""
    key, nonce = services.random(32), services.random(12)
    wrapped = nonce + _wrapping_key(services).encrypt(nonce, key, run.encode())
    return create_workspace(services.settings.workspaces, run=run, key=key), wrapped


def reopen_workspace(services: NodeServices, run: str, wrapped: bytes) -> Workspace:
    """The workspace as a crash left it."""
    try:
        key = _wrapping_key(services).decrypt(wrapped[:12], wrapped[12:], run.encode())
    except (InvalidTag, ValueError):
        raise Refused("run.workspace_damaged") from None
    return Workspace(services.settings.workspaces / run, run=run, key=key)
