"""Runs the statements of a cohort on Apache Spark, in a session that a hospital opens on its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlglot import exp

from analysis_jobs.cohort.dialects import Dialect, write_sql
from analysis_jobs.cohort.engines import Parameters, Row
from analysis_jobs.cohort.written_lists import with_written_lists

SESSION_RULES: Final[Mapping[str, str]] = {
    # What overflows or is no number ends the statement and is never a missing value.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # A dollar sign in a definition's text stands for itself and names no setting of the cluster.
    "spark.sql.variable.substitute": "false",
    # Texts and names mean what they say, whatever the cluster's own defaults are.
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parser.quotedRegexColumnNames": "false",
    "spark.sql.legacy.ctePrecedencePolicy": "CORRECTED",
}
"""How a session must read statements. They hold for the session alone, not for the cluster."""


class SparkEngine:
    """A hospital's Spark: `session` is a `SparkSession`, local, on a cluster or through Spark Connect.

    The session belongs to the engine from then on: its rules of reading are set.
    """

    dialect: Dialect = "spark"

    def __init__(self, session: Any) -> None:
        for name, value in SESSION_RULES.items():
            session.conf.set(name, value)
        self._session = session

    def fetch(self, query: exp.Query, parameters: Parameters | None = None) -> list[Row]:
        """Every row of a statement."""
        written, texts = with_written_lists(query, parameters or {})
        text = write_sql(written, dialect=self.dialect)
        return [tuple(row) for row in self._session.sql(text, args=texts).collect()]
