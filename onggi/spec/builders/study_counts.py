"""A study's questions about numbers of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onggi.spec.builders.cohorts import Cohort, as_circe
from onggi.spec.builders.study_frame import StudyFrame
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters, CountParameters, GroupsBy, NamedCohort, OverlapParameters
from onggi.spec.variables import Variable


class CountQuestions(StudyFrame):
    """How many persons there are: step by step, in groups, in several cohorts at once."""

    def count(
        self,
        *,
        title: str,
        cohort: Cohort,
        funnels: Sequence[Sequence[int]] = (),
        events: bool = False,
        by: Sequence[tuple[Variable, Sequence[int]]] = (),
    ) -> JobSpec:
        """Distinct persons at each step of the cohort's funnel. Arguments as for `onggi.count`."""
        return self._job(
            lambda: CountParameters(
                funnels=tuple(tuple(each) for each in funnels),
                events=events,
                by=tuple(GroupsBy(variable=each.name, edges=tuple(edges)) for each, edges in by),
            ),
            title=title,
            cohort=cohort,
            releases="count_table",
            variables=[each for each, _ in by],
        )

    def overlap(self, *, title: str, cohorts: Mapping[str, Cohort]) -> JobSpec:
        """Distinct persons in each combination of two to five cohorts, by name."""

        def parameters() -> OverlapParameters:
            named = [NamedCohort(name=name, cohort=as_circe(each)) for name, each in cohorts.items()]
            return OverlapParameters(name=next(iter(cohorts), ""), cohorts=tuple(named[1:]))

        first = next(iter(cohorts.values()), {})
        return self._job(parameters, title=title, cohort=first, releases="overlap_table")

    def concept_report(self, *, title: str, cohort: Cohort) -> JobSpec:
        """At how many hospitals the vocabulary knows each concept that the cohort names. Counts nobody."""
        return self._job(ConceptsParameters, title=title, cohort=cohort, releases="concept_report")
