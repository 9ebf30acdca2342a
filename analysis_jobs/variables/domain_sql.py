"""Reads one clinical table once and answers every variable of its domain from that one reading.

Variables that use the same records and differ in the summary alone are one selection: the last, mean and
greatest value of one window are told from one set of rows. A selection has the number of its first variable.

1. ``asked``: one row per selection and concept (descendants included): window, range, whether it has a unit.
   ``asked_any``: the same for selections without concepts (any death), one row each.
2. ``used``: the records that some selection holds, one row per record and selection.
3. ``told``: per person and selection the summaries that are needed.
4. the result: one row per person, one column per variable.

Total order of a person's records: date, time of day (missing is midnight), record id.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm, RecordTable
from analysis_jobs.cohort.expressions import (
    Expr,
    all_of,
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
from analysis_jobs.cohort.ordered_aggregates import FirstBy, LastBy, OrderedMean, OrderedSum
from analysis_jobs.variables.meaning import Reads, reads_of, table_of
from analysis_jobs.variables.unit_sql import converted, in_unit, is_representable, join_units, unit_rows
from onggi.spec.variables import Domain, Variable

_READS: dict[Reads, int] = {"presence": 0, "number": 1, "level": 2}
_TIMESTAMP = exp.DataType.Type.TIMESTAMP
_ORDER = ("days", "of_day", "record")
Numbered = Sequence[tuple[int, Variable]]
Queries = list[tuple[str, exp.Query]]


def domain_queries(domain: Domain, variables: Numbered, *, cdm: Cdm, persons: str) -> Queries:
    """The named queries of one domain; the last one is named as the domain.

    Args:
        variables: (position in the table, variable) of this domain.
        persons: the query that holds ``person_id, index_date``.
    """
    table = table_of(variables[0][1])
    selections = _selections(variables)
    chosen = [(at, each) for at, each in variables if selections[at] == at]
    levels = [(at, level, place) for at, each in chosen for place, level in enumerate(each.levels)]
    named_ones = [(at, each) for at, each in chosen if each.concepts]
    of_any = [(at, each) for at, each in chosen if not each.concepts]
    queries: Queries = []
    if named_ones:
        queries.append((f"{domain}_asked", _asked(named_ones, _meant(named_ones, cdm=cdm))))
    if of_any:
        queries.append((f"{domain}_asked_any", _asked(of_any, None)))
    if units := unit_rows(chosen):
        queries.append((f"{domain}_units", units))
    if levels:
        queries.append((f"{domain}_levels", _levels(levels)))
    used = [
        _used(domain, table, variables, asked=asked, cdm=cdm, persons=persons)
        for asked, present in ((f"{domain}_asked", named_ones), (f"{domain}_asked_any", of_any))
        if present
    ]
    queries.append((f"{domain}_used", all_of(used)))
    queries.append((f"{domain}_told", _told(domain, variables)))
    queries.append((domain, _spread(domain, variables, selections)))
    return queries


def _selections(variables: Numbered) -> dict[int, int]:
    """For each variable the first one that uses the very same records."""
    firsts: dict[Hashable, int] = {}
    return {at: firsts.setdefault(_selection(each), at) for at, each in variables}


def _selection(variable: Variable) -> Hashable:
    reads = reads_of(variable)
    return (
        frozenset(variable.concepts),
        variable.include_descendants,
        variable.window,
        variable.unit,
        variable.conversions,
        variable.levels,
        reads,
        _believable(variable) if reads == "number" else None,
    )


_OF_PRESENCE = {"distinct_days": "distinct_days", "days_since": "latest", "days_to_first": "earliest"}
_OF_VALUES = {"any": "maximum"}
"""Under which name a summary of the records is told, where that is not the summary's own."""


def told_column(variable: Variable) -> str:
    """Which summary of its records answers a variable."""
    if reads_of(variable) == "presence":
        return _OF_PRESENCE.get(variable.summary, "records")
    return _OF_VALUES.get(variable.summary, variable.summary)


def _or_null(value: int | None) -> Expr:
    kind = exp.DataType(this=exp.DataType.Type.BIGINT)
    return exp.Cast(this=exp.Null() if value is None else whole(value), to=kind)


def _believable(variable: Variable) -> tuple[float, float]:
    """Which recorded numbers count: for a sum all of them, as its range is that of the sum."""
    if variable.summary == "sum" or variable.low is None or variable.high is None:
        return -_ANY_NUMBER, _ANY_NUMBER
    return variable.low, variable.high


_ANY_NUMBER = 1e250
"""So large that no number is recorded beyond it, and so small that adding such numbers stays finite."""


def _asked(variables: Numbered, meant: exp.Query | None) -> exp.Query:
    names = ["variable", "reads", "start_days", "end_days", "low", "high", "has_unit"]
    rows = [
        [
            whole(at),
            whole(_READS[reads_of(each)]),
            _or_null(each.window.start_days),
            _or_null(each.window.end_days),
            *(real(bound) for bound in _believable(each)),
            whole(int(each.unit is not None)),
        ]
        for at, each in variables
    ]
    told = [named(column("v", each), each) for each in names]
    listed = rows_of(rows, "v", names)
    if meant is None:
        return exp.select(*told).from_(listed)
    same = compare("eq", column("v", "variable"), column("m", "variable"))
    return (
        exp.select(named(column("m", "concept"), "concept"), *told)
        .from_(derived(meant, "m"))
        .join(listed, on=same, join_type="inner")
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
        .join(cdm_table(cdm.vocabulary, "concept_ancestor", "ca"), on=same, join_type="inner")
    )
    return exp.Union(this=listed, expression=below, distinct=True)


