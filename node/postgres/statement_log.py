"""Says whether the server would write down what the node asks: statements in a log outlive the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

_QUIET: Mapping[str, frozenset[str]] = {
    "log_statement": frozenset({"none", "ddl", "mod"}),
    "log_min_duration_statement": frozenset({"-1"}),
    "log_min_duration_sample": frozenset({"-1"}),
    "auto_explain.log_min_duration": frozenset({"-1", ""}),
    "pgaudit.log": frozenset({"none", ""}),
    "log_min_error_statement": frozenset({"log", "fatal", "panic"}),
}
"""Values with which nothing of a reading statement is written; a setting the server lacks is quiet."""
_QUIETLY = {"log_statement": "none", "pgaudit.log": "none", "log_min_error_statement": "panic"}


@dataclass(frozen=True, slots=True)
class Logged:
    """One setting that would log, and the statement that quietens it for the node's role."""

    setting: str
    remedy: str


def find_logged(connection: psycopg.Connection) -> list[Logged]:
    """Every setting that would write the role's statements or bound values to the log."""
    user = connection.execute("SELECT quote_ident(session_user)").fetchall()[0][0]
    found = []
    for name, quiet in _QUIET.items():
        value = connection.execute("SELECT current_setting(%s, true)", (name,)).fetchall()[0][0]
        if value is not None and value not in quiet:
            remedy = f"ALTER ROLE {user} SET {name} = '{_QUIETLY.get(name, '-1')}'"
            found.append(Logged(f"{name}={value}", remedy))
    return found
