"""Puts the echo kind in the place of `count` in this process and in the workers that it starts.

Only the entry points beside this file call it. The product has no switch for it: no setting, variable or
file makes a node look for kinds anywhere else.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import coordinator.running.run_job
import node.sandbox.warm_workers
from analysis_jobs.kinds import registry
from analysis_jobs.runner.boot import OUR_CODE
from analysis_jobs.runner.bubblewrap import Exposed
from analysis_jobs.runner.worker_keeper import worker_spec
from benchmarks.federation import echo_kind

_BENCHMARKS = Path(__file__).resolve().parents[1]


def take_the_place_of_count() -> None:
    """From now on this process means the echo when it says `count`."""
    vars(registry)["_MODULES"]["count"] = echo_kind.__name__
    echoing = partial(
        worker_spec,
        registry=echo_kind.__name__,
        more_code=(Exposed(_BENCHMARKS, f"{OUR_CODE}/benchmarks"),),
    )
    for module in (coordinator.running.run_job, node.sandbox.warm_workers):
        vars(module)["worker_spec"] = echoing
