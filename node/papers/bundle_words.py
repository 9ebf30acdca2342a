"""The words of which a bundle for support is made: closed vocabularies, bands, versions, moments, marks.

A mark stands for a name and means nothing outside its bundle: it is made with a key that is thrown away.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, StringConstraints

from node.logging_guard import ROOMS
from node.state.tables import Base
from onggi.spec.base import Instant
from onggi.words import find_words

_SOURCES: Final = Path(__file__).resolve().parents[2]
_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_PLACE: Final = re.compile(r"([a-z_]+(?:/[a-z0-9_]+)*\.py):([0-9]{1,4})")
OTHER: Final = "other"
PACKAGES: Final = frozenset(
    {
        "alembic",
        "argon2-cffi",
        "cryptography",
        "duckdb",
        "fastapi",
        "flwr",
        "grpcio",
        "numpy",
        "protobuf",
        "psycopg",
        "pyarrow",
        "pydantic",
        "sqlalchemy",
        "sqlglot",
        "typer",
        "uvicorn",
    }
)
STATE_TABLES: Final = frozenset(Base.metadata.tables)
CDM_TABLES: Final = frozenset(
    {
        "care_site",
        "cdm_source",
        "cohort",
        "cohort_definition",
        "concept",
        "concept_ancestor",
        "concept_class",
        "concept_relationship",
        "concept_synonym",
        "condition_era",
        "condition_occurrence",
        "cost",
        "death",
        "device_exposure",
        "domain",
        "dose_era",
        "drug_era",
        "drug_exposure",
        "drug_strength",
        "episode",
        "episode_event",
        "fact_relationship",
        "location",
        "measurement",
        "metadata",
        "note",
        "note_nlp",
        "observation",
        "observation_period",
        "payer_plan_period",
        "person",
        "procedure_occurrence",
        "provider",
        "relationship",
        "source_to_concept_map",
        "specimen",
        "visit_detail",
        "visit_occurrence",
        "vocabulary",
    }
)
LOGGERS: Final = frozenset(
    {"onggi", "py", "asyncio", "grpc", "sqlalchemy", "alembic", "uvicorn", "fastapi", "flwr", OTHER}
)
"""`py`: Python's warnings."""
ERRORS: Final = frozenset(
    {
        *(
            name
            for name, each in vars(builtins).items()
            if isinstance(each, type) and issubclass(each, Exception)
        ),
        *("Refused", "NotTrusted", "Unreachable", "ValidationError", "DatabaseError", "OperationalError"),
        OTHER,
    }
)

Band = Literal[
    "0",
    "1-9",
    "10-99",
    "100-999",
    "1000-9999",
    "10000-99999",
    "100000-999999",
    "1000000-9999999",
    "10000000+",
]
GibBand = Literal["0-1", "2-7", "8-31", "32-127", "128-511", "512-2047", "2048+"]
MillisecondBand = Literal["0-9", "10-99", "100-999", "1000+"]
SecondBand = Literal["0-4", "5-299", "300+"]
Version = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}((a|b|rc|\.post|\.dev)[0-9]{1,3})?$", max_length=24
    ),
]
Mark = Annotated[str, StringConstraints(pattern=r"^m-[0-9a-f]{12}$")]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A closed vocabulary, as a check of a field."""

    words: Set[str]

    def __call__(self, word: str) -> str:
        if word not in self.words:
            raise ValueError("a word of the vocabulary is needed")
        return word


Package = Annotated[str, AfterValidator(OneOf(PACKAGES))]
StateTable = Annotated[str, AfterValidator(OneOf(STATE_TABLES))]
CdmTable = Annotated[str, AfterValidator(OneOf(CDM_TABLES))]
Logger = Annotated[str, AfterValidator(OneOf(LOGGERS))]
ErrorKind = Annotated[str, AfterValidator(OneOf(ERRORS))]


def is_known_code(code: object) -> bool:
    """Whether our own catalogue has words for it."""
    return isinstance(code, str) and find_words(code) is not None


def is_plausible(moment: datetime) -> bool:
    """Whether this software can have been there: a patient's dates mostly lie before."""
    return _EARLIEST <= moment < _LATEST


def is_own_line(place: str) -> bool:
    """Whether it names a line that our own sources have."""
    found = _PLACE.fullmatch(place)
    return (
        found is not None and found[1].split("/")[0] in ROOMS and 1 <= int(found[2]) <= _length_of(found[1])
    )


@cache
def _length_of(source: str) -> int:
    try:
        return len((_SOURCES / source).read_bytes().splitlines())
    except OSError:
        return 0


def _check_code(code: str) -> str:
    if not is_known_code(code):
        raise ValueError("a code of the catalogue is needed")
    return code


def _check_moment(moment: datetime) -> datetime:
    if not is_plausible(moment):
        raise ValueError("a moment of this software's life is needed")
    return moment


def _check_place(place: str) -> str:
    if not is_own_line(place):
        raise ValueError("a line of our own sources is needed")
    return place


Code = Annotated[str, AfterValidator(_check_code)]
Moment = Annotated[Instant, AfterValidator(_check_moment)]
Place = Annotated[str, AfterValidator(_check_place)]


def band(number: float) -> Band:
    """The band of a number of things."""
    steps: tuple[tuple[float, Band], ...] = (
        (1, "0"),
        (10, "1-9"),
        (100, "10-99"),
        (1_000, "100-999"),
        (10_000, "1000-9999"),
        (100_000, "10000-99999"),
        (1_000_000, "100000-999999"),
        (10_000_000, "1000000-9999999"),
    )
    return next((name for below, name in steps if number < below), "10000000+")


def gib_band(size: int) -> GibBand:
    """The band of so many bytes."""
    steps: tuple[tuple[int, GibBand], ...] = (
        (2, "0-1"),
        (8, "2-7"),
        (32, "8-31"),
        (128, "32-127"),
        (512, "128-511"),
        (2048, "512-2047"),
    )
    return next((name for below, name in steps if size < below * 2**30), "2048+")


def millisecond_band(seconds: float) -> MillisecondBand:
    """The band of a short time."""
    steps: tuple[tuple[float, MillisecondBand], ...] = ((0.01, "0-9"), (0.1, "10-99"), (1.0, "100-999"))
    return next((name for below, name in steps if seconds < below), "1000+")


def second_band(seconds: float) -> SecondBand:
    """The band of a difference of clocks."""
    steps: tuple[tuple[float, SecondBand], ...] = ((5, "0-4"), (300, "5-299"))
    return next((name for below, name in steps if abs(seconds) < below), "300+")
