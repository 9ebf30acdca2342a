"""Where a dataset stands and which version of it is read: the node's own store, or a database in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine, Engine, StreamingEngine
from node.dataset_version import DatasetVersion
from node.datasets import Datasets
from node.services import NodeServices
from node.settings import NodeSettings
from node.store.generations import Store
from node.store.identifier_guard import IdentifierPolicy, columns_left_out
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

    def describe(self, engine: Engine, cdm: Cdm, /, *, version: int) -> DatasetVersion:
        """What is known of the version beside its rows; `engine` and `cdm` are those that `open` gave."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSource:
    """The encrypted store: a generation is a version and never changes."""

    store: Store
    key: DataKey
    memory_limit_mib: int
    policy: IdentifierPolicy

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

    def describe(self, _engine: Engine, _cdm: Cdm, *, version: int) -> DatasetVersion:
        """As the generation's manifest says."""
        manifest = self.store.get_generation(version).manifest
        return DatasetVersion(
            number=manifest.number,
            digest=manifest.digest,
            cdm_version=manifest.cdm_version,
            vocabulary_version=manifest.vocabulary_version,
            synthetic=manifest.synthetic,
            left_out=columns_left_out(self.policy),
        )


def find_source(services: NodeServices, dataset: str) -> DataSource | None:
    """A dataset's source: in place where the hospital registered it so, else its store; None if not here."""
    settings = services.settings
    if (in_place := _find_in_place(settings, dataset)) is not None:
        return in_place
    store = services.datasets.find(dataset)
    return None if store is None else _in_store(settings, store, services.data_key)


def first_source(settings: NodeSettings, *, key: DataKey) -> DataSource:
    """The source of the dataset that the settings name."""
    in_place = _find_in_place(settings, settings.dataset)
    return in_place or _in_store(settings, Datasets(settings).place(settings.dataset), key)


def first_version(settings: NodeSettings) -> int:
    """The version of that dataset that is read now; no key is needed. Raises Refused ``store.empty``."""
    if (in_place := _find_in_place(settings, settings.dataset)) is not None:
        return in_place.version()
    return Datasets(settings).place(settings.dataset).get_current().number


def _find_in_place(settings: NodeSettings, dataset: str) -> DataSource | None:
    from node.postgres.source import find_in_place  # a node with its own store needs no driver of a server

    return find_in_place(settings.home, dataset=dataset)


def _in_store(settings: NodeSettings, store: Store, key: DataKey) -> EmbeddedSource:
    policy = IdentifierPolicy(**settings.identifiers.model_dump())
    return EmbeddedSource(store=store, key=key, memory_limit_mib=settings.memory_limit_mib, policy=policy)


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
