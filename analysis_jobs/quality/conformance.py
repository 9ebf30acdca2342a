"""Checks of conformance: types, keys, references, and the domain, class and standing of concepts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.expressions import (
    Expr,
    column,
    compare,
    every,
    is_null,
    is_present,
    joined,
    named,
    query_table,
    some,
    when,
    whole,
    with_queries,
)
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.lookups import Lookup
from analysis_jobs.quality.measures import BASE, Measure, base_column, person_bit, states, tallied

CONCEPT_KINDS = frozenset({"fkDomain", "fkClass", "isStandardValidConcept"})
_WHOLE_NUMBER = "^[+-]?[0-9]+$"
_ATTRIBUTES = ("domain_id", "concept_class_id", "standard_concept", "invalid_reason")


def not_whole_number(check: Check, shape: CdmShape) -> Measure:
    """`cdmDatatype`: values of a field that should hold whole numbers and hold something else."""
    value = base_column(str(check.field))
    family = shape.family(check.table, str(check.field))
    if family == "integer":
        violated: Expr = exp.false()
    elif family == "number":
        violated = compare("!eq", value, exp.Floor(this=value.copy()))
    elif family == "text":
        violated = exp.Not(this=exp.RegexpLike(this=value, expression=exp.Literal.string(_WHOLE_NUMBER)))
    else:
        violated = is_present(value)
    return Measure(check, violated=violated)


def repeated_key(check: Check, _shape: CdmShape) -> Measure:
    """`isPrimaryKey`: rows whose key another row has too; for `key_scan`."""
    repeated = compare("gt", column("g", "n"), whole(1))
    return Measure(check, violated=every([repeated, is_present(column("g", "found"))]))


def unknown_reference(check: Check, _shape: CdmShape) -> Measure:
    """`isForeignKey`: rows that refer to a row which is not there."""
    field = str(check.field)
    lookup = Lookup(field, str(check.other_table), str(check.other_field))
    violated = every([is_present(base_column(field)), is_null(lookup.value("found"))])
    return Measure(check, violated=violated, lookups=(lookup,))


def is_about_concepts(check: Check) -> bool:
    """Whether the check compares a field with the vocabulary's concepts."""
    if check.kind.name == "isForeignKey":
        return (check.other_table, check.other_field) == ("concept", "concept_id")
    return check.kind.name in CONCEPT_KINDS


def concept_scan(shape: CdmShape, table: str, checks: Sequence[Check]) -> exp.Select:
    """One reading of a table for all checks of its concepts: each distinct concept is looked up once."""
    fields = list(dict.fromkeys(str(check.field) for check in checks))
    bit = person_bit(shape, table)
    queries = [("g", _distinct_concepts(shape, table, fields, bit)), ("c", _known_concepts(shape))]
    measures = [
        Measure(
            check,
            violated=_concept_violates(check),
            eligible=compare("eq", column("g", "which"), whole(fields.index(str(check.field)))),
        )
        for check in checks
    ]
    same = compare("eq", column("c", "concept_id"), column("g", "concept"))
    inner = (
        exp.select(
            *states(measures, bit=None if bit is None else column("g", "bits")),
            named(column("g", "n"), "n"),
            copy=False,
        )
        .from_(query_table("g", "g"), copy=False)
        .join(joined(query_table("c", "c"), on=same, kind="left"), copy=False)
    )
    query = tallied(inner, measures, persons=bit is not None, weighted=True)
    return with_queries(query, queries)


def _distinct_concepts(shape: CdmShape, table: str, fields: Sequence[str], bit: Expr | None) -> exp.Select:
    """Rows ``which`` field, ``concept``, ``n`` rows, person ``bits``: grouping sets read the table once."""
    which = when([(is_present(base_column(field)), whole(at)) for at, field in enumerate(fields)])
    concepts = [base_column(field) for field in fields]
    concept = concepts[0] if len(concepts) == 1 else exp.Coalesce(this=concepts[0], expressions=concepts[1:])
    values = [named(which, "which"), named(concept, "concept"), named(exp.Count(this=exp.Star()), "n")]
    if bit is not None:
        values.append(named(exp.BitwiseOrAgg(this=bit), "bits"))
    query = exp.select(*values, copy=False).from_(shape.source(table, BASE), copy=False)
    sets = [exp.Tuple(expressions=[base_column(field)]) for field in fields]
    query.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)]))
    return query


def _known_concepts(shape: CdmShape) -> exp.Select:
    """What the vocabulary says of the concepts that occur; a column that it lacks says nothing."""
    asked = exp.select(column("g", "concept"), copy=False).from_(query_table("g", "g"), copy=False)
    values = [
        named(
            exp.Min(this=column("v", field)) if shape.has("concept", field) else exp.Null(),
            field,
        )
        for field in _ATTRIBUTES
    ]
    return (
        exp.select(named(column("v", "concept_id"), "concept_id"), *values, copy=False)
        .from_(shape.source("concept", "v"), copy=False)
        .where(exp.In(this=column("v", "concept_id"), query=exp.Subquery(this=asked)), copy=False)
        .group_by(column("v", "concept_id"), copy=False)
    )


def _concept_violates(check: Check) -> Expr:
    known = is_present(column("c", "concept_id"))
    if check.kind.name == "isForeignKey":
        return is_null(column("c", "concept_id"))
    real = every([known, compare("!eq", column("c", "concept_id"), whole(0))])
    if check.kind.name == "fkDomain":
        return every([real, compare("!eq", _text("domain_id"), exp.Literal.string(str(check.name)))])
    if check.kind.name == "fkClass":
        return every([real, compare("!eq", _text("concept_class_id"), exp.Literal.string(str(check.name)))])
    not_standard = compare("!eq", _text("standard_concept"), exp.Literal.string("S"))
    not_valid = compare("!eq", _text("invalid_reason"), exp.Literal.string(""))
    return every([real, some([not_standard, not_valid])])


def _text(field: str) -> Expr:
    return exp.Coalesce(this=column("c", field), expressions=[exp.Literal.string("")])
