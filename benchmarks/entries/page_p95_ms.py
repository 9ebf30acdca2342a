"""How long the server takes for each page of the coordinator with years of work on record."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.many.coordinator_pages import time_coordinator
from benchmarks.many.full_coordinator import Sizes, full_coordinator

_BUDGET_MS = 200.0
_TURNS = 20


def measure(sizes: Sizes | None = None, *, turns: int = _TURNS) -> Measured:
    with full_coordinator(sizes or Sizes()) as full:
        slowest = time_coordinator(full, turns=turns)
    worst, ms, _ = slowest.worst
    return Measured(
        [ms],
        [_BUDGET_MS],
        notes=(f"The slowest page is {worst}.", *slowest.over(_BUDGET_MS)),
        detail={
            "pages": len(slowest.by_page),
            "jobs": full.sizes.jobs,
            "datasets": full.sizes.datasets,
            "audit_events": full.events,
        },
    )


BENCHMARK = Benchmark(
    name="page_p95_ms",
    unit="ms",
    mark=at_most(1),
    how=(
        "Server time (application and PostgreSQL, no network) of the coordinator's slowest page, the 95th "
        "percentile of 20; every page by every role that sees it; 10,000 jobs, 1,000 datasets with 2,000 "
        "reviews, 500 projects, permits and drafts, 300 applications, 100 meetings, 2,000 messages, 500 "
        "exports by votes, 200 accounts and requests, 30 nodes, the audit trail of it all; against a budget "
        "of 200 ms."
    ),
    measure=measure,
)
