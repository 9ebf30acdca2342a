"""The published SQL of the shared cohort definitions, put into the words of DuckDB and PostgreSQL.

The SQL is written in the T-SQL flavour that OHDSI publishes: `@parameters`, `{condition}?{blocks}`, `#temp`
tables. What the translator does not understand it refuses (`NotUnderstood`); nothing passes unread. It works
on tokens and shares no code with the cohort engine.
"""

from tests.support.official_sql.archive import official_statements, published_sql, shared_definition_ids
from tests.support.official_sql.statements import translate
from tests.support.official_sql.tokens import Dialect, NotUnderstood

__all__ = [
    "Dialect",
    "NotUnderstood",
    "official_statements",
    "published_sql",
    "shared_definition_ids",
    "translate",
]
