"""Runs the steps on the connection that `coordinator.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from coordinator.database import (
    cards,
    committee,
    concept_sets,
    ledger,
    operating,
    people,
    running,
    threads,
    ways_in,
    work,
)
from coordinator.database.base import Base

# Named so that the modules count as used: importing them is what fills the metadata.
_TABLES = (cards, committee, concept_sets, ledger, operating, people, running, threads, ways_in, work)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
