"""Descriptions in the researcher's hands: each is read through the sheets that its report has."""

from __future__ import annotations

from itertools import combinations

from onggi.client.answer_forms import Answer
from onggi.spec.results import Correlation, CrossTable, Distribution, LevelsRow, Rates, TableOne


class TableOneAnswer(TableOne, Answer):
    """Baseline characteristics."""

    def columns_fit(self) -> bool:
        """Whether every row has a number for each column of the table."""
        size = len(self.groups) + 1
        told = [len(self.persons)]
        for row in self.variables:
            told.append(len(row.missing))
            if isinstance(row, LevelsRow):
                told += [len(level) for level in (*row.persons, *row.shares)]
                told += [size] if len(row.levels) == len(row.persons) == len(row.shares) else [-1]
            else:
                told += [len(row.present), len(row.means), len(row.standard_deviations)]
        return set(told) == {size}

    def headline(self) -> str:
        if self.language == "ko":
            return f"기저 특성 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Baseline characteristics; {self.sites} hospitals; rounded to {self.rounded_to}"


class DistributionAnswer(Distribution, Answer):
    """A histogram, and quantiles in the second sheet."""

    def columns_fit(self) -> bool:
        """Whether every group has a count for each interval."""
        return all(len(group.persons) == len(self.edges) - 1 for group in self.groups)

    def headline(self) -> str:
        told = [
            f"{each.probability:g}: {each.interpolated:.6g} ({each.low:g}-{each.high:g})"
            for group in self.groups[:1]
            for each in group.quantiles
        ]
        listed = ", ".join(told) or "-"
        if self.language == "ko":
            return f"{self.variable} 분포 / 분위수: {listed} / 반올림 단위: {self.rounded_to}"
        return f"Distribution of {self.variable}; quantiles {listed}; rounded to {self.rounded_to}"


class CrossTableAnswer(CrossTable, Answer):
    """A cross table, and its measures of association in the second sheet."""

    def columns_fit(self) -> bool:
        """Whether every table has its rows, columns and margins."""
        height, width = len(self.row_levels), len(self.column_levels)
        return all(
            (len(table.persons), len(table.row_totals), len(table.column_totals)) == (height, height, width)
            and all(len(line) == width for line in table.persons)
            for table in self.tables
        )

    def headline(self) -> str:
        test = self.tables[0].test if self.tables else None
        told = f"{test.statistic:.6g} ({test.dof:g}), p {test.p_value:.3g}" if test is not None else "-"
        if self.language == "ko":
            named = f"{self.rows_variable} × {self.columns_variable}"
            return f"교차표 {named} / 카이제곱(자유도): {told} / 반올림 단위: {self.rounded_to}"
        named = f"{self.rows_variable} by {self.columns_variable}"
        return f"{named}; chi-square (dof) {told}; rounded to {self.rounded_to}"


class CorrelationAnswer(Correlation, Answer):
    """Pearson's correlations, a row for each pair; `matrix()` gives them as a matrix."""

    def columns_fit(self) -> bool:
        """Whether every two variables have their coefficient, in order."""
        return [(pair.first, pair.second) for pair in self.pairs] == list(combinations(self.variables, 2))

    def headline(self) -> str:
        if self.language == "ko":
            return f"피어슨 상관계수 / 대상자 수: {self.n} / 참여 기관 수: {self.sites}"
        return f"Pearson's correlation, n {self.n}; {self.sites} hospitals"


class RatesAnswer(Rates, Answer):
    """Incidence rates of each group; those of the strata in the second sheet."""

    def columns_fit(self) -> bool:
        """Whether each group has as many strata as the others."""
        groups = [each.group for each in self.groups]
        return (
            bool(groups)
            and len(self.strata) % len(groups) == 0
            and {each.group for each in self.strata} <= set(groups)
        )

    def headline(self) -> str:
        if self.language == "ko":
            return (
                f"발생률(1,000인년당) {self.outcome} / 참여 기관 수: {self.sites} / "
                f"반올림 단위: {self.rounded_to}"
            )
        return (
            f"Rates of {self.outcome} per 1,000 person-years; {self.sites} hospitals; "
            f"rounded to {self.rounded_to}"
        )
