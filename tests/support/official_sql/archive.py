"""Takes the published SQL of a shared definition out of its archive."""

from __future__ import annotations

import tarfile
from functools import cache

from tests.support.official_sql.statements import translate
from tests.support.official_sql.tokens import Dialect
from tests.support.shared_data import shared_data


@cache
def shared_definition_ids() -> tuple[int, ...]:
    """The definitions whose JSON and SQL are both shared, in order."""
    folder = shared_data("omop", "phenotype-library", "cohorts")
    return tuple(sorted({int(path.stem) for path in folder.glob("*.json")} & _published().keys()))


def published_sql(definition_id: int) -> str:
    """The text as published."""
    return _published()[definition_id]


def official_statements(
    definition_id: int, *, dialect: Dialect, cdm_schema: str, vocabulary_schema: str, target_table: str
) -> list[str]:
    """What fills `target_table` with the cohort, as published, in the words of the dialect.

    The caller made the table: cohort_definition_id, subject_id, cohort_start_date, cohort_end_date. Earlier
    rows of the same definition are deleted first.
    """
    text = published_sql(definition_id)
    place = "@target_database_schema.@target_cohort_table"
    return translate(
        text.replace(place, "@target_cohort_table"),
        dialect=dialect,
        parameters={
            "cdm_database_schema": cdm_schema,
            "vocabulary_database_schema": vocabulary_schema,
            "target_cohort_table": target_table,
            "target_cohort_id": definition_id,
        },
    )


@cache
def _published() -> dict[int, str]:
    """Every text, read once: the archive is one compressed stream."""
    texts: dict[int, str] = {}
    with tarfile.open(shared_data("omop", "phenotype-library", "official_sql.tar.xz")) as archive:
        for member in archive:
            stem = member.name.rpartition("/")[2].removesuffix(".sql")
            if stem.isdigit() and (file := archive.extractfile(member)):
                texts[int(stem)] = file.read().decode("utf-8")
    return texts
