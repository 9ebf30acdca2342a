"""Runs migrations on the connection that `node.state.engine` hands over."""

from alembic import context

from node.state.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
