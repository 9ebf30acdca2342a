"""The persons of a made-up hospital: sex, birth, and when they were under observation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from tests.trackers.honest.diseases import Disease, Numbers, Reals
from tests.trackers.honest.refinements import FEMALE, MALE

_EPOCH: Final = np.datetime64("1970-01-01")
_OPENED: Final = int((np.datetime64("2010-01-01") - _EPOCH).astype(int))
_CLOSED: Final = int((np.datetime64("2025-12-31") - _EPOCH).astype(int))
_YEAR: Final = 365.25
_ADULT: Final = 18

_BY_DECADE: Final = np.array([0.070, 0.095, 0.120, 0.130, 0.150, 0.168, 0.147, 0.075, 0.038, 0.007])
"""Ages as in Korea in the middle of the period, by decades from 0 on."""

_RETURNS: Final = 0.08
_SHORTEST, _LONGEST = 200, 4400
_DIES: Final = 0.05


@dataclass(frozen=True, slots=True)
class Persons:
    """One entry per person; days count from 1970. `again_*` is a second period, of some persons only."""

    ids: Numbers
    sex: Numbers
    born: Numbers
    first_day: Numbers
    last_day: Numbers
    again_first: Numbers
    again_last: Numbers
    returns: Numbers
    dies: Numbers

    @property
    def age(self) -> Reals:
        """In years, in the middle of the observation."""
        middle = (self.first_day + self.last_day) / 2
        return np.asarray((middle - self.born) / _YEAR, dtype=np.float64)

    def draw_patients(self, disease: Disease, random: Generator) -> Numbers:
        """Who has a disease: positions of persons, each once."""
        weights = np.exp(disease.slope * np.clip(self.age, 0, 90))
        if disease.sex is not None:
            weights = weights * (self.sex == disease.sex)
        if disease.children:
            weights = weights * (self.age < _ADULT)
        many = min(random.binomial(self.ids.size, disease.prevalence), int((weights > 0).sum()))
        chosen = random.choice(self.ids.size, many, replace=False, p=weights / weights.sum())
        return np.asarray(chosen, dtype=np.int64)


def draw_persons(random: Generator, many: int) -> Persons:
    """So many persons, with ids in no order."""
    age = 10 * random.choice(_BY_DECADE.size, many, p=_BY_DECADE) + random.uniform(0, 10, many)
    first = random.integers(_OPENED, _CLOSED - _SHORTEST, many)
    last = np.minimum(first + random.integers(_SHORTEST, _LONGEST, many), _CLOSED)
    middle = (first + last) // 2
    born = np.minimum(middle - (age * _YEAR).astype(np.int64), first)
    again = last + random.integers(30, 900, many)
    returns = (random.random(many) < _RETURNS) & (again + _SHORTEST <= _CLOSED)
    dies = random.random(many) < _DIES * np.exp(0.03 * (age - 45))
    return Persons(
        ids=random.permutation(many).astype(np.int64) * 7 + 1_000_003,
        sex=np.where(random.random(many) < 0.5, FEMALE, MALE).astype(np.int64),
        born=born,
        first_day=first,
        last_day=last,
        again_first=again,
        again_last=np.minimum(again + random.integers(_SHORTEST, 1500, many), _CLOSED),
        returns=np.flatnonzero(returns),
        dies=np.flatnonzero(dies & ~returns),
    )


def dates(days: Numbers) -> Any:
    """Days since 1970 as a column of dates."""
    return pa.array(days.astype("datetime64[D]"))


def person_tables(persons: Persons) -> dict[str, pa.Table]:
    """The tables `person`, `observation_period` and `death`."""
    born = persons.born.astype("datetime64[D]")
    back, dead = persons.returns, persons.dies
    owners = np.concatenate([persons.ids, persons.ids[back]])
    tables: dict[str, dict[str, Any]] = {
        "person": {
            "person_id": persons.ids,
            "gender_concept_id": persons.sex,
            "year_of_birth": born.astype("datetime64[Y]").astype(np.int64) + 1970,
            "month_of_birth": born.astype("datetime64[M]").astype(np.int64) % 12 + 1,
            "day_of_birth": (born - born.astype("datetime64[M]")).astype(np.int64) + 1,
            "race_concept_id": np.zeros_like(persons.ids),
            "ethnicity_concept_id": np.zeros_like(persons.ids),
        },
        "observation_period": {
            "observation_period_id": np.arange(1, owners.size + 1),
            "person_id": owners,
            "observation_period_start_date": dates(
                np.concatenate([persons.first_day, persons.again_first[back]])
            ),
            "observation_period_end_date": dates(
                np.concatenate([persons.last_day, persons.again_last[back]])
            ),
            "period_type_concept_id": np.full(owners.size, 32817),
        },
        "death": {
            "person_id": persons.ids[dead],
            "death_date": dates(persons.last_day[dead]),
            "death_type_concept_id": np.full(dead.size, 32817),
        },
    }
    return {name: pa.table(columns) for name, columns in tables.items()}
