"""Brings the records to the form that this version of the coordinator expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from coordinator.database.sessions import Database
from onggi.errors import Refused

_STEPS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6D696772


def migrate(database: Database) -> None:
    """All missing steps, in one transaction. Two processes that start together do it once."""
    engine = database.engine.execution_options(onggi_writer=True)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:place)"), {"place": _MIGRATION_LOCK})
        command.upgrade(_config(connection=connection), "head")


def check_migrated(database: Database) -> None:
    """Raises Refused `coordinator.not_migrated` where the records have another form than expected."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        raise Refused("coordinator.not_migrated", found=found, expected=newest)


def _config(**attributes: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes.update(attributes)
    return config
