"""A closed room that takes a job as the real one does, and ends in the way that the job's title names."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time

from analysis_jobs.dry_run.room_main import JOB_FILE, answering
from analysis_jobs.runner.worker_frames import BlockingChannel, FrameType
from analysis_jobs.runner.worker_setup import DATA_FOLDER, DataFolder, open_channel


def main(arguments: list[str]) -> None:
    """Serve one job."""
    channel, _ = open_channel(arguments)
    if os.path.exists("/onggi/packages64/never_ready.py"):
        os.abort()
    with answering(channel):
        channel.send(FrameType.READY)
        data = DataFolder()
        while (frame := channel.receive()).type is not FrameType.MESSAGE:
            data.take(frame)
        data.close()
        _end(json.loads((DATA_FOLDER / JOB_FILE).read_bytes())["title"], channel)


def _end(way: str, channel: BlockingChannel) -> None:
    if way == "a list without an end":
        held = []
        while True:
            held.append(bytearray(2**20))
    if way == "the database has no memory":
        import duckdb

        with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "20MB"}) as database:
            database.execute("SET temp_directory = ''")
            database.execute("CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS m FROM range(5000000) r(i)")
    if way == "no thread can be started":
        raise RuntimeError("can't start new thread")
    if way == "a library aborts for memory":
        os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
        os.abort()
    if way == "a library aborts":
        os.abort()
    if way == "a wrong address":
        ctypes.string_at(8)
    if way == "an exit":
        os._exit(1)
    if way == "killed from outside":
        os.kill(os.getpid(), signal.SIGKILL)
    if way == "the processor's time":
        while True:
            pass
    if way == "silence":
        os.close(3)
        time.sleep(60)
    if way == "sleep":
        time.sleep(60)
    raise ValueError(way)
