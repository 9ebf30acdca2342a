"""Keeps PostgreSQL from expecting next to nothing of a join over ranges of days.

For each comparison between columns of two tables the server guesses that a third of the pairs satisfy it, and
multiplies. A window inside an observation period has four to six of them: it expects one row where thousands
come, and joins what it then holds row by row. Of one condition that it cannot look into, it expects half.
"""

from __future__ import annotations

from sqlglot import exp

from analysis_jobs.cohort.expressions import Expr, every, when

_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def as_one_range(join: exp.Join) -> exp.Join:
    """The same join, its comparisons in one condition. Takes the parts of the given join."""
    on = join.args.get("on")
    if not isinstance(on, exp.And):
        return join
    conditions = list(dict.fromkeys(on.flatten()))
    ranges: list[Expr] = [each for each in conditions if isinstance(each, _RANGES)]
    others = [each for each in conditions if not isinstance(each, _RANGES)]
    if len(ranges) > 1:
        ranges = [when([(every(ranges), exp.true())], exp.false())]
    join.set("on", every([*others, *ranges]))
    return join
