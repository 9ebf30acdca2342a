"""What a report on concepts asks for."""

from __future__ import annotations

from typing import Literal

from onggi.spec.base import Frozen


class ConceptsParameters(Frozen):
    """What hospitals' vocabularies know of the concepts that the cohort definition names. Counts nobody."""

    kind: Literal["concepts"] = "concepts"
