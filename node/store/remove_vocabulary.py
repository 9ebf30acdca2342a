"""Removes an old vocabulary for good, unless some data set rests on it."""

from __future__ import annotations

from collections.abc import Iterable

from node.store.generations import Store
from onggi.errors import Refused


def remove_vocabulary(vocabulary: Store, number: int, *, datasets: Iterable[Store]) -> None:
    """Removes a generation of the shared vocabulary.

    Every generation of a data set counts, not the current one alone: a run that began on an older one is
    taken up again after a restart. A load that names a vocabulary just now is waited for.

    Raises:
        Refused: ``store.vocabulary_in_use``, or ``store.generation_current`` for the newest.
    """
    with vocabulary.write() as writer, vocabulary.hold(to_remove=True):
        for dataset in datasets:
            for generation in dataset.list_generations():
                named = generation.manifest.vocabulary
                if named is not None and named.number == number:
                    raise Refused("store.vocabulary_in_use", number=number, path=str(generation.folder))
        writer.remove_generation(number)
