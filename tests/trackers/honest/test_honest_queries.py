"""The honest log is what its script draws, its changes do what they say, and its hospital can answer it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from onggi.spec.circe.read import read_cohort
from tests.trackers.honest.answers import AskedSet, asked_set, asked_sets
from tests.trackers.honest.areas import find_neighbours
from tests.trackers.honest.changes import NAMES, apply_changes
from tests.trackers.honest.definitions import Expression, library, read_expression
from tests.trackers.honest.draw import PROJECTS, QUESTIONS, draw_queries
from tests.trackers.honest.hospital import PERSONS, SCHEMA, build_hospital
from tests.trackers.honest.queries import LOG, Query, honest_queries, read_log, write_log
from tests.trackers.honest.refinements import FEMALE

_SMALLEST = 10
_FEW_PERSONS = 3_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A hospital, the questions put to it and its answers."""

    connection: duckdb.DuckDBPyConnection
    cdm: Cdm
    queries: Sequence[Query]
    sets: Sequence[AskedSet]


def _ask(queries: Sequence[Query], *, persons: int) -> Iterator[Asked]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        cdm = build_hospital(connection, [each.definition for each in queries], persons=persons)
        yield Asked(connection, cdm, queries, asked_sets(connection, cdm, queries))


@pytest.fixture(scope="module")
def few() -> Iterator[Asked]:
    """The questions of every fifth project, on a hospital small enough for the ordinary suite."""
    fifth = [query for query in honest_queries() if int(query.project.rpartition("-")[2]) % 5 == 0]
    yield from _ask(fifth, persons=_FEW_PERSONS)


@pytest.fixture(scope="module")
def full() -> Iterator[Asked]:
    """The whole log on the whole hospital."""
    yield from _ask(honest_queries(), persons=PERSONS)


def test_the_log_is_what_the_script_draws() -> None:
    library()  # skips where the library is not at hand
    assert write_log(draw_queries()) == LOG.read_text(encoding="utf-8")


def test_the_log_reads_back_as_it_was_written() -> None:
    text = LOG.read_text(encoding="utf-8")
    assert write_log(read_log(text)) == text
    assert len(text.splitlines()) == QUESTIONS + 2


def test_thirty_projects_ask_three_hundred_questions() -> None:
    queries = honest_queries()
    projects = Counter(query.project for query in queries)
    assert len(queries) == QUESTIONS == 300
    assert len(projects) == PROJECTS == 30
    assert min(projects.values()) >= 6
    assert max(projects.values()) <= 14
    kinds = Counter(query.kind for query in queries)
    assert kinds.keys() == {"count", "model"}
    assert 20 <= kinds["model"] <= 45
    assert {name for query in queries for name, _ in query.changes} == set(NAMES)


def test_projects_run_at_the_same_time() -> None:
    queries = honest_queries()
    spans: dict[str, tuple[int, int]] = {}
    for at, query in enumerate(queries):
        spans[query.project] = (spans.get(query.project, (at, at))[0], at)
    running = [sum(first <= at <= last for first, last in spans.values()) for at in range(len(queries))]
    assert np.mean(running) >= 3


def test_a_project_stays_in_one_area() -> None:
    """All but what a project took up from an earlier one is beside its main definition, asked first."""
    neighbours = find_neighbours()
    asked: dict[str, list[int]] = {}
    for query in honest_queries():
        definitions = asked.setdefault(query.project, [])
        if query.definition not in definitions:
            definitions.append(query.definition)
    strangers = 0
    for main, *others in asked.values():
        around = {*neighbours[main].near, *neighbours[main].beside}
        outside = [each for each in others if each not in around]
        strangers += len(outside)
        assert len(outside) <= 1
    assert 0 < strangers < PROJECTS / 2


def test_models_are_of_cohorts_that_were_counted_before() -> None:
    counted: set[tuple[str, object]] = set()
    for query in honest_queries():
        if query.kind == "model":
            assert (query.project, query.question) in counted
        counted.add((query.project, query.question))


def test_colleagues_and_other_projects_ask_the_same_question() -> None:
    queries = [query for query in honest_queries() if query.kind == "count"]
    projects: dict[object, set[str]] = {}
    colleagues = 0
    asked: dict[tuple[str, object], str] = {}
    for query in queries:
        projects.setdefault(query.question, set()).add(query.project)
        before = asked.setdefault((query.project, query.question), query.researcher)
        colleagues += before != query.researcher
    assert colleagues >= 5
    assert sum(len(each) > 1 for each in projects.values()) >= 3


def test_the_reader_accepts_every_changed_definition() -> None:
    for query in honest_queries():
        read_cohort(apply_changes(read_expression(query.definition), query.changes))


def test_changes_leave_the_published_text_alone() -> None:
    for query in honest_queries():
        published = read_expression(query.definition)
        changed = apply_changes(published, query.changes)
        assert published == read_expression(query.definition)
        assert (changed != published) is bool(query.changes)


