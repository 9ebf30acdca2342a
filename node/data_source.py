"""Where a dataset stands and which version of it is read: the node's own store, or a database in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, StreamingEngine
from node.services import NodeServices
from node.store.generations import Store
from node.store.keys import DataKey
from node.store.reader import open_reader


class DataSource(Protocol):
    """One dataset. Its versions are numbered; releases, registers and runs name the number."""

    def version(self) -> int:
        """The version that a new run would read. Raises Refused where there is none."""
        ...

    def open(self, workdir: Path, /, *, version: int) -> AbstractContextManager[tuple[StreamingEngine, Cdm]]:
        """A connection that reads this version and nothing else, as one unchanging picture.

        Args:
            workdir: a private folder that the caller removes afterwards; what is spilled lies there.
        Raises:
            Refused: this version cannot be read any more (``dataset.changed``, ``store.*``).
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSource:
    """The encrypted store: a generation is a version and never changes."""

    store: Store
    key: DataKey
    memory_limit_mib: int

    def version(self) -> int:
        """The current generation. Raises Refused ``store.empty`` before the first load."""
        return self.store.get_current().number

    @contextmanager
    def open(self, workdir: Path, *, version: int) -> Iterator[tuple[StreamingEngine, Cdm]]:
        """The generation, read-only."""
        connection = open_reader(
            self.store,
            key=self.key,
            workdir=workdir,
            generation=version,
            memory_limit=f"{self.memory_limit_mib}MiB",
        )
        try:
            yield DuckDBEngine(connection), Cdm()
        finally:
            connection.close()


def get_source(services: NodeServices) -> DataSource:
    """The source of the node's dataset: in place where the hospital registered it so, else the store."""
    from node.postgres.source import find_in_place  # a node with its own store needs no driver of a server

    settings = services.settings
    return find_in_place(settings.home, dataset=settings.dataset) or EmbeddedSource(
        store=services.store, key=services.data_key, memory_limit_mib=settings.memory_limit_mib
    )
