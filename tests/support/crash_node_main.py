"""A hospital's node as `onggi-node run` starts it, which may end itself at a named moment."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from node import start
from node.cli.run import only_one
from node.link.reach import link_settings
from node.link.settings import LinkSettings
from node.logging_guard import guard_process
from node.settings import NodeSettings, read_settings
from node.store.key_providers import FileKey
from node.unlocking import DATA_SECRET
from tests.support.crash_forks import Doom, serve_forks


def quick_link(settings: NodeSettings) -> LinkSettings:
    """The same link, which returns sooner: a test has no forty hospitals to spread."""
    return replace(link_settings(settings), reconnect_s=0.05, reconnect_max_s=0.1)


def run(home: Path, doom: Doom) -> None:
    guard_process(sys.stderr)
    settings = read_settings(home)
    with only_one(home):
        services = start.build_services(
            settings, provider=FileKey(settings.keys_folder / DATA_SECRET), failpoint=doom.failpoint()
        )
        asyncio.run(start.run_node(services))


if __name__ == "__main__":
    import analysis_jobs.kinds.registry
    import analysis_jobs.runner.flower_adapter  # imported here once, not in every fork

    analysis_jobs.kinds.registry.get_kind("glm")
    setattr(start, "link_settings", quick_link)  # noqa: B010 -- typed as a function, replaced for speed
    serve_forks(run)
