"""Opens the records for reading or for one all-or-nothing change.

* A change is a transaction that holds the one writer's place from its first statement: the audit chain and
  the log have one next number each, so two writers are put in a row rather than made to fail.
* A fault's text never quotes what was being written.
* SQLite: write-ahead log, flushed to disk before an act is acknowledged. PostgreSQL: by URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

_WRITER_LOCK = 0x6F6E6767  # one number for all processes of one database
_BUSY_MILLISECONDS = 30_000


@dataclass(frozen=True, slots=True)
class Database:
    """The records. Make one per process with `open_database`."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent look; nothing written inside it is kept."""
        with Session(self.engine, autoflush=False) as session:
            if self.engine.dialect.name == "postgresql":
                # SQLite's snapshot is already one; PostgreSQL gives one only when asked.
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.expunge_all()  # what was read stays readable; the rollback would empty it
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One change: all of it is on disk when the block ends, or none of it ever happened."""
        writer = self.engine.execution_options(onggi_writer=True)
        with Session(writer, expire_on_commit=False) as session, session.begin():
            if self.engine.dialect.name == "postgresql":
                session.execute(text("SELECT pg_advisory_xact_lock(:place)"), {"place": _WRITER_LOCK})
            else:
                session.connection()
            yield session

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Connects. Raises nothing before the first use; `migrate` brings the tables up to date."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_open_sqlite(parsed))
    if parsed.get_backend_name() == "postgresql":
        return Database(_open_postgresql(parsed))
    raise RuntimeError("settings accept SQLite and PostgreSQL only")


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000}, pool_size=20, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # Autocommit at the driver: otherwise Python's sqlite3 decides by itself when transactions begin.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writer = connection.get_execution_options().get("onggi_writer", False)
        # IMMEDIATE: a reader that turns writer half-way would fail with "database is locked".
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _open_postgresql(url: URL) -> Engine:
    # synchronous_commit is asked for by name: an acknowledged act must survive whatever the server's default.
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        hide_parameters=True,
        pool_size=8,
        connect_args={"options": "-c synchronous_commit=on"},
    )
