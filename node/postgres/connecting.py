"""Opens a hospital's PostgreSQL for reading: address from a private file, TLS unless local, one snapshot.

* The address is read from a file that only the node's user may open. The password never stands in the
  settings, in the list of processes or in a log, and no text of the server travels on.
* Every transaction is READ ONLY and REPEATABLE READ: all statements of one staging see one picture.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from onggi.errors import Refused, Unreachable

_LONGEST_ADDRESS = 4096
_CONNECT_SECONDS = "10"
_CHECKED_TLS = frozenset({"verify-ca", "verify-full"})


def read_address(path: Path) -> str:
    """The connection address in a private file.

    Raises:
        Refused: ``postgres.file_missing``, ``postgres.file_open``, ``postgres.address_malformed``,
            ``postgres.no_tls``.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise Refused("postgres.file_missing", path=str(path)) from None
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(file.fileno())
        private = not state.st_mode & 0o077 and state.st_uid in (0, os.geteuid())
        if not stat.S_ISREG(state.st_mode) or not private:
            raise Refused("postgres.file_open", path=str(path), mode=f"{stat.S_IMODE(state.st_mode):04o}")
        content = file.read(_LONGEST_ADDRESS + 1)
    try:
        address = content.decode().strip()
        _check_address(conninfo_to_dict(address), path=path)
    except (UnicodeDecodeError, psycopg.ProgrammingError):
        raise Refused("postgres.address_malformed", path=str(path)) from None
    return address


def _check_address(parts: Mapping[str, object], *, path: Path) -> None:
    """It says where and what; over a network, the server's certificate is checked before anything is sent."""
    host = str(parts.get("hostaddr") or parts.get("host") or "")
    if not host or not parts.get("dbname") or "service" in parts:
        raise Refused("postgres.address_malformed", path=str(path))
    far = any(not _is_local(each) for each in host.split(","))
    if far and parts.get("sslmode") not in _CHECKED_TLS:
        raise Refused("postgres.no_tls", path=str(path))


def _is_local(host: str) -> bool:
    """A socket in the file system, or this machine itself. A name could be resolved to any machine."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def set_planning(connection: psycopg.Connection) -> None:
    """How the server plans a cohort's statement in this session, unless its administrator chose otherwise.

    * Compiling the many parts of such a statement takes longer than running most of them.
    * It looks few persons up in large tables. What the server thinks a look-up costs by default is that of
      turning disks: it reads whole indexes instead. 1.1 is usual for flash.
    * Every row of a cursor is read; by default the server plans for the first tenth of them.
    """
    connection.execute("SET jit = off")
    connection.execute("SET cursor_tuple_fraction = 1")
    connection.execute(
        "SELECT set_config(name, '1.1', false) FROM pg_settings "
        "WHERE name = 'random_page_cost' AND source = 'default'"
    )


def _prepare(connection: psycopg.Connection) -> None:
    connection.autocommit = True
    try:
        set_planning(connection)
    except psycopg.Error:
        raise Unreachable("postgres.not_reached") from None
    connection.autocommit = False


@contextmanager
def opened(address: str) -> Iterator[psycopg.Connection]:
    """A connection in a read-only picture of the database, closed without a trace at the end.

    Raises:
        Unreachable: ``postgres.not_reached``: the server does not answer or does not let the role in.
    """
    try:
        connection = psycopg.connect(
            address, connect_timeout=_CONNECT_SECONDS, application_name="onggi-node", prepare_threshold=None
        )
    except psycopg.Error:
        raise Unreachable("postgres.not_reached") from None
    try:
        _prepare(connection)
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection
    finally:
        connection.close()
