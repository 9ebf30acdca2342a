"""Reads when and how each person's follow-up ended, from the two columns of a job's outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.columns import column_numbers
from analysis_jobs.kinds.contract import Array, Rows, Table
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable, column_of


@dataclass(frozen=True, slots=True)
class Ends:
    """Per person: day and kind of the end (0 censored, 1 the event, 2.. competing), each variable's value.

    Rows of persons with a gap, or a value outside its range, hold NaN or worse: `complete` says which not.
    """

    days: Array
    event: Array
    values: dict[str, Array]
    complete: Rows


def find_outcome(spec: JobSpec, name: str) -> Outcome:
    """The outcome of that name. Raises Refused ``survival.unknown_outcome``."""
    for outcome in spec.outcomes:
        if outcome.name == name:
            return outcome
    raise Refused("survival.unknown_outcome", outcome=name)


def find_levels(spec: JobSpec, name: str) -> tuple[Variable, tuple[str, ...]]:
    """A flag or category and the names of its levels.

    Raises:
        Refused: ``survival.unknown_variable`` or ``survival.group_kind``.
    """
    try:
        variable = spec.variable(name)
    except KeyError:
        raise Refused("survival.unknown_variable", variable=name) from None
    if variable.kind == "number":
        raise Refused("survival.group_kind", variable=name)
    return variable, variable.level_names or ("no", "yes")


def read_ends(table: Table, outcome: Outcome, variables: Sequence[Variable]) -> Ends:
    """The ends of all persons. Raises Refused ``survival.table_wrong``."""
    columns = (*outcome.columns, *(column_of(each) for each in variables))
    values: dict[str, Array] = {}
    complete: Rows = np.ones(table.num_rows, dtype=np.bool_)
    for column in columns:
        if column.name not in table.column_names:
            raise Refused("survival.table_wrong", variable=column.name)
        found = column_numbers(table.column(column.name))
        # What is missing arrives as NaN, which lies in no range.
        complete &= (found >= column.low) & (found <= column.high)
        values[column.name] = found
    for column in columns:
        must_be_whole = column.kind != "number" or column.name == outcome.days_name
        present = values[column.name][complete]
        if must_be_whole and (present != np.floor(present)).any():
            raise Refused("survival.table_wrong", variable=column.name)
    days, event = values.pop(outcome.days_name), values.pop(outcome.event_name)
    return Ends(days, event, values, complete)
