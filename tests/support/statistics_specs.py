"""Short ways to write the spec and the tables of a statistic in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onggi.spec.job import CodeDigests, JobSpec, Privacy, ReleaseShape, ResultType
from onggi.spec.kinds import CountParameters, GlmParameters
from onggi.spec.variables import Variable

Columns = Mapping[str, npt.NDArray[np.float64]]
_RESULTS: dict[str, ResultType] = {
    "concepts": "concept_report",
    "count": "count_table",
    "evaluation": "model_evaluation",
    "cox": "cox_fit",
    "glm": "model_fit",
    "meta": "meta_analysis",
    "overlap": "overlap_table",
    "survival": "survival_curves",
    "penalised": "regularised_path",
    "table_one": "table_one",
    "rates": "rates",
    "correlation": "correlation",
    "cross_table": "cross_table",
    "distribution": "distribution",
}
_DIGEST = "sha256:" + "0" * 64


def number(name: str, low: float = -100.0, high: float = 100.0) -> Variable:
    """A measured number with its believable range."""
    return Variable(name=name, domain="measurement", kind="number", concepts=(1,), low=low, high=high)


def flag(name: str) -> Variable:
    """A yes or no that is never missing."""
    return Variable(name=name, domain="condition", kind="flag", concepts=(1,))


def category(name: str, *levels: str) -> Variable:
    """One of the named levels."""
    concepts = tuple(range(100, 100 + len(levels)))
    return Variable(
        name=name, domain="observation", kind="category", concepts=(1,), levels=concepts, level_names=levels
    )


def _spec(parameters: Any, *, sites: int, **changes: Any) -> JobSpec:
    given: dict[str, Any] = {
        "title": "A test",
        "project": "project-1",
        "permit": "permit-1",
        "dataset": "test-data",
        "participants": tuple(f"site-{number:04d}" for number in range(sites)),
        "minimum_sites": 1,
        "cohort": {},
        "parameters": parameters,
        "releases": (ReleaseShape(result=_RESULTS[parameters.kind]),),
        "code": CodeDigests(source=_DIGEST, environment=_DIGEST, sandbox=_DIGEST),
        "expires": datetime(2030, 1, 1, tzinfo=UTC),
    }
    return JobSpec(**(given | changes))


def glm_spec(
    variables: Sequence[Variable], *, sites: int = 1, masked: bool = False, minimum: int = 10, **given: Any
) -> JobSpec:
    """A regression of the first variable on the others, unless `outcome`, `terms` say otherwise."""
    offset = given.get("offset")
    given.setdefault("outcome", variables[0].name)
    used = {given["outcome"], offset}
    given.setdefault("terms", tuple(each.name for each in variables if each.name not in used))
    return _spec(
        GlmParameters(**given),
        sites=sites,
        variables=tuple(variables),
        privacy=Privacy(minimum_persons=minimum, masked=masked),
    )


def count_spec(*rules: str, sites: int = 1, masked: bool = False, minimum: int = 10) -> JobSpec:
    """A funnel with the named inclusion rules."""
    cohort = {"InclusionRules": [{"name": rule} for rule in rules]}
    privacy = Privacy(minimum_persons=minimum, masked=masked)
    return _spec(CountParameters(), sites=sites, cohort=cohort, privacy=privacy)


def asking(
    parameters: Any, *, sites: int = 1, masked: bool = False, minimum: int = 10, **more: Any
) -> JobSpec:
    """A job of any kind with these parameters."""
    privacy = Privacy(minimum_persons=minimum, masked=masked)
    return _spec(parameters, sites=sites, privacy=privacy, **more)


def table_of(columns: Columns) -> pa.Table:
    """A staged table: NaN becomes null, as staging writes it."""
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def in_order_of(columns: Columns, name: str) -> dict[str, npt.NDArray[np.float64]]:
    """The same rows, sorted by one column: hospitals cut from them hold one class or a narrow range of it."""
    order = np.argsort(columns[name], kind="stable")
    return {each: values[order] for each, values in columns.items()}


def split(columns: Columns, cuts: Sequence[int]) -> list[pa.Table]:
    """The rows cut at the given positions into one table per hospital; equal cuts make an empty one."""
    size = len(next(iter(columns.values())))
    edges = [0, *sorted(cuts), size]
    return [
        table_of({name: values[start:stop] for name, values in columns.items()})
        for start, stop in pairwise(edges)
    ]
