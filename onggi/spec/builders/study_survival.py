"""A study's questions about time to an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CoxParameters, SurvivalParameters
from onggi.spec.kinds.cox import Ties, TimeTransform
from onggi.spec.kinds.survival import RankWeights
from onggi.spec.outcomes import Outcome
from onggi.spec.variables import Variable


class SurvivalQuestions(StudyFrame):
    """When something happens, and what goes with it."""

    def survival(
        self,
        *,
        title: str,
        cohort: Cohort,
        outcome: Outcome,
        steps: Sequence[int],
        group: str | None = None,
        strata: Sequence[str] = (),
        variables: Sequence[Variable] = (),
        weights: RankWeights = "logrank",
        rho: float = 1.0,
        quantiles: Sequence[float] = (0.5,),
        restricted_mean_days: int | None = None,
        confidence: float = 0.95,
    ) -> JobSpec:
        """Kaplan-Meier curves, or cumulative incidences where the outcome has competing events.

        Args:
            outcome: from `onggi.variables.outcome`.
            steps: days, rising, on which each step of the curves ends; times are rounded up to them. Each
                step needs nobody or at least `minimum_persons` persons of every way of ending.
            group: a flag or category; its levels have a curve each and are compared by a rank test.
            strata: flags or categories within which groups are compared.
            variables: the definitions of `group` and `strata`.
            weights: of the rank test: logrank, wilcoxon (Gehan, Breslow), tarone-ware, peto (Peto and Peto
                1972) or fleming-harrington (with the power `rho` of survival before the step).
            quantiles: shares of persons with the event, 0.5 for the median.
            restricted_mean_days: up to which day the mean time without the event is taken.
        """
        return self._job(
            lambda: SurvivalParameters(
                outcome=outcome.name,
                steps=tuple(steps),
                group=group,
                strata=tuple(strata),
                weights=weights,
                rho=rho,
                quantiles=tuple(quantiles),
                restricted_mean_days=restricted_mean_days,
                confidence=confidence,
            ),
            title=title,
            cohort=cohort,
            releases="survival_curves",
            variables=variables,
            outcomes=[outcome],
        )

    def cox(
        self,
        *,
        title: str,
        cohort: Cohort,
        outcome: Outcome,
        terms: Sequence[str],
        variables: Sequence[Variable],
        references: Mapping[str, str] | None = None,
        strata: Sequence[str] = (),
        ties: Ties = "efron",
        robust: bool = False,
        time_transform: TimeTransform = "log",
    ) -> JobSpec:
        """Cox's regression, each hospital a stratum: ``coxph(... + strata(hospital))`` in R.

        Args:
            outcome: from `onggi.variables.outcome`; its competing events count as censored.
            terms: variables by name; a category opens into a column per level but its reference.
            strata: flags or categories that divide each hospital's persons further.
            ties: of Efron (1977), the better approximation, or Breslow (1974).
            robust: the errors of Lin and Wei (1989) as well.
            time_transform: proportional hazards are tested against effects that change with the day itself
                ("identity") or with its natural logarithm ("log"; of day + 1 where day 0 counts).
        """
        return self._job(
            lambda: CoxParameters(
                outcome=outcome.name,
                terms=tuple(terms),
                references=dict(references or {}),
                strata=tuple(strata),
                ties=ties,
                robust=robust,
                time_transform=time_transform,
            ),
            title=title,
            cohort=cohort,
            releases="cox_fit",
            variables=variables,
            outcomes=[outcome],
        )
