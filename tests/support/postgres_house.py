"""A hospital's PostgreSQL with a CDM and the node's role, made by the very statements of the guide."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg

from node.postgres.source import PostgresSource, Registered, find_in_place, register
from tests.support.postgres import new_database
from tests.support.small_hospitals import create_in_postgres, load_into_postgres

_GUIDE = Path(__file__).parents[2] / "docs" / "postgresql.md"
_NUMBERS = itertools.count()
_DAY = date(2020, 1, 1)
_PEOPLE = {
    "person": [{"person_id": each, "year_of_birth": 1950} for each in range(3)],
    "observation_period": [
        {
            "observation_period_id": each,
            "person_id": each,
            "observation_period_start_date": _DAY,
            "observation_period_end_date": _DAY,
        }
        for each in range(3)
    ],
}


@dataclass(frozen=True)
class House:
    """One hospital's database, its administrator, and the node's file with the reader's address."""

    admin: psycopg.Connection
    role: str
    database: str
    home: Path
    file: Path

    def run(self, statement: str) -> None:
        text = statement.format(role=self.role, database=self.database)
        self.admin.execute(text.encode())
        _count_at_once(self.admin)

    def register(self, *, home: Path | None = None, dataset: str = "cdm") -> Registered:
        return register(
            home or self.home,
            dataset=dataset,
            address_file=self.file,
            cdm_schema="cdm",
            vocabulary_schema="cdm",
            after=4,
        )

    def source(self) -> PostgresSource:
        found = find_in_place(self.home, dataset="cdm")
        assert found is not None
        return found


def _count_at_once(admin: psycopg.Connection) -> None:
    """The server counts changes some time after they are made; a test cannot know how long."""
    admin.execute("SELECT pg_stat_force_next_flush()")


@contextmanager
def opened_house(folder: Path) -> Iterator[House]:
    """A house with three persons; `folder` is the node's home and holds the address."""
    address = new_database()
    role = f"onggi_reader_{address.rsplit('_', 2)[1]}_{next(_NUMBERS)}"
    database = address.rsplit("/", 1)[1]
    with psycopg.connect(address, autocommit=True) as admin:
        create_in_postgres(admin, schema="cdm")
        load_into_postgres(admin, _PEOPLE, schema="cdm")
        [statements] = re.findall(r"```sql\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
        told = statements.replace("onggi_reader", role).replace("DATABASE omop", f'DATABASE "{database}"')
        admin.execute(told.encode())
        _count_at_once(admin)
        file = folder / "address"
        file.touch(mode=0o600)
        file.write_text(address.replace("onggi@", f"{role}@") + "\n")
        yield House(admin, role, database, folder, file)
        admin.execute(f"DROP OWNED BY {role} CASCADE".encode())
        admin.execute(f"DROP ROLE {role}".encode())
