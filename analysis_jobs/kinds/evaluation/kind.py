"""How well a given prediction model does over many hospitals, equal to the same on the pooled rows.

Each measure names its source where it is worked out (`analysis_jobs.kinds.prediction`). Tests hold them
against scikit-learn (area, Brier score), R's ``pROC`` (its interval), statsmodels (recalibration) and
dcurves (net benefit).
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.evaluation import disclosure
from analysis_jobs.kinds.evaluation.combine import decide_next
from analysis_jobs.kinds.evaluation.design import make_design
from analysis_jobs.kinds.evaluation.layout import check_ask, make_layout
from analysis_jobs.kinds.evaluation.local import answer_ask, persons_evaluated
from onggi.spec.job import JobSpec


class EvaluationKind:
    """Discrimination, calibration, classification and net benefit of a model that is given."""

    name = "evaluation"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``evaluation.*`` when the parameters make no sense for the variables."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The groups, then steps of the recalibration until the answer."""
        return decide_next(spec, make_design(spec), history, sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The reply's arrays and their ranges. Raises Refused ``kinds.ask_unknown``."""
        design = make_design(spec)
        check_ask(design, ask)
        return make_layout(design, ask.name, participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply."""
        return answer_ask(spec, make_design(spec), table, ask)

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Each population, its groups of risk, and those with and without the event."""
        return persons_evaluated(spec, make_design(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The thresholds on the answer itself; counts to the base unless the permit says `exact`."""
        return disclosure.release(spec, make_design(spec), answer, exact=exact)


KIND = EvaluationKind()