def test_changes_that_contradict_are_refused() -> None:
    published = read_expression(honest_queries()[0].definition)
    with pytest.raises(ValueError, match="repeated"):
        apply_changes(published, [("age_from", 18), ("age_from", 20)])
    with pytest.raises(ValueError, match="unknown"):
        apply_changes(published, [("weight_from", 18)])
    dated = apply_changes(published, [("starts_from", "2015-01-01")])
    with pytest.raises(ValueError, match="a day of its own"):
        apply_changes(dated, [("starts_to", "2020-12-31")])


def test_a_restriction_keeps_only_persons_whom_the_published_definition_finds(few: Asked) -> None:
    _assert_restrictions_hold(few)


def test_restricted_sets_hold_nobody_of_another_age_or_sex(few: Asked) -> None:
    _assert_persons_fit(few)


def test_the_same_hospital_is_built_again(few: Asked) -> None:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        definitions = [each.definition for each in reversed(few.queries)]
        cdm = build_hospital(connection, definitions, persons=_FEW_PERSONS)
        for table in ("person", "condition_occurrence", "drug_era", "visit_occurrence", "measurement"):
            summed = f"SELECT count(*), sum(hash(t)) FROM {SCHEMA}.{table} t"
            assert connection.execute(summed).fetchone() == few.connection.execute(summed).fetchone()
        again = asked_set(connection, cdm, read_expression(few.queries[0].definition))
        assert np.array_equal(again.persons, few.sets[0].persons)


@pytest.mark.soak
def test_every_restriction_of_the_log_holds(full: Asked) -> None:
    _assert_restrictions_hold(full)
    _assert_persons_fit(full)


@pytest.mark.soak
def test_most_questions_find_ten_persons_or_more(full: Asked) -> None:
    assert len(full.sets) == QUESTIONS
    found = [each.persons.size for each in full.sets]
    assert sum(size >= _SMALLEST for size in found) >= 0.7 * QUESTIONS
    assert max(found) < PERSONS / 2


@pytest.mark.soak
def test_sets_are_sorted_and_funnels_only_shrink(full: Asked) -> None:
    for each in full.sets:
        for line in each.funnel:
            assert line.dtype == np.int64
            assert bool((np.diff(line) > 0).all())
        for before, after in zip(each.funnel, each.funnel[1:], strict=False):
            assert np.isin(after, before).all()


def _assert_restrictions_hold(asked: Asked) -> None:
    """What is left is a part of what the published definition finds, and somewhere a true part."""
    held: Counter[str] = Counter()
    smaller: Counter[str] = Counter()
    for query, found in zip(asked.queries, asked.sets, strict=True):
        expression = read_expression(query.definition)
        if not query.changes or not all(_must_narrow(expression, *each) for each in query.changes):
            continue
        whole = asked_set(asked.connection, asked.cdm, expression).persons
        assert np.isin(found.persons, whole).all(), query
        for name, _ in query.changes:
            held[name] += 1
            smaller[name] += found.persons.size < whole.size
    narrowing = set(NAMES) - {"first_only"}
    assert narrowing <= held.keys()
    assert {name for name in narrowing if not smaller[name]} == set()


def _must_narrow(expression: Expression, name: str, value: int | str | bool) -> bool:
    """Whether a change can only take persons away.

    Rules on age and sex are asked last. The others move which event is a person's first, so that a later one
    may meet rules that the first one missed; only without rules and limits can nobody come in by that.
    """
    if name in ("age_from", "age_to", "sex"):
        return True
    if expression.get("InclusionRules") or expression.get("AdditionalCriteria") or name == "first_only":
        return False
    window = expression["PrimaryCriteria"]["ObservationWindow"]
    return name != "prior_days" or int(value) >= int(window.get("PriorDays") or 0)


def _assert_persons_fit(asked: Asked) -> None:
    """Ages are counted from any day between the first and the last that a person was observed."""
    rows = asked.connection.execute(
        f"""
        SELECT person_id, gender_concept_id,
               year(min(observation_period_start_date)) - any_value(year_of_birth),
               year(max(observation_period_end_date)) - any_value(year_of_birth),
               max(observation_period_end_date)
        FROM {SCHEMA}.person JOIN {SCHEMA}.observation_period USING (person_id) GROUP BY ALL
        """
    ).fetchall()
    about = {row[0]: row[1:] for row in rows}
    tried = 0
    for query, found in zip(asked.queries, asked.sets, strict=True):
        wanted = dict(query.changes)
        for person in found.persons.tolist():
            sex, youngest, oldest, last = about[person]
            assert sex == wanted.get("sex", sex)
            assert oldest >= int(wanted.get("age_from", 0))
            assert youngest <= int(wanted.get("age_to", 200))
            assert last >= date.fromisoformat(str(wanted.get("starts_from", "1900-01-01")))
            tried += wanted.get("sex") == FEMALE
    assert tried > 0
