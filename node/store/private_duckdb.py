"""Opens DuckDB so that no patient value reaches a disk in clear and no key reaches a statement.

* Spilled rows are encrypted (DuckDB leaves that off) and stay inside a private folder.
* The key travels as a bound parameter: it is in no SQL text, error or log.
* Once everything is attached, files outside the named folders cannot be opened and settings are locked.
* DuckDB's own error texts quote cell values; they are replaced by codes here and never passed on.
"""

from __future__ import annotations

import base64
import errno
import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from node.store.secret_bytes import SecretBytes
from onggi.errors import OnggiError, Refused, Unreachable

CATALOG = "cdm"
_INTERRUPTED = "Query interrupted"

_CLOSED_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}


def open_engine(
    workdir: Path, *, memory_limit: str | None = None, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """An empty in-memory engine whose spill files are encrypted and lie in `workdir`."""
    workdir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = dict(_CLOSED_SETTINGS)
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    if threads is not None:
        settings["threads"] = threads
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute(f"LOAD {quote_text(str(_find_encryption_extension()))}")
    connection.execute("SET temp_file_encryption = true")
    connection.execute(f"SET temp_directory = {quote_text(str(workdir))}")
    connection.execute("SET python_enable_replacements = false")
    # A Parquet member of an archive lies in memory under one name, and is emptied and filled in between.
    connection.execute("SET enable_external_file_cache = false")
    return connection


def attach_encrypted(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    key: SecretBytes,
    read_only: bool,
    catalog: str = CATALOG,
) -> None:
    """Attaches one encrypted database as `catalog` and makes it the default."""
    mode = ", READ_ONLY" if read_only else ""
    try:
        connection.execute(
            f"ATTACH {quote_text(str(path))} AS {quote_name(catalog)} "
            f"(ENCRYPTION_KEY $key, ENCRYPTION_CIPHER 'GCM'{mode})",
            {"key": base64.b64encode(key.reveal()).decode()},
        )
        connection.execute(f"USE {quote_name(catalog)}")
    except duckdb.Error as error:
        raise _name_attach_failure(error, path) from None


def lock_down(
    connection: duckdb.DuckDBPyConnection, *, folders: Sequence[Path] = (), files: Sequence[Path] = ()
) -> None:
    """Closes the file system, except the named folders and files, and makes every setting final."""
    if folders:
        listed = ", ".join(quote_text(str(folder.resolve())) for folder in folders)
        connection.execute(f"SET allowed_directories = [{listed}]")
    if files:
        listed = ", ".join(quote_text(str(file)) for file in files)
        connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def engine_errors_as_codes(code: str, **facts: str | int | None) -> Iterator[None]:
    """Runs a block of engine calls; a failure becomes a code without DuckDB's text."""
    try:
        yield
    except duckdb.Error as error:
        raise name_engine_failure(error) or Refused(code, **facts) from None
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:  # what the engine makes of Ctrl-C
            raise KeyboardInterrupt from None
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unreachable("store.disk_full") from None


def take_text(error: duckdb.Error) -> str:
    """DuckDB's text, for judging only. It is wiped from the error, which may live on as a context."""
    text = str(error)
    error.args = (type(error).__name__,)
    return text


def name_engine_failure(error: duckdb.Error, text: str | None = None) -> OnggiError | None:
    """The failure of a full disk or memory, or None where it is another one."""
    text = take_text(error) if text is None else text
    if "No space left" in text or "max_temp_directory_size" in text or "Disk quota" in text:
        return Unreachable("store.disk_full")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unreachable("store.memory_full")
    return None


def quote_text(value: str) -> str:
    """A SQL string literal. Only for paths and fixed words, which DuckDB cannot take as parameters."""
    if "\x00" in value:
        raise Refused("store.bad_path")
    return "'" + value.replace("'", "''") + "'"


def quote_name(value: str) -> str:
    """A quoted SQL identifier."""
    return '"' + value.replace('"', '""') + '"'


def _find_encryption_extension() -> Path:
    """The extension that carries OpenSSL; without it DuckDB cannot write an encrypted file."""
    try:
        package = importlib.resources.files("duckdb_extension_httpfs")
    except ModuleNotFoundError:
        raise Refused("store.encryption_unavailable", version=duckdb.__version__) from None
    path = Path(str(package)) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not path.is_file():
        raise Refused("store.encryption_unavailable", version=duckdb.__version__)
    return path


def _name_attach_failure(error: duckdb.Error, path: Path) -> OnggiError:
    text = take_text(error)
    if "Wrong encryption key" in text or "without a key" in text:
        return Refused("store.wrong_key", path=str(path))
    if any(words in text for words in ("Could not set lock", "Conflicting lock", "already attached")):
        return Unreachable("store.busy", path=str(path))
    return name_engine_failure(error, text) or Refused("store.damaged", path=str(path))
