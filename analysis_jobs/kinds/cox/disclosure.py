"""When a Cox regression's sums describe too few persons to be seen, at one hospital or pooled."""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.cox.design import Design
from analysis_jobs.kinds.cox.layout import SURVEY
from analysis_jobs.kinds.summed_numbers import check_numbers
from onggi.spec.job import JobSpec
from onggi.spec.results import CoxFit
from privacy.disclosure.thresholds import check_effective_sample, check_persons, check_residual_dof


def check_evidence(spec: JobSpec, design: Design, ask: Ask, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Persons with and without the event; every level of every flag, category and stratum; every number that is
    added up; events beyond the number of coefficients, for a Cox regression rests on its events; and in
    every round the effective number of persons behind the sums, each weighing as many events as the model
    expects of that person.

    Raises:
        Refused: ``disclosure.small_cell``, ``low_dof``, ``effective_sample``, ``one_value`` or
            ``few_differ``.
    """
    threshold = spec.privacy.minimum_persons
    persons, events = (float(count) for count in evidence["persons"])
    cells = _persons(design, persons, events)
    for cell, count in zip(design.cells, evidence.get("cells", ()), strict=False):
        cells[cell.label] = float(count)
    check_persons(cells, threshold=threshold)
    check_residual_dof(n=events, parameters=design.size, minimum=spec.privacy.rules.residual_dof)
    if ask.name == SURVEY:
        check_numbers(spec, design.numbers, evidence, persons=persons)
    for name in ("weights", "residual_weights"):
        if name in evidence:
            _check_weights(evidence[name], threshold)


def release(spec: JobSpec, design: Design, answer: Answer) -> CoxFit:
    """The answer as it is, once its own numbers keep the rules again: nothing in it is rounded.

    Raises:
        Refused: ``disclosure.*``.
    """
    if not isinstance(answer, CoxFit):
        raise TypeError("a Cox regression's answer is a Cox fit")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    check_persons(_persons(design, answer.n, answer.events), threshold=threshold)
    check_residual_dof(n=answer.events, parameters=design.size, minimum=spec.privacy.rules.residual_dof)
    return answer.model_copy(update={"minimum_persons": threshold})


def _persons(design: Design, persons: float, events: float) -> dict[str, float]:
    name = design.outcome.name
    return {"persons": persons, f"{name}: event": events, f"{name}: no event": persons - events}


def _check_weights(weights: Array, threshold: int) -> None:
    check_effective_sample(
        weight_sum=float(weights[0]), weight_squares=float(weights[1]), threshold=threshold
    )
