"""Persons with numbers, flags and categories, some values missing, cut into hospitals of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import strategies as st

from analysis_jobs.kinds.contract import Answer
from analysis_jobs.kinds.pooled import run_fixed_point, run_in_clear
from onggi.spec.job import JobSpec
from tests.support.statistics_specs import Columns, in_order_of, split

RUNS = [pytest.param(False, id="clear"), pytest.param(True, id="fixed-point")]


@dataclass(frozen=True)
class Hospitals:
    """How many persons, from which seed, and where their rows are cut."""

    persons: int
    seed: int
    cuts: list[int]

    @property
    def sites(self) -> int:
        return len(self.cuts) + 1


@st.composite
def hospitals(draw: st.DrawFn, *, least: int = 2, most: int = 600) -> Hospitals:
    """One to twenty hospitals, uneven and empty ones included."""
    persons = draw(st.integers(least, most))
    cuts = draw(st.lists(st.integers(0, persons), max_size=19))
    return Hospitals(persons, draw(st.integers(0, 2**32)), cuts)


def everyday_columns(persons: int, seed: int) -> Columns:
    """Ages, a skewed number in tiny units, one in huge units, a flag, a category; gaps in most of them.

    Of an odd seed persons lie in the order of their group: hospitals hold one group alone.
    """
    rng = np.random.default_rng(seed)
    gaps = rng.random((4, persons)) < 0.1
    group = rng.integers(0, 3, persons).astype(float)
    columns = {
        "age": np.where(gaps[0], np.nan, rng.normal(60 + 3 * group, 12, persons).round().clip(0, 110)),
        "crp": np.where(gaps[1], np.nan, rng.exponential(2e-4, persons).clip(0, 1)),
        "cells": rng.normal(4e9, 3e8, persons).clip(0, 1e10),
        "male": (rng.random(persons) < 0.55).astype(float),
        "stage": np.where(gaps[2], np.nan, rng.integers(0, 4, persons).astype(float)),
        "group": np.where(gaps[3], np.nan, group),
        "treated": (rng.random(persons) < 0.4).astype(float),
    }
    return in_order_of(columns, "group") if seed % 2 else columns


def run(spec: JobSpec, columns: Columns, cuts: list[int], *, check: bool = False) -> Answer:
    """The answer over hospitals, in clear or as masks would round it, as the spec says."""
    conversation = run_fixed_point if spec.privacy.masked else run_in_clear
    return conversation(spec, split(columns, cuts), check=check)
