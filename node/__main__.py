"""Starts `onggi-node`: the only place of the node that reads the process's environment."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from analysis_jobs.runner.memory import keep_freed_memory


def main() -> int:
    """The console command; returns its exit status."""
    keep_freed_memory()  # before any library has started a thread

    from node.cli.app import main as run_command_line
    from node.cli.desk import Surroundings
    from node.logging_guard import guard_process

    guard_process(sys.stderr)
    return run_command_line(
        sys.argv[1:],
        Surroundings(
            environment=dict(os.environ),
            clock=lambda: datetime.now(UTC),
            random=os.urandom,
            out=sys.stdout,
            err=sys.stderr,
            asking=sys.stdin,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
