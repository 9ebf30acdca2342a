"""Makes up a million persons at five hospitals, as staged tables in Arrow and as one pooled table.

Each person has an age, measured numbers (two further ones with gaps), conditions, a ward, a treatment, an
illness that these explain through a logistic model, and days to a fall with a competing event; which rules of
a cohort they meet, with how many events, and in which of several cohorts they are. The same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis_jobs.variables.whole_columns import events_column, member_column, staged_name, step_column
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Variable

Numbers = npt.NDArray[np.float64]

CACHE: Final = Path(__file__).resolve().parents[1] / ".cache"
ROWS: Final = 1_000_000
SITES: Final = ("site-a", "site-b", "site-c", "site-d", "site-e")
WARDS: Final = ("medicine", "surgery", "cardiology", "geriatrics")
HORIZON: Final = 1_825
_SEED: Final = 20_261_201
_MEASURED, _CONDITIONS = 12, 8
MEASURED: Final = tuple(f"m{number:02}" for number in range(_MEASURED))
CONDITIONS: Final = tuple(f"c{number:02}" for number in range(_CONDITIONS))
WITH_GAPS: Final = ("lab_a", "lab_b")
CENTERS: Final = tuple(np.linspace(5.0, 140.0, _MEASURED))
SLOPES: Final = tuple(np.linspace(-0.03, 0.02, _MEASURED))
EFFECTS: Final = tuple(np.linspace(-0.6, 0.8, _CONDITIONS))
_INTERCEPT: Final = -0.9
RULES: Final = ("rule a", "rule b", "rule c", "rule d")
FUNNELS: Final = ((3, 2, 1, 0), (2, 0))
"""Further orders and choices of the rules."""
COHORTS: Final = ("own", "second", "third", "fourth", "fifth")
FALL: Final = Outcome(
    name="fall",
    event=OutcomeEvent(domain="condition", concepts=(1,)),
    competing=(OutcomeEvent(domain="death"),),
    horizon_days=HORIZON,
    prior_events="missing",
)


@dataclass(frozen=True, slots=True)
class StagedCohort:
    """Where the tables lie: one for each hospital, and all their rows below each other."""

    sites: Mapping[str, Path]
    pooled: Path


def variables() -> tuple[Variable, ...]:
    """Every column but the outcome's, with its declared range or levels."""
    return (
        Variable(name="age", domain="age", kind="number", low=0.0, high=120.0),
        Variable(name="male", domain="sex", kind="flag", concepts=(8507,)),
        *(_number(name, -200.0, 300.0) for name in (*MEASURED, *WITH_GAPS)),
        *(_flag(name) for name in (*CONDITIONS, "treated", "ill")),
        Variable(
            name="ward",
            domain="observation",
            kind="category",
            concepts=(1,),
            levels=tuple(range(100, 100 + len(WARDS))),
            level_names=WARDS,
        ),
    )


