"""Runs all checks of a hospital's CDM, table by table, and tells each table as soon as it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import Engine
from analysis_jobs.quality.asking import Asking
from analysis_jobs.quality.cdm_shape import find_shape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.results import TableQuality
from analysis_jobs.quality.table_run import TableRun
from onggi.errors import OnggiError, Refused


def run_checks(
    engine: Engine,
    checks: Sequence[Check],
    *,
    cdm: Cdm,
    today: date,
    left_out: Collection[str] = (),
    after_error: Callable[[], None] = lambda: None,
) -> Iterator[TableQuality]:
    """Yields one table after the other, in the order of the checks.

    Args:
        left_out: columns, written `table.column`, that the node keeps out of its store on purpose.
        after_error: what makes the connection usable again once a statement failed, such as a rollback.

    Raises:
        Refused: ``quality.catalogue_unreadable``: the engine does not tell which tables there are.
    """
    vocabulary = {check.table for check in checks if check.vocabulary}
    try:
        shape = find_shape(engine, cdm=cdm, vocabulary=vocabulary, today=today)
    except OnggiError:
        raise
    except Exception:  # a driver's own error, whose words are not passed on
        after_error()
        raise Refused("quality.catalogue_unreadable", schema=cdm.schema) from None
    asking = Asking(engine, shape, after_error)
    for table in dict.fromkeys(check.table for check in checks):
        here = [check for check in checks if check.table == table]
        yield TableRun(asking, table, here, left_out).run()
