"""A dataset that stays in the hospital's PostgreSQL: what the node wrote down of it, and how it is read.

What is written down: where the private file with the address lies, the schemas, and every registered version
with the marks of its tables. No row is copied, so no pseudonym is made: the staged table holds no id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pydantic import Field, ValidationError

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import Engine, StreamingEngine
from node.dataset_version import DatasetVersion
from node.postgres.connecting import opened, read_address
from node.postgres.describe_version import describe_version
from node.postgres.reading_role import check_reads_alone, try_to_write
from node.postgres.statement_log import Logged, find_logged
from node.postgres.table_marks import Mark, check_changes, check_rows, read_changes, read_marks
from node.postgres.watched_reading import WatchedReading
from node.store.cdm_tables import get_cdm_tables
from node.store.durable_files import write_durably
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json
from onggi.spec.base import Frozen, Slug

_FOLDER = "in-place"


class Registered(Frozen):
    """What a hospital registered of one dataset in place. It holds no password."""

    dataset: Slug
    address_file: Path
    cdm_schema: str = Field(min_length=1, max_length=63)
    vocabulary_schema: str = Field(min_length=1, max_length=63)
    number: int = Field(ge=1)
    marks: dict[str, Mark]

    @property
    def schemas(self) -> tuple[str, ...]:
        """The CDM's schema first; the vocabulary's where it is another."""
        return tuple(dict.fromkeys((self.cdm_schema, self.vocabulary_schema)))

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of what tells this version from others, wherever its address is kept."""
        content = self.model_dump(mode="json", exclude={"address_file"})
        return "sha256:" + hashlib.sha256(canonical_json(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class PostgresSource:
    """A registered dataset, read in place."""

    registered: Registered

    def version(self) -> int:
        """The number of the version that was registered last."""
        return self.registered.number

    @contextmanager
    def open(self, _workdir: Path, *, version: int) -> Iterator[tuple[StreamingEngine, Cdm]]:
        """One picture of the database, after the role and the version were checked in it.

        Raises:
            Refused: ``postgres.*``, ``dataset.changed``.
            Unreachable: ``postgres.not_reached``.
        """
        found = self.registered
        if version != found.number:
            raise Refused("dataset.changed", table=found.cdm_schema)
        with self._checked() as connection:
            yield (
                WatchedReading(connection, found.marks),
                Cdm(found.cdm_schema, None, found.vocabulary_schema),
            )

    def describe(self, engine: Engine, cdm: Cdm, *, version: int) -> DatasetVersion:
        """As the database says of itself, or as its columns tell. Raises Refused ``load.cdm_version``."""
        return describe_version(engine, cdm, number=version, digest=self.registered.digest)

    def examine(self) -> None:
        """All that opening checks, and the rows of every table. Raises as `open` does."""
        with self._checked() as connection:
            for table in sorted(self.registered.marks):
                check_rows(connection, self.registered.marks, table=table)

    @contextmanager
    def _checked(self) -> Iterator[psycopg.Connection]:
        found = self.registered
        with opened(read_address(found.address_file)) as connection:
            check_reads_alone(connection)
            tables = frozenset(get_cdm_tables())
            check_changes(found.marks, read_changes(connection, schemas=found.schemas, tables=tables))
            yield connection

    def find_logged(self) -> list[Logged]:
        """What of the node's statements the server would write into its log."""
        with opened(read_address(self.registered.address_file)) as connection:
            try:
                return find_logged(connection)
            except psycopg.Error:
                raise Refused("postgres.not_examined") from None


def _file(home: Path, dataset: str) -> Path:
    return home / _FOLDER / f"{dataset}.json"


def find_in_place(home: Path, *, dataset: str) -> PostgresSource | None:
    """The dataset's source where it was registered in place. Raises Refused(``postgres.record_damaged``)."""
    path = _file(home, dataset)
    try:
        return PostgresSource(Registered.model_validate_json(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise Refused("postgres.record_damaged", path=str(path)) from None


def names_in_place(home: Path) -> tuple[str, ...]:
    """The datasets that were registered in place."""
    return tuple(sorted(file.stem for file in (home / _FOLDER).glob("*.json")))


def register(
    home: Path,
    *,
    dataset: str,
    address_file: Path,
    cdm_schema: str,
    vocabulary_schema: str,
    after: int,
) -> Registered:
    """Proves the role, writes down a new version and returns it. Nothing is written where a check fails.

    Args:
        after: the highest version that this dataset ever had, in the node's own store as well.
    Raises:
        Refused: ``postgres.*``.
        Unreachable: ``postgres.not_reached``.
    """
    known = find_in_place(home, dataset=dataset)
    schemas = tuple(dict.fromkeys((cdm_schema, vocabulary_schema)))
    with opened(read_address(address_file)) as connection:
        check_reads_alone(connection)
        marks = read_marks(connection, schemas=schemas, tables=frozenset(get_cdm_tables()))
        try_to_write(connection, schemas=schemas)
    found = Registered(
        dataset=dataset,
        address_file=address_file.absolute(),
        cdm_schema=cdm_schema,
        vocabulary_schema=vocabulary_schema,
        number=max(after, known.version() if known else 0) + 1,
        marks=marks,
    )
    if known is not None and _same_but_number(known.registered, found):
        return known.registered
    path = _file(home, dataset)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, found.model_dump_json(indent=1).encode())
    return found


def _same_but_number(one: Registered, other: Registered) -> bool:
    """Whether nothing changed: then the version stays what it is, and so do the answers that name it."""
    return one.model_copy(update={"number": other.number}) == other
