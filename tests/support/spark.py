"""Apache Spark in local mode for the tests of one process, where `make soak` has installed it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.support.cohort_oracle import Hospital
from tests.support.hospital_tables import TABLES

_INSTALLED = Path(__file__).resolve().parents[2] / ".spark"
_ARROW = {
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "INTEGER": pa.int32(),
    "VARCHAR": pa.string(),
}
_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
VIEWS = "global_temp"
"""The schema under which the views of `load_views` are found."""


def spark_session(folder: Path) -> Any:
    """This process's session, with its files in the folder. Skips the test where Spark is missing."""
    if importlib.util.find_spec("pyspark") is None and not (_INSTALLED / "pyspark").is_dir():
        pytest.skip("Spark is not installed: make soak does it (requirements-spark.txt)")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java 17 or newer")
    return _start(folder)


@cache
def _start(folder: Path) -> Any:
    if importlib.util.find_spec("pyspark") is None:
        sys.path.append(str(_INSTALLED))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = importlib.import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    places = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "work")}
    for name, value in (_SETTINGS | places).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def is_spark(connection: Any) -> bool:
    """Whether a connection is a session of Spark."""
    return type(connection).__module__.startswith("pyspark.")


def load_views(session: Any, hospital: Hospital) -> None:
    """Replaces every view by the given rows; a table without rows is empty, a missing column null."""
    for table in TABLES:
        _frame(session, table, hospital).createOrReplaceGlobalTempView(table)


def save_tables(session: Any, hospital: Hospital, *, schema: str) -> None:
    """The same as tables of a catalogue, in Parquet."""
    session.sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    session.sql(f"CREATE SCHEMA {schema}")
    for table in TABLES:
        _frame(session, table, hospital).write.saveAsTable(f"{schema}.{table}")


def _frame(session: Any, table: str, hospital: Hospital) -> Any:
    columns: Mapping[str, str] = TABLES[table]
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
    rows = [{name: row.get(name) for name in columns} for row in hospital.get(table, ())]
    return session.createDataFrame(pa.Table.from_pylist(rows, schema=schema))
