"""A real server: the documented role passes, each right too many is named, a changed database is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis_jobs.variables.stage import stage_table
from node.postgres import reading_role
from node.postgres.connecting import opened, read_address
from node.postgres.source import PostgresSource, find_in_place
from onggi.errors import Refused, Unreachable
from onggi.spec.builders.variables import age
from onggi.spec.cohorts import cohort, everyone
from onggi.words import find_words
from tests.support.job_specs import make_spec
from tests.support.postgres_house import House, opened_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as made:
        yield made


def test_the_documented_role_passes_and_reads(house: House) -> None:
    assert house.register().number == 5, "versions go on from those of the node's own store"
    source = house.source()
    with source.open(house.home, version=source.version()) as (engine, cdm):
        table = stage_table(engine, make_spec(cohort(everyone()), [age()]), cdm=cdm, order_key=b"k" * 16)
    assert table.column("age").to_pylist() == [70.0, 70.0, 70.0]
    written = (house.home / "in-place" / "cdm.json").read_text()
    assert house.role not in written, "the address stays in its own file"


@pytest.mark.parametrize(("chosen", "planned"), [(None, "1.1"), ("3", "3")])
def test_plans_for_flash_unless_the_administrator_chose(
    house: House, chosen: str | None, planned: str
) -> None:
    if chosen is not None:
        house.run(f"ALTER ROLE {{role}} SET random_page_cost = {chosen}")
    with opened(read_address(house.file)) as connection:
        names = ("random_page_cost", "cursor_tuple_fraction", "jit")
        found = [connection.execute("SELECT current_setting(%s)", [each]).fetchone() for each in names]
    assert found == [(planned,), ("1",), ("off",)]


_SINS = [
    ("postgres.superuser", "ALTER ROLE {role} SUPERUSER", "ALTER ROLE {role} NOSUPERUSER"),
    ("postgres.attribute", "ALTER ROLE {role} CREATEROLE", "NOCREATEROLE"),
    ("postgres.attribute", "ALTER ROLE {role} CREATEDB", "NOCREATEDB"),
    ("postgres.attribute", "ALTER ROLE {role} REPLICATION", "NOREPLICATION"),
    ("postgres.attribute", "ALTER ROLE {role} BYPASSRLS", "NOBYPASSRLS"),
    *(
        ("postgres.membership", f"GRANT {each} TO {{role}}", f"REVOKE {each} FROM")
        for each in (
            "pg_write_all_data",
            "pg_write_server_files",
            "pg_read_server_files",
            "pg_execute_server_program",
            "pg_signal_backend",
        )
    ),
    *(
        ("postgres.table", f"GRANT {each} ON cdm.person TO {{role}}", f"REVOKE {each} ON TABLE cdm.person")
        for each in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    ),
    (
        "postgres.table",
        "GRANT UPDATE (year_of_birth) ON cdm.person TO {role}",
        "REVOKE UPDATE (year_of_birth)",
    ),
    ("postgres.table", "GRANT INSERT ON cdm.death TO PUBLIC", "FROM PUBLIC"),
    (
        "postgres.table",
        "CREATE SEQUENCE cdm.numbers; GRANT USAGE ON SEQUENCE cdm.numbers TO {role}",
        "REVOKE USAGE ON SEQUENCE cdm.numbers",
    ),
    (
        "postgres.table",
        "CREATE SCHEMA other; CREATE TABLE other.notes (); GRANT DELETE ON other.notes TO {role}",
        "other.notes",
    ),
    ("postgres.schema", "GRANT CREATE ON SCHEMA cdm TO {role}", "REVOKE CREATE ON SCHEMA cdm"),
    (
        "postgres.schema",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    ("postgres.database", 'GRANT CREATE ON DATABASE "{database}" TO {role}', "REVOKE CREATE ON DATABASE"),
    ("postgres.tablespace", "GRANT CREATE ON TABLESPACE pg_default TO {role}", "REVOKE CREATE ON TABLESPACE"),
    ("postgres.owner", "ALTER TABLE cdm.specimen OWNER TO {role}", "REASSIGN OWNED BY"),
    (
        "postgres.function",
        "CREATE FUNCTION cdm.sly() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "REVOKE EXECUTE ON ROUTINE cdm.sly() FROM PUBLIC",
    ),
    ("postgres.function", "GRANT EXECUTE ON FUNCTION lo_create(oid) TO {role}", "lo_create(oid)"),
    ("postgres.function", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO {role}", "pg_read_file(text)"),
    (
        "postgres.large_object",
        "SELECT lo_create(4711); GRANT UPDATE ON LARGE OBJECT 4711 TO {role}",
        "REVOKE UPDATE ON LARGE OBJECT 4711",
    ),
]


@pytest.mark.parametrize(("code", "sin", "remedy"), _SINS)
def test_each_right_too_many_is_named_with_its_remedy(house: House, code: str, sin: str, remedy: str) -> None:
    house.run(sin)
    with pytest.raises(Refused) as refused:
        house.register()
    assert refused.value.code == code
    assert remedy.format(role=house.role) in str(refused.value.facts["remedy"])
    assert find_words(code) is not None
    assert find_in_place(house.home, dataset="cdm") is None, "nothing is registered"


@pytest.mark.parametrize("inherit", ["INHERIT", "NOINHERIT"])
def test_a_right_that_a_membership_could_lend_counts(house: House, inherit: str) -> None:
    house.run("CREATE ROLE {role}_writer; GRANT INSERT ON cdm.person TO {role}_writer")
    house.run(f"ALTER ROLE {{role}} {inherit}; GRANT {{role}}_writer TO {{role}}")
    try:
        with pytest.raises(Refused) as refused:
            house.register()
    finally:
        house.run("DROP OWNED BY {role}_writer; DROP ROLE {role}_writer")
    assert refused.value.code == "postgres.table"
    assert "_writer" in str(refused.value.facts["remedy"])


@pytest.mark.parametrize(
    "sin",
    [
        "GRANT INSERT ON cdm.person TO {role}",
        "GRANT UPDATE, SELECT ON cdm.person TO {role}",
        "GRANT CREATE ON SCHEMA cdm TO {role}",
        'GRANT CREATE ON DATABASE "{database}" TO {role}',
    ],
)
def test_the_attempt_alone_notices_too(house: House, sin: str) -> None:
    house.run(sin)
    with opened(read_address(house.file)) as connection, pytest.raises(Refused) as refused:
        reading_role.try_to_write(connection, schemas=("cdm",))
    assert refused.value.code == "postgres.wrote"
    left = house.admin.execute("SELECT count(*) FROM pg_class WHERE relname = 'onggi_probe'").fetchone()
    assert left == (0,), "the attempt leaves nothing behind"


def test_a_right_given_after_registering_stops_the_next_run(house: House) -> None:
    number = house.register().number
    house.run("GRANT DELETE ON cdm.person TO {role}")
    with pytest.raises(Refused) as refused, house.source().open(house.home, version=number):
        pass
    assert refused.value.code == "postgres.table"


_CHANGES = [
    "INSERT INTO cdm.person (person_id) VALUES (99)",
    "DELETE FROM cdm.person WHERE person_id = 1",
    "UPDATE cdm.person SET year_of_birth = 1940",
    "TRUNCATE cdm.death",
    "DROP TABLE cdm.specimen",
    "DROP TABLE cdm.death; CREATE TABLE cdm.death (person_id bigint); GRANT SELECT ON cdm.death TO {role}",
]


@pytest.mark.parametrize("change", _CHANGES)
def test_a_changed_database_is_another_version(house: House, change: str) -> None:
    house.run("SELECT pg_stat_force_next_flush()")
    number = house.register().number
    assert house.register().number == number, "nothing changed: the number stays"
    house.run(f"{change}; SELECT pg_stat_force_next_flush()")
    house.run("SELECT 1")
    with pytest.raises(Refused) as refused, house.source().open(house.home, version=number):
        pass
    assert refused.value.code == "dataset.changed"
    house.run("GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO {role}")
    assert house.register().number == number + 1
    with house.source().open(house.home, version=number + 1):
        pass


def _registered_with_other_rows(house: House, table: str) -> PostgresSource:
    """As where a change moved no counter yet: the rows alone tell of it."""
    found = house.register()
    mark = found.marks[table]
    other = mark.model_copy(update={"rows": mark.rows + 1})
    return PostgresSource(found.model_copy(update={"marks": {**found.marks, table: other}}))


@pytest.mark.parametrize("table", ["cdm.person", "cdm.observation_period"])
def test_rows_are_counted_before_a_table_is_read(house: House, table: str) -> None:
    source = _registered_with_other_rows(house, table)
    spec = make_spec(cohort(everyone()), [age()])
    with (
        source.open(house.home, version=source.version()) as (engine, cdm),
        pytest.raises(Refused) as refused,
    ):
        stage_table(engine, spec, cdm=cdm, order_key=b"k" * 16)
    assert (refused.value.code, refused.value.facts) == ("dataset.changed", {"table": table})


def test_rows_of_a_table_that_is_not_read_are_left_to_the_examination(house: House) -> None:
    source = _registered_with_other_rows(house, "cdm.drug_exposure")
    with source.open(house.home, version=source.version()) as (engine, cdm):
        table = stage_table(engine, make_spec(cohort(everyone()), [age()]), cdm=cdm, order_key=b"k" * 16)
    assert table.num_rows == 3
    with pytest.raises(Refused, match=r"dataset\.changed"):
        source.examine()
    house.source().examine()


def test_one_picture_while_others_write(house: House) -> None:
    number = house.register().number
    with house.source().open(house.home, version=number) as (engine, cdm):
        house.run("DELETE FROM cdm.observation_period")
        table = stage_table(engine, make_spec(cohort(everyone()), [age()]), cdm=cdm, order_key=b"k" * 16)
    assert table.num_rows == 3


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (
            "ALTER TABLE cdm.death RENAME TO d; CREATE VIEW cdm.death AS SELECT * FROM cdm.d",
            "postgres.not_a_table",
        ),
        ("ALTER TABLE cdm.death ENABLE ROW LEVEL SECURITY", "postgres.row_security"),
        ("ALTER TABLE cdm.person RENAME TO people", "postgres.no_cdm"),
        ("REVOKE SELECT ON cdm.person FROM {role}", "postgres.not_examined"),
    ],
)
def test_what_cannot_be_watched_is_refused(house: House, make: str, code: str) -> None:
    house.run(make)
    house.run("GRANT SELECT ON cdm.death TO {role}")
    with pytest.raises(Refused) as refused:
        house.register()
    assert refused.value.code == code
    assert find_words(code) is not None


def test_doctor_hears_a_server_that_writes_statements_down(house: House) -> None:
    house.register()
    assert house.source().find_logged() == []
    house.run("ALTER ROLE {role} SET log_statement = 'all'")
    [found] = house.source().find_logged()
    assert found.setting == "log_statement=all"
    assert found.remedy == f"ALTER ROLE {house.role} SET log_statement = 'none'"


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        ("postgresql://r@127.0.0.1/omop", 0o644, "postgres.file_open"),
        ("postgresql://r@db.example/omop", 0o600, "postgres.no_tls"),
        ("postgresql://r@db.example/omop?sslmode=require", 0o600, "postgres.no_tls"),
        ("postgresql://r@127.0.0.1,db.example/omop", 0o600, "postgres.no_tls"),
        ("postgresql://r@/omop", 0o600, "postgres.address_malformed"),
        ("postgresql://r@127.0.0.1/", 0o600, "postgres.address_malformed"),
        ("service=omop", 0o600, "postgres.address_malformed"),
        ("not an address", 0o600, "postgres.address_malformed"),
    ],
)
def test_an_address_is_private_complete_and_encrypted(
    tmp_path: Path, content: str, mode: int, code: str
) -> None:
    file = tmp_path / "address"
    file.touch(mode=0o600)
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(Refused) as refused:
        read_address(file)
    assert refused.value.code == code
    assert content not in repr(refused.value.facts)
    assert find_words(code) is not None


def test_addresses_that_are_well(tmp_path: Path) -> None:
    for content in (
        "postgresql://r:secret@db.example/omop?sslmode=verify-full",
        "postgresql://r@127.0.0.1:5432/omop",
        "host=/run/postgresql dbname=omop user=r",
        "postgresql://r@[::1]/omop",
    ):
        file = tmp_path / "address"
        file.touch(mode=0o600)
        file.write_text(content + "\n")
        assert read_address(file) == content


def test_a_server_that_does_not_answer_tells_no_password(house: House) -> None:
    house.file.write_text(f"postgresql://{house.role}:canary-4711@127.0.0.1:1/omop")
    with pytest.raises(Unreachable) as unreachable:
        house.register()
    assert unreachable.value.code == "postgres.not_reached"
    assert "canary" not in repr(unreachable.value) + repr(unreachable.value.__cause__)


def test_a_missing_file_and_a_damaged_record_are_named(house: House) -> None:
    with pytest.raises(Refused, match=r"postgres\.file_missing"):
        read_address(house.home / "nothing")
    house.register()
    (house.home / "in-place" / "cdm.json").write_text("{}")
    with pytest.raises(Refused, match=r"postgres\.record_damaged"):
        find_in_place(house.home, dataset="cdm")
