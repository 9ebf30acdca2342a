"""The product's node, with a timeline of its parcels: `python -m benchmarks.federation.timed_node`.

Its first two words are `echo` or `product` and the timeline's file; the rest is for `onggi-node`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.federation.timeline import Timeline
from node.agent.agent import NodeAgent
from node.cli.app import main
from node.cli.desk import Surroundings
from node.link.client import NodeLink
from node.logging_guard import guard_process
from node.sources import system_clock

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
