"""The oracle: what a complete Circe cohort definition means, told slowly and plainly on rows in memory.

It reads the JSON itself and shares no code with the engine. What it decides where the official SQL leaves a
choice, and where the two differ, stands in docs/cohort-semantics.md.
"""

from tests.support.cohort_oracle.evaluate import Answer, evaluate
from tests.support.cohort_oracle.rows import Hospital, Row

__all__ = ["Answer", "Hospital", "Row", "evaluate"]
