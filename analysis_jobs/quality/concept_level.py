"""Checks of single concepts: the sex of the persons, the units and the values that go with a concept.

One statement reads the rows of all concepts of a kind: the checks stand in it as a small table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    derived,
    every,
    is_null,
    is_present,
    named,
    real,
    rows_of,
    whole,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import SEX_CONCEPTS, Check
from analysis_jobs.quality.lookups import PERSON
from analysis_jobs.quality.measures import (
    BASE,
    Measure,
    base_column,
    person_bit,
    states,
    tallied,
    with_lookup,
)

_NO_UNIT: Final = -1
_VALUE: Final = "value_as_number"
_UNIT: Final = "unit_concept_id"
_UNIT_SOURCE: Final = "unit_source_value"


def concept_level_scan(shape: CdmShape, checks: Sequence[Check], *, sources_kept: bool) -> exp.Select:
    """Rows of four numbers and the ``number`` of their check, for checks of one kind, table and field.

    Args:
        sources_kept: the table tells units in the source's own words; where it does not, a row has a
            unit when its unit has a concept.
    """
    kind = checks[0].kind.name
    if kind.startswith("plausibleGender"):
        return _of_sex(shape, checks, descendants=kind.endswith("Descendants"))
    if kind == "plausibleUnitConceptIds":
        return _of_units(shape, checks, sources_kept=sources_kept)
    return _of_values(shape, checks, op="lt" if kind.endswith("Low") else "gt")


def _rows_asked(shape: CdmShape, measure: Measure, asked: exp.Values | exp.Subquery) -> exp.Select:
    """The rows whose concept is one that a check ``k.number`` is about."""
    check = measure.check
    same = compare("eq", column("k", "concept"), base_column(str(check.field)))
    columns = states([measure], bit=person_bit(shape, check.table))
    query = exp.select(*columns, named(column("k", "number"), "number"), copy=False)
    query = query.from_(shape.source(check.table, BASE), copy=False)
    return query.join(exp.Join(this=asked, kind="INNER", on=same), copy=False)


def _gathered(shape: CdmShape, measure: Measure, rows: exp.Select) -> exp.Select:
    """The four numbers of each check, and its number behind them."""
    persons = shape.person_column(measure.check.table) is not None
    number = column("r", "number")
    query = tallied(rows, [measure], persons=persons).select(named(number, "number"), copy=False)
    return query.group_by(number.copy(), copy=False)


def _of_sex(shape: CdmShape, checks: Sequence[Check], *, descendants: bool) -> exp.Select:
    rows = [
        (whole(at), whole(concept), whole(SEX_CONCEPTS[check.sex]))
        for at, check in enumerate(checks)
        for concept in check.concepts
        if check.sex is not None
    ]
    asked: exp.Values | exp.Subquery = rows_of(rows, "k", ("number", "concept", "sex"))
    if descendants:
        asked = _with_descendants(shape, rows)
    violated = compare("!eq", PERSON.value("sex"), column("k", "sex"))
    measure = Measure(checks[0], violated=violated)
    return _gathered(shape, measure, with_lookup(_rows_asked(shape, measure, asked), shape, PERSON))


def _with_descendants(shape: CdmShape, rows: Sequence[Sequence[Expr]]) -> exp.Subquery:
    """Each concept below the named ones once a check, however many of them it is below."""
    same = compare("eq", column("a", "ancestor_concept_id"), column("r", "concept"))
    columns = (column("r", "number"), column("a", "descendant_concept_id"), column("r", "sex"))
    labels = ("number", "concept", "sex")
    named_rows = rows_of(rows, "r", labels)
    query = (
        exp.select(*(named(each, label) for each, label in zip(columns, labels, strict=True)), copy=False)
        .from_(shape.source("concept_ancestor", "a"), copy=False)
        .join(exp.Join(this=named_rows, kind="INNER", on=same), copy=False)
        .group_by(*(each.copy() for each in columns), copy=False)
    )
    return derived(query, "k")


def _of_units(shape: CdmShape, checks: Sequence[Check], *, sources_kept: bool) -> exp.Select:
    asked = [(whole(at), whole(concept)) for at, check in enumerate(checks) for concept in check.concepts]
    allowed = [(whole(at), whole(unit)) for at, check in enumerate(checks) for unit in check.units]
    unit = base_column(_UNIT)
    told = is_present(base_column(_UNIT_SOURCE) if sources_kept else base_column(_UNIT))
    eligible = [is_present(base_column(_VALUE)), told]
    if not sources_kept:
        eligible.append(compare("!eq", unit.copy(), whole(0)))
    violated = every([is_present(unit), is_null(column("u", "number"))])
    measure = Measure(checks[0], violated=violated, eligible=every(eligible))
    query = _rows_asked(shape, measure, rows_of(asked, "k", ("number", "concept")))
    same = every(
        [
            compare("eq", column("u", "number"), column("k", "number")),
            compare("eq", column("u", "unit"), unit.copy()),
        ]
    )
    # A list without any unit would be an empty table, which SQL cannot write.
    units = rows_of(allowed or [(whole(_NO_UNIT), whole(_NO_UNIT))], "u", ("number", "unit"))
    query = query.join(exp.Join(this=units, side="LEFT", on=same), copy=False)
    return _gathered(shape, measure, query)


def _of_values(shape: CdmShape, checks: Sequence[Check], *, op: str) -> exp.Select:
    rows = [
        (whole(at), whole(concept), whole(check.unit), real(check.bound))
        for at, check in enumerate(checks)
        for concept in check.concepts
        if check.unit is not None and isinstance(check.bound, float)
    ]
    value = base_column(_VALUE)
    same_unit = compare("eq", base_column(_UNIT), column("k", "unit"))
    measure = Measure(
        checks[0],
        violated=compare(op, value, column("k", "bound")),
        eligible=every([is_present(value.copy()), same_unit]),
    )
    asked = rows_of(rows, "k", ("number", "concept", "unit", "bound"))
    return _gathered(shape, measure, _rows_asked(shape, measure, asked))
