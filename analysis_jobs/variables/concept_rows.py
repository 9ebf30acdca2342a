"""Says which rows a report on concepts is staged as, without touching a database.

One row per concept and per set, in the order of `named_concepts` and of the plan's concept sets:

* a concept: whether the vocabulary has it, holds it as standard, and holds it as valid;
* a set: how many concepts it resolves to, and the first six bytes of SHA-256 over their sorted ids.
"""

from __future__ import annotations

import pyarrow as pa

from onggi.spec.circe.plan import CohortPlan

CONCEPT_ROW, SET_ROW = 0, 1
DIGEST_BYTES = 6
FACTS_SCHEMA = pa.schema(
    [pa.field(name, pa.int64(), nullable=False) for name in ("row", "known", "standard", "valid", "size")]
    + [pa.field(f"digest_{at}", pa.int64(), nullable=False) for at in range(DIGEST_BYTES)]
)


def named_concepts(plan: CohortPlan) -> tuple[int, ...]:
    """Every concept that a set of the definition names, once, in order of id."""
    return tuple(sorted({item.concept for each in plan.concept_sets for item in each.items}))