def _levels(levels: Sequence[tuple[int, int, int]]) -> exp.Query:
    names = ["variable", "value_concept", "place"]
    rows = [[whole(part) for part in row] for row in levels]
    return exp.select(*(column("l", each) for each in names)).from_(rows_of(rows, "l", names))


def _timestamp(expression: Expr) -> Expr:
    return exp.Cast(this=expression, to=exp.DataType(this=_TIMESTAMP))


def _of_day(table: RecordTable) -> Expr:
    """Microseconds since midnight; a table that tells no time of day has none."""
    if table.moment is None:
        return whole(0)
    moment = column("r", table.moment)
    midnight = _timestamp(exp.Cast(this=moment.copy(), to=exp.DataType(this=exp.DataType.Type.DATE)))
    since = exp.DateDiff(
        this=_timestamp(moment.copy()), expression=midnight, unit=exp.Var(this="MICROSECOND")
    )
    return exp.Coalesce(this=since, expressions=[whole(0)])


def _used(
    domain: Domain, table: RecordTable, variables: Numbered, *, asked: str, cdm: Cdm, persons: str
) -> exp.Query:
    reads = {reads_of(each) for _, each in variables}
    has_units = any(each.unit is not None for _, each in variables)
    taken = [
        named(column("i", "person_id"), "person_id"),
        named(column("a", "variable"), "variable"),
        named(_days(table), "days"),
    ]
    if reads != {"presence"}:
        taken.append(named(_value(reads, has_units=has_units), "value"))
    if _chooses(variables):
        taken += [named(_of_day(table), "of_day"), named(column("r", table.key), "record")]
    query = exp.select(*taken).from_(cdm_table(cdm, table.name, "r"))
    if asked.endswith("_any"):
        query = query.join(query_table(asked, "a"), join_type="cross")
    else:
        assert table.concept is not None
        of_concept = compare("eq", column("r", table.concept), column("a", "concept"))
        query = query.join(query_table(asked, "a"), on=of_concept, join_type="inner")
    of_person = compare("eq", column("r", "person_id"), column("i", "person_id"))
    query = query.join(query_table(persons, "i"), on=of_person, join_type="inner")
    if has_units:
        query = join_units(query, f"{domain}_units")
    if "level" in reads:
        of_level = every(
            [
                compare("eq", column("l", "variable"), column("a", "variable")),
                compare("eq", column("l", "value_concept"), column("r", "value_as_concept_id")),
            ]
        )
        query = query.join(query_table(f"{domain}_levels", "l"), on=of_level, join_type="left")
    return query.where(every(_usable(table, reads, has_units=has_units)))


def _days(table: RecordTable) -> Expr:
    return days_between(column("i", "index_date"), column("r", table.day))


def _chooses(variables: Numbered) -> bool:
    """Whether some variable takes one record of several."""
    return any(told_column(each) in ("first", "last") for _, each in variables)


def _number(*, has_units: bool) -> Expr:
    number = as_double(column("r", "value_as_number"))
    return converted(number) if has_units else number


def _value(reads: set[Reads], *, has_units: bool) -> Expr:
    cases: list[tuple[Expr, Expr]] = []
    if "number" in reads:
        cases.append((_reads("number"), _number(has_units=has_units)))
    if "level" in reads:
        cases.append((_reads("level"), as_double(column("l", "place"))))
    return when(cases)


def _reads(reads: Reads) -> Expr:
    return compare("eq", column("a", "reads"), whole(_READS[reads]))


def _usable(table: RecordTable, reads: set[Reads], *, has_units: bool) -> list[Expr]:
    """In the window, in a unit that is asked for, and holding what the variable reads."""
    found: list[Expr] = [
        is_present(column("r", table.day)),
        some([is_null(column("a", "start_days")), compare("gte", _days(table), column("a", "start_days"))]),
        some([is_null(column("a", "end_days")), compare("lte", _days(table), column("a", "end_days"))]),
    ]
    if has_units:
        found.append(in_unit())
    holds: list[Expr] = []
    if "presence" in reads:
        holds.append(_reads("presence"))
    if "number" in reads:
        number = _number(has_units=has_units)
        within = [
            compare("gte", number, column("a", "low")),
            compare("lte", number.copy(), column("a", "high")),
        ]
        holds.append(every([_reads("number"), is_representable(number.copy()), *within]))
    if "level" in reads:
        holds.append(every([_reads("level"), is_present(column("l", "place"))]))
    return [*found, some(holds)]


def _told(domain: Domain, variables: Numbered) -> exp.Query:
    value = column("u", "value")
    order = [column("u", each) for each in _ORDER]
    summaries: dict[str, Expr] = {
        "records": exp.Count(this=exp.Star()),
        "distinct_days": exp.Count(this=exp.Distinct(expressions=[column("u", "days")])),
        "latest": exp.Max(this=column("u", "days")),
        "earliest": exp.Min(this=column("u", "days")),
        "minimum": exp.Min(this=value.copy()),
        "maximum": exp.Max(this=value.copy()),
        "first": FirstBy(this=value.copy(), expressions=[each.copy() for each in order]),
        "last": LastBy(this=value.copy(), expressions=order),
        "mean": OrderedMean(this=value.copy()),
        "sum": OrderedSum(this=value.copy()),
    }
    needed = sorted({told_column(each) for _, each in variables})
    keys = [column("u", "person_id"), column("u", "variable")]
    return (
        exp.select(*keys, *(named(summaries[each], each) for each in needed))
        .from_(query_table(f"{domain}_used", "u"))
        .group_by(*(key.copy() for key in keys))
    )


def _spread(domain: Domain, variables: Numbered, selections: Mapping[int, int]) -> exp.Query:
    answers = [
        named(
            exp.Max(
                this=when(
                    [(is_one_of(column("t", "variable"), [selections[at]]), column("t", told_column(each)))],
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
