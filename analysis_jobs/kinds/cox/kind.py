"""Cox's regression over many hospitals, each hospital a stratum, equal to the same model on the pooled rows.

Which question it answers: whether hazards *within* each hospital go with the terms. Every hospital has a
baseline hazard of its own: hospitals may differ in how ill their patients are and how long they are followed,
and what differs between hospitals only (a term that is constant within each) has no coefficient. In R:
``coxph(Surv(days, event == 1) ~ terms + strata(hospital))``.

What leaves and why it is no more:

* With a stratum per hospital the log-likelihood, score and information are sums over hospitals, each over all
  of the hospital's own risk sets. No term of a single day leaves.
* With one baseline hazard for all hospitals, risk sets would have to be summed over hospitals day by day (or
  step by step). A step's risk set less the next one's is the sum of exp(x beta) over a few persons; another
  one comes with every beta, so that after as many rounds as a step has persons their values follow. It is
  not offered, whatever the steps; nor are baseline hazards, which belong to single hospitals here.
* The tests of proportional hazards weigh events by their day in one of two fixed ways. With a free choice the
  difference of two ways could rest on the events of a single day.
* Coefficients that single out a person concentrate the weights of the risk sets on that person: the
  effective number of persons is judged in every round, before anything is unmasked.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.cox import disclosure
from analysis_jobs.kinds.cox.combine import decide_next
from analysis_jobs.kinds.cox.design import make_design
from analysis_jobs.kinds.cox.layout import check_ask, make_layout
from analysis_jobs.kinds.cox.local import answer_ask
from analysis_jobs.kinds.cox.rows import persons_described
from onggi.spec.job import JobSpec


class CoxKind:
    """Efron or Breslow ties, further strata, robust errors, tests of proportional hazards."""

    name = "cox"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``cox.*``, ``survival.*`` or ``glm.*`` when the parameters make no sense."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """Survey, steps until the coefficients no longer move, the tests, then the answer."""
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
        """The complete cases; those with the event; those of every level of every flag and category."""
        return persons_described(make_design(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        """The thresholds on the answer itself. A fit holds no cell to round, so `exact` changes nothing."""
        return disclosure.release(spec, make_design(spec), answer)


KIND = CoxKind()
