"""Which Table 1 may be seen: what is unmasked is seen as it is, so it is all of the table or nothing.

* Every group, and in every group every level and everybody who has a number: enough persons; zero is small.
  Nobody may lack a variable; a few may not (they are left out of the table by `complete`).
* Two levels of different variables ("missing" is one) hold the same persons of a group, or differ by
  enough: one diagnosis within another would otherwise give by subtraction who has the wider one alone.
* A number, in each group and over everybody, is judged as one of a regression (`summed_numbers`): enough
  persons have a share in its sum, no two have most of it or of its spread, and not all but a few have one
  value. A mean and a standard deviation would tell that value, as a full cell would, and those of the few.
  A standard deviation, and what tests rest on it, leaves the residual degrees of freedom that a model must.
"""

from __future__ import annotations

import numpy as np

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.summed_numbers import check_numbers, evidence_of_groups
from analysis_jobs.kinds.table_one.design import Cell, Design
from analysis_jobs.kinds.table_one.layout import SURVEY
from analysis_jobs.kinds.table_one.rows import rounded_row
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import LevelsRow, TableOne
from privacy.disclosure.looks import look
from privacy.disclosure.partition_suppression import check_partition
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.thresholds import check_persons, check_residual_dof, is_small


def check_evidence(spec: JobSpec, design: Design, ask: Ask, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Raises:
        Refused: ``disclosure.small_cell``, ``disclosure.small_difference``, ``disclosure.effective_sample``,
            ``disclosure.one_value``, ``disclosure.few_differ``, ``disclosure.low_dof``.
    """
    threshold = spec.privacy.minimum_persons
    if ask.name != SURVEY:
        check_persons(_numbers_by_name(design, evidence["present"]), threshold=threshold)
        return
    persons = evidence["persons"].reshape(len(design.groups), len(design.cells))
    for group in range(len(design.groups)):
        check_cells(design, group, [float(count) for count in persons[group]], threshold=threshold)
    _check_apart(design, evidence["apart"], threshold=threshold)
    if design.numbers:
        _check_numbers(spec, design, persons, evidence)


def check_cells(design: Design, group: int, counts: list[float], *, threshold: int) -> None:
    """Every cell of one group. Raises Refused ``disclosure.small_cell``."""
    check_persons({design.label(group, design.cells[0]): counts[0]}, threshold=threshold)
    for column in design.columns:
        cells = {
            design.label(group, cell): count
            for cell, count in zip(design.cells, counts, strict=True)
            if cell.variable == column.name
        }
        missing = design.label(group, Cell(column.name, "missing"))
        check_partition(cells, missing=missing, threshold=threshold)


def _check_apart(design: Design, apart: Array, *, threshold: int) -> None:
    by_group = apart.reshape(len(design.groups), len(design.pairs))
    with look("disclosure.small_difference", cells=apart.size, threshold=threshold):
        for group, persons in enumerate(by_group):
            for (_, second), count in zip(design.pairs, persons, strict=True):
                if is_small(float(count), threshold=threshold, structural_zero=True):
                    cell = design.label(group, design.cells[second])
                    raise Refused("disclosure.small_difference", cell=cell, threshold=threshold)


def _check_numbers(spec: JobSpec, design: Design, persons: Array, evidence: Arrays) -> None:
    present = persons[:, [design.places(column.name, "present")[0] for column in design.numbers]]
    of_groups = evidence_of_groups(evidence, len(design.groups))
    for group, own in enumerate(of_groups):
        check_numbers(spec, design.summed, own, persons=present[group], group=design.prefix(group))
    for count in present.ravel().tolist():
        check_residual_dof(n=count, parameters=1, minimum=spec.privacy.rules.residual_dof)
    if design.by is not None:
        everybody = {name: np.sum([own[name] for own in of_groups], axis=0) for name in of_groups[0]}
        check_numbers(spec, design.summed, everybody, persons=present.sum(axis=0), group="everybody: ")


def _numbers_by_name(design: Design, present: Array) -> dict[str, float]:
    by_group = present.reshape(len(design.groups), len(design.numbers))
    return {
        design.label(group, Cell(column.name, "present")): float(by_group[group, at])
        for group in range(len(design.groups))
        for at, column in enumerate(design.numbers)
    }


def release(spec: JobSpec, design: Design, answer: Answer, *, exact: bool) -> TableOne:
    """The table once its own numbers keep the rules again; rounded unless `exact`.

    Raises:
        Refused: ``disclosure.small_cell``.
    """
    if not isinstance(answer, TableOne):
        raise TypeError("a Table 1's answer is a Table 1")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    first = 1 if answer.by is not None else 0
    for column in range(first, len(answer.persons)):
        check_cells(design, column - first, _counts(design, answer, column), threshold=threshold)
    shown = answer.model_copy(update={"minimum_persons": threshold})
    if exact:
        return shown
    base, digits = spec.privacy.rules.rounding_base, spec.privacy.rules.shown_digits
    return shown.model_copy(
        update={
            "persons": tuple(round_to_base(count, base=base) for count in answer.persons),
            "variables": tuple(rounded_row(row, base=base, digits=digits) for row in answer.variables),
            "rounded_to": base,
        }
    )


def _counts(design: Design, answer: TableOne, column: int) -> list[float]:
    """One column's counts in the order of the design's cells."""
    found: list[float] = [answer.persons[column]]
    for row in answer.variables:
        if isinstance(row, LevelsRow):
            found += [level[column] for level in row.persons]
        else:
            found.append(row.present[column])
        if row.variable not in design.complete:
            found.append(row.missing[column])
    return found
