"""Which concepts a definition's concept set names, by the hospital's own vocabulary.

Named concepts that the vocabulary has (valid or not), their valid descendants where asked, and whatever a
valid 'Maps to' leads to any of these where asked; less the same of the excluded items.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.cohort_oracle.rows import Hospital, Json, table


def concept_set(number: int | None, expression: Json, hospital: Hospital) -> frozenset[int]:
    """The concept ids of one concept set; a number that the definition does not define names none."""
    if number is None:
        raise ValueError("the oracle knows no concept set without a number")
    for found in expression.get("ConceptSets") or ():
        if found["id"] == number:
            items = found["expression"].get("items") or ()
            inside = _named([item for item in items if not item.get("isExcluded")], hospital)
            outside = _named([item for item in items if item.get("isExcluded")], hospital)
            return frozenset(inside - outside)
    return frozenset()


def _named(items: Iterable[Json], hospital: Hospital) -> set[int]:
    found: set[int] = set()
    for item in items:
        own = _with_descendants(item, hospital)
        found |= own
        if item.get("includeMapped"):
            found |= {
                row["concept_id_1"]
                for row in table(hospital, "concept_relationship")
                if row["concept_id_2"] in own
                and row["relationship_id"] == "Maps to"
                and row.get("invalid_reason") is None
            }
    return found


def _with_descendants(item: Json, hospital: Hospital) -> set[int]:
    named = item["concept"]["CONCEPT_ID"]
    concepts = table(hospital, "concept")
    found = {row["concept_id"] for row in concepts if row["concept_id"] == named}
    if item.get("includeDescendants"):
        valid = {row["concept_id"] for row in concepts if row.get("invalid_reason") is None}
        below = {
            row["descendant_concept_id"]
            for row in table(hospital, "concept_ancestor")
            if row["ancestor_concept_id"] == named
        }
        found |= valid & below
    return found
