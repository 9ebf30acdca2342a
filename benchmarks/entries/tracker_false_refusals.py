"""How many honest questions the guard turns away."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from tests.trackers.honest.hospital import PERSONS
from tests.trackers.honest.queries import Query, honest_queries
from tests.trackers.honest_answers import answers_to


def measure(*, persons: int = PERSONS, every: int = 1) -> Measured:
    queries: list[Query] = list(honest_queries())[::every]
    said = answers_to(queries, persons=persons)
    worked_out = said["WorkedOut"]
    return Measured(
        [said["refused"]], [said.total()], detail={"asked": said.total(), "worked_out": worked_out}
    )


BENCHMARK = Benchmark(
    name="tracker_false_refusals",
    unit="questions",
    mark=at_most(0.05),
    how=(
        "The honest log, drawn from published definitions, on a made-up hospital of 20,000 persons, by the "
        "product's own engine: questions that the guard refuses, of those whose answer is no small number."
    ),
    measure=measure,
)
