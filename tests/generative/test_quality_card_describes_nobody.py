"""Over generated hospitals, a verdict on a quality card has ten real persons on each side with rows."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from analysis_jobs.cohort.cdm_tables import Cdm
from analysis_jobs.cohort.engines import DuckDBEngine
from analysis_jobs.quality.read_checks import read_checks
from analysis_jobs.quality.run_checks import run_checks
from catalog.quality_card import JudgedCheck, JudgedTable, decide_told
from tests.support.cdm_schemas import load_duckdb
from tests.support.quality_hospitals import TODAY, faulty_hospital
from tests.support.quality_oracle import persons_on_each_side

TABLES = ("person", "visit_occurrence", "condition_occurrence", "measurement", "death")
_NOT_OF_ROWS = (
    "cdmTable",
    "cdmField",
    "sourceValueCompleteness",
    "measurePersonCompleteness",
)
TEN = 10


@pytest.mark.parametrize(
    ("seed", "persons", "rows"), [(1, 14, (40, 80)), (18, 40, (60, 150)), (5, 9, (60, 90))]
)
def test_no_verdict_describes_fewer_than_ten(seed: int, persons: int, rows: tuple[int, int]) -> None:
    checks = {check.id: check for check in read_checks() if check.table in TABLES}
    ids = [each if each % 3 else -61 * each for each in range(1, persons + 1)]  # some share a bucket
    hospital = faulty_hospital(seed, read_checks(), persons=ids, rows=rows)
    told: Counter[str] = Counter()
    with duckdb.connect() as connection:
        load_duckdb(connection, hospital)
        engine = DuckDBEngine(connection)
        tables = list(run_checks(engine, list(checks.values()), cdm=Cdm("cdm"), today=TODAY))
    for table in tables:
        for result in table.results:
            judged = JudgedCheck(**result.model_dump(include=set(JudgedCheck.__slots__)))
            here = JudgedTable(table=table.table, rows=table.rows, persons=table.persons, checks=[judged])
            verdict = decide_told(judged, here, threshold=TEN)
            told[verdict] += 1
            if verdict not in ("passed", "failed") or judged.kind in _NOT_OF_ROWS:
                continue
            sides = persons_on_each_side(hospital, checks[result.id], today=TODAY)
            rows_of = (judged.violated or 0, (judged.denominator or 0) - (judged.violated or 0))
            assert sum(rows_of) > 0
            for count, side in zip(rows_of, sides, strict=True):
                assert count == 0 or len(side) >= TEN, result.id
    assert told["not_told"] > 0
    assert (told["failed"] > 0) == (persons >= TEN)
