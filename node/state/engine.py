"""Opens a node's state: SQLite with full synchronisation, or PostgreSQL by URL; migrates it first."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from node.machine_faults import find_machine_fault
from onggi.errors import Refused

SHAPE = "0001"
"""The newest revision in `migrations/versions`; a test keeps the two equal."""


def _strict_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # FULL: an acknowledged change survives a power cut, not only a crash of the process.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def open_state(url: str) -> Engine:
    """An engine on a migrated database.

    Raises:
        Refused: ``node.disk_full``, ``node.disk_unwritable`` where that keeps it from being made or read;
            ``node.state_unreadable``.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _strict_sqlite)
    try:
        migrate(engine)
    except DatabaseError as bad:
        raise find_machine_fault(bad) or Refused("node.state_unreadable") from None
    return engine


def _shape(engine: Engine) -> str | None:
    """The revision that the tables are in, or None before the first."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def migrate(engine: Engine) -> None:
    """Brings the tables to this version's shape; a no-op when they are."""
    if _shape(engine) == SHAPE:
        return
    # Imported only when there is something to do: it costs every command a quarter of a second.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("node.state") / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Spelt out: Python's driver would commit each CREATE TABLE by itself, and a migration that a
            # full disk or a crash cuts off would leave tables that the next attempt stumbles over.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)
