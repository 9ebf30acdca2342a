"""Makes up a million persons at four hospitals, the same every time, as CDM folders and as one pooled table.

Twelve measured numbers and eight conditions explain a ninth condition through a logistic model. Each person
has one visit's worth of records on one day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from onggi.spec.variables import Variable, Window

Numbers: TypeAlias = npt.NDArray[np.float64]
Columns: TypeAlias = dict[str, Any]
"""Arrow's table maker takes numpy columns, which its types do not say."""

PERSONS: Final = 250_000
SITES: Final = 4
MEASURED: Final = 12
CONDITIONS: Final = 8
_SEED: Final = 20_261_122
_FIRST_CONCEPT: Final = 2_000_100_000
_TYPE_CONCEPT: Final = 32_817
_DAY: Final = date(2024, 3, 1)
_EVER: Final = Window(start_days=None, end_days=None)
_FEMALE, _MALE = 8532, 8507
OUTCOME: Final = _FIRST_CONCEPT + MEASURED + CONDITIONS


@dataclass(frozen=True, slots=True)
class Persons:
    """One hospital's persons: measured numbers, conditions and the outcome, a column each."""

    measured: Numbers
    conditions: npt.NDArray[np.bool_]
    outcome: npt.NDArray[np.bool_]


def generator_digest() -> str:
    """Changes whenever what is made up may change: loaded copies are kept under this name."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def make_persons(site: int, *, persons: int = PERSONS) -> Persons:
    """The persons of hospital number `site`."""
    random = np.random.default_rng([_SEED, site])
    common = random.standard_normal((1, persons))
    scores = 0.8 * random.standard_normal((MEASURED, persons)) + 0.6 * common
    centers, spreads = np.linspace(5.0, 160.0, MEASURED), np.linspace(1.0, 25.0, MEASURED)
    # Three decimals, as a laboratory reports; also what both sides of the comparison read.
    measured = np.round(centers[:, None] + spreads[:, None] * scores, 3)
    shares = np.linspace(0.08, 0.45, CONDITIONS)
    conditions = random.random((CONDITIONS, persons)) < shares[:, None]
    slopes, effects = np.linspace(-0.4, 0.5, MEASURED), np.linspace(-0.6, 0.8, CONDITIONS)
    predictor = -0.9 + 0.05 * site + slopes @ scores + effects @ conditions
    outcome = random.random(persons) < 1.0 / (1.0 + np.exp(-predictor))
    return Persons(measured, conditions, outcome)


def pooled_table() -> tuple[Numbers, Numbers]:
    """(design with a leading intercept, outcome) of all hospitals, one row per person."""
    made = [make_persons(site) for site in range(SITES)]
    columns = [np.vstack([one.measured, one.conditions]).T for one in made]
    design = np.concatenate(columns)
    with_intercept = np.hstack([np.ones((len(design), 1)), design])
    return np.ascontiguousarray(with_intercept), np.concatenate([one.outcome for one in made]).astype(float)


def variables() -> tuple[Variable, ...]:
    """The study's columns: outcome, measured numbers, conditions."""
    measured = [
        Variable(
            name=f"m{number:02}",
            domain="measurement",
            kind="number",
            concepts=(_FIRST_CONCEPT + number,),
            window=_EVER,
            low=-200.0,
            high=500.0,
        )
        for number in range(MEASURED)
    ]
    return (_flag("ill", OUTCOME), *measured, *(_flag(name, concept) for name, concept in _conditions()))


def terms() -> tuple[str, ...]:
    """The explaining columns, in the order of the pooled table."""
    return tuple(variable.name for variable in variables()[1:])


def concepts() -> tuple[int, ...]:
    """All concepts that the study reads."""
    return tuple(sorted(concept for variable in variables() for concept in variable.concepts))


def _conditions() -> Sequence[tuple[str, int]]:
    return [(f"c{number:02}", _FIRST_CONCEPT + MEASURED + number) for number in range(CONDITIONS)]


def _flag(name: str, concept: int) -> Variable:
    return Variable(name=name, domain="condition", kind="flag", concepts=(concept,), window=_EVER)


def write_cdm(site: int, *, folder: Path, persons: int = PERSONS) -> None:
    """One hospital's CDM 5.4 folder in Parquet."""
    made = make_persons(site, persons=persons)
    folder.mkdir(parents=True, exist_ok=True)
    identity = np.arange(1, persons + 1, dtype=np.int64)
    tables = {
        "person": _persons(identity),
        "observation_period": _periods(identity),
        "measurement": _measurements(identity, made.measured),
        "condition_occurrence": _occurrences(identity, np.vstack([made.conditions, made.outcome[None, :]])),
        "cdm_source": _source(site),
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def _persons(identity: npt.NDArray[np.int64]) -> Columns:
    return {
        "person_id": identity,
        "gender_concept_id": np.where(identity % 2 == 0, _FEMALE, _MALE),
        "year_of_birth": 1940 + identity % 60,
        "race_concept_id": np.zeros_like(identity),
        "ethnicity_concept_id": np.zeros_like(identity),
    }


def _periods(identity: npt.NDArray[np.int64]) -> Columns:
    return {
        "observation_period_id": identity,
        "person_id": identity,
        "observation_period_start_date": _same_day(identity.size),
        "observation_period_end_date": _same_day(identity.size),
        "period_type_concept_id": np.full_like(identity, _TYPE_CONCEPT),
    }


def _measurements(identity: npt.NDArray[np.int64], values: Numbers) -> Columns:
    rows = values.size
    concept = np.repeat(_FIRST_CONCEPT + np.arange(len(values), dtype=np.int64), identity.size)
    return {
        "measurement_id": np.arange(1, rows + 1, dtype=np.int64),
        "person_id": np.tile(identity, len(values)),
        "measurement_concept_id": concept,
        "measurement_date": _same_day(rows),
        "measurement_type_concept_id": np.full(rows, _TYPE_CONCEPT, dtype=np.int64),
        "value_as_number": values.reshape(-1),
    }


def _occurrences(identity: npt.NDArray[np.int64], present: npt.NDArray[np.bool_]) -> Columns:
    which, person = np.nonzero(present)
    return {
        "condition_occurrence_id": np.arange(1, which.size + 1, dtype=np.int64),
        "person_id": identity[person],
        "condition_concept_id": _FIRST_CONCEPT + MEASURED + which,
        "condition_start_date": _same_day(which.size),
        "condition_type_concept_id": np.full(which.size, _TYPE_CONCEPT, dtype=np.int64),
    }


def _source(site: int) -> Columns:
    return {
        "cdm_source_name": [f"Made-up hospital {site}"],
        "cdm_source_abbreviation": [f"made-up-{site}"],
        "cdm_holder": ["benchmarks"],
        "source_release_date": [_DAY],
        "cdm_release_date": [_DAY],
        "cdm_version": ["5.4"],
        "vocabulary_version": ["none"],
    }


def _same_day(rows: int) -> Any:
    days = (_DAY - date(1970, 1, 1)).days
    return pa.array(np.full(rows, days, dtype=np.int32)).cast(pa.date32())
