"""A study's questions that describe persons: who they are, how a number is spread, what goes together."""

from __future__ import annotations

from collections.abc import Sequence

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import (
    CorrelationParameters,
    CrossTableParameters,
    DistributionParameters,
    RatesParameters,
    RateStrata,
    TableOneParameters,
)
from onggi.spec.outcomes import Outcome
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

    def distribution(
        self,
        *,
        title: str,
        cohort: Cohort,
        variable: Variable,
        cuts: Sequence[float],
        by: Variable | None = None,
        quantiles: Sequence[float] = (0.25, 0.5, 0.75),
    ) -> JobSpec:
        """A number's histogram, with quantiles read from its own grid.

        A quantile is told as the interval that holds it (type 1 of Hyndman and Fan 1996: the smallest value
        that at least this share of persons do not exceed) and by linear interpolation inside that interval.

        Args:
            cuts: rising, inside the variable's declared range, in its unit; a cut belongs to the interval
                above it. Every interval must hold enough persons, the two outer ones too: leave those wide.
        """
        return self._job(
            lambda: DistributionParameters(
                variable=variable.name,
                cuts=tuple(cuts),
                by=by.name if by is not None else None,
                quantiles=tuple(quantiles),
            ),
            title=title,
            cohort=cohort,
            releases="distribution",
            variables=[variable, *([by] if by is not None else [])],
        )

    def cross_table(
        self,
        *,
        title: str,
        cohort: Cohort,
        rows: Variable,
        columns: Variable,
        strata: Variable | None = None,
    ) -> JobSpec:
        """Persons by two flags or categories, over everybody and in each level of `strata`.

        Each table comes with its margins, Pearson's chi-square without continuity correction and Cramer's
        V. Two by two: odds ratio (Woolf 1955), risk ratio (Katz et al. 1978) and risk difference, each with
        a 95 % interval, of the second row against the first in having the second column's level.
        """
        return self._job(
            lambda: CrossTableParameters(
                rows=rows.name, columns=columns.name, strata=strata.name if strata is not None else None
            ),
            title=title,
            cohort=cohort,
            releases="cross_table",
            variables=[rows, columns, *([strata] if strata is not None else [])],
        )

    def correlation(self, *, title: str, cohort: Cohort, variables: Sequence[Variable]) -> JobSpec:
        """Pearson's correlation between every two numbers, over the persons who have all of them.

        95 % intervals by Fisher's z (1921), p values by Student's t with n - 2 degrees of freedom.
        """
        return self._job(
            lambda: CorrelationParameters(variables=tuple(each.name for each in variables)),
            title=title,
            cohort=cohort,
            releases="correlation",
            variables=variables,
        )

    def rates(
        self,
        *,
        title: str,
        cohort: Cohort,
        outcome: Outcome,
        by: Variable | None = None,
        strata: Sequence[tuple[Variable, Sequence[float]]] = (),
        standard: Sequence[float] = (),
        reference_rates: Sequence[float] = (),
    ) -> JobSpec:
        """First events per 1,000 person-years (of 365.25 days), with exact intervals (Garwood 1936).

        A person counts until the event, a competing event or the end of follow-up.

        Args:
            by: a flag or category; each of its groups has its rate beside everybody's.
            strata: up to two variables, each with its cuts (a number) or without (a flag or category). With
                two the second runs fastest in `standard` and `reference_rates`.
            standard: each stratum's weight in a standard population, in any unit; directly standardised rates
                with gamma intervals (Fay and Feuer 1997).
            reference_rates: each stratum's rate elsewhere, per 1,000 person-years; the ratio of observed to
                expected events (SIR, or SMR of deaths), exact interval. Without `standard` the events of
                single strata are not asked, so that they may be few.
        """
        return self._job(
            lambda: RatesParameters(
                outcome=outcome.name,
                by=by.name if by is not None else None,
                strata=tuple(RateStrata(variable=each.name, cuts=tuple(cuts)) for each, cuts in strata),
                standard=tuple(standard),
                reference_rates=tuple(reference_rates),
            ),
            title=title,
            cohort=cohort,
            releases="rates",
            variables=[*(each for each, _ in strata), *([by] if by is not None else [])],
            outcomes=[outcome],
        )
