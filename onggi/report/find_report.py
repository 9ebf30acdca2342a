"""Finds how a result is told. A module of the result's short name holds all of it.

To tell a new result, write ``onggi/report/<result>.py`` with three functions:

* ``sheets(result) -> tuple[Sheet, ...]``: every number, as tables; the first one is the answer's own table;
* ``figure(result) -> Figure | None``: what is drawn, as data; None where there is nothing to draw;
* ``methods(result) -> tuple[Pair, ...]``: sentences about the estimator, its conventions and their source.

The module is looked up when it is asked for: reading one answer loads the telling of no other.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from onggi.report.figure import Figure
from onggi.report.sheet import Pair, Sheet
from onggi.spec.results import AnyResult, ResultBase


class Report(Protocol):
    """What a result's module offers."""

    def sheets(self, result: ResultBase) -> tuple[Sheet, ...]: ...

    def figure(self, result: ResultBase) -> Figure | None: ...

    def methods(self, result: ResultBase) -> tuple[Pair, ...]: ...


def report_of(result: ResultBase) -> Report:
    """The telling of this type of result."""
    name = cast("AnyResult", result).result
    return cast("Report", import_module(f"{__package__}.{name}"))


def sheets_of(result: ResultBase) -> tuple[Sheet, ...]:
    """Every number of the result. Raises ValueError where its columns do not fit each other."""
    return report_of(result).sheets(result)
