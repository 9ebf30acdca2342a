"""Names of concepts, as far as the hospitals' dataset cards tell any: those of the hospitals' own concepts.

A researcher's own names for concepts stand in the definition; they prove nothing and are not used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from catalog.dataset_card import FIRST_OWN_CONCEPT, DatasetCard
from coordinator.pages.access import Visit
from onggi.errors import OnggiError


@dataclass(frozen=True, slots=True)
class _Card:
    """Cards of one digest are one card: it is read once."""

    digest: str
    load: Callable[[], DatasetCard] = field(compare=False)


def concept_names(
    visit: Visit, concepts: Iterable[int], *, dataset: str, sites: Sequence[str]
) -> Mapping[int, str]:
    """By concept. Hospitals number their own concepts each for itself: different names stand side by side."""
    own = {concept for concept in concepts if concept >= FIRST_OWN_CONCEPT}
    if not own:
        return {}
    found: dict[int, list[str]] = {}
    for _, known in sorted(visit.services.cards.find(dataset, sites).items(), key=itemgetter(0)):
        try:
            names = _names_in(_Card(known.digest, known.load))
        except OnggiError:
            continue
        for concept in sorted(own & names.keys()):
            if names[concept] not in found.setdefault(concept, []):
                found[concept].append(names[concept])
    return {concept: " / ".join(names) for concept, names in found.items()}


@lru_cache(maxsize=100)
def _names_in(card: _Card) -> Mapping[int, str]:
    return {each.concept: each.name for each in card.load().vocabulary if each.name is not None}
