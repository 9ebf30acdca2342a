"""Decides in which order a table's rows are kept: those that are asked for together lie together.

Questions name concepts, then persons. Kept by concept, a table of millions is read where the concept lies and
nowhere else, and it packs better as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analysis_jobs.cohort.cdm_tables import CRITERION_TABLES
from node.store.cdm_tables import Table

_CONCEPTS: Final = {each.name: each.concept for each in CRITERION_TABLES.values()}
_OF_VOCABULARY: Final = {
    "concept": ("concept_id",),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
    "concept_relationship": ("concept_id_2", "relationship_id"),
}


def row_order(table: Table, *, values: Mapping[str, str], person: str | None) -> str:
    """The ORDER BY list of a table.

    Args:
        values: each column that the source has, and the SQL expression of its value.
        person: the expression of the person's new id, where the table is about persons.
    """
    leading = _OF_VOCABULARY.get(table.name, (_CONCEPTS.get(table.name),))
    columns = [values[name] for name in leading if name is not None and name in values]
    return ", ".join([*columns, *([person] if person else []), "_row"])
