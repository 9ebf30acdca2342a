"""Reads one clinical table once and answers every variable of its domain from that one reading.

1. ``asked``: one row per variable and concept (descendants included): window, range, unit.
2. ``used``: the records that some variable may use, one row per record and variable.
3. ``told``: per person and variable the summaries that are needed.
4. the result: one row per person, one column per variable.

Total order of a person's records: date, time of day (missing is midnight), record id.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm, RecordTable
from analysis_jobs.cohort.expressions import (
    Expr,
    as_double,
    cdm_table,
    column,
    compare,
    days_between,
    derived,
    every,
    is_null,
    is_one_of,
    is_present,
    named,
    query_table,
    real,
    rows_of,
    some,
    when,
    whole,
)
from analysis_jobs.variables.meaning import RECORD_TABLES, Reads, reads_of
from onggi.spec.variables import Domain, Variable

_READS: dict[Reads, int] = {"presence": 0, "number": 1, "level": 2}
_TIMESTAMP = exp.DataType.Type.TIMESTAMP
Numbered = Sequence[tuple[int, Variable]]
Queries = list[tuple[str, exp.Query]]


def domain_queries(domain: Domain, variables: Numbered, *, cdm: Cdm, persons: str) -> Queries:
    """The named queries of one domain; the last one is named as the domain.

    Args:
        variables: (position in the spec, variable) of this domain.
        persons: the query that holds ``person_id, index_date``.
    """
    table = RECORD_TABLES[domain]
    levels = [(at, level, place) for at, each in variables for place, level in enumerate(each.levels)]
    queries: Queries = [(f"{domain}_asked", _asked(variables, cdm=cdm))]
    if levels:
        queries.append((f"{domain}_levels", _levels(levels)))
    queries.append((f"{domain}_used", _used(domain, table, variables, cdm=cdm, persons=persons)))
    queries.append((f"{domain}_told", _told(domain, variables)))
    queries.append((domain, _spread(domain, variables)))
    return queries


def told_column(variable: Variable) -> str:
    """Which summary of its records answers a variable."""
    reads = reads_of(variable)
    if reads == "presence":
        return "latest" if variable.summary == "days_since" else "records"
    return {"any": "greatest", "first": "first", "last": "last", "mean": "mean"}[variable.summary]


def _or_null(value: int | None) -> Expr:
    kind = exp.DataType(this=exp.DataType.Type.BIGINT)
    return exp.Cast(this=exp.Null() if value is None else whole(value), to=kind)


def _asked(variables: Numbered, *, cdm: Cdm) -> exp.Query:
    names = ["variable", "reads", "start_days", "end_days", "low", "high", "unit"]
    rows = [
        [
            whole(at),
            whole(_READS[reads_of(each)]),
            _or_null(each.window.start_days),
            _or_null(each.window.end_days),
            real(each.low if each.low is not None else 0.0),
            real(each.high if each.high is not None else 0.0),
            _or_null(each.unit),
        ]
        for at, each in variables
    ]
    meant = _meant(variables, cdm=cdm)
    same = compare("eq", column("v", "variable"), column("m", "variable"))
    return (
        exp.select(
            named(column("m", "concept"), "concept"), *(named(column("v", each), each) for each in names)
        )
        .from_(derived(meant, "m"))
        .join(rows_of(rows, "v", names), on=same, join_type="inner")
    )


def _meant(variables: Numbered, *, cdm: Cdm) -> exp.Query:
    """(variable, concept), each pair once so that no record counts twice for one variable."""
    pairs = [(at, concept) for at, each in variables for concept in sorted(set(each.concepts))]
    above = [
        (at, concept) for at, each in variables if each.include_descendants for concept in set(each.concepts)
    ]
    listed = exp.select(column("c", "variable"), column("c", "concept")).from_(
        rows_of([[whole(at), whole(concept)] for at, concept in pairs], "c", ["variable", "concept"])
    )
    if not above:
        return listed
    ancestors = rows_of(
        [[whole(at), whole(each)] for at, each in sorted(above)], "c", ["variable", "concept"]
    )
    same = compare("eq", column("ca", "ancestor_concept_id"), column("c", "concept"))
    below = (
        exp.select(column("c", "variable"), named(column("ca", "descendant_concept_id"), "concept"))
        .from_(ancestors)
        .join(cdm_table(cdm, "concept_ancestor", "ca"), on=same, join_type="inner")
    )
    return exp.Union(this=listed, expression=below, distinct=True)


def _levels(levels: Sequence[tuple[int, int, int]]) -> exp.Query:
    names = ["variable", "value_concept", "place"]
    rows = [[whole(part) for part in row] for row in levels]
    return exp.select(*(column("l", each) for each in names)).from_(rows_of(rows, "l", names))


def _timestamp(expression: Expr) -> Expr:
    return exp.Cast(this=expression, to=exp.DataType(this=_TIMESTAMP))


def _place(table: RecordTable) -> Expr:
    """One 128-bit number that orders records by date, time of day and id: far cheaper than a row of three."""
    assert table.moment is not None
    moment = column("r", table.moment)
    midnight = _timestamp(exp.Cast(this=moment.copy(), to=exp.DataType(this=exp.DataType.Type.DATE)))
    since_midnight = exp.DateDiff(
        this=_timestamp(moment.copy()), expression=midnight, unit=exp.Var(this="MICROSECOND")
    )
    of_day = exp.Coalesce(this=since_midnight, expressions=[whole(0)])
    days = days_between(column("i", "index_date"), column("r", table.day))
    microseconds = exp.Add(this=exp.Mul(this=days, expression=whole(86_400_000_000)), expression=of_day)
    wide = exp.Cast(this=exp.Paren(this=microseconds), to=exp.DataType(this=exp.DataType.Type.INT128))
    return exp.Add(this=exp.Mul(this=wide, expression=whole(2**64)), expression=column("r", table.key))


def _used(domain: Domain, table: RecordTable, variables: Numbered, *, cdm: Cdm, persons: str) -> exp.Query:
    assert table.concept is not None
    reads = {reads_of(each) for _, each in variables}
    days = days_between(column("i", "index_date"), column("r", table.day))
    taken = [
        named(column("i", "person_id"), "person_id"),
        named(column("a", "variable"), "variable"),
        named(days, "days"),
    ]
    if reads != {"presence"}:
        taken += [named(_value(reads), "value"), named(_place(table), "place")]
    of_concept = compare("eq", column("r", table.concept), column("a", "concept"))
    of_person = compare("eq", column("r", "person_id"), column("i", "person_id"))
    query = (
        exp.select(*taken)
        .from_(cdm_table(cdm, table.name, "r"))
        .join(query_table(f"{domain}_asked", "a"), on=of_concept, join_type="inner")
        .join(query_table(persons, "i"), on=of_person, join_type="inner")
    )
    if "level" in reads:
        of_level = every(
            [
                compare("eq", column("l", "variable"), column("a", "variable")),
                compare("eq", column("l", "value_concept"), column("r", "value_as_concept_id")),
            ]
        )
        query = query.join(query_table(f"{domain}_levels", "l"), on=of_level, join_type="left")
    return query.where(every(_usable(table, reads, variables)))


def _value(reads: set[Reads]) -> Expr:
    cases: list[tuple[Expr, Expr]] = []
    if "number" in reads:
        cases.append((_reads("number"), as_double(column("r", "value_as_number"))))
    if "level" in reads:
        cases.append((_reads("level"), as_double(column("l", "place"))))
    return when(cases)


def _reads(reads: Reads) -> Expr:
    return compare("eq", column("a", "reads"), whole(_READS[reads]))


def _usable(table: RecordTable, reads: set[Reads], variables: Numbered) -> list[Expr]:
    """In the window, in the unit, and holding what the variable reads."""
    days = days_between(column("i", "index_date"), column("r", table.day))
    found: list[Expr] = [
        is_present(column("r", table.day)),
        some([is_null(column("a", "start_days")), compare("gte", days, column("a", "start_days"))]),
        some([is_null(column("a", "end_days")), compare("lte", days.copy(), column("a", "end_days"))]),
    ]
    if any(each.unit is not None for _, each in variables):
        same_unit = compare("eq", column("r", "unit_concept_id"), column("a", "unit"))
        found.append(some([is_null(column("a", "unit")), same_unit]))
    holds: list[Expr] = []
    if "presence" in reads:
        holds.append(_reads("presence"))
    if "number" in reads:
        number = as_double(column("r", "value_as_number"))
        holds.append(
            every(
                [
                    _reads("number"),
                    compare("gte", number, column("a", "low")),
                    compare("lte", number.copy(), column("a", "high")),
                ]
            )
        )
    if "level" in reads:
        holds.append(every([_reads("level"), is_present(column("l", "place"))]))
    return [*found, some(holds)]


def _told(domain: Domain, variables: Numbered) -> exp.Query:
    value, place = column("u", "value"), column("u", "place")
    summaries: dict[str, Expr] = {
        "records": exp.Count(this=exp.Star()),
        "latest": exp.Max(this=column("u", "days")),
        "greatest": exp.Max(this=value.copy()),
        "first": exp.ArgMin(this=value.copy(), expression=place.copy()),
        "last": exp.ArgMax(this=value.copy(), expression=place.copy()),
        "mean": _mean(value.copy()),
    }
    needed = sorted({told_column(each) for _, each in variables})
    keys = [column("u", "person_id"), column("u", "variable")]
    return (
        exp.select(*keys, *(named(summaries[each], each) for each in needed))
        .from_(query_table(f"{domain}_used", "u"))
        .group_by(*(key.copy() for key in keys))
    )


def _mean(value: Expr) -> Expr:
    """The mean of the values in ascending order: a sum of doubles depends on the order of its terms, and two
    runs must agree to the last bit. (An aggregate with ORDER BY does the same seven times slower.)"""
    listed = exp.Anonymous(this="LIST", expressions=[value])
    return exp.Anonymous(this="LIST_AVG", expressions=[exp.Anonymous(this="LIST_SORT", expressions=[listed])])


def _spread(domain: Domain, variables: Numbered) -> exp.Query:
    answers = [
        named(
            exp.Max(
                this=when(
                    [(is_one_of(column("t", "variable"), [at]), column("t", told_column(each)))],
                )
            ),
            f"v{at}",
        )
        for at, each in variables
    ]
    return (
        exp.select(column("t", "person_id"), *answers)
        .from_(query_table(f"{domain}_told", "t"))
        .group_by(column("t", "person_id"))
    )
