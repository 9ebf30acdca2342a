"""Runs the combining side of a job inside the room: it asks for replies and hands over one typed result.

The server app gets a `Grid` whose calls go over the one socket; the coordinator answers them. What the app
leaves in its context's state when it returns is the result; anything else it does has no way out.
"""

from __future__ import annotations

import contextlib
import importlib

from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType, WorkerError
from analysis_jobs.runner.worker_setup import (
    DataFolder,
    Prepared,
    WorkerFailed,
    open_channel,
    seed_everything,
    send_error,
    take_preparation,
)
from onggi.errors import OnggiError, Unreachable


def main(arguments: list[str]) -> None:
    """Run one server app from its first message to its result."""
    channel, registry = open_channel(arguments)
    try:
        importlib.import_module("analysis_jobs.runner.flower_adapter")  # while nobody waits yet
        channel.send(FrameType.READY)
        prepared = take_preparation(
            channel, data=DataFolder(), on_config=lambda config: _import_early(registry, config.app)
        )
        if prepared is not None:
            channel.send(FrameType.RESULT, _run(channel, prepared, registry))
    except Unreachable:
        return
    except WorkerFailed as failed:
        send_error(channel, failed.code)
    except MemoryError:
        send_error(channel, WorkerError.OUT_OF_MEMORY)
    except (OnggiError, ValueError, TypeError):
        send_error(channel, WorkerError.BAD_FRAME)


def _import_early(registry: str, name: str) -> None:
    """Import the app while its data is still on the way. A failure is told when the app is asked for."""
    with contextlib.suppress(Exception):
        importlib.import_module(registry).load_server_app(name)


def _run(channel: BlockingChannel, prepared: Prepared, registry: str) -> bytes:
    """Call the app; its context's state, as bytes, is the result."""
    from flwr.app import RecordDict

    from analysis_jobs.runner import flower_adapter

    config = prepared.config
    flower_adapter.set_task_identity(run_id=config.run_id, node_id=config.node_id, task_id=config.task_id)
    seed_everything(config.seed)
    grid = flower_adapter.SocketGrid(
        channel, run_id=config.run_id, node_id=config.node_id, created_at=config.started_at
    )
    context = flower_adapter.make_context(
        run_id=config.run_id,
        node_id=config.node_id,
        node_config=config.node_config,
        run_config=config.run_config,
        state=RecordDict(),
    )
    try:
        app = importlib.import_module(registry).load_server_app(config.app)
    except Exception as error:  # whatever an app's module raises must become a code
        raise WorkerFailed(WorkerError.APP_NOT_FOUND) from error
    try:
        app(grid, context)
        return flower_adapter.records_to_bytes(context.state)
    except (Unreachable, MemoryError):
        raise
    except Exception as error:  # text and type of an app's exception may hold a site's values
        raise WorkerFailed(WorkerError.APP_RAISED) from error
