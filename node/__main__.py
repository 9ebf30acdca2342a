"""Starts `onggi-node`: the only place of the node that reads the process's environment."""

from __future__ import annotations

import os
import sys

from node.cli.app import main
from node.cli.desk import Surroundings
from node.logging_guard import guard_process
from node.start import system_clock

if __name__ == "__main__":
    guard_process(sys.stderr)
    sys.exit(
        main(
            sys.argv[1:],
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
