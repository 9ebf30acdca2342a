"""A statistic that asks for numbers and gets the same numbers back, for measuring the road and not the sums.

Registered by the benchmark's own processes alone, under the short name `count`: everything around it (order,
permit, sandbox, egress gate, registers, journal) is the product's. `spec.seed` is how many numbers a round
carries, `spec.limits.rounds` how many rounds there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from analysis_jobs.kinds.apps import make_client_app, make_server_app
from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Entry, Layout, PersonSet, Summary, Table
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import CountTable

STEP = "echo"


class EchoKind:
    """As many rounds as the spec allows; each asks for the mean of what the round before brought."""

    name = "count"

    def check_spec(self, spec: JobSpec) -> None:
        if spec.seed < 1:
            raise Refused("kinds.ask_unknown", ask=STEP)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        if len(history) < spec.limits.rounds:
            numbers = history[-1]["numbers"] / sites if history else first_numbers(spec)
            return Ask(ordinal=len(history), name=STEP, arrays={"numbers": numbers})
        return CountTable(sites=sites, minimum_persons=1, steps=(STEP,), persons=(0,), withheld=(None,))

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:  # noqa: ARG002 - part of every kind's signature
        entry = Entry("numbers", (spec.seed,), low=-2.0, high=2.0)
        return Layout(arrays=(entry,), evidence=())

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:  # noqa: ARG002 - part of every kind's signature
        return Summary(arrays={"numbers": ask.arrays["numbers"]}, evidence={})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:  # noqa: ARG002 - part of every kind's signature
        return ()

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Nothing here describes a person."""

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Nothing here describes a person."""

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        return answer


def first_numbers(spec: JobSpec) -> Array:
    """Numbers that neither compress nor repeat; made once, as initial parameters are given and not made."""
    return _random_numbers(spec.seed)


@lru_cache(maxsize=1)
def _random_numbers(count: int) -> Array:
    return np.random.default_rng(count).uniform(-1.0, 1.0, count)


KIND = EchoKind()


def preload() -> None:
    """What the echo needs came with this module."""


def load_client_app(name: str) -> Any:
    """What a worker of the benchmark loads; see `analysis_jobs.kinds.app_registry`."""
    _check(name)
    return make_client_app(KIND)


def load_server_app(name: str) -> Any:
    """The same for the combining side."""
    _check(name)
    return make_server_app(KIND)


def _check(name: str) -> None:
    if name != KIND.name:
        raise Refused("kinds.unknown", kind=name)
