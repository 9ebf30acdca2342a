"""Turns one raw heart-disease file into an OMOP CDM 5.4 folder, the same bytes every time.

* `?` means not recorded: no row is written. A resting pressure or cholesterol of 0 means the same.
* Every person has one visit on the hospital's conventional date; the raw files hold no dates.
* README.md lists each mapping and the reason for it.

Run `python -m infra.demo.heart.to_cdm <folder>` to write all four hospitals below a folder.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from infra.demo.heart import concepts as c

RAW: Final = Path(__file__).parent / "raw"
_FIELDS: Final = (
    "age",
    "sex",
    "cp",
    "trestbps",
    "chol",
    "fbs",
    "restecg",
    "thalach",
    "exang",
    "oldpeak",
    "slope",
    "ca",
    "thal",
    "num",
)
_SOURCE_RELEASE: Final = "1988-06-30"
_CONVERTED: Final = "2026-11-22"
_VALID: Final = ("1970-01-01", "2099-12-31")
VOCABULARY_VERSION: Final = "Onggi heart demo 1"


@dataclass(frozen=True, slots=True)
class Hospital:
    """One hospital: its raw file, and the day on which all its visits are said to have been."""

    name: str
    title: str
    raw: str
    visit_date: str

    @property
    def visit_year(self) -> int:
        return int(self.visit_date[:4])


HOSPITALS: Final[Mapping[str, Hospital]] = MappingProxyType(
    {
        hospital.name: hospital
        for hospital in (
            Hospital("cleveland", "Cleveland", "processed.cleveland.data", "1983-07-01"),
            Hospital("budapest", "Budapest", "processed.hungarian.data", "1985-07-01"),
            Hospital("zurich", "Zurich and Basel", "processed.switzerland.data", "1985-07-01"),
            Hospital("longbeach", "Long Beach", "processed.va.data", "1986-07-01"),
        )
    }
)

# Numbers that become measurements: raw field, concept, unit, whether a recorded 0 means missing.
_MEASURED: Final = (
    ("trestbps", c.SYSTOLIC_PRESSURE, c.MM_HG, True),
    ("chol", c.SERUM_CHOLESTEROL, c.MG_PER_DL, True),
    ("thalach", c.MAX_HEART_RATE, c.PER_MINUTE, False),
    ("oldpeak", c.ST_DEPRESSION, c.MILLIMETRE, False),
    ("ca", c.VESSELS_COLOURED, None, False),
    ("num", c.DISEASE_GRADE, None, False),
)

# Codes that become observations: raw field, concept, code to value.
_OBSERVED: Final[tuple[tuple[str, int, Mapping[int, int]], ...]] = (
    ("cp", c.CHEST_PAIN_TYPE, c.CHEST_PAIN),
    ("fbs", c.FASTING_GLUCOSE_ABOVE_120, c.YES_OR_NO),
    ("restecg", c.RESTING_ECG, c.ECG),
    ("exang", c.EXERCISE_ANGINA, c.YES_OR_NO),
    ("slope", c.ST_SLOPE, c.SLOPE),
    ("thal", c.THALLIUM_SCAN, c.THALLIUM),
)

Row = tuple[object, ...]
Patient = Mapping[str, float | None]


def write_cdm(hospital: Hospital, *, folder: Path, raw: Path = RAW) -> None:
    """Writes the CDM tables of one hospital as CSV files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    patients = list(read_patients(raw / hospital.raw))
    for name, (header, rows) in _tables(hospital, patients).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(["" if value is None else value for value in row] for row in rows)


def read_patients(path: Path) -> Iterator[Patient]:
    """The rows of a raw file; None stands for what was not recorded."""
    with path.open(encoding="ascii", newline="") as file:
        for line in csv.reader(file):
            if len(line) != len(_FIELDS):
                raise ValueError(f"{path.name}: a row has {len(line)} fields, not {len(_FIELDS)}")
            yield {
                field: None if text == "?" else float(text) for field, text in zip(_FIELDS, line, strict=True)
            }


def _tables(
    hospital: Hospital, patients: Sequence[Patient]
) -> dict[str, tuple[Sequence[str], Iterable[Row]]]:
    day, source = hospital.visit_date, c.PUBLISHED_RESEARCH_FILE
    numbered = list(enumerate(patients, start=1))
    return {
        "person": (
            ("person_id", "gender_concept_id", "year_of_birth", "race_concept_id", "ethnicity_concept_id"),
            [(number, *_born(hospital, patient), 0, 0) for number, patient in numbered],
        ),
        "observation_period": (
            (
                "observation_period_id",
                "person_id",
                "observation_period_start_date",
                "observation_period_end_date",
                "period_type_concept_id",
            ),
            [(number, number, day, day, source) for number, _ in numbered],
        ),
        "visit_occurrence": (
            (
                "visit_occurrence_id",
                "person_id",
                "visit_concept_id",
                "visit_start_date",
                "visit_end_date",
                "visit_type_concept_id",
            ),
            [(number, number, c.OUTPATIENT_VISIT, day, day, source) for number, _ in numbered],
        ),
        "measurement": (
            (
                "measurement_id",
                "person_id",
                "measurement_concept_id",
                "measurement_date",
                "measurement_type_concept_id",
                "value_as_number",
                "unit_concept_id",
                "visit_occurrence_id",
            ),
            _measurements(numbered, day),
        ),
        "observation": (
            (
                "observation_id",
                "person_id",
                "observation_concept_id",
                "observation_date",
                "observation_type_concept_id",
                "value_as_concept_id",
                "visit_occurrence_id",
            ),
            _observations(numbered, day),
        ),
        "condition_occurrence": (
            (
                "condition_occurrence_id",
                "person_id",
                "condition_concept_id",
                "condition_start_date",
                "condition_type_concept_id",
                "visit_occurrence_id",
            ),
            _conditions(numbered, day),
        ),
        "cdm_source": _cdm_source(hospital),
        **_vocabulary(),
    }


