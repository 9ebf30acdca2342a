"""Opens the current generation for the one purpose of making its card, and closes it again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from catalog.dataset_card import DatasetCard
from node.cards.build_card import CardBuilder
from node.settings import NodeSettings
from node.store.generations import Store
from node.store.keys import DataKey
from node.store.reader import open_reader
from onggi.errors import Refused


def make_card(settings: NodeSettings, *, key: DataKey) -> DatasetCard:
    """The card of the current generation, by the hospital's own smallest group.

    Raises:
        Refused: ``card.of_twin``, ``card.too_few_persons``, ``card.not_counted``; ``store.*`` where the
            store cannot be read.
    """
    store = Store(settings.store)
    current = store.get_current()
    if current.manifest.synthetic:
        raise Refused("card.of_twin", generation=current.number)
    workdir = Path(tempfile.mkdtemp(prefix="card-", dir=store.work))
    try:
        connection = open_reader(
            store,
            key=key,
            workdir=workdir,
            generation=current.number,
            memory_limit=f"{settings.memory_limit_mib}MiB",
        )
        try:
            builder = CardBuilder(connection, settings.policy.minimum_persons)
            return builder.build(site=settings.site, dataset=settings.dataset, manifest=current.manifest)
        finally:
            connection.close()
    finally:
        shutil.rmtree(workdir, ignore_errors=True)  # what was spilled is encrypted
