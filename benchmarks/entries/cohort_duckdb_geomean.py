"""How long cohorts take on DuckDB, beside the published SQL."""

from __future__ import annotations

from benchmarks.cohorts import DUCKDB_GEOMEAN

BENCHMARK = DUCKDB_GEOMEAN
