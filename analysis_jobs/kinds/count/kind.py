"""Counts distinct persons at each step of a cohort's attrition funnel, over all hospitals together."""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Layout, Summary, Table
from analysis_jobs.kinds.count import combine, disclosure, local
from analysis_jobs.kinds.count.steps import step_names
from analysis_jobs.kinds.ranges import count_entry
from onggi.errors import Refused
from onggi.spec.job import JobSpec


class CountKind:
    """One ask: how many persons met at least 0, 1, 2, ... inclusion rules. Exact whole numbers."""

    name = "count"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``count.cohort_unreadable`` when the cohort's rules cannot be listed."""
        step_names(spec.cohort)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled funnel."""
        if not history:
            return Ask(ordinal=0, name="funnel", arrays={})
        return combine.pooled_funnel(spec, history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """One whole number per step; the evidence is the same funnel."""
        _check_ask(ask)
        steps = len(step_names(spec.cohort))
        entry = count_entry("persons", steps, participants=participants)
        return Layout(arrays=(entry,), evidence=(entry,))

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's funnel."""
        _check_ask(ask)
        persons: Array = local.persons_per_step(table, steps=len(step_names(spec.cohort)))
        return Summary(arrays={"persons": persons}, evidence={"persons": persons.copy()})

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when this hospital's funnel has a small step or a small drop."""
        disclosure.check_counts(spec, summary.evidence["persons"])

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled funnel: what is unmasked is seen by the coordinator as it is."""
        disclosure.check_counts(spec, evidence["persons"])

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """Withholds small steps and drops; rounds to base 5 unless the permit says `exact`."""
        return disclosure.release(spec, answer, exact=exact)


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != "funnel" or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = CountKind()
