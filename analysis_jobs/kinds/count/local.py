"""What one hospital counts: persons who met at least so many inclusion rules in order."""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, Table
from onggi.errors import Refused


def persons_per_step(table: Table, *, steps: int) -> Array:
    """Entry k counts persons whose `cohort_step` is at least k. Exact below 2^53.

    Raises:
        Refused: ``count.table_wrong`` when a step is missing or lies outside the cohort's rules.
    """
    if "cohort_step" not in table.column_names:
        raise Refused("count.table_wrong")
    column = table.column("cohort_step")
    if column.null_count:
        raise Refused("count.table_wrong")
    reached = column_numbers(column).astype(np.int64)
    if reached.size and (reached.min() < 0 or reached.max() >= steps):
        raise Refused("count.table_wrong")
    stopped_at = np.bincount(reached, minlength=steps)
    return np.cumsum(stopped_at[::-1])[::-1].astype(np.float64)
