"""Writes what the demo found and what left each hospital, so that anybody can check it against the files."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from infra.demo.heart.to_cdm import HOSPITALS, RAW
from onggi.spec.results import CountTable, ModelFit

_AGE, _SEX, _CP, _PRESSURE, _RATE, _ANGINA, _ST, _GRADE = 0, 1, 2, 3, 7, 8, 9, 13


@dataclass(frozen=True, slots=True)
class PooledFit:
    """The same regression on all rows in one place, by statsmodels, from the raw files."""

    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]


def pooled_fit() -> PooledFit:
    """Reads the four published files and fits; nothing of ours takes part."""
    import statsmodels.api as sm

    used = (_AGE, _SEX, _CP, _PRESSURE, _RATE, _ANGINA, _ST, _GRADE)
    rows = []
    for hospital in HOSPITALS.values():
        with (RAW / hospital.raw).open(encoding="ascii") as file:
            for cells in csv.reader(file):
                if all(cells[place] != "?" for place in used) and float(cells[_PRESSURE]) != 0:
                    rows.append([float(cells[place]) for place in used])
    table = np.array(rows)
    age, sex, pain, pressure, rate, angina, depression, grade = table.T
    kinds = [pain == kind for kind in (2, 3, 4)]
    design = np.column_stack([np.ones(len(table)), age, sex, *kinds, pressure, rate, angina, depression])
    fit = sm.GLM(grade > 0, design, family=sm.families.Binomial()).fit(tol=1e-12)
    return PooledFit(tuple(fit.params), tuple(fit.bse))


def largest_difference(fit: ModelFit, pooled: PooledFit) -> float:
    """Over all coefficients and standard errors."""
    ours = np.array([*fit.coefficients, *fit.standard_errors])
    theirs = np.array([*pooled.coefficients, *pooled.standard_errors])
    return float(np.abs(ours - theirs).max())


def report_document(
    *,
    count: CountTable,
    fit: ModelFit,
    difference: float,
    rounds_ms: Sequence[float],
    phases: Mapping[str, float],
    log: Mapping[str, Any],
    deletions: int,
    releases: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, Any]:
    """The whole report."""
    funnel = [{"step": step.name, "persons": step.persons} for step in count.funnel()]
    latest = quantiles(rounds_ms, n=20)[-1] if len(rounds_ms) > 1 else max(rounds_ms, default=0.0)
    return {
        "count": {"total": funnel[0]["persons"], "funnel": funnel},
        "glm": {
            "n": fit.n,
            "events": fit.events,
            "terms": list(fit.terms),
            "coefficients": list(fit.coefficients),
            "standard_errors": list(fit.standard_errors),
            "deviance": fit.deviance,
            "max_abs_diff_pooled": difference,
        },
        "round_latency_ms": {
            "median": round(median(rounds_ms), 2) if rounds_ms else 0.0,
            "p95": round(latest, 2),
        },
        "phases_seconds": {
            **{name: round(seconds, 2) for name, seconds in phases.items()},
            "total": round(sum(phases.values()), 2),
        },
        "log": dict(log),
        "deletions": deletions,
        "releases": {site: list(entries) for site, entries in releases.items()},
    }


def write_report(document: Mapping[str, Any], path: Path) -> None:
    """Replaces the file at once when it is whole."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
