"""Proves that the node's role at a hospital's server can only read, and names every right too many.

* Asked of the catalogue: the role itself, every role it is or may become a member of, and PUBLIC. A right
  that a membership could lend counts, whether it is inherited or not.
* Each sin is named with the statement that takes it away, so that an administrator needs no search.
* The catalogue's answer is not believed alone: `try_to_write` tries, and each attempt must be refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from onggi.errors import Refused

_HARMLESS = [
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_stat_scan_tables",
    "pg_monitor",
]
"""Roles of the server that only read; membership in any other of its roles is too much."""

_ATTRIBUTES = {
    "rolsuper": "NOSUPERUSER",
    "rolcreaterole": "NOCREATEROLE",
    "rolcreatedb": "NOCREATEDB",
    "rolreplication": "NOREPLICATION",
    "rolbypassrls": "NOBYPASSRLS",
}

_MINE = """
mine AS (SELECT oid, rolname FROM pg_catalog.pg_roles
         WHERE pg_has_role(session_user, oid, 'MEMBER')),
holders AS (SELECT oid, quote_ident(rolname) AS who FROM mine UNION ALL SELECT 0, 'PUBLIC')
"""

_RIGHTS = (
    "WITH "
    + _MINE
    + """
SELECT 'table', format('REVOKE %s ON %s %I.%I FROM %s', a.privilege_type,
       CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname, h.who)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(COALESCE(c.relacl, acldefault(
    CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))) a
JOIN holders h ON h.oid = a.grantee
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.oid <> 'pg_catalog.pg_settings'::regclass
  AND (a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
       OR (c.relkind = 'S' AND a.privilege_type = 'USAGE'))
UNION ALL
SELECT 'table', format('REVOKE %s (%I) ON TABLE %I.%I FROM %s', a.privilege_type, t.attname,
       n.nspname, c.relname, h.who)
FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(t.attacl) a JOIN holders h ON h.oid = a.grantee
WHERE a.privilege_type IN ('INSERT', 'UPDATE', 'REFERENCES') AND NOT t.attisdropped
UNION ALL
SELECT 'schema', format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, h.who)
FROM pg_catalog.pg_namespace n
CROSS JOIN LATERAL aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) a
JOIN holders h ON h.oid = a.grantee WHERE a.privilege_type = 'CREATE'
UNION ALL
SELECT 'database', format('REVOKE CREATE ON DATABASE %I FROM %s', d.datname, h.who)
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) a
JOIN holders h ON h.oid = a.grantee WHERE a.privilege_type = 'CREATE'
UNION ALL
SELECT 'tablespace', format('REVOKE CREATE ON TABLESPACE %I FROM %s', s.spcname, h.who)
FROM pg_catalog.pg_tablespace s
CROSS JOIN LATERAL aclexplode(COALESCE(s.spcacl, acldefault('t', s.spcowner))) a
JOIN holders h ON h.oid = a.grantee WHERE a.privilege_type = 'CREATE'
UNION ALL
SELECT 'large_object', format('REVOKE UPDATE ON LARGE OBJECT %s FROM %s', l.oid, h.who)
FROM pg_catalog.pg_largeobject_metadata l CROSS JOIN LATERAL aclexplode(l.lomacl) a
JOIN holders h ON h.oid = a.grantee WHERE a.privilege_type = 'UPDATE'
UNION ALL
SELECT 'function', format('REVOKE EXECUTE ON ROUTINE %s FROM %s', p.oid::regprocedure, h.who)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a
JOIN holders h ON h.oid = a.grantee
WHERE a.privilege_type = 'EXECUTE' AND (
  (p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema'))
  OR p.proname LIKE 'dblink%'
  OR p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_export', 'lo_put', 'lo_unlink',
                   'lowrite', 'lo_truncate', 'lo_truncate64')
  OR p.proname LIKE 'pg\\_file\\_%' OR p.proname IN ('pg_logdir_ls', 'pg_read_file', 'pg_read_binary_file',
                   'pg_reload_conf', 'pg_rotate_logfile', 'pg_promote', 'pg_switch_wal'))
ORDER BY 1, 2
"""
)

_MEMBERSHIPS = (
    "WITH "
    + _MINE
    + """
