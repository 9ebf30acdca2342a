"""A Table 1: who the persons are, over everybody and in groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from onggi.spec.base import Frozen
from onggi.spec.results.base import ResultBase

TestName = Literal["welch_t", "one_way_anova", "pearson_chi_square"]


class GroupTest(Frozen):
    """One test of "no difference between the groups". `denominator_dof` is Fisher's second one."""

    test: TestName
    statistic: float
    dof: float
    denominator_dof: float | None = None
    p_value: float = Field(ge=0, le=1)


class NumberRow(Frozen):
    """A number in each column of the table; None where nobody, or one person alone, has a value.

    `standard_deviations` are the sample's (n - 1). `difference` is the standardised mean difference.
    """

    form: Literal["number"] = "number"
    variable: str
    present: tuple[int, ...]
    missing: tuple[int, ...]
    means: tuple[float | None, ...]
    standard_deviations: tuple[float | None, ...]
    difference: float | None = None
    test: GroupTest | None = None


class LevelsRow(Frozen):
    """A flag or category: ``persons[level][column]``, and their shares of the persons who have a value."""

    form: Literal["levels"] = "levels"
    variable: str
    levels: tuple[str, ...]
    persons: tuple[tuple[int, ...], ...]
    shares: tuple[tuple[float | None, ...], ...]
    missing: tuple[int, ...]
    difference: float | None = None
    test: GroupTest | None = None


Row = Annotated[NumberRow | LevelsRow, Field(discriminator="form")]


class TableOne(ResultBase):
    """Baseline characteristics. The first column is everybody in the table, then come the groups of `by`.

    Differences are absolute; with more than two groups the largest between any two of them. What rests on
    numbers of persons (shares, tests, differences) is worked out from the numbers that are shown.
    """

    result: Literal["table_one"] = "table_one"
    by: str | None = None
    groups: tuple[str, ...] = ()
    persons: tuple[int, ...]
    variables: tuple[Row, ...]
    rounded_to: int = Field(default=1, ge=1)
