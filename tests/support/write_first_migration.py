"""Writes the first migration of a node's state from its tables: python -m tests.support.write_first_migration

Only until the first version is given to hospitals; after that a change of the tables is a further migration.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from sqlalchemy import create_engine

import node.state
from node.state.tables import Base

PLACE = Path(node.state.__file__).parent / "migrations/versions/0001_first.py"
_TEXT = '''"""The first form of a node's state."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def first_migration() -> str:
    """The migration's text, formatted. The same tables give the same text."""
    with create_engine("sqlite://").connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), Base.metadata)
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    text = _TEXT.format(upgrade=_body(script.upgrade_ops), downgrade=_body(script.downgrade_ops))
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", PLACE.name, "-"]
    return subprocess.run(ruff, input=text, text=True, capture_output=True, check=True).stdout


def _body(steps: UpgradeOps | DowngradeOps) -> str:
    lines = render_python_code(steps).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("# ###")).strip()


if __name__ == "__main__":
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(first_migration(), encoding="utf-8")
