"""A study's regressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.spec.builders.cohorts import Cohort
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import Family, GlmParameters
from onggi.spec.variables import Variable


class RegressionQuestions(StudyFrame):
    """How an outcome goes with other variables."""

    def glm(
        self,
        *,
        title: str,
        cohort: Cohort,
        family: Family,
        outcome: str,
        terms: Sequence[str],
        variables: Sequence[Variable],
        references: Mapping[str, str] | None = None,
        offset: str | None = None,
    ) -> JobSpec:
        """A generalised linear model on complete cases. Arguments as for `onggi.glm`."""
        return self._job(
            lambda: GlmParameters(
                family=family,
                outcome=outcome,
                terms=tuple(terms),
                references=dict(references or {}),
                offset=offset,
            ),
            title=title,
            cohort=cohort,
            releases="model_fit",
            variables=variables,
        )
