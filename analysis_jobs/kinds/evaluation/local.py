"""What one hospital computes for each question of an evaluation: sums over its complete cases."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from analysis_jobs.kinds.contract import Array, Arrays, Ask, PersonSet, Rows, Summary, Table
from analysis_jobs.kinds.evaluation.design import EVERYBODY, Design
from analysis_jobs.kinds.evaluation.layout import GROUPS, PLACES, POWERS, check_ask
from analysis_jobs.kinds.evaluation.persons import WIDEST, Persons, Positions, persons_of, risk_of
from analysis_jobs.kinds.prediction.bins import bounds_of
from analysis_jobs.kinds.ranges import SQUARES_UNIT
from analysis_jobs.kinds.set_definitions import complete, is_level, of_label, part
from onggi.spec.job import JobSpec

_STEEPEST = 30.0
"""A recalibrated predictor beyond this counts as this: its risk is 0 or 1 to thirteen digits."""
_FRACTION_PLACES = 36
_ByGroup: TypeAlias = Callable[[Array], Array]


def answer_ask(spec: JobSpec, design: Design, table: Table, ask: Ask) -> Summary:
    """This hospital's reply to any ask of the conversation."""
    check_ask(design, ask)
    persons = persons_of(spec, design, table)
    return group_sums(design, persons) if ask.name == GROUPS else _step(design, persons, ask.arrays)


def persons_evaluated(spec: JobSpec, design: Design, table: Table) -> tuple[PersonSet, ...]:
    """Who is behind the numbers: each population, its groups of risk, and in each those with and without
    the event; then each level of every flag and category of the model."""
    persons = persons_of(spec, design, table)
    places = np.flatnonzero(persons.complete)
    everyone = complete(column.name for column in design.needed)
    found = []
    for at, population in enumerate(design.populations):
        member = _members(persons, at)
        start = "" if population == EVERYBODY else f"{population}, "
        where = everyone if population == EVERYBODY else (*everyone, part(population, 1, 2))
        found.append(
            PersonSet(
                population or "complete cases",
                _rows(persons, places, member),
                described=True,
                where=where,
            )
        )
        for group, name in enumerate(group_names(design)):
            inside = member & (persons.group == group)
            in_group = (*where, part("risk", group, design.groups))
            found.append(
                PersonSet(f"{start}{name}", _rows(persons, places, inside), described=True, where=in_group)
            )
            for outcome, label in enumerate(("yes", "no")):
                those = inside & (persons.outcome == 1 - outcome)
                place = ("cells", (at * design.groups + group) * 2 + outcome)
                cell = f"{start}{name}, {design.outcome}={label}"
                found.append(
                    PersonSet(
                        cell,
                        _rows(persons, places, those),
                        counted=(place,),
                        where=(*in_group, is_level(design.outcome, label)),
                    )
                )
    for level, has in zip(design.levels, persons.has, strict=True):
        where = (*everyone, of_label(level.column, level.label))
        found.append(PersonSet(level.label, _rows(persons, places, has), described=True, where=where))
    return tuple(found)


def group_names(design: Design) -> tuple[str, ...]:
    """How disclosure rules call the groups of risk."""
    return tuple(f"risk {low:g} to {high:g}" for low, high in bounds_of(design.edges))


def _rows(persons: Persons, places: Positions, member: Rows) -> Rows:
    rows = np.zeros(len(persons.complete), dtype=np.bool_)
    rows[places[member]] = True
    return rows


def _members(persons: Persons, population: int) -> Rows:
    """Which complete cases belong to a population: everybody, or those of one level."""
    if population == 0:
        return np.ones(len(persons.level), dtype=np.bool_)
    member: Rows = persons.level == population - 1
    return member


def _summed(code: Positions, values: Array, size: int) -> Array:
    """The sum of the values of each code."""
    return np.bincount(code, weights=values, minlength=size).astype(np.float64, copy=False)


