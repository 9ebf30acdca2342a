"""The product's coordinator, with a timeline of its parcels and rounds, beside `timed_node`."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis_jobs.runner.memory import keep_freed_memory

keep_freed_memory()  # first, as the product's own entry point does

from analysis_jobs.runner.wire_pieces import Buffer  # noqa: E402 - after the call above
from benchmarks.federation.timeline import Timeline  # noqa: E402 - same
from coordinator.commands import build_app  # noqa: E402 - same
from coordinator.link.gateway import Gateway  # noqa: E402 - same
from coordinator.running.grid import JobGrid  # noqa: E402 - same
from coordinator.running.runner import Runner  # noqa: E402 - same


def watch_rounds(timeline: Timeline) -> None:
    """Notes when the server app pushed its messages and when it had all replies."""
    push, pull = JobGrid.push, JobGrid.pull

    @functools.wraps(push)
    async def noted_push(grid: JobGrid, messages: Sequence[Buffer]) -> Sequence[str]:
        timeline.note("push", about=grid.facts.run)
        return await push(grid, messages)

    @functools.wraps(pull)
    async def noted_pull(
        grid: JobGrid, ids: Sequence[str], wait_s: float | None
    ) -> Sequence[Sequence[Buffer]]:
        replies = await pull(grid, ids, wait_s)
        timeline.note("pulled", about=grid.facts.run)
        return replies

    setattr(JobGrid, "push", noted_push)  # noqa: B010 - mypy forbids assigning to a method
    setattr(JobGrid, "pull", noted_pull)  # noqa: B010 - same


if __name__ == "__main__":
    kinds, file, *words = sys.argv[1:]
    if kinds == "echo":
        from benchmarks.federation.echo_roles import take_the_place_of_count

        take_the_place_of_count()
    timeline = Timeline(Path(file))
    timeline.watch(Runner, "on_parcel", what="in")
    timeline.watch(Gateway, "send", what="out")
    watch_rounds(timeline)
    build_app(dict(os.environ))(words)
