"""How many honest questions the guard turns away."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from tests.trackers.guarded_desk import GuardedDesk
from tests.trackers.honest.hospital import PERSONS
from tests.trackers.honest.queries import Query, honest_queries
from tests.trackers.honest_answers import answers_to, asked_of
from tests.trackers.masked_desk import MaskedDesk
from tests.trackers.quota_desk import with_quota


def measure(*, persons: int = PERSONS, every: int = 1) -> Measured:
    queries: list[Query] = list(honest_queries())[::every]
    in_clear, masked = (
        answers_to(queries, persons=persons, opens=with_quota(opens)) for opens in (GuardedDesk, MaskedDesk)
    )
    return Measured(
        [in_clear["refused"], masked["refused"]],
        [asked_of(in_clear), asked_of(masked)],
        detail={
            "asked": asked_of(in_clear),
            "worked_out": in_clear["WorkedOut"],
            "models_with_fewer": in_clear["with fewer"],
            "left_out": in_clear["left out"],
            "masked_refused": masked["refused"],
            "masked_worked_out": masked["WorkedOut"],
            "masked_models_with_fewer": masked["with fewer"],
            "masked_left_out": masked["left out"],
        },
    )


BENCHMARK = Benchmark(
    name="tracker_false_refusals",
    unit="questions",
    mark=at_most(0.05),
    how=(
        "The honest log, drawn from published definitions, on a made-up hospital of 20,000 persons, by the "
        "product's own engine: questions that the guard refuses, of those whose answer is no small number. "
        "Once at one hospital in clear, once at three under masks that share the persons."
    ),
    measure=measure,
)
