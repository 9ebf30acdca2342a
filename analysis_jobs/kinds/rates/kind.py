"""Incidence rates over many hospitals: crude, standardised, and against reference rates.

Crude intervals are those of statsmodels' ``confint_poisson(method="exact-c")``; `estimates` names the
sources.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.rates import disclosure
from analysis_jobs.kinds.rates.combine import pooled_rates
from analysis_jobs.kinds.rates.design import make_design
from analysis_jobs.kinds.rates.local import ASK, check_ask, count_here, make_layout, persons_described
from onggi.spec.job import JobSpec


class RatesKind:
    """One ask: persons, first events and person-time of each group and stratum."""

    name = "rates"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``rates.*`` or ``describe.*`` when the parameters make no sense."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the rates."""
        if not history:
            return Ask(ordinal=0, name=ASK, arrays={})
        return pooled_rates(spec, make_design(spec), history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The reply's arrays and their ranges. Raises Refused ``kinds.ask_unknown``."""
        check_ask(ask)
        return make_layout(make_design(spec), participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply."""
        check_ask(ask)
        return count_here(make_design(spec), table)

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Who is in each cell, and who of them had the event."""
        return persons_described(make_design(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The thresholds again; counts to the base and rates from these, unless `exact`."""
        return disclosure.release(spec, make_design(spec), answer, exact=exact)


KIND = RatesKind()
