"""Opens the data as it is read now for the one purpose of making its card, and closes it again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from analysis_jobs.quality.cdm_shape import find_columns
from catalog.dataset_card import DatasetCard
from node.cards.build_card import CardBuilder
from node.data_source import first_source
from node.settings import NodeSettings
from node.store.cdm_tables import VOCABULARY_TABLES
from node.store.keys import DataKey
from onggi.errors import Refused


def make_card(settings: NodeSettings, *, key: DataKey) -> DatasetCard:
    """The card of the version that is read now, by the hospital's own smallest group.

    Raises:
        Refused: ``card.of_twin``, ``card.too_few_persons``, ``card.not_counted``; ``store.*``,
            ``postgres.*``, ``dataset.changed`` where the data cannot be read.
    """
    source = first_source(settings, key=key)
    number = source.version()
    with (
        tempfile.TemporaryDirectory(dir=settings.home, prefix="card-") as folder,
        source.open(Path(folder), version=number) as (engine, cdm),
    ):
        version = source.describe(engine, cdm, version=number)
        if version.synthetic:
            raise Refused("card.of_twin", generation=version.number)
        columns = find_columns(engine, cdm=cdm, vocabulary=frozenset(VOCABULARY_TABLES))
        builder = CardBuilder(engine, settings.policy.minimum_persons, cdm=cdm, columns=columns)
        return builder.build(site=settings.site, dataset=settings.dataset, version=version)
