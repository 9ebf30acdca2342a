"""P9: no patient value reaches a log line, whatever an error, a library or a warning says about it."""

from __future__ import annotations

import ast
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pydantic
import pytest
import sqlalchemy
import structlog
from sqlalchemy import text

from node.cli.app import main
from node.cli.desk import Surroundings
from node.logging_guard import describe_fault, guard_logging
from onggi.errors import Refused
from tests.support.cdm_folders import counting_bytes
from tests.support.node_desk import NOW

REPOSITORY = Path(__file__).resolve().parents[2]
CANARY = "CANARY-홍길동-8001011234567"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the guarded process writes. The test runner's own logging is put back afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("onggi")
    kept = (root.handlers[:], root.level, ours.level, logging.raiseExceptions, warnings.showwarning)
    stream = io.StringIO()
    guard_logging(stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], logging.raiseExceptions = kept[0], kept[3]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    warnings.showwarning = kept[4]
    structlog.reset_defaults()


class _Row(pydantic.BaseModel):
    age: int


def _from_duckdb() -> None:
    duckdb.sql(f"SELECT CAST('{CANARY}' AS INTEGER)").fetchall()


def _from_pyarrow() -> None:
    pa.array([CANARY]).cast(pa.int64())


def _from_pydantic() -> None:
    _Row.model_validate({"age": CANARY})


def _from_sqlalchemy() -> None:
    engine = sqlalchemy.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM patients WHERE name = :name"), {"name": CANARY})
    finally:
        engine.dispose()


def _from_unicode() -> None:
    CANARY.encode("ascii")


def _from_json() -> None:
    int(CANARY)


def _from_lookup() -> None:
    {}[CANARY]


def _from_ours() -> None:
    raise Refused("node.fault", shown=CANARY)


SOURCES = [
    _from_duckdb,
    _from_pyarrow,
    _from_pydantic,
    _from_sqlalchemy,
    _from_unicode,
    _from_json,
    _from_lookup,
    _from_ours,
]


def _caught(fail: Callable[[], None]) -> Exception:
    try:
        fail()
    except Exception as error:
        return error
    raise AssertionError("the source of a canary did not fail")


@pytest.mark.parametrize("fail", SOURCES)
def test_these_errors_do_carry_the_value(fail: Callable[[], None]) -> None:
    """The positive control: without the guard the text would be there to be logged."""
    error = _caught(fail)
    told = "".join([str(error), repr(error), repr(error.args), repr(getattr(error, "object", ""))])
    assert CANARY in told or CANARY[:6] in told


@pytest.mark.parametrize("fail", SOURCES)
@pytest.mark.parametrize(
    "name", ["onggi.node", "onggi.link", "duckdb", "sqlalchemy.engine", "asyncio", "x.y"]
)
def test_no_way_of_logging_an_error_shows_its_text(
    written: io.StringIO, fail: Callable[[], None], name: str
) -> None:
    logger, error = logging.getLogger(name), _caught(fail)
    logger.error("failed", exc_info=error)
    logger.error("failed: %s", error)
    logger.error("failed: %r %s", error, error)
    logger.error("failed: %(error)s", {"error": error})
    logger.error(error)
    logger.error("does not fit %d", error)
    logger.error("failed", exc_info=error, stack_info=True)
    try:
        fail()
    except Exception:
        logger.exception("failed")
    lines = written.getvalue().splitlines()
    assert len(lines) == 8
    assert all(json.loads(line)["level"] == "error" for line in lines)
    assert "CANARY" not in written.getvalue()
    assert type(error).__name__ in written.getvalue()
    assert "Traceback" not in written.getvalue()


def test_what_other_libraries_say_is_not_repeated(written: io.StringIO) -> None:
    logging.getLogger("some.library").warning("could not parse %s", CANARY)
    logging.getLogger("some.library").warning(f"could not parse {CANARY}")
    logging.getLogger("some.library").info("not even this: %s", CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, UserWarning, stacklevel=1)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["logger"] for line in lines] == ["some.library", "some.library", "py.warnings"]
    assert "CANARY" not in written.getvalue()


def test_handlers_that_libraries_brought_along_are_removed() -> None:
    brought = io.StringIO()
    other = logging.getLogger("library.with.handler")
    handler = logging.StreamHandler(brought)
    other.addHandler(handler)
    other.propagate = False
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    stream = io.StringIO()
    try:
        guard_logging(stream)
        other.error("value %s", CANARY)
    finally:
        root.handlers[:] = kept
        logging.captureWarnings(False)
        logging.raiseExceptions = True
        structlog.reset_defaults()
    assert brought.getvalue() == ""
    assert json.loads(stream.getvalue())["logger"] == "library.with.handler"


