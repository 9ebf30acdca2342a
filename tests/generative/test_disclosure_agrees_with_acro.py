"""What ACRO finds unsafe at its default thresholds, our rules refuse; where ours are stricter, it is listed.

The same made-up tables go through ACRO (one process, in an environment of its own) and through our kinds, as
nodes ask their rules before they unmask. ACRO counts rows; here each row is a person.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pytest

from analysis_jobs.kinds.pooled import run_fixed_point
from analysis_jobs.kinds.registry import get_kind
from onggi.errors import Refused
from onggi.spec.disclosure_rules import DEFAULT_RULES
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CrossTableParameters, TableOneParameters
from tests.support.raised_codes import REPOSITORY
from tests.support.statistics_specs import asking, category, glm_spec, number, table_of

_PYTHON: Final = REPOSITORY / ".acro" / "bin" / "python"
_JUDGE: Final = REPOSITORY / "tests" / "support" / "acro_judge.py"
_LETTERS: Final = "abcd"
_MOST: Final = 1000.0
pytestmark = pytest.mark.skipif(
    not _PYTHON.exists(),
    reason="ACRO's environment is not there: `make .stamps/acro` builds it where a registry is reached",
)


@dataclass(frozen=True)
class Asked:
    """The tables. `counts`: persons by row and column; `values`: numbers by group."""

    counts: list[list[list[int]]]
    values: list[list[list[float]]]
    regressions: list[dict[str, Any]]


@cache
def asked() -> Asked:
    """Seeded, with every count near a threshold, and dominance, zeros and equal values among the numbers."""
    rng = np.random.default_rng(20)
    counts = [
        rng.choice([0, 1, 9, 10, 11, 12, 25, 60], size=(rows, columns), p=weights).tolist()
        for rows, columns, weights in (
            (*rng.integers(2, 5, 2), (0.02, 0.01, 0.02, 0.15, 0.2, 0.2, 0.2, 0.2)) for _ in range(140)
        )
    ]
    values = [
        [_group(rng, name) for name in rng.choice(list(_WEIGHTS), 2, p=list(_WEIGHTS.values()))]
        for _ in range(160)
    ]
    regressions = [
        {"outcome": rng.normal(size=n).tolist(), "terms": rng.normal(size=(n, terms)).tolist()}
        for terms in (1, 2, 4)
        for n in range(terms + 6, terms + 18)
    ]
    return Asked(counts, values, regressions)


_WEIGHTS: Final = {
    "plain": 0.4,
    "few": 0.08,
    "at the threshold": 0.1,
    "one": 0.06,
    "two": 0.06,
    "nearly two": 0.06,
    "zeros": 0.06,
    "equal": 0.06,
    "equal but one": 0.04,
    "skewed": 0.08,
}


def _group(rng: np.random.Generator, name: str) -> list[float]:
    """Numbers of one group, none negative: ACRO has no rule of dominance for those."""
    n = {"few": int(rng.integers(1, 10)), "at the threshold": int(rng.integers(10, 12))}.get(name, 40)
    found = rng.uniform(1, 20, n)
    if name == "one":
        found[0] = _MOST
        found[1:] = rng.uniform(0.1, 0.5, n - 1)
    elif name in ("two", "nearly two"):
        found[:2] = _MOST * rng.uniform(0.5, 1, 2)
        found[2:] = rng.uniform(0.1, 2, n - 2) if name == "two" else rng.uniform(4, 12, n - 2)
    elif name == "zeros":
        found[int(rng.integers(3, 14)) :] = 0
    elif name in ("equal", "equal but one"):
        found[:] = 7
        found[0] = 7 if name == "equal" else 50
    elif name == "skewed":
        found = np.minimum(rng.lognormal(1, 1.6, n), _MOST)
    return [round(float(each), 3) for each in found]


@cache
def judged() -> dict[str, Any]:
    tables = asked()
    told = subprocess.run(
        [_PYTHON, "-I", _JUDGE],
        input=json.dumps(
            {"counts": tables.counts, "values": tables.values, "regressions": tables.regressions}
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _refusal(spec: JobSpec, columns: dict[str, Any]) -> str | None:
    """The code with which our rules refuse, at the pooled evidence or before release; None: it is shown."""
    try:
        answer = run_fixed_point(spec, [table_of(columns)], check=True)
        get_kind(spec.kind).release(spec, answer, exact=True)
    except Refused as refused:
        return refused.code
    return None


def _refuses_counts(table: list[list[int]]) -> str | None:
    rows, columns = category("rows", *_LETTERS[: len(table)]), category("columns", *_LETTERS[: len(table[0])])
    spec = asking(
        CrossTableParameters(rows="rows", columns="columns"), variables=(rows, columns), masked=True
    )
    persons = [
        (row, column)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    found = np.array(persons, dtype=float).reshape(-1, 2)
    return _refusal(spec, {"rows": found[:, 0], "columns": found[:, 1]})


def _refuses_values(table: list[list[float]]) -> str | None:
    by, value = category("by", *_LETTERS[: len(table)]), number("value", 0, _MOST)
    spec = asking(TableOneParameters(variables=("value",), by="by"), variables=(by, value), masked=True)
    groups = np.concatenate([np.full(len(values), float(at)) for at, values in enumerate(table)])
    return _refusal(spec, {"by": groups, "value": np.concatenate(table)})


def _refuses_regression(each: dict[str, Any]) -> str | None:
    terms = np.array(each["terms"])
    names = [f"x{at}" for at in range(terms.shape[1])]
    spec = glm_spec([number(name) for name in ("y", *names)], family="gaussian", outcome="y", masked=True)
    return _refusal(spec, {"y": np.array(each["outcome"]), **dict(zip(names, terms.T, strict=True))})


def test_acro_judges_by_the_thresholds_that_our_defaults_come_from() -> None:
    config = judged()["config"]
    names = ("safe_threshold", "safe_dof_threshold", "safe_nk_n", "safe_nk_k", "safe_pratio_p")
    assert [config[name] for name in names] == [10, DEFAULT_RULES.residual_dof, 2, 0.9, 0.1]
    assert config["zeros_are_disclosive"]


def test_a_table_of_counts_is_refused_exactly_where_acro_finds_an_unsafe_cell() -> None:
    """The same: neither is stricter."""
    unsafe = [bool(each) for each in judged()["counts"]]
    ours = [_refuses_counts(table) for table in asked().counts]
    assert [each is not None for each in ours] == unsafe
    assert set(ours) == {None, "disclosure.small_cell"}
    assert 0.2 < np.mean(unsafe) < 0.8, "both verdicts are tried"
    assert {check for each in judged()["counts"] for check in each} == {
        "MinimumThresholdCheck",
        "PresenceOfZeroCheck",
    }


def test_no_mean_that_acro_finds_unsafe_is_shown_and_what_is_stricter_is_known() -> None:
    """A Table 1 shows mean and standard deviation: all checks of both."""
    told = judged()
    unsafe = [
        {*mean, *total, *(("MinimumDoFCheck",) if spread else ())}
        for mean, total, spread in zip(
            told["values"]["mean"], told["values"]["sum"], told["spreads"], strict=True
        )
    ]
    ours = [_refuses_values(table) for table in asked().values]
    shown = [at for at, code in enumerate(ours) if code is None and unsafe[at]]
    assert not shown, [(unsafe[at], [len(group) for group in asked().values[at]]) for at in shown]
    stricter = Counter(code for code, checks in zip(ours, unsafe, strict=True) if code and not checks)
    # Few who differ from 0, an effective number of contributors under five, one value of everybody, and few
    # who differ from one value or lie far from all others: ACRO looks at sums, never at what differs.
    assert set(stricter) == {
        "disclosure.small_cell",
        "disclosure.effective_sample",
        "disclosure.one_value",
        "disclosure.few_differ",
    }
    assert ours.count(None) > 20
    checks = {"NKCheck", "PPercentCheck", "MinimumThresholdCheck", "MinimumDoFCheck"}
    assert set().union(*unsafe) == checks, "each check of ACRO is tried"


def test_no_regression_that_acro_finds_unsafe_is_shown() -> None:
    unsafe = [each["status"] != "pass" for each in judged()["regressions"]]
    ours = [_refuses_regression(each) for each in asked().regressions]
    assert not [at for at, code in enumerate(ours) if code is None and unsafe[at]]
    assert {code for code, bad in zip(ours, unsafe, strict=True) if bad} <= {
        "disclosure.low_dof",
        "disclosure.small_cell",
    }
    assert {code for code, bad in zip(ours, unsafe, strict=True) if not bad} == {None}, "nor is ours stricter"
    assert 0.2 < np.mean(unsafe) < 0.8
