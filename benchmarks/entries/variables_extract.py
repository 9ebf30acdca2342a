"""How long the table of fifty variables of 100,000 persons takes, beside SQL written by hand."""

from __future__ import annotations

from benchmarks.harness import Benchmark, at_most
from benchmarks.variables import measure

BENCHMARK = Benchmark(
    name="variables_extract",
    unit="s",
    mark=at_most(2),
    how=(
        "Median seconds to make the table of a job, 50 variables of 100,000 made-up persons (4.2 million "
        "records), from its JSON to the last Arrow batch, against SQL written by hand, one grouped pass a "
        "table, same DuckDB connection, in turns; the numbers must be equal."
    ),
    measure=measure,
)
