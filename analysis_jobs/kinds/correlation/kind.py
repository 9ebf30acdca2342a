"""Pearson's correlations over many hospitals, equal to those of the pooled rows.

On complete cases, as R's ``cor(use = "complete.obs")``; interval and p value as SciPy's ``pearsonr``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.centred_units import (
    MOST_SPREADS,
    first_units,
    is_narrow,
    masked_noise,
    moments_of,
)
from analysis_jobs.kinds.contract import Answer, Arrays, Ask, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.correlation.coefficients import pooled_pairs, rounded_pair
from analysis_jobs.kinds.correlation.local import (
    PRODUCTS,
    SURVEY,
    Columns,
    answer_ask,
    check_ask,
    make_layout,
    persons_described,
    summed_numbers,
)
from analysis_jobs.kinds.described_columns import find_number
from analysis_jobs.kinds.glm.reproducible_algebra import unpack
from analysis_jobs.kinds.summed_numbers import check_numbers
from onggi.errors import NotTrusted, Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CorrelationParameters
from onggi.spec.results import Correlation
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.thresholds import check_persons, check_residual_dof

PARAMETERS = 2
"""A coefficient is a straight line's: two numbers are estimated."""


class CorrelationKind:
    """A survey of the numbers, then their products (once or twice)."""

    name = "correlation"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``describe.*`` when the parameters make no sense for the variables."""
        _columns(spec)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The survey, the products, the answer.

        Raises:
            Refused: ``describe.nobody``, ``correlation.*``.
            NotTrusted: ``describe.sum_impossible``.
        """
        if not history:
            return Ask(0, SURVEY, {})
        columns, persons = _columns(spec), _whole(history[0])
        present = np.full(len(columns), float(persons))
        surveyed = (history[0][name] for name in ("sums", "squares"))
        units = first_units(columns, present, *surveyed, noise=masked_noise(spec, sites=sites))
        for spreads, sums in enumerate(history[1:], start=1):
            products = unpack(sums["products"], len(columns))
            mean, variance = moments_of(present, sums["sums"], np.diag(products))
            if spreads == MOST_SPREADS or not is_narrow(present, variance):
                names = tuple(column.name for column in columns)
                return Correlation(
                    sites=sites,
                    minimum_persons=spec.privacy.minimum_persons,
                    variables=names,
                    n=persons,
                    pairs=pooled_pairs(names, persons, mean, products / persons),
                )
            units = units.narrower(mean, variance)
        return Ask(len(history), PRODUCTS, {"center": units.center, "unit": units.unit})

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """The reply's arrays and their ranges. Raises Refused ``kinds.ask_unknown``."""
        columns = _columns(spec)
        check_ask(columns, ask)
        return make_layout(columns, ask.name, participants=participants)

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """One hospital's reply."""
        return answer_ask(_columns(spec), table, ask)

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:
        """The complete cases."""
        return persons_described(_columns(spec), table)

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Raises Refused ``disclosure.*`` when this hospital's sums describe too few persons."""
        self.check_pooled(spec, ask, summary.evidence)

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """The same for the pooled sums: persons, degrees of freedom, and on whom each number's sums rest.

        Raises:
            Refused: ``disclosure.small_cell``, ``low_dof``, ``effective_sample``, ``one_value`` or
                ``few_differ``.
        """
        persons = float(evidence["persons"][0])
        _check_persons(spec, persons, threshold=spec.privacy.minimum_persons)
        if ask.name != SURVEY:
            return
        check_numbers(spec, summed_numbers(_columns(spec)), evidence, persons=persons)

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:
        """The thresholds again; persons to the base and coefficients to what they mean, unless `exact`."""
        if not isinstance(answer, Correlation):
            raise TypeError("a correlation's answer is a correlation")
        threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
        _check_persons(spec, answer.n, threshold=threshold)
        if exact:
            return answer.model_copy(update={"minimum_persons": threshold})
        rules = spec.privacy.rules
        persons = round_to_base(answer.n, base=rules.rounding_base)
        pairs = (rounded_pair(pair, persons=persons, digits=rules.shown_digits) for pair in answer.pairs)
        return answer.model_copy(
            update={
                "minimum_persons": threshold,
                "n": persons,
                "pairs": tuple(pairs),
                "rounded_to": rules.rounding_base,
            }
        )


def _columns(spec: JobSpec) -> Columns:
    given = spec.parameters
    if not isinstance(given, CorrelationParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    return tuple(find_number(spec, name) for name in given.variables)


def _check_persons(spec: JobSpec, persons: float, *, threshold: int) -> None:
    check_persons({"persons": persons}, threshold=threshold)
    check_residual_dof(n=persons, parameters=PARAMETERS, minimum=spec.privacy.rules.residual_dof)


def _whole(sums: Arrays) -> int:
    persons = float(sums["persons"][0])
    if not (persons >= 0 and persons.is_integer()):
        raise NotTrusted("describe.sum_impossible")
    if not persons:
        raise Refused("describe.nobody")
    return int(persons)


KIND = CorrelationKind()
