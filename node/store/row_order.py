"""Decides in which order a table's rows are kept: those that are asked for together lie together.

Questions name concepts, then persons. Kept by concept, a table of millions is read where the concept lies and
nowhere else, and it packs better as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES

_CONCEPTS: Final = {each.name: each.concept for each in CRITERION_TABLES.values()}
_OF_VOCABULARY: Final = {
    "concept": ("concept_id",),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept_relationship": ("concept_id_2", "relationship_id"),
}


def row_order(table: str, *, values: Mapping[str, str], person: str | None) -> list[str]:
    """The expressions by which a table's rows are ordered.

    Args:
        values: each column that the source has, and the SQL expression of its value.
        person: the expression of the person's new id, where the table is about persons.
    """
    leading = _OF_VOCABULARY.get(table, (_CONCEPTS.get(table),))
    columns = [values[name] for name in leading if name is not None and name in values]
    return [*columns, *([person] if person else [])]
