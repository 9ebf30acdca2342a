"""Ridge, lasso and elastic net over many hospitals, equal to the same path on the pooled rows.

The objective is that of Friedman, Hastie and Tibshirani (2010), as in scikit-learn, against which tests hold
fits; path and cross-validation are those of R's ``glmnet`` and ``cv.glmnet``, which divide a gaussian outcome
by its standard deviation first.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.penalised import disclosure
from analysis_jobs.kinds.penalised.combine import decide_next
from analysis_jobs.kinds.penalised.layout import check_ask, make_layout
from analysis_jobs.kinds.penalised.local import answer_ask
from analysis_jobs.kinds.penalised.plan import make_plan
from analysis_jobs.kinds.penalised.rows import persons_described
from onggi.spec.job import JobSpec


class PenalisedKind:
    """Gaussian, binomial, Poisson and gamma regression along a path of penalties, with cross-validation."""

    name = "penalised"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``glm.*`` or ``penalised.*`` when the parameters make no sense."""
        make_plan(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """Survey, moments, then (but for a straight line) steps of all fits at once until the answer."""
        return decide_next(spec, make_plan(spec), history, sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The reply's arrays and their ranges. Raises Refused ``kinds.ask_unknown``."""
        plan = make_plan(spec)
        check_ask(plan, ask)
        return make_layout(plan, ask, participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply."""
        return answer_ask(spec, make_plan(spec), table, ask)

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """The complete cases, and of every fold all, those with the outcome and those of every level."""
        return persons_described(make_plan(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_plan(spec), ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_plan(spec), ask, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        """The thresholds on the answer itself. A path holds no cell to round, so `exact` changes nothing."""
        return disclosure.release(spec, make_plan(spec), answer)


KIND = PenalisedKind()
