"""However a dry run's room ends, the researcher is told what it was: the job's doing, or the machine's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from analysis_jobs.dry_run.memory_errors import is_memory_error
from analysis_jobs.runner.bubblewrap import Exposed
from analysis_jobs.runner.limits import MIB, SandboxLimits
from analysis_jobs.runner.worker_keeper import worker_spec
from coordinator.dry_runs import closed_room
from coordinator.dry_runs.closed_room import ClosedRoom
from onggi.errors import OnggiError, Unreachable
from onggi.spec.kinds import CountParameters
from tests.support import ending_room
from tests.support.statistics_specs import asking

pytestmark = pytest.mark.sandbox
ROOM = Path(ending_room.__file__)
LIMITS = SandboxLimits(
    memory_bytes=256 * MIB, data_bytes=32 * MIB, scratch_bytes=32 * MIB, cpu_seconds=20, wall_seconds=120.0
)


def _told(way: str, *, never_ready: bool = False, **limits: float) -> str:
    """The code of what a job is told whose room ends in that way."""
    exposed = [Exposed(ROOM, "/onggi/packages64/ending_room.py")]
    exposed += [Exposed(ROOM, "/onggi/packages64/never_ready.py")] if never_ready else []

    def spec_of(_module: str, **given: object) -> object:
        return worker_spec("ending_room", more_code=exposed, **given)  # type: ignore[arg-type]

    room = ClosedRoom(LIMITS.__class__(**{**_fields(), **limits}))
    job = asking(CountParameters()).model_copy(update={"title": way})
    with patch.object(closed_room, "worker_spec", spec_of), pytest.raises(OnggiError) as raised:
        room.try_job(job, [])
    assert isinstance(raised.value, Unreachable) == (raised.value.code in ("dry_run.busy", "dry_run.no_room"))
    return raised.value.code


def _fields() -> dict[str, float]:
    return {name: getattr(LIMITS, name) for name in LIMITS.__slots__}


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("a list without an end", "dry_run.too_much_memory"),
        ("the database has no memory", "dry_run.too_much_memory"),
        ("no thread can be started", "dry_run.too_much_memory"),
        ("a library aborts for memory", "dry_run.too_much_memory"),
        ("a library aborts", "dry_run.broke"),
        ("a wrong address", "dry_run.broke"),
        ("an exit", "dry_run.broke"),
        ("something else", "dry_run.broke"),
        ("killed from outside", "dry_run.busy"),
    ],
)
def test_each_ending_has_its_code(way: str, code: str) -> None:
    assert _told(way) == code


def test_the_processors_time_is_the_jobs_and_the_clocks_is_the_machines() -> None:
    assert _told("the processor's time", cpu_seconds=1) == "dry_run.too_long"
    assert _told("sleep", wall_seconds=1.0) == "dry_run.busy"


def test_a_room_that_falls_silent_without_ending_is_ended_by_its_clock() -> None:
    assert _told("silence", wall_seconds=1.0) == "dry_run.busy"


def test_a_room_that_never_is_ready_says_nothing_about_the_job() -> None:
    assert _told("sleep", never_ready=True) == "dry_run.no_room"


def _chained() -> Iterator[BaseException]:
    for inner in (MemoryError(), duckdb.OutOfMemoryException("x"), OSError(12, "Cannot allocate memory")):
        outer = ValueError("could not")
        outer.__cause__ = inner
        yield outer
    while_handling = KeyError("k")
    while_handling.__context__ = ImportError("failed to map segment: Cannot allocate memory")
    yield while_handling


def test_memory_is_found_behind_what_another_library_makes_of_it() -> None:
    assert all(map(is_memory_error, _chained()))
    others = (ValueError("x"), OSError(2, "No such file"), duckdb.CatalogException("memory"))
    assert not any(map(is_memory_error, itertools.chain(others)))
