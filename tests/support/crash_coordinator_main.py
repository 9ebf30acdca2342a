"""A coordinator's gateway and runner, without its API, which may end themselves at a named moment."""

from __future__ import annotations

import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

from coordinator.home import open_services
from coordinator.jobs.default_checks import default_checks
from coordinator.running.companion import Federation
from coordinator.settings import CoordinatorSettings
from tests.support.crash_forks import Doom, serve_forks


def run(home: Path, doom: Doom) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("onggi").setLevel(logging.INFO)
    settings = CoordinatorSettings.from_home(home, environment={})
    services = replace(open_services(settings, checks=default_checks()), failpoint=doom.failpoint())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with Federation(settings).beside(services):
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    import analysis_jobs.kinds.registry
    import analysis_jobs.runner.flower_adapter  # imported here once, not in every fork

    analysis_jobs.kinds.registry.get_kind("glm")
    serve_forks(run)
