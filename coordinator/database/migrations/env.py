"""Runs the steps on the connection that `coordinator.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from coordinator.database import cards, concept_sets, ledger, people, running, work
from coordinator.database.base import Base

# Named so that the modules count as used: importing them is what fills the metadata.
_TABLES = (cards, concept_sets, ledger, people, running, work)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
