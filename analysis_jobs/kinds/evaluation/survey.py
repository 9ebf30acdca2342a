"""Reads the pooled sums of the first question: cells, mean risks, errors and moments of each population."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays
from analysis_jobs.kinds.evaluation.design import EVERYBODY, Design
from analysis_jobs.kinds.evaluation.persons import LEAST_RISK, WIDEST
from analysis_jobs.kinds.prediction.bins import Cells
from onggi.errors import NotTrusted, Refused

_CONSTANT = 1e-13


@dataclass(frozen=True, slots=True)
class Survey:
    """Pooled numbers of one population. `center` and `spread` are mean and standard deviation of the
    linear predictor, `center_of_events` its mean over those with the event; `deviance` is that of the
    predictions as they are."""

    name: str
    cells: Cells
    mean_risks: tuple[float | None, ...]
    brier: float
    center: float
    spread: float
    center_of_events: float
    deviance: float

    @property
    def persons(self) -> int:
        """Persons of the population."""
        return sum(self.cells.persons)

    @property
    def events(self) -> int:
        """Those with the event."""
        return self.cells.total_events


def read_survey(design: Design, sums: Arrays, *, noise: float) -> list[Survey]:
    """One survey for each population. `noise`: how far a masked sum may be off, 0 in clear.

    Raises:
        Refused: ``evaluation.no_complete_cases``, ``evaluation.one_class`` or
            ``evaluation.predictions_alike`` naming the population.
        NotTrusted: ``evaluation.sum_impossible`` when cells are no numbers of persons, or do not add up.
    """
    size = len(design.populations)
    cells = sums["cells"].reshape(size, design.groups, 2)
    _check_cells(cells)
    risks, totals = sums["risks"].reshape(size, design.groups), sums["sums"].reshape(size, 5)
    return [
        _read_one(design, name, cells[at], risks[at], totals[at], noise=noise)
        for at, name in enumerate(design.populations)
    ]


def with_exact_moments(surveys: list[Survey], moments: Array) -> list[Survey]:
    """The same with mean and spread from distances to the first mean, in units of the first spread.

    Where predictions hardly differ, the first moments cancel to a few digits.
    """
    exact = []
    for survey, (first, second) in zip(surveys, moments.reshape(len(surveys), 2).tolist(), strict=True):
        mean = first / survey.persons
        exact.append(
            replace(
                survey,
                center=survey.center + survey.spread * mean,
                spread=survey.spread * math.sqrt(max(second / survey.persons - mean * mean, 0.0)),
            )
        )
    return exact


def _check_cells(cells: Array) -> None:
    wholes = bool((cells >= 0).all() and (cells == np.floor(cells)).all())
    if not wholes or (len(cells) > 1 and not np.array_equal(cells[0], cells[1:].sum(axis=0))):
        raise NotTrusted("evaluation.sum_impossible")


def _read_one(
    design: Design, name: str, cells: Array, risks: Array, totals: Array, *, noise: float
) -> Survey:
    told = "all" if name == EVERYBODY else name
    persons, events = int(cells.sum()), int(cells[:, 0].sum())
    if persons == 0:
        raise Refused("evaluation.no_complete_cases", population=told)
    if events in (0, persons):
        raise Refused("evaluation.one_class", population=told, variable=design.outcome)
    squared_error, first, second, of_events, deviance = (float(total) for total in totals)
    mean = first / persons
    variance = second / persons - mean * mean
    if not variance > max(_CONSTANT, 16 * noise / persons):
        raise Refused("evaluation.predictions_alike", population=told)
    return Survey(
        name=name,
        cells=Cells(
            design.edges,
            events=tuple(int(count) for count in cells[:, 0]),
            others=tuple(int(count) for count in cells[:, 1]),
        ),
        mean_risks=tuple(
            _mean(float(risk), int(count)) for risk, count in zip(risks, cells.sum(axis=1), strict=True)
        ),
        brier=squared_error / persons,
        center=WIDEST * mean,
        spread=WIDEST * math.sqrt(variance),
        center_of_events=WIDEST * of_events / events,
        deviance=deviance,
    )


def _mean(total: float, count: int) -> float | None:
    """Rounding under masks must not lead outside of what a risk can be."""
    return min(max(total / count, LEAST_RISK), 1 - LEAST_RISK) if count else None
