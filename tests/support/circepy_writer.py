"""Writes the SQL of Circe's Python port for each definition that it is given: one JSON line in, one out.

Run by the interpreter that has the port, never by ours; it imports nothing of ours.
"""

from __future__ import annotations

import json
import sys

from circe.cohortdefinition import CohortExpression  # type: ignore[import-not-found]  # not in our environment
from circe.cohortdefinition.cohort_expression_query_builder import (  # type: ignore[import-not-found]  # likewise
    BuildExpressionQueryOptions,
    CohortExpressionQueryBuilder,
)


def _sql(definition: object) -> str:
    options = BuildExpressionQueryOptions()
    options.cdm_schema = options.vocabulary_schema = options.result_schema = "main"
    options.target_table = "main.cohort"
    options.cohort_id = 1
    expression = CohortExpression.model_validate(definition)
    return str(CohortExpressionQueryBuilder().build_expression_query(expression, options))


def main() -> None:
    for line in sys.stdin:
        print(json.dumps({"sql": _sql(json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
