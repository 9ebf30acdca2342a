"""The one definition and engine that is the slowest beside the published SQL."""

from __future__ import annotations

from benchmarks.cohorts import SLOWEST

BENCHMARK = SLOWEST
