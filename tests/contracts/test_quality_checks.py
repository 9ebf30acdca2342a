"""One contract for data quality on every engine: known faults, missing parts, failures, few readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg
import pytest
from sqlglot import exp

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.dialects import Dialect
from analysis_jobs.cohort.engines import Row
from analysis_jobs.quality.read_checks import read_checks
from analysis_jobs.quality.results import CheckResult
from analysis_jobs.quality.run_checks import run_checks
from onggi.errors import Refused
from tests.support.cdm_schemas import create_duckdb, create_postgres, load_duckdb, load_postgres
from tests.support.engine_answers import engine_on
from tests.support.postgres import new_database
from tests.support.quality_hospitals import TODAY
from tests.support.quality_violations import KNOWN, known_hospital

CHECKS = read_checks()
Results = dict[str, CheckResult]


class _Counting:
    """An engine that remembers what it was asked."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: list[exp.Query] = []

    @property
    def dialect(self) -> Dialect:
        dialect: Dialect = self._engine.dialect
        return dialect

    def fetch(self, query: exp.Query, parameters: Any = None) -> list[Row]:
        self.asked.append(query)
        rows: list[Row] = self._engine.fetch(query, parameters)
        return rows


class QualityContract:
    """What every engine must do. `load` fills the schema `cdm`; `run` gives results by check."""

    connection: Any

    def change(self, statement: str) -> None:
        self.connection.execute(statement)

    def recover(self) -> None:
        """Nothing to do where a failed statement leaves the connection usable."""

    def engine(self) -> Any:
        return engine_on(self.connection)

    def run(self, *tables: str, engine: Any = None, **options: Any) -> Results:
        chosen = [check for check in CHECKS if not tables or check.table in tables]
        found = run_checks(
            engine or self.engine(),
            chosen,
            cdm=Cdm("cdm"),
            today=TODAY,
            after_error=self.recover,
            **options,
        )
        return {result.id: result for table in found for result in table.results}

    def test_known_faults_are_counted(self) -> None:
        found = self.run()
        told = {name: (found[name].status, found[name].violated, found[name].denominator) for name in KNOWN}
        assert told == KNOWN
        assert "error" not in {result.status for result in found.values()}
        assert len(found) == len(CHECKS)

    def test_persons_behind_a_count_are_bounded_from_below(self) -> None:
        found = self.run("person", "condition_occurrence", "visit_occurrence", "observation_period")
        births = found["plausibleAfterBirth/condition_occurrence/condition_start_date"]
        assert (births.violators, births.conforming) == (2, 5)  # persons 1 and 4; 1, 2, 3, 8 and 9
        repeated = found["isPrimaryKey/visit_occurrence/visit_occurrence_id"]
        assert (repeated.violators, repeated.conforming) == (1, 2)
        without = found["measurePersonCompleteness/observation_period"]
        assert (without.violators, without.conforming) == (2, 10)

    def test_a_table_is_read_a_few_times_however_many_checks_it_has(self) -> None:
        engine = _Counting(self.engine())
        self.run(engine=engine)
        readings = Counter(
            table.name
            for query in engine.asked
            for table in query.find_all(exp.Table)
            if table.alias in ("t", "x", "p")
        )
        assert len([check for check in CHECKS if check.table == "condition_occurrence"]) == 303
        # Missing values, rows, concepts, its key, its persons, two kinds of concept checks; and once for
        # whether its persons have eras.
        assert readings["condition_occurrence"] == 8
        assert readings["measurement"] == 6
        assert len(engine.asked) < 100

    def test_a_missing_table_or_column_is_told_and_leaves_nothing_to_judge(self) -> None:
        self.change("DROP TABLE cdm.provider")
        self.change("ALTER TABLE cdm.person DROP COLUMN month_of_birth")
        found = self.run("provider", "person", "condition_occurrence")
        assert found["cdmTable/provider"].status == "failed"
        assert found["cdmField/provider/npi"].reason == "table_missing"
        assert found["cdmField/person/month_of_birth"].status == "failed"
        assert found["plausibleValueLow/person/month_of_birth"].reason == "field_missing"
        assert found["isForeignKey/person/provider_id"].reason == "other_missing"
        born = found["plausibleAfterBirth/condition_occurrence/condition_start_date"]
        assert (born.status, born.violated) == ("failed", 2)
        assert "error" not in {result.status for result in found.values()}

    def test_what_is_empty_has_no_verdict(self) -> None:
        found = self.run("note", "person", "condition_occurrence", left_out={"person.person_source_value"})
        assert found["cdmTable/note"].status == "passed"
        assert found["isRequired/note/note_id"].reason == "table_empty"
        assert found["isForeignKey/person/location_id"].reason == "field_empty"
        assert found["measureValueCompleteness/person/location_id"].status == "passed"
        assert found["measureValueCompleteness/person/person_source_value"].reason == "left_out"
        assert found["plausibleGender/condition_occurrence/condition_concept_id/26935"].reason == (
            "concept_missing"
        )

    def test_a_comparison_with_an_empty_vocabulary_is_no_pass(self) -> None:
        self.change("DELETE FROM cdm.concept")
        self.change("DELETE FROM cdm.concept_ancestor")
        found = self.run("condition_occurrence")
        for kind in ("fkDomain", "isStandardValidConcept"):
            assert found[f"{kind}/condition_occurrence/condition_concept_id"].reason == "other_empty"
        assert found["isForeignKey/condition_occurrence/condition_concept_id"].violated == 8
        of_men = "plausibleGenderUseDescendants/condition_occurrence/condition_concept_id/4090861+4025213"
        assert found[of_men].reason == "other_empty"

    def test_units_are_judged_by_their_concepts_where_the_source_s_words_are_not_kept(self) -> None:
        self.change("UPDATE cdm.measurement SET unit_source_value = NULL")
        found = self.run("measurement")["plausibleUnitConceptIds/measurement/measurement_concept_id/3002400"]
        assert (found.violated, found.denominator) == (1, 2)

    def test_a_wrong_type_is_counted_and_spoils_no_other_check(self) -> None:
        self.change("ALTER TABLE cdm.condition_occurrence ALTER COLUMN provider_id TYPE VARCHAR")
        self.change(
            "UPDATE cdm.condition_occurrence SET provider_id = CASE WHEN condition_occurrence_id = 1 "
            "THEN 'secret name' WHEN condition_occurrence_id = 2 THEN '12' END"
        )
        self.change("ALTER TABLE cdm.visit_occurrence ALTER COLUMN visit_concept_id TYPE DOUBLE PRECISION")
        self.change("UPDATE cdm.visit_occurrence SET visit_concept_id = 1.5 WHERE person_id = 2")
        found = self.run("condition_occurrence", "visit_occurrence")
        typed = found["cdmDatatype/condition_occurrence/provider_id"]
        assert (typed.status, typed.violated, typed.denominator) == ("failed", 1, 8)
        assert found["cdmDatatype/visit_occurrence/visit_concept_id"].violated == 2
        failing = {name for name, result in found.items() if result.status == "error"}
        assert failing == {"isForeignKey/condition_occurrence/provider_id"}
        assert found["isForeignKey/condition_occurrence/provider_id"].reason == "engine_failed"
        assert found["withinVisitDates/condition_occurrence/condition_start_date"].violated == 2
        assert not any("secret" in result.model_dump_json() for result in found.values())

    def test_the_vocabulary_may_stand_elsewhere(self) -> None:
        self.change("CREATE SCHEMA words")
        for table in ("concept", "concept_ancestor"):
            self.change(f"CREATE TABLE words.{table} AS SELECT * FROM cdm.{table}")
            self.change(f"DROP TABLE cdm.{table}")
        cdm = Cdm("cdm", vocabulary_schema="words")
        chosen = [check for check in CHECKS if check.table in ("concept", "condition_occurrence")]
        tables = list(run_checks(self.engine(), chosen, cdm=cdm, today=TODAY, after_error=self.recover))
        found = {result.id: result for table in tables for result in table.results}
        standing = found["isStandardValidConcept/condition_occurrence/condition_concept_id"]
        assert (standing.violated, standing.denominator) == (3, 8)
        assert found["cdmTable/concept"].status == "passed"
        assert found["measureValueCompleteness/concept/concept_id"].denominator == 8