@pytest.mark.parametrize("fail", SOURCES)
def test_structured_events_are_guarded_too(written: io.StringIO, fail: Callable[[], None]) -> None:
    logger, error = structlog.get_logger("onggi.node"), _caught(fail)
    logger.error("failed", error=error)
    logger.error("failed", exc_info=error)
    try:
        fail()
    except Exception:
        logger.exception("failed")
    assert len(written.getvalue().splitlines()) == 3
    assert all(type(error).__name__ in line for line in written.getvalue().splitlines())
    assert "CANARY" not in written.getvalue()


def test_our_own_sentences_are_written(written: io.StringIO) -> None:
    logging.getLogger("onggi.link").info("link down: %s", "link.dns")
    assert json.loads(written.getvalue())["event"] == "link down: link.dns"


def test_an_error_is_told_by_kind_code_and_our_own_line() -> None:
    error = _caught(lambda: _raise_in_onggi())
    assert describe_fault(error).startswith("NotTrusted key.malformed at onggi/protocol/keys.py:")
    assert describe_fault(ValueError(CANARY)) == "ValueError"


def _raise_in_onggi() -> None:
    from onggi.protocol.keys import PublicKey

    PublicKey.from_pem(CANARY)


_PROCESS = """
import gc, sys, threading, warnings
sys.path.insert(0, sys.argv[2])
from node.logging_guard import guard_process
guard_process(sys.stderr)
canary, how = sys.argv[3], sys.argv[1]
def fail():
    local = canary
    raise ValueError(f"cannot read {local}")
class Bad:
    def __del__(self):
        fail()
if how == "uncaught":
    fail()
elif how == "thread":
    thread = threading.Thread(target=fail); thread.start(); thread.join()
elif how == "unraisable":
    bad = Bad(); del bad; gc.collect()
elif how == "task":
    import asyncio
    async def run():
        task = asyncio.create_task(asyncio.to_thread(fail)); await asyncio.sleep(0.05); del task; gc.collect()
    asyncio.run(run())
elif how == "warning":
    warnings.warn(canary)
elif how == "group":
    raise ExceptionGroup(canary, [ValueError(canary)])
elif how == "core":
    import resource
    print(resource.getrlimit(resource.RLIMIT_CORE), open("/proc/self/coredump_filter").read() != "")
    import ctypes
    print("dumpable", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.parametrize("how", ["uncaught", "thread", "unraisable", "task", "warning", "group"])
def test_no_way_in_which_a_process_fails_shows_the_value(how: str) -> None:
    ended = _run(how)
    assert "CANARY" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert len(lines) == 1
    assert (ended.returncode != 0) is (how in ("uncaught", "group"))


def test_the_process_leaves_no_core_dump() -> None:
    assert _run("core").stdout.splitlines() == ["(0, 0) True", "dumpable 0"]


def _run(how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROCESS, how, str(REPOSITORY), CANARY],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_fault_of_a_command_is_told_without_its_text(
    tmp_path: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node.cli import status

    monkeypatch.setattr(status, "find_heartbeat", lambda *_, **__: _from_duckdb())
    out, err = io.StringIO(), io.StringIO()
    around = Surroundings(
        environment={},
        clock=lambda: NOW,
        random=counting_bytes(),
        out=out,
        err=err,
        asking=io.StringIO(),
    )
    home = ["--home", str(tmp_path / "node")]
    assert main(["init", "--site", "zurich", "--coordinator", "127.0.0.1:9", *home], around) == 0
    assert main(["status", *home], around) == 199
    everything = out.getvalue() + err.getvalue() + written.getvalue()
    assert "node.fault" in err.getvalue()
    assert "ConversionException" in written.getvalue()
    assert "CANARY" not in everything


def test_threads_are_left_as_they_were() -> None:
    """These tests guard loggers only; hooks of the whole process are tried in processes of their own."""
    assert threading.excepthook is not None
    assert sys.excepthook.__module__ != "node.logging_guard"


def _log_calls() -> Iterator[tuple[str, ast.Call]]:
    for room in ("node", "onggi/protocol", "analysis_jobs/runner"):
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr in ("debug", "info", "warning", "error", "critical", "exception")
                    and "log" in ast.unparse(call.func.value).lower()
                ):
                    yield f"{path.relative_to(REPOSITORY)}:{call.lineno}", call


def test_our_own_messages_are_fixed_sentences() -> None:
    """The guard believes our own loggers, so none of their sentences may be put together at run time."""
    calls = list(_log_calls())
    assert len(calls) >= 5
    for place, call in calls:
        assert isinstance(call.args[0], ast.Constant), place
        for argument in call.args[1:]:
            written_out = [
                node
                for node in ast.walk(argument)
                if isinstance(node, ast.JoinedStr)
                or (isinstance(node, ast.Call) and ast.unparse(node.func) in ("str", "repr", "format"))
            ]
            assert not written_out, place
