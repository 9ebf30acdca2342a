"""What is written for Spark and Trino is of their language, and asks for nothing that they do not take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlglot import exp, parse_one

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.concept_sets import ConceptSets, concept_query
from analysis_jobs.cohort.dialects import Dialect, write_sql
from analysis_jobs.cohort.expressions import (
    column,
    compare,
    day_from_parts,
    days_after,
    days_between,
    earliest_of,
    is_one_of,
    latest_of,
    matches_text,
)
from analysis_jobs.cohort.sql import cohort_entries, cohort_rows, rule_masks
from analysis_jobs.cohort.written_lists import with_written_lists
from onggi.spec.circe.read import read_cohort
from tests.support.circe_vectors import VECTORS, definition_of
from tests.support.shared_data import shared_data

_CDM = Cdm("cdm", "hospital")
_CLUSTERS: tuple[Dialect, ...] = ("spark", "trino")
_ASKS: list[Callable[..., exp.Select]] = [cohort_rows, cohort_entries, rule_masks]
_PUBLISHED = (24, 63, 100, 207, 1009)
_MANY = list(range(2_000_000_000, 2_000_000_100))


def _definitions() -> Iterator[dict[str, Any]]:
    for number in _PUBLISHED:
        path = shared_data("omop", "phenotype-library", "cohorts", f"{number}.json")
        yield json.loads(path.read_text(encoding="utf-8"))
    for expression, _, _, change in VECTORS[:19]:
        yield definition_of(expression, change)


@pytest.mark.parametrize("dialect", _CLUSTERS)
def test_statements_are_of_the_language_and_bind_nothing(dialect: Dialect) -> None:
    long_lists = 0
    for definition in _definitions():
        plan = read_cohort(definition)
        queries: list[exp.Query] = []
        if plan.concept_sets:
            queries.append(concept_query(plan.concept_sets, cdm=_CDM))
        for ask in _ASKS:
            concept_sets = ConceptSets({each.id: _MANY for each in plan.concept_sets})
            query = ask(plan, cdm=_CDM, concept_sets=concept_sets)
            written, remaining = with_written_lists(query, concept_sets.parameters)
            assert not remaining
            long_lists += bool(concept_sets.parameters)
            queries.append(written)
        for query in queries:
            tree = parse_one(write_sql(query, dialect=dialect), dialect=dialect)
            assert not list(tree.find_all(exp.Placeholder, exp.Parameter, exp.Any))
            assert not list(tree.find_all(exp.Anonymous))
            for group in tree.find_all(exp.With):
                names = [each.alias for each in group.expressions]
                assert len(names) == len(set(names))
            tables = {each.catalog for each in tree.find_all(exp.Table) if each.db}
            assert tables == {"hospital"}
    assert long_lists


def _written(expression: exp.Expr, dialect: Dialect) -> str:
    return write_sql(exp.select(expression), dialect=dialect).removeprefix("SELECT ")


_A, _B = column("r", "a"), column("r", "b")


@pytest.mark.parametrize(
    ("expression", "spark", "trino"),
    [
        (
            days_between(_A, _B),
            "DATEDIFF(`r`.`b`, `r`.`a`)",
            """DATE_DIFF('DAY', "r"."a", "r"."b")""",
        ),
        (days_after(_A, -3), "DATE_ADD(`r`.`a`, -3)", """DATE_ADD('DAY', -3, "r"."a")"""),
        (
            days_after(_A, _B),
            "DATE_ADD(`r`.`a`, CAST(`r`.`b` AS INT))",
            """DATE_ADD('DAY', CAST("r"."b" AS BIGINT), "r"."a")""",
        ),
        (
            earliest_of([_A, _B]),
            "LEAST(`r`.`a`, `r`.`b`)",
            """COALESCE(LEAST("r"."a", "r"."b"), "r"."a", "r"."b")""",
        ),
        (
            latest_of([_A, _B]),
            "GREATEST(`r`.`a`, `r`.`b`)",
            """COALESCE(GREATEST("r"."a", "r"."b"), "r"."a", "r"."b")""",
        ),
        (
            matches_text(_A, "contains", "it's 5%\\"),
            "`r`.`a` LIKE '%it\\'s 5~%\\\\%' ESCAPE '~'",
            """"r"."a" LIKE '%it''s 5~%\\%' ESCAPE '~'""",
        ),
    ],
)
def test_words_that_differ(expression: exp.Expr, spark: str, trino: str) -> None:
    assert _written(expression, "spark") == spark
    assert _written(expression, "trino") == trino


def test_a_day_from_its_parts() -> None:
    made = day_from_parts(_A, _B, column("r", "c"))
    assert "MAKE_DATE(CAST(`r`.`a` AS INT), CAST(`r`.`b` AS INT), CAST(1 AS INT))" in _written(made, "spark")
    assert """DATE_ADD('MONTH', ("r"."a" - 1) * 12 + "r"."b" - 1, DATE '0001-01-01')""" in _written(
        made, "trino"
    )


def test_only_bound_lists_are_written_out() -> None:
    bound = compare("eq", _A, exp.Any(this=exp.Paren(this=exp.Placeholder(this="codeset_0"))))
    text = compare("eq", _B, exp.Placeholder(this="key"))
    query = exp.select("*").from_("r").where(bound, exp.Not(this=exp.Paren(this=bound.copy())), text)
    written, remaining = with_written_lists(query, {"codeset_0": [3, -4], "key": "k"})
    listed = is_one_of(_A, [3, -4])
    assert list(written.find_all(exp.In)) == [listed, listed]
    assert written.find(exp.Any) is None
    assert query.find(exp.Any) is not None
    assert remaining == {"key": "k"}