def _born(hospital: Hospital, patient: Patient) -> tuple[int, int]:
    """(gender, year of birth). The year is chosen so that year of visit minus it is the recorded age."""
    return c.SEX[_whole(patient["sex"])], hospital.visit_year - _whole(patient["age"])


def _measurements(numbered: Sequence[tuple[int, Patient]], day: str) -> Iterator[Row]:
    identifier = 0
    for number, patient in numbered:
        for field, concept, unit, zero_is_missing in _MEASURED:
            value = patient[field]
            if value is None or (zero_is_missing and value == 0):
                continue
            identifier += 1
            yield (
                identifier,
                number,
                concept,
                day,
                c.PUBLISHED_RESEARCH_FILE,
                f"{value:g}",
                unit,
                number,
            )


def _observations(numbered: Sequence[tuple[int, Patient]], day: str) -> Iterator[Row]:
    identifier = 0
    for number, patient in numbered:
        for field, concept, values in _OBSERVED:
            if patient[field] is None:
                continue
            identifier += 1
            value = values[_whole(patient[field])]
            yield (identifier, number, concept, day, c.PUBLISHED_RESEARCH_FILE, value, number)


def _conditions(numbered: Sequence[tuple[int, Patient]], day: str) -> Iterator[Row]:
    ill = [number for number, patient in numbered if _whole(patient["num"]) > 0]
    for identifier, number in enumerate(ill, start=1):
        yield (identifier, number, c.CORONARY_DISEASE, day, c.PUBLISHED_RESEARCH_FILE, number)


def _cdm_source(hospital: Hospital) -> tuple[Sequence[str], list[Row]]:
    described: dict[str, object] = {
        "cdm_source_name": f"Heart Disease, {hospital.title}",
        "cdm_source_abbreviation": hospital.name,
        "cdm_holder": "UCI Machine Learning Repository (CC-BY-4.0)",
        "source_description": "Processed Heart Disease file, see raw/ATTRIBUTION.md",
        "source_documentation_reference": "https://doi.org/10.24432/C52P4X",
        "cdm_etl_reference": "infra/demo/heart/to_cdm.py",
        "source_release_date": _SOURCE_RELEASE,
        "cdm_release_date": _CONVERTED,
        "cdm_version": "5.4",
        "cdm_version_concept_id": c.CDM_54,
        "vocabulary_version": VOCABULARY_VERSION,
    }
    return tuple(described), [tuple(described.values())]


def _vocabulary() -> dict[str, tuple[Sequence[str], list[Row]]]:
    vocabularies = sorted({concept.vocabulary for concept in c.CONCEPTS})
    return {
        "concept": (
            (
                "concept_id",
                "concept_name",
                "domain_id",
                "vocabulary_id",
                "concept_class_id",
                "standard_concept",
                "concept_code",
                "valid_start_date",
                "valid_end_date",
                "invalid_reason",
            ),
            [
                (x.id, x.name, x.domain, x.vocabulary, x.concept_class, x.standard, x.code, *_VALID, None)
                for x in c.CONCEPTS
            ],
        ),
        "concept_ancestor": (
            (
                "ancestor_concept_id",
                "descendant_concept_id",
                "min_levels_of_separation",
                "max_levels_of_separation",
            ),
            [(x.id, x.id, 0, 0) for x in c.CONCEPTS if x.id != c.NO_MATCHING_CONCEPT],
        ),
        "vocabulary": (
            (
                "vocabulary_id",
                "vocabulary_name",
                "vocabulary_reference",
                "vocabulary_version",
                "vocabulary_concept_id",
            ),
            [(name, name, None, VOCABULARY_VERSION, c.NO_MATCHING_CONCEPT) for name in vocabularies],
        ),
    }


def _whole(value: float | None) -> int:
    if value is None or value != int(value):
        raise ValueError("a code of the raw file is missing or no whole number")
    return int(value)


def main(arguments: Sequence[str]) -> int:
    """Writes all four hospitals below the folder that is named."""
    if len(arguments) != 1:
        print("usage: python -m infra.demo.heart.to_cdm <folder>", file=sys.stderr)
        return 2
    for hospital in HOSPITALS.values():
        write_cdm(hospital, folder=Path(arguments[0]) / hospital.name)
        print(f"{hospital.title}: {Path(arguments[0]) / hospital.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
