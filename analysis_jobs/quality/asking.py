"""Asks a hospital's engine, and keeps its words to itself when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from analysis_jobs.cohort.engines import Engine, Row
from analysis_jobs.cohort.expressions import named, whole
from analysis_jobs.quality.cdm_shape import CdmShape
from onggi.errors import OnggiError


@dataclass(slots=True)
class Asking:
    """The engine, and what was asked of it once for all tables."""

    engine: Engine
    shape: CdmShape
    after_error: Callable[[], None]
    empty: dict[str, bool] = field(default_factory=dict)

    def rows(self, query: exp.Query) -> list[Row] | None:
        """The statement's rows, or None where the engine failed: its text could quote a value."""
        try:
            return self.engine.fetch(query)
        except OnggiError:
            raise
        except Exception:  # each driver has errors of its own; what failed is told by the check's status
            self.after_error()
            return None

    def is_empty(self, table: str) -> bool:
        """Whether a table has no row, or cannot be read."""
        if table not in self.empty:
            some_row = exp.select(named(whole(1), "one"), copy=False)
            some_row = some_row.from_(self.shape.source(table, "x"), copy=False).limit(1, copy=False)
            self.empty[table] = not self.rows(some_row)
        return self.empty[table]
