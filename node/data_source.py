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
from node.store.reader import open_cdm
from onggi.errors import Refused


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
        limit = f"{self.memory_limit_mib}MiB"
        with open_cdm(
            self.store, key=self.key, workdir=workdir, generation=version, memory_limit=limit
        ) as opened:
            yield DuckDBEngine(opened.connection), opened.cdm


def find_source(services: NodeServices, dataset: str) -> DataSource | None:
    """A dataset's source: in place where the hospital registered it so, else its store; None if not here."""
    from node.postgres.source import find_in_place  # a node with its own store needs no driver of a server

    if (in_place := find_in_place(services.settings.home, dataset=dataset)) is not None:
        return in_place
    store = services.datasets.find(dataset)
    if store is None:
        return None
    limit = services.settings.memory_limit_mib
    return EmbeddedSource(store=store, key=services.data_key, memory_limit_mib=limit)


def get_source(services: NodeServices, dataset: str) -> DataSource:
    """The same. Raises Refused with ``order.other_dataset``."""
    source = find_source(services, dataset)
    if source is None:
        raise Refused("order.other_dataset", dataset=dataset)
    return source


def dataset_names(services: NodeServices) -> tuple[str, ...]:
    """Every dataset that the node has, in a store of its own or in place."""
    from node.postgres.source import names_in_place

    return tuple(sorted({*services.datasets.names(), *names_in_place(services.settings.home)}))
