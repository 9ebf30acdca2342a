"""Starts the coordinator's commands; the only place that reads the environment."""

from __future__ import annotations

import os

from coordinator.commands import build_app


def main() -> None:
    """The console command `onggi-coordinator`."""
    build_app(dict(os.environ))()


if __name__ == "__main__":
    main()
