"""The heart study from the four raw files with nothing of ours: csv, numpy and statsmodels."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import statsmodels.api as sm

RAW = Path(__file__).resolve().parents[2] / "infra" / "demo" / "heart" / "raw"
FILES = ("cleveland", "hungarian", "switzerland", "va")
TERMS = ("intercept", "age", "male", "cp_2", "cp_3", "cp_4", "trestbps", "thalach", "exang", "oldpeak")
_AGE, _SEX, _CP, _PRESSURE, _RATE, _ANGINA, _ST, _GRADE = 0, 1, 2, 3, 7, 8, 9, 13


@dataclass(frozen=True)
class PooledFit:
    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    deviance: float
    n: int
    events: int


def read_rows(name: str) -> list[list[float | None]]:
    with (RAW / f"processed.{name}.data").open(encoding="ascii") as file:
        return [[None if cell == "?" else float(cell) for cell in row] for row in csv.reader(file)]


@cache
def funnel(files: tuple[str, ...] = FILES) -> tuple[int, ...]:
    rows = [row for name in files for row in read_rows(name)]
    older = [row for row in rows if row[_AGE] is not None and row[_AGE] >= 50]
    silent = [row for row in older if row[_CP] == 4]
    angina = [row for row in silent if row[_ANGINA] == 1]
    return len(rows), len(older), len(silent), len(angina)


@cache
def pooled_fit(files: tuple[str, ...] = FILES) -> PooledFit:
    rows = [row for name in files for row in read_rows(name)]
    used = (_AGE, _SEX, _CP, _PRESSURE, _RATE, _ANGINA, _ST, _GRADE)
    complete = [row for row in rows if all(row[i] is not None for i in used) and row[_PRESSURE] != 0]
    design = np.array(
        [
            [
                1.0, row[_AGE], row[_SEX], row[_CP] == 2, row[_CP] == 3, row[_CP] == 4,
                row[_PRESSURE], row[_RATE], row[_ANGINA], row[_ST],
            ]
            for row in complete
        ],
        dtype=float,
    )  # fmt: skip
    outcome = np.array([row[_GRADE] > 0 for row in complete], dtype=float)  # type: ignore[operator]
    fit = sm.GLM(outcome, design, family=sm.families.Binomial()).fit(tol=1e-12)
    return PooledFit(
        coefficients=tuple(fit.params),
        standard_errors=tuple(fit.bse),
        deviance=float(fit.deviance),
        n=len(complete),
        events=int(outcome.sum()),
    )
