"""The four heart hospitals: raw files in, CDM out, and the demo's numbers again from the CDM alone."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from infra.demo.heart import concepts as c
from infra.demo.heart.to_cdm import HOSPITALS, RAW, Hospital, main, write_cdm
from node.store.cdm_tables import get_cdm_tables
from node.store.generations import Store
from node.store.reader import open_reader
from tests.support.cdm_folders import load, make_keys
from tests.support.shared_data import shared_data

PERSONS = {"cleveland": 303, "budapest": 294, "zurich": 123, "longbeach": 200}
FIELDS = ["age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak"]
FIELDS += ["slope", "ca", "thal", "num"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("heart")
    for hospital in HOSPITALS.values():
        write_cdm(hospital, folder=root / hospital.name)
    return root


@pytest.fixture(scope="module")
def pooled(folders: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The four CDM folders as one database with a column for the hospital, read by nothing of ours."""
    with duckdb.connect() as connection:
        for path in sorted((folders / "cleveland").iterdir()):
            parts = " UNION ALL BY NAME ".join(
                f"SELECT '{name}' AS site, * FROM read_csv('{folders / name / path.name}')"
                for name in HOSPITALS
            )
            connection.execute(f"CREATE TABLE {path.stem} AS {parts}")
        yield connection


def read_raw(hospital: Hospital) -> list[dict[str, str]]:
    """The raw rows as text, read without any of our code."""
    with (RAW / hospital.raw).open(newline="") as file:
        return [dict(zip(FIELDS, line, strict=True)) for line in csv.reader(file)]


def count(pooled: duckdb.DuckDBPyConnection, question: str) -> int:
    return int(pooled.execute(question).fetchall()[0][0])


AGE_50 = (
    "SELECT DISTINCT p.site, p.person_id FROM person p JOIN visit_occurrence v USING (site, person_id) "
    "WHERE year(v.visit_start_date) - p.year_of_birth >= 50"
)
HAS = (
    "SELECT site, person_id FROM observation "
    "WHERE observation_concept_id = {concept} AND value_as_concept_id = {value}"
)


def test_the_raw_files_are_the_published_bytes() -> None:
    published = {
        "processed.cleveland.data": "2d91a8ff69cfd9616aa47b59d6f843db",
        "processed.hungarian.data": "22e96bee155b5973568101c93b3705f6",
        "processed.switzerland.data": "9a87f7577310b3917730d06ba9349e20",
        "processed.va.data": "4249d03ca7711e84f4444768c9426170",
    }
    found = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in RAW.glob("*.data")}
    assert found == published


def test_the_funnel_of_the_demo_from_the_cdm_alone(pooled: duckdb.DuckDBPyConnection) -> None:
    asymptomatic = HAS.format(concept=c.CHEST_PAIN_TYPE, value=c.CHEST_PAIN_ASYMPTOMATIC)
    angina = HAS.format(concept=c.EXERCISE_ANGINA, value=c.YES)
    steps = [
        "SELECT site, person_id FROM person",
        AGE_50,
        f"{AGE_50} INTERSECT {asymptomatic}",
        f"{AGE_50} INTERSECT {asymptomatic} INTERSECT {angina}",
    ]
    assert [count(pooled, f"SELECT count(*) FROM ({step})") for step in steps] == [920, 628, 370, 217]


def test_complete_cases_and_events_of_the_model_from_the_cdm_alone(pooled: duckdb.DuckDBPyConnection) -> None:
    def joined(table: str, concept: int) -> str:
        return (
            f" JOIN (SELECT site, person_id FROM {table} WHERE {table}_concept_id = {concept})"
            f" AS t{concept} USING (site, person_id)"
        )

    complete = "SELECT site, person_id FROM person" + "".join(
        joined("measurement", concept) for concept in (c.SYSTOLIC_PRESSURE, c.MAX_HEART_RATE, c.ST_DEPRESSION)
    )
    complete += "".join(joined("observation", concept) for concept in (c.CHEST_PAIN_TYPE, c.EXERCISE_ANGINA))
    assert count(pooled, f"SELECT count(*) FROM ({complete})") == 853
    ill = (
        f"SELECT site, person_id FROM condition_occurrence WHERE condition_concept_id = {c.CORONARY_DISEASE}"
    )
    assert count(pooled, f"SELECT count(*) FROM ({complete} INTERSECT {ill})") == 464


@pytest.mark.parametrize("name", PERSONS)
def test_every_recorded_value_is_there_and_nothing_else(pooled: duckdb.DuckDBPyConnection, name: str) -> None:
    hospital = HOSPITALS[name]
    raw = read_raw(hospital)
    assert len(raw) == PERSONS[name]
    people = pooled.execute(
        "SELECT gender_concept_id, year_of_birth FROM person WHERE site = $site ORDER BY person_id",
        {"site": name},
    ).fetchall()
    expected_people = [
        (8507 if float(row["sex"]) == 1 else 8532, hospital.visit_year - int(float(row["age"])))
        for row in raw
    ]
    assert people == expected_people
    expected = set()
    for person, row in enumerate(raw, start=1):
        for field, text in row.items():
            zero_is_missing = field in ("trestbps", "chol")
            if field in ("age", "sex") or text == "?" or (zero_is_missing and float(text) == 0):
                continue
            expected.add((person, field, float(text)))
    assert read_back(pooled, name) == expected