def group_sums(design: Design, persons: Persons) -> Summary:
    """Cells, risks and errors of every population, with the evidence on them."""
    levels = max(len(design.populations) - 1, 1)
    code = persons.level * design.groups + persons.group
    size = levels * design.groups

    def by_group(values: Array) -> Array:
        return _summed(code, values, size).reshape(levels, design.groups)

    def by_level(values: Array) -> Array:
        return _summed(persons.level, values, levels)

    def told(numbers: Array) -> Array:
        """Levels, with everybody in front where there are any: the sum of all."""
        if len(design.populations) == 1:
            return numbers.ravel()
        return np.concatenate([numbers.sum(axis=0, keepdims=True), numbers]).ravel()

    outcome, risk, scaled = persons.outcome, persons.risk, persons.predictor / WIDEST
    cells = np.stack([by_group(outcome), by_group(1.0 - outcome)], axis=-1)
    sums = [(risk - outcome) ** 2, scaled, scaled**2, outcome * scaled, _deviance(outcome, persons.predictor)]
    arrays = {
        "cells": told(cells),
        "risks": told(by_group(risk)),
        "sums": told(np.stack([by_level(each) for each in sums], axis=-1)),
    }
    whole = np.rint((persons.predictor + 2**5) * 2.0**_FRACTION_PLACES).astype(np.int64)
    places = [by_group((whole >> place & 1).astype(np.float64)) for place in range(PLACES)]
    ends = bounds_of(design.edges)
    risk_ends = np.array(ends)
    logit_ends = np.array([(_logit(low), _logit(high)) for low, high in ends])
    evidence = {
        "cells": arrays["cells"].copy(),
        "places": told(np.stack(places, axis=-1)),
        "predictor_powers": told(_powers(by_group, persons, persons.predictor, logit_ends)),
        "risk_powers": told(_powers(by_group, persons, risk, risk_ends)),
    }
    if design.levels:
        has = [by_level(each.astype(np.float64)) for each in persons.has]
        evidence["levels"] = told(np.stack(has, axis=-1))
    return Summary(arrays, evidence)


def _powers(by_group: _ByGroup, persons: Persons, values: Array, ends: Array) -> Array:
    """Sums of u, u^2, u^3, u^4 for each group; u runs from -1 to 1 between the group's ends."""
    middle, half = ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2
    u = np.clip((values - middle[persons.group]) / half[persons.group], -1.0, 1.0)
    return np.stack([by_group(u**power) for power in range(1, POWERS + 1)], axis=-1)


def _logit(risk: float) -> float:
    if risk in (0.0, 1.0):
        return -WIDEST if risk == 0.0 else WIDEST
    return max(min(math.log(risk / (1 - risk)), WIDEST), -WIDEST)


def _deviance(outcome: Array, predictor: Array) -> Array:
    size = np.abs(predictor)
    each: Array = 2.0 * (np.log1p(np.exp(-size)) + np.maximum(predictor, 0.0) - outcome * predictor)
    return each


def _step(design: Design, persons: Persons, given: Arrays) -> Summary:
    size = len(design.populations)
    information, score = np.zeros((size, 3)), np.zeros((size, 2))
    deviance, shifted = np.zeros(size), np.zeros((size, 3))
    moments, weights = np.zeros((size, 2)), np.zeros((size, 6))
    for at in range(size):
        member = _members(persons, at)
        outcome, predictor = persons.outcome[member], persons.predictor[member]
        z = (predictor - given["center"][at]) / given["spread"][at]
        fitted = np.clip(given["beta"][at, 0] + given["beta"][at, 1] * z, -_STEEPEST, _STEEPEST)
        residual, weight = _pieces(outcome, fitted)
        bent = weight * z * z
        moments[at] = z.sum(), z @ z
        information[at] = weight.sum(), weight @ z, bent.sum()
        score[at] = residual.sum(), residual @ z
        deviance[at] = _deviance(outcome, fitted).sum()
        weights[at, :4] = weight.sum(), weight @ weight, bent.sum(), bent @ bent * SQUARES_UNIT
        fitted = np.clip(given["shift"][at] + predictor, -_STEEPEST, _STEEPEST)
        residual, weight = _pieces(outcome, fitted)
        shifted[at] = weight.sum(), residual.sum(), _deviance(outcome, fitted).sum()
        weights[at, 4:] = weight.sum(), weight @ weight
    arrays = {
        "information": information,
        "score": score,
        "deviance": deviance,
        "shifted": shifted,
        "moments": moments,
    }
    return Summary(
        {name: array.ravel() for name, array in arrays.items()},
        {"weights": weights.ravel()},
    )


def _pieces(outcome: Array, predictor: Array) -> tuple[Array, Array]:
    """Outcome less risk, and risk times its complement."""
    risk = risk_of(predictor)
    return outcome - risk, risk * (1.0 - risk)
