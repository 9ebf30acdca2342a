"""The published lists of checks are read whole, and whatever is unknown in a list is refused by its name."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from analysis_jobs.quality.checks import DaysFromToday, YearsFromThis
from analysis_jobs.quality.read_checks import SHIPPED, read_checks
from onggi.errors import Refused
from tests.support.shared_data import shared_data

LISTS = ("table_level.csv", "field_level.csv", "concept_level.csv", "check_descriptions.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the lists that a test may spoil."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "lists"))


def change(path: Path, line: int, old: str, new: str) -> None:
    lines = path.read_text().splitlines()
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n")


def refusal(folder: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        read_checks(folder)
    return caught.value


def test_what_ships_is_what_was_published(tmp_path: Path) -> None:
    for path in shared_data("omop", "dqd", "csv").glob("OMOP_CDMv5.4_*.csv"):
        shutil.copy(path, tmp_path)
    assert read_checks() == read_checks(tmp_path)


def test_every_check_has_a_lasting_id_of_its_own() -> None:
    ids = [check.id for check in read_checks()]
    assert len(ids) == len(set(ids)) == 2553
    assert {
        "cdmTable/person",
        "isRequired/person/person_id",
        "cdmField/note_nlp/offset",
        "plausibleGender/condition_occurrence/condition_concept_id/26662",
        "plausibleValueLow/observation/observation_concept_id/44809580/8840",
    } <= set(ids)


def test_levels_categories_and_thresholds_are_the_published_ones() -> None:
    checks = {check.id: check for check in read_checks()}
    assert Counter(check.kind.level for check in checks.values()) == {
        "FIELD": 2006,
        "CONCEPT": 490,
        "TABLE": 57,
    }
    source = checks["sourceValueCompleteness/condition_occurrence/condition_source_value"]
    assert (source.threshold, source.kind.category, source.other_field) == (
        10,
        "Completeness",
        "condition_concept_id",
    )
    assert checks["plausibleValueHigh/person/year_of_birth"].bound == YearsFromThis(1)
    assert checks["plausibleValueHigh/death/death_date"].bound == DaysFromToday(1)
    assert checks["plausibleValueLow/death/death_date"].bound == date(1950, 1, 1)
    assert checks["cdmTable/concept"].vocabulary
    assert not checks["cdmTable/person"].vocabulary


def test_the_lists_ship_without_any_concept_s_name() -> None:
    text = (SHIPPED / "concept_level.csv").read_text()
    assert "conceptName" not in text.splitlines()[0]
    words = {cell for line in text.splitlines()[1:] for cell in line.split(",") if cell.isalpha()}
    assert words == {"Male", "Female", "MEASUREMENT", "OBSERVATION"}


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_column_is_refused_by_its_name(folder: Path, name: str) -> None:
    path = folder / name
    path.write_text(
        "\n".join(
            f"{line},{'newCheck' if not at else 'Yes'}"
            for at, line in enumerate(path.read_text().splitlines())
        )
    )
    error = refusal(folder)
    assert (error.code, error.facts) == ("quality.unknown_column", {"file": name, "column": "newCheck"})


@pytest.mark.parametrize("name", LISTS)
def test_a_column_that_is_gone_is_refused_by_its_name(folder: Path, name: str) -> None:
    path = folder / name
    lines = [line.split(",", 1)[1] for line in path.read_text().splitlines()]
    gone = path.read_text().split(",", 1)[0]
    path.write_text("\n".join(lines))
    error = refusal(folder)
    assert (error.code, error.facts["column"]) == ("quality.missing_column", gone)


def test_an_unknown_kind_of_check_is_refused(folder: Path) -> None:
    change(folder / "check_descriptions.csv", 5, "cdmField", "cdmMood")
    assert (refusal(folder).code, refusal(folder).facts) == ("quality.unknown_check", {"check": "cdmMood"})


@pytest.mark.parametrize(
    ("name", "line", "old", "new", "column"),
    [
        ("field_level.csv", 1, "Yes", "Perhaps", "isRequired"),
        ("field_level.csv", 1, "Yes,0", "Yes,101", "isRequiredThreshold"),
        ("field_level.csv", 1, "Yes,0", "Yes,much", "isRequiredThreshold"),
        ("field_level.csv", 1, "CARE_SITE", 'care"; DROP TABLE person', "cdmTableName"),
        ("check_descriptions.csv", 1, "Conformance", "Beauty", "kahnCategory"),
        ("check_descriptions.csv", 1, "TABLE", "ROOM", "checkLevel"),
        ("concept_level.csv", 1, "Male", "Other", "plausibleGender"),
        ("concept_level.csv", 1, "26662", "x26662", "conceptId"),
    ],
)
def test_an_unknown_value_is_refused_with_its_place(
    folder: Path, name: str, line: int, old: str, new: str, column: str
) -> None:
    change(folder / name, line, old, new)
    error = refusal(folder)
    assert (error.code, error.facts) == (
        "quality.unknown_value",
        {"file": name, "row": line + 1, "column": column},
    )


@pytest.mark.parametrize("bound", ["SLEEP(9)", "'20001301'", "DATEADD(yy,1,GETDATE())", "1 OR 1=1"])
def test_a_bound_is_a_number_a_day_or_a_known_rule(folder: Path, bound: str) -> None:
    path = folder / "field_level.csv"
    text = path.read_text()
    assert text.count("YEAR(GETDATE())+1") == 1
    path.write_text(text.replace("YEAR(GETDATE())+1", f'"{bound}"'))
    assert refusal(folder).facts["column"] == "plausibleValueHigh"


def test_two_rows_for_one_check_are_refused(folder: Path) -> None:
    path = folder / "table_level.csv"
    path.write_text(path.read_text() + path.read_text().splitlines()[1] + "\n")
    assert refusal(folder).facts == {"check": "cdmTable/person"}


def test_a_missing_list_is_refused(folder: Path) -> None:
    (folder / "concept_level.csv").unlink()
    error = refusal(folder)
    assert (error.code, error.facts["file"]) == ("quality.list_missing", "concept_level")


def test_a_hospital_s_own_threshold_counts(folder: Path) -> None:
    change(folder / "field_level.csv", 1, "Yes,0", "Yes,12.5")
    check = next(check for check in read_checks(folder) if check.id == "isRequired/care_site/care_site_id")
    assert check.threshold == 12.5
    assert not check.is_exceeded(1, 8)
    assert check.is_exceeded(2, 15)
