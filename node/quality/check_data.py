"""Runs the data quality checks on the hospital's data as it is read now, in its store or in place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.results import QualityReport, TableQuality
from analysis_jobs.quality.run_checks import run_checks
from node.data_source import first_source
from node.settings import NodeSettings
from node.store.keys import DataKey
from node.store.private_duckdb import engine_errors_as_codes


def check_data(
    settings: NodeSettings,
    checks: Sequence[Check],
    *,
    key: DataKey,
    now: datetime,
    progress: Callable[[str], None] = lambda _table: None,
) -> QualityReport:
    """The full report. `progress` is told each table that is done."""
    source = first_source(settings, key=key)
    number = source.version()
    tables: list[TableQuality] = []
    with (
        tempfile.TemporaryDirectory(dir=settings.home, prefix="quality-") as folder,
        engine_errors_as_codes("store.damaged", path=str(settings.store)),
        source.open(Path(folder), version=number) as (engine, cdm),
    ):
        version = source.describe(engine, cdm, version=number)
        for table in run_checks(
            engine,
            checks,
            cdm=cdm,
            today=now.date(),
            left_out=version.left_out,
            after_error=engine.recover,
        ):
            tables.append(table)
            progress(table.table)
    return QualityReport(
        dataset=settings.dataset,
        generation=version.number,
        digest=version.digest,
        cdm_version=version.cdm_version,
        checked_at=now,
        tables=tuple(tables),
    )
