"""Runs the data quality checks on the current generation of the hospital's store, which it only reads."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from analysis_jobs.cohort.engines import DuckDBEngine
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.results import QualityReport, TableQuality
from analysis_jobs.quality.run_checks import run_checks
from node.datasets import Datasets
from node.settings import NodeSettings
from node.store.cdm_tables import get_cdm_tables
from node.store.identifier_guard import IdentifierPolicy, may_keep
from node.store.keys import DataKey
from node.store.private_duckdb import engine_errors_as_codes
from node.store.reader import open_cdm


def check_data(
    settings: NodeSettings,
    checks: Sequence[Check],
    *,
    key: DataKey,
    now: datetime,
    progress: Callable[[str], None] = lambda _table: None,
) -> QualityReport:
    """The full report. `progress` is told each table that is done."""
    store = Datasets(settings).place(settings.dataset)
    generation = store.get_current()
    tables: list[TableQuality] = []
    with (
        tempfile.TemporaryDirectory(dir=settings.home, prefix="quality-") as folder,
        open_cdm(
            store,
            key=key,
            workdir=Path(folder),
            generation=generation.number,
            memory_limit=f"{settings.memory_limit_mib}MiB",
        ) as opened,
        engine_errors_as_codes("store.damaged", path=str(generation.database)),
    ):
        for table in run_checks(
            DuckDBEngine(opened.connection),
            checks,
            cdm=opened.cdm,
            today=now.date(),
            left_out=find_left_out(settings),
        ):
            tables.append(table)
            progress(table.table)
    return QualityReport(
        dataset=settings.dataset,
        generation=generation.number,
        digest=generation.manifest.digest,
        cdm_version=generation.manifest.cdm_version,
        checked_at=now,
        tables=tuple(tables),
    )


def find_left_out(settings: NodeSettings) -> frozenset[str]:
    """The columns, written `table.column`, that this hospital's policy keeps out of its store."""
    policy = IdentifierPolicy(**settings.identifiers.model_dump())
    return frozenset(
        f"{table.name}.{column}"
        for table in get_cdm_tables().values()
        for column in table.column_names
        if not may_keep(column, table=table.name, policy=policy)
    )