def test_the_known_faults_are_of_every_kind() -> None:
    kinds = {(len(name.split("/")) > 3, name.split("/")[0]) for name in KNOWN}
    assert kinds == {(check.kind.level == "CONCEPT", check.kind.name) for check in CHECKS}


class _Broken:
    """An engine whose errors quote a patient."""

    dialect: Dialect = "duckdb"

    def fetch(self, query: exp.Query, parameters: Any = None) -> list[Row]:
        raise ValueError("secret name")


def test_an_engine_that_tells_nothing_is_refused_without_its_words() -> None:
    with pytest.raises(Refused) as caught:
        list(run_checks(_Broken(), CHECKS, cdm=Cdm("cdm"), today=TODAY))
    assert caught.value.code == "quality.catalogue_unreadable"
    assert "secret" not in str(caught.value)


class TestDuckDB(QualityContract):
    @pytest.fixture(autouse=True)
    def hospital(self) -> Iterator[None]:
        with duckdb.connect() as self.connection:
            create_duckdb(self.connection)
            load_duckdb(self.connection, known_hospital())
            yield


@pytest.fixture(scope="module")
def database() -> str:
    return new_database()


class TestPostgres(QualityContract):
    @pytest.fixture(autouse=True)
    def hospital(self, database: str) -> Iterator[None]:
        with psycopg.connect(database) as self.connection:
            self.change("DROP SCHEMA IF EXISTS words CASCADE")
            create_postgres(self.connection)
            load_postgres(self.connection, known_hospital())
            self.connection.commit()
            yield

    def change(self, statement: str) -> None:
        self.connection.execute(statement.encode())
        self.connection.commit()

    def recover(self) -> None:
        self.connection.rollback()
