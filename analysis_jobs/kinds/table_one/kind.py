"""Baseline characteristics over many hospitals, equal to the table of the pooled rows.

Differences and tests name their sources in `analysis_jobs.kinds.group_tests`; they are those of the Python
package tableone and of SciPy (``ttest_ind(equal_var=False)``, ``f_oneway``,
``chi2_contingency(correction=False)``).
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.table_one import disclosure
from analysis_jobs.kinds.table_one.combine import decide_next
from analysis_jobs.kinds.table_one.design import make_design
from analysis_jobs.kinds.table_one.layout import check_ask, make_layout
from analysis_jobs.kinds.table_one.local import answer_ask, persons_described
from onggi.spec.job import JobSpec


class TableOneKind:
    """Persons, means and standard deviations, shares of levels, missing values; differences and tests."""

    name = "table_one"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``describe.*`` when the parameters make no sense for the variables."""
        make_design(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The survey, the spread of the numbers (once or twice), then the table."""
        return decide_next(spec, make_design(spec), history, sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The reply's arrays and their ranges. Raises Refused ``kinds.ask_unknown``."""
        design = make_design(spec)
        check_ask(design, ask)
        return make_layout(design, ask.name, participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply."""
        return answer_ask(make_design(spec), table, ask)

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Every cell of every group, and everybody behind the numbers of the first column."""
        return persons_described(make_design(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Raises Refused ``disclosure.*`` when the pooled sums describe too few persons."""
        disclosure.check_evidence(spec, make_design(spec), ask, evidence)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The thresholds on the answer itself; counts to the base, fewer digits, unless `exact`."""
        return disclosure.release(spec, make_design(spec), answer, exact=exact)


KIND = TableOneKind()
