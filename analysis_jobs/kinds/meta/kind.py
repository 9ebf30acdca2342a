"""Random-effects meta-analysis of one coefficient. Site-visible: hospitals' own estimates leave in clear.

One question. Each hospital answers in its own place of arrays that are zero elsewhere, so that sums over
hospitals hold every hospital's number. Estimates, weights and intervals are those of ``rma`` in R's
``metafor`` (Viechtbauer 2010); `random_effects` names the methods' sources.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Entry, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.glm.design import make_design
from analysis_jobs.kinds.glm.disclosure import check_evidence
from analysis_jobs.kinds.glm.layout import SURVEY, make_layout
from analysis_jobs.kinds.glm.rows import persons_described
from analysis_jobs.kinds.meta.answer import pooled_answer
from analysis_jobs.kinds.meta.own_fit import meta_parameters, model_spec, own_fit
from analysis_jobs.kinds.ranges import count_entry
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.results import MetaAnalysis
from privacy.disclosure.thresholds import check_persons

ESTIMATES = "estimates"
_MOST = 1e150
"""In clear an estimate travels as it is, in whatever unit its number has; its square is still a number."""


class MetaKind:
    """DerSimonian-Laird, restricted maximum likelihood or Paule-Mandel over hospitals' own regressions."""

    name = "meta"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``meta.*`` or ``glm.*``: senseless parameters, or masks are asked for."""
        asked = meta_parameters(spec)
        if spec.privacy.masked:
            raise Refused("meta.masked")
        if len(spec.participants) < 2:
            raise Refused("meta.too_few_estimates", minimum=2)
        if asked.term not in make_design(model_spec(spec)).terms:
            raise Refused("meta.unknown_term", term=asked.term)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the answer."""
        return pooled_answer(spec, history[0], sites=sites) if history else Ask(0, ESTIMATES, {})

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """A place for every participant. Raises Refused ``kinds.ask_unknown``."""
        _check_ask(ask)
        places = (len(spec.participants),)
        evidence = make_layout(make_design(model_spec(spec)), SURVEY, participants=participants).evidence
        return Layout(
            arrays=(
                Entry("answered", places, 0.0, 1.0, whole=True),
                Entry("estimate", places, -_MOST, _MOST),
                Entry("variance", places, 0.0, _MOST),
                count_entry("persons", 1, participants=participants),
            ),
            evidence=(*evidence, Entry("answered", (1,), 0.0, 1.0, whole=True)),
        )

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's estimate in its own place; nothing but zeros where it gives none."""
        _check_ask(ask)
        if ask.position is None or not 0 <= ask.position < len(spec.participants):
            raise Refused("kinds.ask_unknown", ask=ask.name)
        layout = self.layout(spec, ask, participants=len(spec.participants))
        arrays = {entry.name: np.zeros(entry.shape) for entry in layout.arrays}
        evidence = {entry.name: np.zeros(entry.shape) for entry in layout.evidence}
        fit = own_fit(spec, table)
        if fit is None or not (abs(fit.estimate) <= _MOST and 0 < fit.variance <= _MOST):
            return Summary(arrays, evidence)
        arrays["answered"][ask.position] = 1.0
        arrays["estimate"][ask.position] = fit.estimate
        arrays["variance"][ask.position] = fit.variance
        arrays["persons"][0] = fit.persons
        return Summary(arrays, fit.evidence | {"answered": np.ones(1)})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """Those of the hospital's own regression; nobody where it gives no estimate."""
        model = model_spec(spec)
        answers = own_fit(spec, table) is not None
        return tuple(
            PersonSet(
                each.name,
                each.rows if answers else np.zeros_like(each.rows),
                tuple(place for place in each.counted if place[0] == "persons"),
                described=True,
                where=each.where,
            )
            for each in persons_described(make_design(model), table)
        )

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """The rules of a regression in clear, once more on the evidence of what leaves.

        Raises:
            Refused: ``disclosure.*``.
        """
        if not summary.evidence["answered"][0]:
            if any(array.any() for array in summary.arrays.values()):
                raise Refused("disclosure.small_cell", cell="persons", threshold=spec.privacy.minimum_persons)
            return
        model = model_spec(spec)
        check_evidence(model, make_design(model), Ask(ask.ordinal, SURVEY, {}), summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:  # noqa: ARG002 - part of every kind's signature
        """Raises Refused ``meta.masked``: this statistic is not made under masks."""
        raise Refused("meta.masked")

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        """The threshold on all persons together. It holds no cell to round, so `exact` changes nothing."""
        if not isinstance(answer, MetaAnalysis):
            raise TypeError("a meta-analysis's answer is a meta-analysis")
        check_persons({"persons": answer.n}, threshold=spec.privacy.minimum_persons)
        return answer


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != ESTIMATES or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = MetaKind()
