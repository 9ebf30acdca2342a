"""How long the concept sets of one definition take at a vocabulary of a million concepts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis_jobs.cohort.engines import DuckDBEngine, resolve_concept_sets
from benchmarks.harness import Benchmark, Measured, at_most
from benchmarks.store_data import CACHE, CONCEPTS, keys, loaded_vocabulary
from node.store.reader import open_cdm
from onggi.spec.circe.read import read_cohort

_BUDGET_MS = 50.0
_ROUNDS = 5


def measure(concepts: int = CONCEPTS, *, rounds: int = _ROUNDS) -> Measured:
    store = loaded_vocabulary(concepts)
    plans = [read_cohort(definition) for definition in definitions(concepts)]
    taken: list[float] = []
    resolved = 0
    with (
        tempfile.TemporaryDirectory(dir=CACHE, prefix="part-") as place,
        open_cdm(store, key=keys().data, workdir=Path(place)) as opened,
    ):
        engine = DuckDBEngine(opened.connection)
        for turn in range(rounds + 1):
            for plan in plans:
                begun = time.perf_counter()
                sets = resolve_concept_sets(engine, plan, cdm=opened.cdm)
                taken += [(time.perf_counter() - begun) * 1000] if turn else []
                resolved = max(resolved, *(len(found) for found in sets.resolved.values()))
    detail = {"definitions": len(plans), "largest_set": resolved, "slowest_ms": max(taken)}
    return Measured(taken, [_BUDGET_MS], detail=detail)


def definitions(concepts: int) -> Iterator[dict[str, Any]]:
    """Three sets each: with descendants, with some of them excluded, and with what maps to them."""
    for number in range(8):
        top = 1 << (5 + number)
        yield _definition(
            [
                [_item(top + 1, descendants=True)],
                [
                    _item(2 * top, descendants=True),
                    _item(4 * top + 1, descendants=True, excluded=True),
                    _item(8 * top + 3, excluded=True),
                ],
                [_item(4 * top + 2, descendants=True, mapped=True), _item(concepts - number)],
            ]
        )


def _item(
    concept: int, *, descendants: bool = False, excluded: bool = False, mapped: bool = False
) -> dict[str, Any]:
    return {
        "concept": {"CONCEPT_ID": concept, "CONCEPT_NAME": "made up"},
        "includeDescendants": descendants,
        "isExcluded": excluded,
        "includeMapped": mapped,
    }


def _definition(sets: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "ConceptSets": [
            {"id": number, "name": f"set {number}", "expression": {"items": items}}
            for number, items in enumerate(sets)
        ],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": number}} for number in range(len(sets))],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "QualifiedLimit": {"Type": "All"},
        "ExpressionLimit": {"Type": "All"},
        "InclusionRules": [],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


BENCHMARK = Benchmark(
    name="concept_set_ms",
    unit="ms",
    mark=at_most(1),
    how=(
        "Median milliseconds to resolve a definition's three concept sets (descendants, exclusions, mapped) "
        f"at an encrypted vocabulary of {CONCEPTS:,} made-up concepts and 20 ancestors of each; 8 "
        "definitions, from hundreds to tens of thousands of concepts a set. Peer: the budget of 50 ms."
    ),
    measure=measure,
)
