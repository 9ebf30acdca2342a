"""How long a hospital's console takes for each page with years of runs in its books."""

from __future__ import annotations

from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.many.console_pages import time_console
from benchmarks.many.full_console import full_console

_BUDGET_MS = 200.0
_RUNS, _RELEASES = 10_000, 20_000
_TURNS = 20


def measure(runs: int = _RUNS, releases: int = _RELEASES, *, turns: int = _TURNS) -> Measured:
    with full_console(runs=runs, releases=releases) as full:
        pages, papers = time_console(full, turns=turns)
    worst, ms, _ = pages.worst
    paper, paper_ms, _ = papers.worst
    return Measured(
        [ms],
        [_BUDGET_MS],
        notes=(
            f"The slowest page is {worst}.",
            *pages.over(_BUDGET_MS),
            f"Papers of whole books are outside the budget; the slowest is {paper}.",
        ),
        detail={
            "pages": len(pages.by_page),
            "runs": runs,
            "releases": releases,
            "papers": len(papers.by_page),
            "slowest_paper_ms": round(paper_ms, 1),
        },
    )


BENCHMARK = Benchmark(
    name="console_page_p95_ms",
    unit="ms",
    mark=at_most(1),
    how=(
        "Server time (application and SQLite, no network) of the slowest page of a hospital's console, the "
        "95th percentile of 20; every page by each role; 10,000 runs over two years with 20,000 releases, "
        "their deletion records and audit trail; against a budget of 200 ms."
    ),
    measure=measure,
)
