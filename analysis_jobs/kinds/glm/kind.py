"""Generalised linear models over many hospitals, equal to the same model on the pooled rows.

Conventions are those of R's ``glm`` and ``summary.glm`` (McCullagh and Nelder 1989; Chambers and Hastie
1992), of ``sandwich`` for robust errors and of ``anova(..., test = "LRT")`` for smaller models. Tests hold
fits against R and statsmodels.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.glm import disclosure
from analysis_jobs.kinds.glm.combine import decide_next
from analysis_jobs.kinds.glm.design import make_design
from analysis_jobs.kinds.glm.evaluated import sets_in_groups
from analysis_jobs.kinds.glm.layout import EVALUATE, check_ask, make_layout
from analysis_jobs.kinds.glm.local import answer_ask
from analysis_jobs.kinds.glm.rows import complete_cases, complete_columns, persons_described
from onggi.spec.job import JobSpec


class GlmKind:
    """Gaussian, binomial and Poisson regression with canonical links, offsets and standard errors."""

    name = "glm"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``glm.*`` when the parameters make no sense for the variables."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """Survey, moments (once or twice), start, then steps until the answer."""
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
        """The complete cases; those with the outcome; those of every level of every flag and category."""
        return persons_described(make_design(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, evidence)

    def sets_at(self, spec: JobSpec, table: Table, ask: Ask) -> tuple[PersonSet, ...]:
        """Beyond `sets`, those that only this ask tells: who is in each group of risk of the fitted model."""
        design = make_design(spec)
        if ask.name != EVALUATE:
            return ()
        rows = complete_cases(spec, design, table)
        return sets_in_groups(design, rows, complete_columns(design, table)[0], ask.arrays)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The thresholds on the answer itself; an evaluation's counts to base 5 unless `exact`."""
        return disclosure.release(spec, make_design(spec), answer, exact=exact)


KIND = GlmKind()
