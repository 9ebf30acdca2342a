"""Starts the coordinator's commands; the only place that reads the environment."""

from __future__ import annotations

import os

from analysis_jobs.runner.memory import keep_freed_memory


def main() -> None:
    """The console command `onggi-coordinator`."""
    keep_freed_memory()  # before any library has started a thread

    from coordinator.commands import build_app

    build_app(dict(os.environ))()


if __name__ == "__main__":
    main()
