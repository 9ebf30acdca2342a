"""Judges tables and regressions by ACRO, all in one go: run by the interpreter of ACRO's own environment.

Reads JSON and writes JSON: for each table the cells that a check of ACRO found unsafe, for each regression
whether it did. It imports nothing of ours: that environment has none of it.

Tables of one kind are handed to ACRO as rows of one large table. It judges cell by cell, so that many small
tables cost little more than one.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from os import chdir
from typing import Any

import numpy as np
import pandas as pd
from acro import ACRO
from acro.table_utils import aggfunc_to_strings
from acro.tablemodeldetails import TableModelDetails

logging.disable(logging.CRITICAL)
_ONE_COLUMN = "all"


def main() -> None:
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        chdir(folder)  # ACRO may keep artefacts where it stands
        session = ACRO()
        told = {
            "config": session.config,
            "counts": _judge_counts(session, asked["counts"]),
            "values": {name: _judge_values(session, asked["values"], name) for name in ("mean", "sum")},
            "spreads": _judge_spreads(session, asked["values"]),
            "regressions": [_judge_regression(session, each) for each in asked["regressions"]],
        }
    json.dump(told, sys.stdout)


def _judge_counts(session: ACRO, tables: list[list[list[int]]]) -> list[dict[str, list[list[int]]]]:
    """Cross tables of persons: by check the unsafe cells of each, as [row, column]."""
    height = max(len(table) for table in tables)
    width = max(len(table[0]) for table in tables)
    persons = [
        (at * height + row, column)
        for at, table in enumerate(tables)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    frame = pd.DataFrame(persons, columns=["row", "column"])
    rows = pd.Categorical(frame["row"], categories=range(height * len(tables)))
    columns = pd.Categorical(frame["column"], categories=range(width))
    session.crosstab(pd.Series(rows, name="row"), pd.Series(columns, name="column"))
    found = _unsafe_cells(session, rows=height * len(tables))
    judged: list[dict[str, list[list[int]]]] = []
    for at, table in enumerate(tables):
        here = {
            check: [
                [row - at * height, column]
                for row, column in cells
                if at * height <= row < at * height + len(table) and column < len(table[0])
            ]
            for check, cells in found.items()
        }
        judged.append({check: cells for check, cells in here.items() if cells})
    return judged


def _judge_values(session: ACRO, tables: list[list[list[float]]], name: str) -> list[dict[str, list[int]]]:
    """Means or sums of a number by group: by check the unsafe groups of each table."""
    rows, column, values = _grouped(tables)
    session.crosstab(rows, column, values=values, aggfunc=name)
    unsafe = _unsafe_cells(session, rows=sum(map(len, tables)))
    judged, start = [], 0
    for table in tables:
        here = {
            check: [row - start for row, _ in cells if start <= row < start + len(table)]
            for check, cells in unsafe.items()
        }
        judged.append({check: cells for check, cells in here.items() if cells})
        start += len(table)
    return judged


def _judge_spreads(session: ACRO, tables: list[list[list[float]]]) -> list[list[int]]:
    """Standard deviations by group: the groups of each table that leave too few degrees of freedom.

    Of this check ACRO keeps for each cell its degrees of freedom, and no mark.
    """
    rows, column, values = _grouped(tables)
    details = TableModelDetails(
        index=[rows],
        columns=[column],
        values=values,
        thekwargs={"values": values, "aggfunc": "std", "dropna": False},
        risk_appetite=session.sdc_checks.risk_appetite,
        command="crosstab",
    )
    evidence = session.sdc_checks.get_evidence_forall_analyses(aggfunc_to_strings("std"), details)
    unsafe = (evidence.dof < session.config["safe_dof_threshold"]).any(axis="columns").tolist()
    judged, start = [], 0
    for table in tables:
        judged.append([at for at in range(len(table)) if unsafe[start + at]])
        start += len(table)
    return judged


def _grouped(tables: list[list[list[float]]]) -> tuple[Any, Any, Any]:
    """Each group of each table as a row of one table with one column: row, column, value of each person."""
    groups = [values for table in tables for values in table]
    frame = pd.DataFrame(
        [(at, value) for at, values in enumerate(groups) for value in values], columns=["group", "value"]
    )
    rows = pd.Series(pd.Categorical(frame["group"], categories=range(len(groups))), name="group")
    return rows, pd.Series(_ONE_COLUMN, index=frame.index, name="column"), frame["value"]


def _unsafe_cells(session: ACRO, *, rows: int) -> dict[str, list[list[int]]]:
    """What the last output's checks marked."""
    record = session.results.get_index(-1)
    if len(record.outcome) != rows:
        raise RuntimeError(f"ACRO judged {len(record.outcome)} rows of {rows}")
    return {check: cells for check, cells in record.sdc["cells"].items() if cells}


def _judge_regression(session: ACRO, asked: dict[str, Any]) -> dict[str, Any]:
    design = np.column_stack([np.ones(len(asked["outcome"])), np.array(asked["terms"])])
    session.ols(np.array(asked["outcome"]), design)
    record = session.results.get_index(-1)
    return {"status": record.status, "dof": int(record.properties["dof"])}


if __name__ == "__main__":
    main()