def read_back(pooled: duckdb.DuckDBPyConnection, site: str) -> set[tuple[int, str, float]]:
    """The CDM's facts turned back into raw fields and codes."""
    numbers = {
        c.SYSTOLIC_PRESSURE: "trestbps",
        c.SERUM_CHOLESTEROL: "chol",
        c.MAX_HEART_RATE: "thalach",
        c.ST_DEPRESSION: "oldpeak",
        c.VESSELS_COLOURED: "ca",
        c.DISEASE_GRADE: "num",
    }
    codes = {
        c.CHEST_PAIN_TYPE: ("cp", c.CHEST_PAIN),
        c.FASTING_GLUCOSE_ABOVE_120: ("fbs", c.YES_OR_NO),
        c.RESTING_ECG: ("restecg", c.ECG),
        c.EXERCISE_ANGINA: ("exang", c.YES_OR_NO),
        c.ST_SLOPE: ("slope", c.SLOPE),
        c.THALLIUM_SCAN: ("thal", c.THALLIUM),
    }
    measured = pooled.execute(
        "SELECT person_id, measurement_concept_id, value_as_number FROM measurement WHERE site = $site",
        {"site": site},
    ).fetchall()
    observed = pooled.execute(
        "SELECT person_id, observation_concept_id, value_as_concept_id FROM observation WHERE site = $site",
        {"site": site},
    ).fetchall()
    found = {(person, numbers[concept], float(value)) for person, concept, value in measured}
    for person, concept, value in observed:
        field, values = codes[concept]
        code = next(raw for raw, meaning in values.items() if meaning == value)
        found.add((person, field, float(code)))
    assert len(found) == len(measured) + len(observed)
    return found


def test_every_concept_in_use_is_in_the_small_vocabulary(pooled: duckdb.DuckDBPyConnection) -> None:
    columns = {
        "measurement": ["measurement_concept_id", "unit_concept_id", "measurement_type_concept_id"],
        "observation": ["observation_concept_id", "value_as_concept_id", "observation_type_concept_id"],
        "condition_occurrence": ["condition_concept_id", "condition_type_concept_id"],
        "visit_occurrence": ["visit_concept_id", "visit_type_concept_id"],
        "observation_period": ["period_type_concept_id"],
        "person": ["gender_concept_id", "race_concept_id", "ethnicity_concept_id"],
        "cdm_source": ["cdm_version_concept_id"],
    }
    used = " UNION ".join(f"SELECT {name} FROM {table}" for table, names in columns.items() for name in names)
    missing = pooled.execute(
        f"SELECT * FROM ({used}) AS u(id) WHERE id IS NOT NULL AND id NOT IN (SELECT concept_id FROM concept)"
    ).fetchall()
    assert missing == []
    for concept in c.CONCEPTS:
        local = concept.id >= c.LOCAL_FIRST
        assert (concept.vocabulary == c.LOCAL_VOCABULARY) is local
        assert (concept.standard == "S") is (not local and concept.id != 0)


def test_standard_concepts_agree_with_published_vocabulary_rows() -> None:
    omock = shared_data("omop", "omock-vocab", "default", "concept.csv")
    gibleed = shared_data("omop", "gibleed", "parquet-omock", "concept.parquet")
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT concept_id, domain_id, concept_code FROM read_csv('{omock}', all_varchar = true) "
            "UNION ALL "
            f"SELECT concept_id::VARCHAR, domain_id, concept_code FROM '{gibleed}'"
        ).fetchall()
    published = {int(number): (domain, code) for number, domain, code in rows}
    ours = {concept.id: (concept.domain, concept.code) for concept in c.CONCEPTS}
    checked = (
        c.MALE,
        c.FEMALE,
        c.OUTPATIENT_VISIT,
        c.MM_HG,
        c.PER_MINUTE,
        c.MG_PER_DL,
        c.MILLIMETRE,
        c.CORONARY_DISEASE,
    )
    for number in checked:
        assert published[number] == ours[number]


def test_only_cdm_columns_and_no_source_values_are_written(folders: Path) -> None:
    tables = get_cdm_tables()
    for path in (folders / "zurich").iterdir():
        header = path.read_text().split("\n", 1)[0].split(",")
        assert set(header) <= set(tables[path.stem].column_names)
        assert not any(column.endswith("source_value") for column in header)


def test_the_same_raw_file_gives_the_same_bytes(folders: Path, tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    for path in sorted(folders.rglob("*.csv")):
        assert (tmp_path / path.relative_to(folders)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", PERSONS)
def test_a_node_loads_it(folders: Path, tmp_path: Path, name: str) -> None:
    store = Store(tmp_path / "store")
    report = load(folders / name, store)
    assert report.source_cdm_version == "5.4"
    assert {w.code for w in report.warnings} == {"load.table_absent"}
    assert all(table.kept == table.read and not table.dropped_columns for table in report.tables)
    with open_reader(store, key=make_keys().data, workdir=tmp_path / "w") as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchall() == [(PERSONS[name],)]
        assert connection.execute(
            "SELECT count(*) FROM measurement JOIN visit_occurrence USING (visit_occurrence_id, person_id)"
        ).fetchall() == [(report.get_table("measurement").kept,)]
