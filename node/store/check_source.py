"""Looks at CDM files as a load would, and loads nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from node.store.fill_draft import DraftLoad, LoadPlan
from node.store.generations import no_failpoint
from node.store.identifier_guard import IdentifierPolicy, check_policy
from node.store.keys import StoreKeys
from node.store.load_content import brings_vocabulary, cdm_content
from node.store.load_report import MOST_PROBLEMS, CheckReport, Progress
from node.store.private_duckdb import CATALOG, lock_down, open_engine
from node.store.source_files import TableFiles
from node.store.source_places import open_place


def check_source(
    source: Path,
    *,
    keys: StoreKeys,
    policy: IdentifierPolicy,
    workdir: Path,
    has_vocabulary: bool = False,
    progress: Progress = lambda _step: None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> CheckReport:
    """Looks at everything that a load would look at, and writes nothing but encrypted spill files.

    Args:
        workdir: an existing folder; what is spilled lies in it for as long as this takes.
        has_vocabulary: the node has a shared vocabulary.
    """
    content = cdm_content()
    check_policy(policy, tables=content.tables)
    with (
        TableFiles(open_place(source.resolve()), known_tables=content.tables) as files,
        tempfile.TemporaryDirectory(dir=workdir, prefix="check-") as place,
    ):
        plan = LoadPlan(
            content=content,
            keys=keys,
            policy=policy,
            workdir=Path(place),
            progress=progress,
            failpoint=no_failpoint,
            record=lambda _table, _done: None,
            done={},
            tied=has_vocabulary and not brings_vocabulary(files.files),
            check_only=True,
        )
        connection = open_engine(plan.workdir, memory_limit=memory_limit, threads=threads)
        try:
            connection.execute(f"ATTACH ':memory:' AS {CATALOG}")
            lock_down(connection, folders=[plan.workdir], files=files.readable)
            filled = DraftLoad(plan, files).fill(connection)
        finally:
            connection.close()
    return CheckReport(
        filled.source_version,
        tuple(filled.tables.values()),
        filled.remarks,
        filled.problems[:MOST_PROBLEMS],
    )
