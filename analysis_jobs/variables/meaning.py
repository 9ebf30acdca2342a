"""Decides what a variable reads from a record, and refuses a variable that cannot mean anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NoReturn, get_args

from analysis_jobs.cohort.cdm_tables import (
    CONDITION,
    CONDITION_ERA,
    DEATH,
    DEVICE,
    DRUG,
    DRUG_ERA,
    MEASUREMENT,
    OBSERVATION,
    PROCEDURE,
    SPECIMEN,
    VISIT,
    VISIT_DETAIL,
    RecordTable,
)
from onggi.errors import Refused
from onggi.spec.variables import Domain, PersonDomain, Summary, Variable, Window

Reads = Literal["presence", "number", "level"]

RECORD_TABLES: Final[Mapping[Domain, RecordTable]] = {
    "condition": CONDITION,
    "drug": DRUG,
    "procedure": PROCEDURE,
    "measurement": MEASUREMENT,
    "observation": OBSERVATION,
    "visit": VISIT,
    "device": DEVICE,
    "condition_era": CONDITION_ERA,
    "drug_era": DRUG_ERA,
    "visit_detail": VISIT_DETAIL,
    "specimen": SPECIMEN,
    "death": DEATH,
}
PERSON_CONCEPTS: Final[Mapping[Domain, str]] = {
    "sex": "gender_concept_id",
    "race": "race_concept_id",
    "ethnicity": "ethnicity_concept_id",
}
"""Domains that are one concept of the person, by its column."""
_PERSON_DOMAINS: Final = frozenset(get_args(PersonDomain))
_OF_PRESENCE: Final[frozenset[Summary]] = frozenset({"count", "distinct_days", "days_since", "days_to_first"})
_OF_PERIODS: Final[frozenset[Summary]] = frozenset({"days_before", "days_after"})
_OF_VALUES: Final[Mapping[str, frozenset[Summary]]] = {
    "number": frozenset({"first", "last", "mean", "minimum", "maximum", "sum"}),
    "flag": frozenset({"any", "first", "last"}),
    "category": frozenset({"first", "last"}),
}


def _contradictory(variable: Variable, problem: str) -> NoReturn:
    raise Refused("variables.contradictory", variable=variable.name, problem=problem)


def check_variables(variables: Iterable[Variable]) -> None:
    """Raises Refused(``variables.contradictory``) for the first variable that cannot mean anything."""
    for variable in variables:
        _check_declared_range(variable)
        if variable.domain in _PERSON_DOMAINS:
            _check_of_person(variable)
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


def _check_of_person(variable: Variable) -> None:
    domain = variable.domain
    if variable.unit is not None or variable.include_descendants:
        _contradictory(variable, f"{domain} has no unit and no descendants")
    if domain not in ("age", "sex") and variable.window != Window():
        _contradictory(variable, f"{domain} reads no window")
    if domain in PERSON_CONCEPTS:
        if variable.kind == "number":
            _contradictory(variable, f"{domain} is a flag or a category")
        if not set(variable.levels) <= set(variable.concepts):
            _contradictory(variable, f"a level of {domain} is not among its concepts")
        return
    if variable.kind != "number":
        _contradictory(variable, f"{domain} is a number")
    if variable.concepts:
        _contradictory(variable, f"{domain} has no concepts")
    if (domain == "observation_period") != (variable.summary in _OF_PERIODS):
        _contradictory(variable, f"{domain} cannot be summarised by {variable.summary}")


def table_of(variable: Variable) -> RecordTable:
    """Where the records of a variable stand; it must be of a domain that has records."""
    return RECORD_TABLES[variable.domain]


def is_never_missing(variable: Variable) -> bool:
    """Whether everybody has a value: a flag without levels is no where nothing is recorded."""
    return variable.kind == "flag" and not variable.levels


def reads_of(variable: Variable) -> Reads:
    """What a record must hold to be used: just be there, a number in range, or a value among the levels."""
    has_values = table_of(variable).has_values
    if variable.unit is not None and not has_values:
        _contradictory(variable, f"records of domain {variable.domain} have no unit")
    if variable.include_descendants and not variable.concepts:
        _contradictory(variable, "there are no concepts to have descendants")
    if variable.kind == "flag" and not variable.levels:
        if variable.summary not in ("any", "first", "last"):
            _contradictory(variable, f"a flag cannot be summarised by {variable.summary}")
        return _without_conversions(variable, "presence")
    if variable.kind == "number" and variable.summary in _OF_PRESENCE:
        return _without_conversions(variable, "presence")
    if not has_values:
        _contradictory(variable, f"records of domain {variable.domain} have no value")
    if variable.summary not in _OF_VALUES[variable.kind]:
        _contradictory(variable, f"a {variable.kind} cannot be summarised by {variable.summary}")
    return "number" if variable.kind == "number" else _without_conversions(variable, "level")


def _without_conversions(variable: Variable, reads: Reads) -> Reads:
    if variable.conversions:
        _contradictory(variable, "only a recorded number can be converted")
    return reads
