"""A study's questions that describe persons: who they are, how a number is spread, what goes together."""

from __future__ import annotations

from collections.abc import Sequence

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import TableOneParameters
from onggi.spec.variables import Variable


class DescriptiveQuestions(StudyFrame):
    """Descriptions of persons."""

    def table_one(
        self,
        *,
        title: str,
        cohort: Cohort,
        variables: Sequence[Variable],
        by: Variable | None = None,
        complete: Sequence[str] = (),
    ) -> JobSpec:
        """Baseline characteristics: means and standard deviations (n - 1), shares of levels, missing values.

        With `by` (a flag or category) each group has a column, and groups are compared: absolute standardised
        differences (Austin 2009; Yang and Dalton 2012 for more than two levels; the largest of all pairs of
        groups), Welch's t for two groups and one-way analysis of variance for more, Pearson's chi-square
        without continuity correction for levels. Persons without a group stand nowhere in the table.

        Args:
            complete: names of variables that everybody in the table must have. Where one to nine persons lack
                a variable the table is refused: name it here, and they are left out.
        """
        return self._job(
            lambda: TableOneParameters(
                variables=tuple(each.name for each in variables),
                by=by.name if by is not None else None,
                complete=tuple(complete),
            ),
            title=title,
            cohort=cohort,
            releases="table_one",
            variables=[*variables, *([by] if by is not None else [])],
        )
