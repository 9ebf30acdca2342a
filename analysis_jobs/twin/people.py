"""Draws a twin's made-up people from a dataset card: sex, year of birth, observation, and a hidden frailty.

Everything that happens to a person follows one documented rule: with `age` in twenties of years above 50,
`male` 1 or 0 and `frailty` a standard normal number that no table shows,

    risk = 0.5 * age + 0.3 * male + 0.8 * frailty

So whatever is recorded of twins depends on age and sex and hangs together, and models find something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from catalog.dataset_card import YEARS, DatasetCard, YearShare

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

FIRST_PERSON: Final = 9_000_000_000_000
"""Twins' person ids begin here: no id of theirs can be taken for a patient's."""
MALE: Final = 8507
AGE_WEIGHT, MALE_WEIGHT, FRAILTY_WEIGHT = 0.5, 0.3, 0.8
_FEMALE: Final = 8532
_USUAL_AGE, _AGE_STEP = 50.0, 20.0
_DEATH_WEIGHT: Final = 1.5


@dataclass(frozen=True, slots=True)
class People:
    """One entry a person. Days count from 1970-01-01; `dies` ends the observation."""

    ids: Ints
    sex: Ints
    born: Ints
    start: Ints
    end: Ints
    frailty: Floats
    risk: Floats
    dies: Flags

    def __len__(self) -> int:
        return len(self.ids)


def stream(seed: int, *place: int) -> np.random.Generator:
    """Randomness of one place of a twin: what is drawn elsewhere does not move it."""
    key = tuple(part % 2**64 for part in place)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def draw_people(card: DatasetCard, *, persons: int, seed: int, block: int = 0, before: int = 0) -> People:
    """So many people as the card describes them; `before` of the same twin have their ids already."""
    random = stream(seed, 0, block)
    sex = _draw_sex(card, random, persons)
    start = _draw_days(card.starts, random, persons, usual=2015)
    length = _draw_lengths(card, random, persons)
    born = np.minimum(_draw_years(card.births, random, persons, usual=1965), _year_of(start))
    frailty = random.standard_normal(persons)
    age = (_year_of(start) - born - _USUAL_AGE) / _AGE_STEP
    risk = AGE_WEIGHT * age + MALE_WEIGHT * (sex == MALE) + FRAILTY_WEIGHT * frailty
    dying = chance_of(np.array([card.deaths / 100]), _DEATH_WEIGHT, risk)[0]
    return People(
        ids=FIRST_PERSON + before + np.arange(1, persons + 1, dtype=np.int64),
        sex=sex,
        born=born,
        start=start,
        end=start + length - 1,
        frailty=frailty,
        risk=risk,
        dies=random.random(persons) < sigmoid(dying + _DEATH_WEIGHT * risk),
    )


def sigmoid(x: Floats) -> Floats:
    """The logistic function, without overflow."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return found


def chance_of(shares: Floats, weight: float, risk: Floats) -> Floats:
    """For each share the constant with which ``sigmoid(constant + weight * risk)`` has that mean."""
    levels = np.quantile(risk, (np.arange(128) + 0.5) / 128) * weight if len(risk) else np.zeros(1)
    low, high = np.full(len(shares), -60.0), np.full(len(shares), 60.0)
    for _ in range(40):
        middle = (low + high) / 2
        above = sigmoid(middle[:, None] + levels[None, :]).mean(axis=1) > shares
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    # Everybody and nobody have no finite constant; the ends are as good as certain.
    found: Floats = (low + high) / 2
    return found


def pick(shares: Sequence[float], random: np.random.Generator, size: int) -> Ints:
    """Positions drawn in proportion to the shares."""
    edges = np.cumsum(np.asarray(shares, dtype=np.float64))
    found: Ints = np.searchsorted(edges / edges[-1], random.random(size), side="right").astype(np.int64)
    return np.minimum(found, len(shares) - 1)


def _draw_sex(card: DatasetCard, random: np.random.Generator, persons: int) -> Ints:
    shares = [(each.concept, each.percent) for each in card.sexes if each.percent]
    shares = shares or [(MALE, 50), (_FEMALE, 50)]
    concepts = np.array([concept for concept, _ in shares], dtype=np.int64)
    drawn: Ints = concepts[pick([percent for _, percent in shares], random, persons)]
    return drawn


def _draw_years(
    shares: Sequence[YearShare], random: np.random.Generator, persons: int, *, usual: int
) -> Ints:
    known = [each for each in shares if each.percent] or list(shares) or [YearShare(first=usual, percent=100)]
    firsts = np.array([each.first for each in known], dtype=np.int64)
    chosen = firsts[pick([each.percent or 1 for each in known], random, persons)]
    return chosen + random.integers(0, YEARS, persons)


def _draw_days(shares: Sequence[YearShare], random: np.random.Generator, persons: int, *, usual: int) -> Ints:
    years = _draw_years(shares, random, persons, usual=usual)
    january = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return january + random.integers(0, 365, persons)


def _draw_lengths(card: DatasetCard, random: np.random.Generator, persons: int) -> Ints:
    known = [each for each in card.lengths if each.percent] or list(card.lengths)
    if not known:
        return random.integers(365, 3650, persons)
    at = pick([each.percent or 1 for each in known], random, persons)
    low = np.log([each.days.low for each in known])[at]
    below = np.log([each.days.below for each in known])[at]
    days = np.exp(low + (below - low) * random.random(persons)).astype(np.int64)
    return np.maximum(days, 1)


def _year_of(days: Ints) -> Ints:
    years: Ints = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years
