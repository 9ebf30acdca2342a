"""When a regression's sums describe too few persons to be seen, at one hospital or pooled."""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.evaluation import disclosure as evaluation_disclosure
from analysis_jobs.kinds.glm.design import Design
from analysis_jobs.kinds.glm.evaluated import evaluation_of
from analysis_jobs.kinds.glm.layout import EVALUATE, SURVEY
from analysis_jobs.kinds.glm.numbers import summed_numbers
from analysis_jobs.kinds.summed_numbers import check_numbers
from onggi.spec.job import JobSpec
from onggi.spec.results import ModelFit
from privacy.disclosure.thresholds import check_effective_sample, check_persons, check_residual_dof


def check_evidence(spec: JobSpec, design: Design, ask: Ask, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Persons, persons with and without the outcome, every level of every flag and category, every number that
    is added up; residual degrees of freedom; and in every round the effective number of persons behind the
    weighted sums.

    Raises:
        Refused: ``disclosure.small_cell``, ``low_dof``, ``effective_sample``, ``one_value`` or
            ``few_differ``.
    """
    if ask.name == EVALUATE:
        evaluation_disclosure.check_groups(spec, evaluation_of(design), evidence)
        return
    threshold = spec.privacy.minimum_persons
    persons = float(evidence["persons"][0])
    check_persons({"persons": persons}, threshold=threshold)
    own = float(evidence["intercepts"][0]) if design.site_effects else 0.0
    check_residual_dof(n=persons, parameters=design.size + int(own), minimum=spec.privacy.rules.residual_dof)
    if ask.name == SURVEY:
        check_persons(_cells(design, evidence), threshold=threshold)
        check_numbers(spec, summed_numbers(design), evidence, persons=persons)
    _check_weights(evidence["weights"], threshold)
    if "null_weights" in evidence:
        _check_weights(evidence["null_weights"], threshold)


def release(spec: JobSpec, design: Design, answer: Answer, *, exact: bool) -> ModelFit:
    """The answer as it is, once its own numbers keep the rules again. A fit holds no cell to round; the
    numbers of persons of its evaluation are rounded unless `exact`.

    Raises:
        Refused: ``disclosure.*``.
    """
    if not isinstance(answer, ModelFit):
        raise TypeError("a regression's answer is a model fit")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    cells: dict[str, float] = {"persons": answer.n}
    if answer.events is not None:
        cells |= _outcome_cells(design, answer.events, answer.n - answer.events)
    check_persons(cells, threshold=threshold)
    check_residual_dof(
        n=answer.n,
        parameters=design.size + answer.site_intercepts,
        minimum=spec.privacy.rules.residual_dof,
    )
    if answer.evaluation is None:
        return answer
    evaluated = evaluation_disclosure.release(spec, evaluation_of(design), answer.evaluation, exact=exact)
    return answer.model_copy(update={"evaluation": evaluated})


def _cells(design: Design, evidence: Arrays) -> dict[str, float]:
    found: dict[str, float] = {}
    with_outcome, without = (float(count) for count in evidence["events"])
    if design.counts_events:
        found |= _outcome_cells(design, with_outcome, without)
    elif design.family == "poisson":
        # A count of events is a number: how many persons had none may be few without showing anybody.
        found[f"{design.outcome.name}>0"] = with_outcome
    for cell, count in zip(design.cells, evidence.get("cells", ()), strict=True):
        found[cell.label] = float(count)
    return found


def _outcome_cells(design: Design, with_outcome: float, without: float) -> dict[str, float]:
    name = design.outcome.name
    return {f"{name}=yes": with_outcome, f"{name}=no": without}


def _check_weights(weights: Array, threshold: int) -> None:
    check_effective_sample(
        weight_sum=float(weights[0]), weight_squares=float(weights[1]), threshold=threshold
    )
