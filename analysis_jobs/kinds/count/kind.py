"""Counts distinct persons at each step of a cohort's attrition funnel, over all hospitals together.

Beside the funnel, where asked: other choices of the rules, events, and groups by age, sex and index year.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Entry, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.count import combine, disclosure
from analysis_jobs.kinds.count.groups import find_groupings
from analysis_jobs.kinds.count.local import count_here, persons_counted
from analysis_jobs.kinds.count.selections import find_selections
from analysis_jobs.kinds.ranges import count_entry, squares_entry
from onggi.errors import Refused
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters


class CountKind:
    """One ask: how many persons met each choice of inclusion rules. Exact whole numbers."""

    name = "count"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``count.*`` or ``cohort.*`` when rules, funnels or groups cannot be counted."""
        selections = find_selections(spec)
        find_groupings(spec)
        if not (selections.funnels or _asks_events(spec)):
            return
        plan = read_cohort(spec.cohort)
        if plan.may_lack_an_episode:
            raise Refused("count.episodes_cut_off")

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the pooled table."""
        if not history:
            return Ask(ordinal=0, name="funnel", arrays={})
        return combine.pooled_table(spec, history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """Whole numbers; the evidence repeats them, with what tells how many persons they rest on."""
        _check_ask(ask)
        selections, groupings = find_selections(spec), find_groupings(spec)
        choices = len(selections.masks)
        sizes = {"persons": selections.own}
        further: list[Entry] = []
        if selections.funnels:
            sizes["selections"] = choices - selections.own
            pairs = choices * (choices - 1) // 2
            further.append(count_entry("apart", pairs, participants=participants))
        if groupings:
            sizes["groups"] = sum(len(each.groups) for each in groupings)
        if _asks_events(spec):
            sizes["events"] = selections.own
            for name in ("further_persons", "further_events"):
                further.append(count_entry(name, selections.own, participants=participants))
            further.append(squares_entry("further_squares", selections.own, participants=participants))
        entries = tuple(count_entry(name, size, participants=participants) for name, size in sizes.items())
        return Layout(arrays=entries, evidence=(*entries, *further))

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's counts."""
        _check_ask(ask)
        return count_here(table, find_selections(spec), find_groupings(spec), events=_asks_events(spec))

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Who met each choice of rules, then who is in each group."""
        return persons_counted(table, find_selections(spec), find_groupings(spec), events=_asks_events(spec))

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``disclosure.*`` when this hospital's counts show a small group."""
        disclosure.check_counts(spec, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """The same on the pooled counts: what is unmasked is seen by the coordinator as it is."""
        disclosure.check_counts(spec, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """Withholds small numbers and differences; rounds to the base unless the permit says `exact`."""
        return disclosure.release(spec, answer, exact=exact)


def _asks_events(spec: JobSpec) -> bool:
    return isinstance(spec.parameters, CountParameters) and spec.parameters.events


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != "funnel" or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = CountKind()
