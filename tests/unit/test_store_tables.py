"""The store's tables: CDM 5.4 as published, 64-bit ids, 5.3 renamed, other versions refused."""

from __future__ import annotations

import csv
import hmac
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from node.store.cdm_tables import get_cdm_tables
from node.store.cdm_versions import decide_version, to_54_name
from node.store.keys import PseudonymKey
from node.store.rekey import Rekeyer, find_rekeyed_columns
from node.store.secret_bytes import SecretBytes
from onggi.errors import Refused
from tests.support.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[2]


def read_official(version: str) -> dict[str, dict[str, str]]:
    """Columns and types of each table as the CDM's own specification lists them."""
    path = shared_data("omop", "cdm54-spec", "csv", f"OMOP_CDMv{version}_Field_Level.csv")
    tables: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            field = row["cdmFieldName"].lower().strip('"')
            tables.setdefault(row["cdmTableName"].lower(), {})[field] = row["cdmDatatype"].lower()
    return tables


def test_tables_and_columns_are_exactly_those_of_the_official_list() -> None:
    ours = {name: set(table.column_names) for name, table in get_cdm_tables().items()}
    assert ours == {name: set(columns) for name, columns in read_official("5.4").items()}


def test_types_follow_the_official_list_with_64_bit_ids() -> None:
    wanted = {"date": {"DATE"}, "datetime": {"TIMESTAMP"}, "float": {"DOUBLE"}, "bigint": {"BIGINT"}}
    official = read_official("5.4")
    for table in get_cdm_tables().values():
        for column in table.columns:
            declared = official[table.name][column.name].split("(")[0]
            allowed = wanted.get(declared, {"VARCHAR"})
            if declared == "integer":
                is_id = "concept_id" in column.name or column.name.rstrip("_12").endswith("_id")
                allowed = {"BIGINT"} if is_id else {"INTEGER"}
            assert column.type in allowed, (table.name, column.name)


def test_every_53_column_has_a_place_in_54() -> None:
    new = read_official("5.4")
    for table, columns in read_official("5.3").items():
        if table == "attribute_definition":  # 5.4 has no such table
            continue
        renamed = {to_54_name(column, table=table) for column in columns}
        assert renamed <= set(new[table]), table


def test_importing_the_metadata_leaves_logging_alone() -> None:
    program = (
        "import logging, warnings; warnings.simplefilter('error'); before = logging.getLogger().level;"
        "from node.store.cdm_tables import get_cdm_tables; import sys;"
        "assert 'pyomop' not in sys.modules; get_cdm_tables(); assert 'pyomop' in sys.modules;"
        "assert logging.getLogger().handlers == []; assert logging.getLogger().level == before;"
        "assert not logging.getLogger('pyomop').disabled"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_command_of_a_node_waits_for_the_metadata() -> None:
    program = "import sys, node.cli.app; sys.exit(' '.join({'pyomop', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize(
    ("declared", "version"), [("5.4", "5.4"), ("v5.3.1", "5.3"), ("CDM v5.4.2", "5.4"), ("5.3", "5.3")]
)
def test_declared_versions_are_read(declared: str, version: str) -> None:
    assert decide_version(declared, columns={}) == version


@pytest.mark.parametrize(
    ("declared", "columns", "found"),
    [
        ("5.2.2", {}, "5.2"),
        ("v6.0", {}, "6.0"),
        ("5.40", {}, "5.40"),
        (None, {}, "unknown"),
        ("five", {}, "unknown"),
        (None, {"measurement": frozenset({"measurement_id", "person_id"})}, "5.2"),
        (None, {"person": frozenset({"person_id", "death_datetime"})}, "6.0"),
    ],
)
def test_other_versions_are_refused_by_what_was_found(
    declared: str | None, columns: dict[str, frozenset[str]], found: str
) -> None:
    with pytest.raises(Refused) as refused:
        decide_version(declared, columns=columns)
    assert (refused.value.code, refused.value.facts) == ("load.cdm_version", {"found": found})


def test_official_column_sets_are_told_apart_without_a_declaration() -> None:
    for version in ("5.3", "5.4"):
        columns = {table: frozenset(names) for table, names in read_official(version).items()}
        assert decide_version(None, columns=columns) == version
    with pytest.raises(Refused) as refused:
        decide_version(
            None, columns={table: frozenset(names) for table, names in read_official("6.0").items()}
        )
    assert refused.value.facts["found"] == "6.0"


def test_new_ids_are_hmac_sha256_as_the_standard_library_computes_it() -> None:
    ids = [1, -1, 0, 7, 2**63 - 1, -(2**63), 3589912774911670296]
    key = PseudonymKey(SecretBytes(b"p" * 32))
    rekeyer = Rekeyer(key)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE ids AS SELECT unnest($ids::BIGINT[]) AS id", {"ids": ids})
        found = connection.execute(
            f"SELECT id, {rekeyer.person_id('id')} FROM ids", rekeyer.parameters
        ).fetchall()
    derived = hmac.digest(key.secret.reveal(), b"onggi store ids v1", "sha256")
    for old, new in found:
        expected = int.from_bytes(hmac.digest(derived, f"person:{old}".encode(), "sha256")[:8], "big")
        assert new == expected & (2**63 - 1)
    assert len({new for _, new in found}) == len(ids)


def test_new_row_ids_are_aes_256_blocks_and_nothing_stays_nothing() -> None:
    ids = [1, -1, 0, 7, 2**63 - 1, -(2**63), 3589912774911670296]
    key = PseudonymKey(SecretBytes(b"p" * 32))
    rekeyer = Rekeyer(key)
    with duckdb.connect() as connection:
        rekeyer.register(connection)
        connection.execute("CREATE TABLE ids AS SELECT unnest($ids::BIGINT[]) AS id", {"ids": ids})
        connection.execute("INSERT INTO ids VALUES (NULL)")
        new = rekeyer.row_ids(["id", "nullif(id, 7)"])
        found = connection.execute(f"SELECT id, {new} FROM ids WHERE id IS NULL OR id <> 1000").fetchall()
    derived = hmac.digest(key.secret.reveal(), b"onggi store row ids v2", "sha256")
    cipher = Cipher(AES(derived), modes.ECB())
    for old, (first, second) in found:
        if old is None:
            assert (first, second) == (None, None)
            continue
        block = cipher.encryptor().update(old.to_bytes(8, "little", signed=True) + bytes(8))
        assert first == int.from_bytes(block[:8], "little") & (2**63 - 1)
        assert second == (None if old == 7 else first)
    assert len({first for _, (first, _) in found}) == len(ids) + 1


def test_every_row_identifier_is_rekeyed_and_no_concept_is() -> None:
    tables = get_cdm_tables()
    assert find_rekeyed_columns(tables["visit_occurrence"]) == {
        "visit_occurrence_id",
        "preceding_visit_occurrence_id",
        "provider_id",
        "care_site_id",
    }
    assert find_rekeyed_columns(tables["fact_relationship"]) == {"fact_id_1", "fact_id_2"}
    assert find_rekeyed_columns(tables["concept_ancestor"]) == frozenset()
    for table in tables.values():
        assert not any("concept" in column for column in find_rekeyed_columns(table))
