"""Opens the current generation for the one purpose of making its card, and closes it again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from catalog.dataset_card import DatasetCard
from node.cards.build_card import CardBuilder
from node.datasets import Datasets
from node.settings import NodeSettings
from node.store.keys import DataKey
from node.store.reader import open_cdm
from onggi.errors import Refused


def make_card(settings: NodeSettings, *, key: DataKey) -> DatasetCard:
    """The card of the current generation, by the hospital's own smallest group.

    Raises:
        Refused: ``card.of_twin``, ``card.too_few_persons``, ``card.not_counted``; ``store.*`` where the
            store cannot be read.
    """
    store = Datasets(settings).place(settings.dataset)
    current = store.get_current()
    if current.manifest.synthetic:
        raise Refused("card.of_twin", generation=current.number)
    workdir = Path(tempfile.mkdtemp(prefix="card-", dir=store.work))
    try:
        limit = f"{settings.memory_limit_mib}MiB"
        with open_cdm(
            store, key=key, workdir=workdir, generation=current.number, memory_limit=limit
        ) as opened:
            builder = CardBuilder(opened.connection, settings.policy.minimum_persons, cdm=opened.cdm)
            return builder.build(site=settings.site, dataset=settings.dataset, manifest=current.manifest)
    finally:
        shutil.rmtree(workdir, ignore_errors=True)  # what was spilled is encrypted
