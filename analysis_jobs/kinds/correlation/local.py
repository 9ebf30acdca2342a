"""What one hospital computes for a correlation: sums and products over the persons who have every number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis_jobs.kinds.centred_units import middle_and_half
from analysis_jobs.kinds.contract import Array, Ask, Entry, Layout, PersonSet, Rows, Summary, Table
from analysis_jobs.kinds.described_columns import ROWS_AT_ONCE, read_number
from analysis_jobs.kinds.ranges import count_entry, number_entry
from analysis_jobs.kinds.set_definitions import complete as complete_cases
from analysis_jobs.kinds.summed_numbers import NumberEvidence, SummedNumber, number_entries
from onggi.errors import Refused
from onggi.spec.variables import TableColumn

SURVEY, PRODUCTS = "survey", "products"
Columns = tuple[TableColumn, ...]


def summed_numbers(columns: Columns) -> tuple[SummedNumber, ...]:
    """The columns as numbers that are added up."""
    return tuple(SummedNumber(column.name, column.low, column.high) for column in columns)


def check_ask(columns: Columns, ask: Ask) -> None:
    """Raises Refused ``kinds.ask_unknown`` for an ask of another shape, or with units that are none."""
    size = (len(columns),)
    shapes = {SURVEY: {}, PRODUCTS: {"center": size, "unit": size}}.get(ask.name)
    fits = shapes == {name: array.shape for name, array in ask.arrays.items()}
    if not fits or not all(np.isfinite(array).all() for array in ask.arrays.values()):
        raise Refused("kinds.ask_unknown", ask=ask.name)
    if ask.name == PRODUCTS and not (ask.arrays["unit"] > 0).all():
        raise Refused("kinds.ask_unknown", ask=ask.name)


def make_layout(columns: Columns, name: str, *, participants: int) -> Layout:
    """The reply to an ask of that name. Products are the lower triangle of a symmetric matrix."""

    def numbers(name: str, size: int) -> Entry:
        return number_entry(name, size, participants=participants)

    size, persons = len(columns), count_entry("persons", 1, participants=participants)
    sums = numbers("sums", size)
    if name == PRODUCTS:
        return Layout((sums, numbers("products", size * (size + 1) // 2)), (persons,))
    evidence = (persons, *number_entries(size, participants=participants))
    return Layout((persons, sums, numbers("squares", size)), evidence)


def answer_ask(columns: Columns, table: Table, ask: Ask) -> Summary:
    """This hospital's reply."""
    check_ask(columns, ask)
    return _survey(columns, table) if ask.name == SURVEY else _products(columns, table, ask)


def persons_described(columns: Columns, table: Table) -> tuple[PersonSet, ...]:
    """Who has every number. Raises Refused ``describe.table_wrong``."""
    complete = _complete(np.array([read_number(table, column) for column in columns]))
    where = complete_cases(column.name for column in columns)
    return (PersonSet("complete cases", complete, counted=(("persons", 0),), described=True, where=where),)


def _survey(columns: Columns, table: Table) -> Summary:
    middle, half = middle_and_half(columns)
    evidence = NumberEvidence(summed_numbers(columns))
    persons, sums, squares = 0, np.zeros(len(columns)), np.zeros(len(columns))
    for values in _blocks(columns, table):
        scaled = (values - middle[:, None]) / half[:, None]
        persons += values.shape[1]
        sums += scaled.sum(axis=1)
        squares += np.einsum("ij,ij->i", scaled, scaled)
        evidence.add(values)
    counted = np.array([float(persons)])
    arrays = {"persons": counted, "sums": sums, "squares": squares}
    return Summary(arrays, {"persons": counted.copy()} | evidence.arrays())


def _products(columns: Columns, table: Table, ask: Ask) -> Summary:
    persons, sums, products = 0, np.zeros(len(columns)), np.zeros((len(columns), len(columns)))
    with np.errstate(over="ignore", invalid="ignore"):  # a crafted unit: what is no number leaves its range
        for values in _blocks(columns, table):
            z = (values - ask.arrays["center"][:, None]) / ask.arrays["unit"][:, None]
            persons += values.shape[1]
            sums += z.sum(axis=1)
            products += z @ z.T
    lower = products[np.tril_indices(len(columns))]
    return Summary({"sums": sums, "products": lower}, {"persons": np.array([float(persons)])})


def _blocks(columns: Columns, table: Table) -> Iterator[Array]:
    """The complete cases, a row per column."""
    for start in range(0, table.num_rows, ROWS_AT_ONCE):
        part = table.slice(start, ROWS_AT_ONCE)
        values = np.array([read_number(part, column) for column in columns])
        yield values[:, _complete(values)]


def _complete(values: Array) -> Rows:
    complete: Rows = np.isfinite(values).all(axis=0)  # type: ignore[assignment]
    return complete
