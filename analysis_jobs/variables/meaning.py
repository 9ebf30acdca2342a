"""Decides what a variable reads from a record, and refuses a variable that cannot mean anything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NoReturn

from analysis_jobs.cohort.cdm_tables import (
    CONDITION,
    DEVICE,
    DRUG,
    MEASUREMENT,
    OBSERVATION,
    PROCEDURE,
    VISIT,
    RecordTable,
)
from onggi.errors import Refused
from onggi.spec.variables import Domain, Variable

Reads = Literal["presence", "number", "level"]

RECORD_TABLES: dict[Domain, RecordTable] = {
    "condition": CONDITION,
    "drug": DRUG,
    "procedure": PROCEDURE,
    "measurement": MEASUREMENT,
    "observation": OBSERVATION,
    "visit": VISIT,
    "device": DEVICE,
}


def _contradictory(variable: Variable, problem: str) -> NoReturn:
    raise Refused("variables.contradictory", variable=variable.name, problem=problem)


def check_variables(variables: Iterable[Variable]) -> None:
    """Raises Refused(``variables.contradictory``) for the first variable that cannot mean anything."""
    for variable in variables:
        _check_declared_range(variable)
        if variable.domain in ("age", "index_year"):
            _check_years(variable)
        elif variable.domain == "sex":
            _check_sex(variable)
        else:
            reads_of(variable)


def _check_declared_range(variable: Variable) -> None:
    """A flag or category has its range by its kind; a declared one must not cut it."""
    if variable.kind == "number":
        if variable.levels:
            _contradictory(variable, "a number has no levels")
        return
    top = max(len(variable.levels) - 1, 1)
    if (variable.low is not None and variable.low > 0) or (variable.high is not None and variable.high < top):
        _contradictory(variable, "low..high cuts the values of a flag or category")


def _check_years(variable: Variable) -> None:
    if variable.kind != "number":
        _contradictory(variable, f"{variable.domain} is a number")
    if variable.concepts or variable.unit is not None:
        _contradictory(variable, f"{variable.domain} has no concepts and no unit")


def _check_sex(variable: Variable) -> None:
    if variable.kind == "number":
        _contradictory(variable, "sex is a flag or a category")
    if variable.unit is not None or variable.include_descendants:
        _contradictory(variable, "sex has no unit and no descendants")
    if not set(variable.levels) <= set(variable.concepts):
        _contradictory(variable, "a level of sex is not among its concepts")


def reads_of(variable: Variable) -> Reads:
    """What a record must hold to be used: just be there, a number in range, or a value among the levels."""
    has_values = RECORD_TABLES[variable.domain].has_values
    if variable.unit is not None and not has_values:
        _contradictory(variable, f"records of domain {variable.domain} have no unit")
    if variable.kind == "flag" and not variable.levels:
        if variable.summary not in ("any", "first", "last"):
            _contradictory(variable, f"a flag cannot be summarised by {variable.summary}")
        return "presence"
    if variable.kind == "number" and variable.summary in ("count", "days_since"):
        return "presence"
    if not has_values:
        _contradictory(variable, f"records of domain {variable.domain} have no value")
    allowed = {
        "number": ("first", "last", "mean"),
        "flag": ("any", "first", "last"),
        "category": ("first", "last"),
    }
    if variable.summary not in allowed[variable.kind]:
        _contradictory(variable, f"a {variable.kind} cannot be summarised by {variable.summary}")
    return "number" if variable.kind == "number" else "level"
