"""A kind of counts whose replies carry noise: the same question, and no rule that looks at true numbers.

Whether a hospital answers, whether a sum is opened and what is shown of it must not depend on true counts: a
refusal would tell of them without noise. So the rules of the kind are not asked, the evidence that they look
at is not sent, and no set of persons is named for the guard. The noise protects instead, and it is paid for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Kind, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.noisy.answers import answer_of, shown_of
from analysis_jobs.kinds.noisy.plan import noisy_layout
from analysis_jobs.kinds.registry import get_kind
from onggi.spec.job import JobSpec


def kind_of(spec: JobSpec) -> Kind:
    """The kind that a job is asked of, with noise where it asks for it. Raises Refused ``kinds.unknown``."""
    return as_asked(get_kind(spec.kind), spec)


def as_asked(kind: Kind, spec: JobSpec) -> Kind:
    """The kind as this job means it."""
    return kind if spec.privacy.differential_privacy is None else NoisyCounts(kind, kind.name)


@dataclass(slots=True)
class NoisyCounts:
    """Counts of `kind`. `local` still gives the true ones: the gate adds the noise, outside the sandbox."""

    kind: Kind
    name: str

    def check_spec(self, spec: JobSpec) -> None:
        """As the kind does."""
        self.kind.check_spec(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the noisy answer."""
        if not history:
            return self.kind.next(spec, history, sites=sites)
        return answer_of(self.kind, spec, history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """Whole numbers of either sign; as evidence only that a hospital answers."""
        return noisy_layout(self.kind.layout(spec, ask, participants=participants), participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's true counts, inside the sandbox."""
        return Summary(self.kind.local(spec, table, ask).arrays, {"hospitals": np.ones(1)})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:  # noqa: ARG002 - part of every kind's signature
        """None: a guard that held true sets against each other would tell of them by its verdict."""
        return ()

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """No rule: every verdict on true counts tells of them."""

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """No rule, as for a single hospital."""

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        """Withholds what is small after noise; rounding would hide nothing more."""
        return shown_of(self.kind, spec, answer)