def staged_cohort(rows: int = ROWS) -> StagedCohort:
    """The cohort's tables, made at the first call and kept under the digest of what makes them."""
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    folder = CACHE / f"statistics-{made_by}-{rows}"
    staged = StagedCohort({site: folder / f"{site}.arrow" for site in SITES}, folder / "pooled.arrow")
    if not folder.exists():
        part = folder.with_suffix(".part")
        part.mkdir(parents=True, exist_ok=True)
        tables = [_hospital(number, rows // len(SITES)) for number in range(len(SITES))]
        for site, table in zip(SITES, tables, strict=True):
            _write(table, part / f"{site}.arrow")
        _write(pa.concat_tables(tables).combine_chunks(), part / "pooled.arrow")
        part.rename(folder)
    return staged


def read_table(path: Path) -> Any:
    """The table, mapped: what is not looked at is not read."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _hospital(site: int, persons: int) -> pa.Table:
    random = np.random.default_rng([_SEED, site])
    common = random.standard_normal(persons)
    centers = np.array(CENTERS)
    measured = np.round(
        centers[:, None] + 10.0 * (0.8 * random.standard_normal((_MEASURED, persons)) + 0.6 * common), 3
    )
    shares = np.linspace(0.08, 0.45, _CONDITIONS)
    conditions = (random.random((_CONDITIONS, persons)) < shares[:, None]).astype(np.float64)
    age = np.clip(np.round(random.normal(66.0, 12.0, persons)), 20, 100)
    treated = (random.random(persons) < 0.4).astype(np.float64)
    predictor = (
        _INTERCEPT + 0.05 * site + SLOPES @ (measured - centers[:, None]) + np.array(EFFECTS) @ conditions
    )
    ill = (random.random(persons) < 1.0 / (1.0 + np.exp(-predictor))).astype(np.float64)
    labs = np.round(100.0 + 15.0 * (random.standard_normal((2, persons)) + 0.5 * common), 2)
    labs[random.random(labs.shape) < 0.03] = np.nan
    days, what = _followed(random, 0.3 * predictor + 0.02 * (age - 66.0) - 0.2 * treated)
    columns = {
        "age": age,
        **dict(zip(MEASURED, measured, strict=True)),
        **dict(zip(WITH_GAPS, labs, strict=True)),
        **dict(zip(CONDITIONS, conditions, strict=True)),
        "treated": treated,
        "ill": ill,
        "ward": random.choice(np.arange(4.0), persons, p=(0.4, 0.3, 0.2, 0.1)),
        FALL.days_name: days,
        FALL.event_name: what,
    }
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    return pa.table(arrays | _memberships(np.random.default_rng([_SEED, site, 1]), persons))


def _memberships(random: np.random.Generator, persons: int) -> dict[str, Any]:
    """Sex, and the whole numbers that a count and an overlap stage."""
    met = random.random((len(RULES), persons)) < np.array([0.85, 0.7, 0.75, 0.6])[:, None]
    own = _reached(met, range(len(RULES)))
    events = 1 + random.poisson(0.6, persons)
    members = random.random((len(COHORTS), persons)) < np.array([0.5, 0.4, 0.3, 0.3, 0.2])[:, None]
    members[0] |= ~members.any(axis=0)
    wholes = {"cohort_step": own}
    wholes |= {
        staged_name(step_column(at)): _reached(met, rules) for at, rules in enumerate(FUNNELS, start=1)
    }
    wholes |= {
        staged_name(events_column(step)): np.where(own >= step, events, 0) for step in range(len(RULES) + 1)
    }
    wholes |= {staged_name(member_column(at)): inside for at, inside in enumerate(members)}
    arrays = {name: pa.array(values.astype(np.int32)) for name, values in wholes.items()}
    return arrays | {"male": pa.array((random.random(persons) < 0.55).astype(np.float64))}


def _reached(met: npt.NDArray[np.bool_], rules: Sequence[int]) -> npt.NDArray[np.int64]:
    """How many of the rules, in this order, each person meets before the first that is missed."""
    reached: npt.NDArray[np.int64] = np.cumprod(met[list(rules)], axis=0).sum(axis=0)
    return reached


def _followed(random: np.random.Generator, risk: Numbers) -> tuple[Numbers, Numbers]:
    """(days to whichever came first, what came): a fall, a death, or the end of observation."""
    fall = random.exponential(3_000.0, risk.size) * np.exp(-risk)
    death = random.exponential(9_000.0, risk.size)
    watched = np.minimum(random.uniform(200.0, 3_000.0, risk.size), HORIZON)
    first = np.minimum(np.minimum(fall, death), watched)
    what = np.where(first == fall, 1.0, np.where(first == death, 2.0, 0.0))
    return np.minimum(np.floor(first) + 1.0, HORIZON), what


def _write(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)


def _number(name: str, low: float, high: float) -> Variable:
    return Variable(name=name, domain="measurement", kind="number", concepts=(1,), low=low, high=high)


def _flag(name: str) -> Variable:
    return Variable(name=name, domain="condition", kind="flag", concepts=(1,))
