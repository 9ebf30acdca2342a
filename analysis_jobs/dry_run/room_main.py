"""Tries one job inside the closed room: twins and job come in as files, findings go out as one frame.

The room is started before any job is known. It serves one job and is never used again; the launcher's limits
on memory and processor time end a definition that would never come to an end.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType, WorkerError
from analysis_jobs.runner.worker_setup import DATA_FOLDER, DataFolder, WorkerFailed, open_channel, send_error
from onggi.errors import OnggiError, Unreachable

JOB_FILE: Final = "job.json"
_RESERVE_BYTES: Final = 8 * 1024 * 1024
"""Given back once memory is short: to say so takes some."""
_NEEDED: Final = (
    "analysis_jobs.dry_run.try_job",
    "analysis_jobs.kinds.count.kind",
    "analysis_jobs.kinds.glm.kind",
    "analysis_jobs.kinds.meta.kind",
    "analysis_jobs.kinds.overlap.kind",
    "analysis_jobs.kinds.penalised.kind",
    "analysis_jobs.kinds.concepts.kind",
    "analysis_jobs.kinds.survival.kind",
    "analysis_jobs.kinds.cox.kind",
    "numpy.random",
)


def main(arguments: list[str]) -> None:
    """Serve one job, or end when the keeper goes away."""
    channel, _ = open_channel(arguments)
    with answering(channel):
        for module in _NEEDED:
            importlib.import_module(module)
        channel.send(FrameType.READY)
        _serve(channel, DataFolder())


@contextmanager
def answering(channel: BlockingChannel) -> Iterator[None]:
    """Whatever fails inside is told to the keeper, as a code."""
    from analysis_jobs.dry_run.memory_errors import is_memory_error

    reserve = bytearray(_RESERVE_BYTES)
    try:
        yield
    except Unreachable:
        return
    except WorkerFailed as failed:
        send_error(channel, failed.code)
    except Exception as error:  # whatever the text of the exception is, it stays here
        del reserve
        if is_memory_error(error):
            send_error(channel, WorkerError.OUT_OF_MEMORY)
        else:
            ours = isinstance(error, OnggiError)
            send_error(channel, WorkerError.BAD_FRAME if ours else WorkerError.APP_RAISED)


def _serve(channel: BlockingChannel, data: DataFolder) -> None:
    while (frame := channel.receive()).type is not FrameType.MESSAGE:
        if frame.type is FrameType.STOP:
            return
        data.take(frame)
    data.close()
    channel.send(FrameType.RESULT, _try(DATA_FOLDER, json.loads(bytes(frame.payload))))


def _try(folder: Path, twins: list[str]) -> bytes:
    # Imported by `main` already, while nobody waited.
    from analysis_jobs.dry_run.try_job import try_job
    from onggi.spec.job import JobSpec

    spec = JobSpec.model_validate_json((folder / JOB_FILE).read_bytes())
    findings = try_job(spec, [folder / name for name in twins])
    return json.dumps([each.model_dump(mode="json") for each in findings]).encode()
