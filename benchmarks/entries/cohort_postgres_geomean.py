"""How long cohorts take on PostgreSQL, beside the published SQL."""

from __future__ import annotations

from benchmarks.cohorts import POSTGRES_GEOMEAN

BENCHMARK = POSTGRES_GEOMEAN
