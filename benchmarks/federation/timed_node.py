"""The product's node, with a timeline of its parcels: `python -m benchmarks.federation.timed_node`.

Its first two words are `echo` or `product` and the timeline's file; the rest is for `onggi-node`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from analysis_jobs.runner.memory import keep_freed_memory

keep_freed_memory()  # first, as the product's own entry point does

from benchmarks.federation.timeline import Timeline  # noqa: E402 - after the call above
from node.agent.agent import NodeAgent  # noqa: E402 - same
from node.cli.app import main  # noqa: E402 - same
from node.cli.desk import Surroundings  # noqa: E402 - same
from node.link.client import NodeLink  # noqa: E402 - same
from node.logging_guard import guard_process  # noqa: E402 - same
from node.sources import system_clock  # noqa: E402 - same

if __name__ == "__main__":
    guard_process(sys.stderr)
    kinds, file, *words = sys.argv[1:]
    if kinds == "echo":
        from benchmarks.federation.echo_roles import take_the_place_of_count

        take_the_place_of_count()
    timeline = Timeline(Path(file))
    timeline.watch(NodeAgent, "on_parcel", what="in")
    timeline.watch(NodeLink, "send", what="out")
    sys.exit(
        main(
            words,
            Surroundings(
                environment=dict(os.environ),
                clock=system_clock,
                random=os.urandom,
                out=sys.stdout,
                err=sys.stderr,
                asking=sys.stdin,
            ),
        )
    )