SELECT rolname FROM mine WHERE rolname LIKE 'pg\\_%%' AND NOT rolname = ANY(%s) ORDER BY 1
"""
)

_OWNED = (
    "WITH "
    + _MINE
    + """
SELECT m.rolname, count(*) FROM pg_catalog.pg_shdepend d JOIN mine m ON m.oid = d.refobjid
WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.deptype = 'o' GROUP BY 1 ORDER BY 1
"""
)


@dataclass(frozen=True, slots=True)
class Sin:
    """One right too many: what kind, and the statement that takes it away."""

    code: str
    remedy: str


def find_sins(connection: psycopg.Connection) -> list[Sin]:
    """Every right beyond reading, by the catalogue. Raises psycopg.Error."""
    found = list(_attributes(connection))
    if any(each.code == "postgres.superuser" for each in found):
        return found[:1]  # a superuser is a member of everything: the rest would be noise
    found += _memberships(connection)
    for role, objects in connection.execute(_OWNED).fetchall():
        remedy = f"REASSIGN OWNED BY {_quoted(connection, role)} TO <owner> -- {objects}"
        found.append(Sin("postgres.owner", remedy))
    found += [Sin(f"postgres.{kind}", str(remedy)) for kind, remedy in connection.execute(_RIGHTS.encode())]
    return found


def _attributes(connection: psycopg.Connection) -> Iterator[Sin]:
    """What the role, or one that it is a member of, is by itself."""
    names = list(_ATTRIBUTES)
    asked = "SELECT r.rolname, {} FROM pg_catalog.pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER')"
    columns = sql.SQL(", ").join(sql.Identifier("r", name) for name in names)
    rows = connection.execute(sql.SQL(asked).format(columns)).fetchall()
    own = connection.execute("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user")
    if (row := own.fetchone()) is not None and row[0]:
        user = connection.execute("SELECT quote_ident(session_user)").fetchall()[0][0]
        yield Sin("postgres.superuser", f"ALTER ROLE {user} NOSUPERUSER")
        return
    for role, *held in rows:
        for name, is_held in zip(names, held, strict=True):
            if is_held:
                yield Sin("postgres.attribute", f"ALTER ROLE {_quoted(connection, role)} {_ATTRIBUTES[name]}")


def _memberships(connection: psycopg.Connection) -> list[Sin]:
    user = connection.execute("SELECT quote_ident(session_user)").fetchall()[0][0]
    rows = connection.execute(_MEMBERSHIPS, (_HARMLESS,)).fetchall()
    return [Sin("postgres.membership", f"REVOKE {role} FROM {user}") for (role,) in rows]


def _quoted(connection: psycopg.Connection, name: str) -> str:
    return sql.Identifier(name).as_string(connection)


def check_reads_alone(connection: psycopg.Connection) -> None:
    """Raises Refused with the code of the first sin (``postgres.*``) and how many there are."""
    try:
        sins = find_sins(connection)
    except psycopg.Error:
        raise Refused("postgres.not_examined") from None
    if sins:
        raise Refused(sins[0].code, remedy=sins[0].remedy, sins=len(sins))


def try_to_write(connection: psycopg.Connection, *, schemas: tuple[str, ...]) -> None:
    """Tries to write, touching no row, in a transaction that is rolled back whatever happens.

    Raises:
        Refused: ``postgres.wrote``: the server let something happen.
    """
    connection.rollback()
    connection.read_only = False
    try:
        for attempt in _attempts(schemas):
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(attempt)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
                continue
            except psycopg.Error:
                raise Refused("postgres.not_examined") from None
            raise Refused("postgres.wrote", schemas=", ".join(schemas))
    finally:
        connection.rollback()
        connection.read_only = True


def _attempts(schemas: tuple[str, ...]) -> Iterator[sql.Composed]:
    for schema in schemas:
        yield sql.SQL("CREATE TABLE {} (probe int)").format(sql.Identifier(schema, "onggi_probe"))
    person = sql.Identifier(schemas[0], "person")
    yield sql.SQL("INSERT INTO {0} SELECT * FROM {0} WHERE false").format(person)
    yield sql.SQL("UPDATE {} SET person_id = person_id WHERE false").format(person)
    yield sql.SQL("DELETE FROM {} WHERE false").format(person)
    yield sql.SQL("CREATE SCHEMA onggi_probe").format()
