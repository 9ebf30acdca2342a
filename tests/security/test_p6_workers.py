"""P6 and P9: workers answer honest jobs, and a job that fails says so in a code and leaves nothing behind."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from flwr.app import ConfigRecord, Message, RecordDict

from analysis_jobs.runner.bubblewrap import Exposed
from analysis_jobs.runner.flower_adapter import (
    get_metadata,
    make_instruction,
    message_from_bytes,
    message_to_bytes,
    messages_from_bytes,
    records_from_bytes,
)
from analysis_jobs.runner.launch import Ended, ExitReport, SandboxProcess, start_sandbox
from analysis_jobs.runner.limits import MIB, SandboxLimits, find_delegation, remove_left_groups
from analysis_jobs.runner.wire_pieces import Buffer
from analysis_jobs.runner.worker_keeper import CLIENT_WORKER, SERVER_WORKER, Reply, Worker, worker_spec
from analysis_jobs.runner.worker_setup import WorkerConfig
from onggi.errors import NotTrusted, OnggiError, Refused
from tests.support.open_room import free_run_uid, unique_name
from tests.support.tiny_apps import SECRET

pytestmark = pytest.mark.sandbox

APPS = Path(__file__).parents[1] / "support/tiny_apps.py"
LIMITS = SandboxLimits(memory_bytes=1024 * MIB, wall_seconds=120.0)


def _spec(module: str = CLIENT_WORKER, *, limits: SandboxLimits = LIMITS, keep_stderr: bool = False):
    return worker_spec(
        module,
        uid=free_run_uid(),
        limits=limits,
        registry="tiny_apps",
        more_code=[Exposed(APPS, "/onggi/packages64/tiny_apps.py")],
        keep_stderr=keep_stderr,
    )


@asynccontextmanager
async def running(
    app: str,
    *,
    limits: SandboxLimits = LIMITS,
    state: bytes | None = None,
    keep_stderr: bool = False,
    patience_s: float = 10.0,
) -> AsyncIterator[Worker]:
    worker = await Worker.start(_spec(limits=limits, keep_stderr=keep_stderr), run_name=unique_name())
    try:
        await worker.ready()
        config = WorkerConfig(
            app=app, run_id=11, node_id=22, task_id=33, seed=7, node_config={"data-path": "/data"}
        )
        await worker.configure(config, state=state)
        yield worker
    finally:
        await worker.stop(patience_s=patience_s)


def question(ordinal: int = 1) -> bytes:
    return message_to_bytes(
        make_instruction(
            RecordDict({"ask": ConfigRecord({"ordinal": ordinal})}),
            run_id=11,
            message_id=f"message-{ordinal}",
            src_node_id=1,
            dst_node_id=22,
            message_type="query",
            group_id="0",
            created_at=time.time(),
            ttl=1e6,
        )
    )


def persons(rows: int) -> bytes:
    table = pa.table({"age": list(range(rows))})
    written = io.BytesIO()
    with pa.ipc.new_file(written, table.schema) as file:
        file.write_table(table)
    return written.getvalue()


def ask_once(app: str, **options: object) -> tuple[Reply, Worker]:
    async def talk() -> tuple[Reply, Worker]:
        async with running(app, **options) as worker:
            return await worker.answer(question()), worker

    return asyncio.run(talk())


def fail_once(app: str, **options: object) -> tuple[OnggiError, ExitReport]:
    async def talk() -> tuple[OnggiError, ExitReport]:
        async with running(app, patience_s=0.1, **options) as worker:
            with pytest.raises((Refused, NotTrusted)) as failure:
                await worker.answer(question())
        return failure.value, worker.process.wait()

    return asyncio.run(talk())


def test_a_worker_answers_from_the_file_that_it_was_handed() -> None:
    async def talk() -> None:
        async with running("count") as worker:
            data = memoryview(persons(500))
            await worker.send_file("persons.arrow", [data[:100], data[100:]])
            first = await worker.answer(question(1))
            second = await worker.answer(question(2))
        reply = message_from_bytes(second.message)
        assert reply.content.metric_records["rows"]["n"] == 500
        assert reply.content.metric_records["asked"]["times"] == 2
        assert get_metadata(reply)["reply_to_message_id"] == "message-2"
        assert records_from_bytes(first.state).metric_records["asked"]["times"] == 1
        assert worker.process.wait() == ExitReport(Ended.EXITED, 0)

    asyncio.run(talk())


def test_state_survives_the_worker() -> None:
    async def talk() -> int:
        async with running("count") as worker:
            await worker.send_file("persons.arrow", [persons(3)])
            before = await worker.answer(question(1))
        async with running("count", state=before.state) as worker:
            await worker.send_file("persons.arrow", [persons(3)])
            after = await worker.answer(question(2))
        times: int = message_from_bytes(after.message).content.metric_records["asked"]["times"]
        return times

    assert asyncio.run(talk()) == 2


def test_the_libraries_that_kinds_use_work_inside() -> None:
    reply, _ = ask_once("libraries")
    numbers = message_from_bytes(reply.message).content.metric_records["numbers"]
    assert numbers["groups"] == 2.0
    assert numbers["deviance"] > 0


def test_the_same_seed_draws_the_same_numbers() -> None:
    first, second = (message_from_bytes(ask_once("random")[0].message) for _ in range(2))
    assert first.content.metric_records["drawn"] == second.content.metric_records["drawn"]


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ("raise", "app_raised"),
        ("bad_reply", "bad_reply"),
        ("greedy", "out_of_memory"),
        ("no-such-app", "app_not_found"),
    ],
)
def test_a_failing_app_is_a_code_and_no_text(app: str, reason: str) -> None:
    error, _ = fail_once(app)
    assert (error.code, error.facts) == ("sandbox.app_failed", {"reason": reason})
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("app", "ended"),
    [("exit", Ended.EXITED), ("crash", Ended.SIGNALLED), ("attack", Ended.SECCOMP)],
)
def test_a_worker_that_ends_is_one_word(app: str, ended: Ended) -> None:
    error, report = fail_once(app)
    assert (error.code, error.facts) == ("sandbox.worker_ended", {"ended": ended.value})
    assert report.ended is ended


@pytest.mark.parametrize("app", ["forged_frame", "forged_error"])
def test_text_cannot_be_smuggled_out_as_a_frame(app: str) -> None:
    error, _ = fail_once(app)
    assert isinstance(error, NotTrusted)
    assert SECRET not in str(error)


def test_what_a_job_prints_is_dropped_unless_kept_on_this_machine() -> None:
    _, dropped = ask_once("print")
    _, kept = ask_once("print", keep_stderr=True)
    assert dropped.process.stderr_tail() == b""
    assert kept.process.stderr_tail() == SECRET.encode() + b"\n"


def test_the_clock_on_the_wall_ends_a_worker() -> None:
    error, _ = fail_once("sleep", limits=SandboxLimits(wall_seconds=5.0))
    assert error.facts == {"ended": "out_of_time"}


def test_processor_time_ends_a_worker() -> None:
    error, _ = fail_once("spin", limits=SandboxLimits(cpu_seconds=2))
    assert error.facts == {"ended": "out_of_time"}


class Nodes:
    """Stands for the coordinator: nodes 5, 6, 7 hold 50, 60, 70 rows; node 7 never answers."""

    def __init__(self) -> None:
        self.pushed: list[Message] = []

    async def node_ids(self) -> Sequence[int]:
        return [5, 6, 7]

    async def push(self, messages: Sequence[Buffer]) -> Sequence[str]:
        read = messages_from_bytes(messages)
        self.pushed += read
        return [str(get_metadata(one)["message_id"]) for one in read]

    async def pull(self, ids: Sequence[str], wait_s: float | None) -> Sequence[bytes]:
        from flwr.app import MetricRecord

        replies = []
        for asked in self.pushed:
            known = get_metadata(asked)
            if known["message_id"] in ids and known["dst_node_id"] != 7:
                rows = MetricRecord({"n": 10 * int(known["dst_node_id"])})
                replies.append(message_to_bytes(Message(RecordDict({"rows": rows}), reply_to=asked)))
        return replies


async def _combine(app: str, nodes: Nodes) -> bytes:
    worker = await Worker.start(_spec(SERVER_WORKER), run_name=unique_name())
    try:
        await worker.ready()
        await worker.configure(
            WorkerConfig(app=app, run_id=11, node_id=1, task_id=2, seed=7, started_at=time.time())
        )
        return await worker.combine(nodes)
    finally:
        await worker.stop(patience_s=0.2)


def test_a_server_app_asks_and_combines_over_its_socket() -> None:
    nodes = Nodes()
    result = records_from_bytes(asyncio.run(_combine("sums", nodes)))
    assert dict(result.metric_records["result"]) == {"total": 2 * (50 + 60), "nodes": 3}
    assert len({get_metadata(one)["message_id"] for one in nodes.pushed}) == 6


def test_a_repeated_server_run_asks_in_the_same_bytes() -> None:
    async def run_twice() -> tuple[list[bytes], list[bytes]]:
        first, second = Nodes(), Nodes()
        for nodes in (first, second):
            worker = await Worker.start(_spec(SERVER_WORKER), run_name=unique_name())
            await worker.ready()
            config = WorkerConfig(app="sums", run_id=11, node_id=1, task_id=2, seed=7, started_at=1.7e9)
            await worker.configure(config)
            await worker.combine(nodes)
            await worker.stop()
        return [message_to_bytes(one) for one in first.pushed], [
            message_to_bytes(one) for one in second.pushed
        ]

    first, second = asyncio.run(run_twice())
    assert first == second


def test_a_failing_server_app_is_a_code_and_no_text() -> None:
    with pytest.raises(Refused) as failure:
        asyncio.run(_combine("raises", Nodes()))
    assert (failure.value.code, failure.value.facts) == ("sandbox.app_failed", {"reason": "app_raised"})


def _inside_pids(outermost: int) -> list[int]:
    """bubblewrap, its first process inside, and what that one started."""
    found, waiting = [], [outermost]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        waiting += [int(child) for child in children]
    return found


def _gone(pids: Sequence[int], patience_s: float = 10.0) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        states = [_state(pid) for pid in pids]
        if all(state in {None, "Z"} for state in states):
            return True
        time.sleep(0.01)
    return False


def _state(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return None


async def _ready_pids(worker: Worker) -> list[int]:
    await worker.ready()
    return _inside_pids(worker.process.pid)


def test_killing_a_worker_leaves_no_process() -> None:
    async def talk() -> None:
        worker = await Worker.start(_spec(), run_name=unique_name())
        pids = await _ready_pids(worker)
        worker.process.kill()
        report = await worker.process.wait_async()
        worker.process.socket.close()
        assert len(pids) >= 3
        assert report.ended is Ended.SIGNALLED
        assert _gone(pids)

    asyncio.run(talk())


def test_a_room_that_cannot_be_built_starts_nothing() -> None:
    spec = _spec()
    spec = replace(spec, exposed=(*spec.exposed, Exposed(Path("/no/such/folder"), "/onggi/absent")))
    process = start_sandbox(spec, run_name=unique_name())
    try:
        assert process.wait(30).ended is Ended.NOT_STARTED
        assert process.socket.recv(1) == b""
    finally:
        process.socket.close()


def test_a_worker_outlives_the_thread_that_asked_for_it() -> None:
    started: list[SandboxProcess] = []
    asking = threading.Thread(target=lambda: started.append(start_sandbox(_spec(), run_name=unique_name())))
    asking.start()
    asking.join()
    process = started[0]
    try:
        process.socket.settimeout(60)
        assert len(process.socket.recv(12)) == 12
    finally:
        process.kill()
        process.wait(30)
        process.socket.close()


_KEEPER = """
import sys, time
from analysis_jobs.runner.launch import start_sandbox
from analysis_jobs.runner.wire_pieces import Buffer
from analysis_jobs.runner.worker_keeper import CLIENT_WORKER, worker_spec
uid = None if sys.argv[1] == "None" else int(sys.argv[1])
process = start_sandbox(worker_spec(CLIENT_WORKER, uid=uid), run_name=sys.argv[2])
process.socket.recv(12)
print(process.pid, flush=True)
time.sleep(600)
"""


def test_a_worker_dies_with_its_keeper() -> None:
    name = unique_name()
    repository = str(APPS.parents[2])
    keeper = subprocess.Popen(
        [sys.executable, "-c", _KEEPER, str(free_run_uid()), name],
        stdout=subprocess.PIPE,
        cwd=repository,
        env={"PYTHONPATH": repository},
    )
    with keeper:
        assert keeper.stdout is not None
        pid = int(keeper.stdout.readline())
        worker = _inside_pids(pid)
        keeper.kill()
    try:
        assert len(worker) >= 3
        assert _gone(worker)
    finally:
        _remove_left_groups(name)


def _remove_left_groups(name: str) -> None:
    delegation = find_delegation()
    if delegation:
        remove_left_groups(delegation, run_prefix=name)


def test_no_control_group_is_left_behind() -> None:
    name = unique_name()
    delegation = find_delegation()

    async def talk() -> None:
        worker = await Worker.start(_spec(), run_name=name)
        await worker.ready()
        await worker.stop()

    asyncio.run(talk())
    folders = [folder for folder in (delegation.memory, delegation.pids) if folder] if delegation else []
    assert not [folder for folder in folders if (folder / f"onggi-run-{name}").exists()]


def test_four_workers_run_side_by_side_as_four_users() -> None:
    async def talk() -> set[int]:
        workers = []
        users = set()
        for _ in range(4):
            worker = await Worker.start(_spec(), run_name=unique_name())
            await worker.ready()
            workers.append(worker)
            users.add(Path(f"/proc/{worker.process.pid}").stat().st_uid)
        await asyncio.gather(*(worker.stop() for worker in workers))
        return users

    users = asyncio.run(talk())
    assert len(users) == (4 if os.getuid() == 0 else 1)
    assert 0 not in users
