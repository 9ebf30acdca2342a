"""Reads the public tables of the shared data folder as columns of numbers, NaN where a value is missing."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence

import numpy as np

from tests.support.shared_data import shared_data
from tests.support.statistics_specs import Columns

PIMA = ("pregnancies", "glucose", "pressure", "skin", "insulin", "bmi", "pedigree", "age", "positive")
SUPPORT_LEVELS = {
    "dzclass": ("ARF/MOSF", "COPD/CHF/Cirrhosis", "Cancer", "Coma"),
    "sex": ("female", "male"),
    "race": ("asian", "black", "hispanic", "other", "white"),
    "ca": ("metastatic", "no", "yes"),
}


def whas500() -> Columns:
    """500 patients after a heart attack (Hosmer, Lemeshow and May 2008). Skips where the file is absent."""
    lines = shared_data("tabular", "sksurv", "whas500.arff").read_text(encoding="utf-8").splitlines()
    names = [line.split()[1] for line in lines if line.startswith("@ATTRIBUTE")]
    rows = [line.split(",") for line in lines[lines.index("@DATA") + 1 :] if line.strip()]
    return _columns(names, rows)


def pima() -> Columns:
    """768 women (Smith et al. 1988). Skips where the file is absent."""
    with shared_data("tabular", "pima_indians_diabetes.csv").open(encoding="utf-8", newline="") as file:
        return _columns(PIMA, list(csv.reader(file)))


def support2() -> Columns:
    """9,105 seriously ill patients (Knaus et al. 1995); words as positions in `SUPPORT_LEVELS`."""
    with shared_data("tabular", "support2.csv").open(encoding="utf-8-sig", newline="") as file:
        names, *rows = csv.reader(file)
    return _columns(names, rows)


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    return {name: np.array([_number(name, row[at]) for row in rows]) for at, name in enumerate(names) if name}


def _number(name: str, text: str) -> float:
    if name in SUPPORT_LEVELS:
        levels = SUPPORT_LEVELS[name]
        return float(levels.index(text)) if text in levels else math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan
