"""Runs one hospital's side of a job inside the room: each message in, one reply out, codes for failures.

The client app is called as Flower's own engine would call it; it keeps its `Context` between messages. Each
reply carries the context's state, so that the node can store both before it sends anything on.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

from analysis_jobs.runner.worker_frames import (
    BlockingChannel,
    Frame,
    FrameType,
    WorkerError,
    join_parts,
)
from analysis_jobs.runner.worker_setup import (
    DataFolder,
    Prepared,
    WorkerFailed,
    open_channel,
    preload_kinds,
    seed_everything,
    send_error,
    take_preparation,
)
from onggi.errors import OnggiError, Unreachable

READS_VIEWS: Final = "onggi_reads_views"
"""Set on an app of our own: it takes arrays' bytes where they lie. Others get `bytes`, as Flower promises."""


def main(arguments: list[str]) -> None:
    """Serve one run until the keeper says stop or goes away."""
    channel, registry = open_channel(arguments)
    try:
        importlib.import_module("analysis_jobs.runner.flower_adapter")  # while nobody waits yet
        channel.send(FrameType.READY)
        preload_kinds(registry)
        prepared = take_preparation(channel, data=DataFolder())
        if prepared is not None:
            _serve(channel, prepared, registry)
    except Unreachable:
        return
    except WorkerFailed as failed:
        send_error(channel, failed.code)
    except MemoryError:
        send_error(channel, WorkerError.OUT_OF_MEMORY)
    except (OnggiError, ValueError, TypeError):
        send_error(channel, WorkerError.BAD_FRAME)


def _serve(channel: BlockingChannel, prepared: Prepared, registry: str) -> None:
    from flwr.app import RecordDict

    from analysis_jobs.runner import flower_adapter

    config = prepared.config
    flower_adapter.set_task_identity(run_id=config.run_id, node_id=config.node_id, task_id=config.task_id)
    seed_everything(config.seed)
    state = RecordDict() if prepared.state is None else flower_adapter.records_from_bytes(prepared.state)
    context = flower_adapter.make_context(
        run_id=config.run_id,
        node_id=config.node_id,
        node_config=config.node_config,
        run_config=config.run_config,
        state=state,
    )
    app = _load_app(registry, config.app)
    frame = prepared.first
    while frame.type is FrameType.MESSAGE:
        try:
            channel.send(FrameType.REPLY, *_answer(app, context, frame))
        except WorkerFailed as failed:
            send_error(channel, failed.code)
        frame = channel.receive()


def _load_app(registry: str, name: str) -> Any:
    try:
        return importlib.import_module(registry).load_client_app(name)
    except MemoryError:
        raise
    except Exception as error:  # whatever an app's module raises must become a code
        raise WorkerFailed(WorkerError.APP_NOT_FOUND) from error


def _answer(app: Any, context: Any, frame: Frame) -> list[bytes | bytearray | memoryview]:
    """The reply and the state after it, joined as one payload."""
    from flwr.app import Message

    from analysis_jobs.runner import flower_adapter

    message = flower_adapter.message_from_bytes(frame.payload, views=getattr(app, READS_VIEWS, False))
    try:
        reply = app(message, context)
    except MemoryError as error:
        raise WorkerFailed(WorkerError.OUT_OF_MEMORY) from error
    except Exception as error:  # text and type of an app's exception may hold a patient's values
        raise WorkerFailed(WorkerError.APP_RAISED) from error
    if not isinstance(reply, Message) or reply.has_error():
        raise WorkerFailed(WorkerError.BAD_REPLY)
    try:
        parts = [
            flower_adapter.message_to_pieces(reply),
            flower_adapter.records_to_pieces(context.state),
        ]
    except MemoryError as error:
        raise WorkerFailed(WorkerError.OUT_OF_MEMORY) from error
    except Exception as error:  # an app may hand back anything at all
        raise WorkerFailed(WorkerError.BAD_REPLY) from error
    return join_parts(parts)
