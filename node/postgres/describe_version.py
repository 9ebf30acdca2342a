"""Reads what a database in place says of itself: its CDM version, its vocabulary, whether it is made up."""

from __future__ import annotations

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import Engine
from analysis_jobs.cohort.expressions import cdm_table, column
from analysis_jobs.quality.cdm_shape import find_columns
from catalog.synthetic_mark import is_synthetic
from node.dataset_version import DatasetVersion
from node.store.cdm_tables import VOCABULARY_TABLES
from node.store.cdm_versions import decide_version

_TOLD = ("cdm_version", "vocabulary_version", "cdm_source_name")


def describe_version(engine: Engine, cdm: Cdm, *, number: int, digest: str) -> DatasetVersion:
    """By the first row of `cdm_source`, or by the columns that are there.

    Raises:
        Refused: ``load.cdm_version``: neither 5.3 nor 5.4.
    """
    columns = find_columns(engine, cdm=cdm, vocabulary=frozenset(VOCABULARY_TABLES))
    known = [each for each in _TOLD if each in columns.get("cdm_source", {})]
    told: dict[str, str | None] = dict.fromkeys(_TOLD)
    if known:
        query = exp.select(*(column("s", each) for each in known)).from_(cdm_table(cdm, "cdm_source", "s"))
        rows = sorted(engine.fetch(query), key=str)
        told |= dict(zip(known, rows[0], strict=True)) if rows else {}
    return DatasetVersion(
        number=number,
        digest=digest,
        cdm_version=decide_version(
            told["cdm_version"], columns={name: frozenset(found) for name, found in columns.items()}
        ),
        vocabulary_version=told["vocabulary_version"],
        synthetic=is_synthetic((), source_name=told["cdm_source_name"]),
    )
