"""When an evaluation's sums describe too few persons to be seen, at one hospital or pooled.

* Cells: every group of risk, with and without the event, in every population holds enough persons; nobody
  is too few. All counts shown are sums of neighbouring cells, and the levels of `by` add up to everybody, so
  no two of them differ by fewer. A grid that is too fine is refused, never merged by what the data hold: each
  merged pair would answer, cell by cell, whether a group chosen by the asker is under the threshold.
* Levels: every value of a flag or category in the model belongs to enough persons, as in a regression. A
  rare one could be read off the last digits of a mean risk, below the spread that others make.
* Mean risks: who writes the model chooses what is averaged. In each group either all predictions are one and
  the same, or their spread rests on enough persons, as logits and as risks.
* Recalibration: each round's weights, and the weights times the squared distance from the mean predictor, on
  which the slope rests, belong to enough persons.
"""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask
from analysis_jobs.kinds.evaluation.answer import with_cells
from analysis_jobs.kinds.evaluation.design import EVERYBODY, Design
from analysis_jobs.kinds.evaluation.layout import GROUPS, PLACES, POWERS
from analysis_jobs.kinds.evaluation.local import group_names
from analysis_jobs.kinds.prediction.bins import Cells
from analysis_jobs.kinds.ranges import FIXED_POINT_STEP, SQUARES_UNIT
from onggi.spec.job import JobSpec
from onggi.spec.results import EvaluatedPopulation, ModelEvaluation
from privacy.disclosure.rounding import round_to_base
from privacy.disclosure.spread_dominance import are_alike, check_spread
from privacy.disclosure.thresholds import check_effective_sample, check_persons, check_residual_dof

_RECALIBRATION_PARAMETERS = 2


def check_evidence(spec: JobSpec, design: Design, ask: Ask, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Raises:
        Refused: ``disclosure.small_cell``, ``low_dof``, ``few_differ`` or ``effective_sample``.
    """
    if ask.name == GROUPS:
        check_groups(spec, design, evidence)
        return
    weights = evidence["weights"].reshape(len(design.populations), 6)
    for first, first_squares, bent, bent_squares, shifted, shifted_squares in weights.tolist():
        for total, squares in (
            (first, first_squares),
            (bent, bent_squares / SQUARES_UNIT),
            (shifted, shifted_squares),
        ):
            check_effective_sample(
                weight_sum=total, weight_squares=squares, threshold=spec.privacy.minimum_persons
            )


def check_groups(spec: JobSpec, design: Design, evidence: Arrays) -> None:
    """Cells, levels and what differs within groups. Raises as `check_evidence` does."""
    threshold = spec.privacy.minimum_persons
    size, noise = len(design.populations), len(spec.participants) * FIXED_POINT_STEP
    cells = evidence["cells"].reshape(size, design.groups, 2)
    check_persons(
        {
            label: float(count)
            for at, population in enumerate(design.populations)
            for label, count in zip(_cell_names(design, population), cells[at].ravel(), strict=True)
        },
        threshold=threshold,
    )
    if design.levels:
        levels = evidence["levels"].reshape(size, len(design.levels))
        check_persons(_level_cells(design, levels), threshold=threshold)
    places = evidence["places"].reshape(size, design.groups, PLACES)
    for at, population in enumerate(design.populations):
        _check_dof(spec, float(cells[at].sum()))
        for group, name in enumerate(_group_labels(design, population)):
            persons = float(cells[at, group].sum())
            if are_alike(persons=persons, places=places[at, group].tolist()):
                continue
            for powers in (evidence["predictor_powers"], evidence["risk_powers"]):
                here = powers.reshape(size, design.groups, POWERS)[at, group].tolist()
                check_spread(name, persons=persons, powers=here, noise=noise, threshold=threshold)


def _level_cells(design: Design, levels: Array) -> dict[str, float]:
    """In everybody each level; in the others those that somebody has: one may be what divides them."""
    return {
        f"{population}, {level.label}" if population else level.label: float(count)
        for population, counts in zip(design.populations, levels, strict=True)
        for level, count in zip(design.levels, counts, strict=True)
        if population == EVERYBODY or count != 0
    }


def release(spec: JobSpec, design: Design, answer: Answer, *, exact: bool) -> ModelEvaluation:
    """The answer once its own numbers keep the rules again; counts rounded unless `exact`.

    What follows from counts follows from the rounded ones: a sensitivity to all digits would tell the exact
    number.

    Raises:
        Refused: ``disclosure.small_cell``, ``disclosure.low_dof``.
    """
    if not isinstance(answer, ModelEvaluation) or answer.rounded_to != 1:
        raise TypeError("a complete evaluation is released once")
    threshold = max(spec.privacy.minimum_persons, answer.minimum_persons)
    for found in answer.populations:
        counts = [count for group in found.groups for count in (group.events, group.persons - group.events)]
        check_persons(
            dict(zip(_cell_names(design, found.name), map(float, counts), strict=True)), threshold=threshold
        )
        _check_dof(spec, found.persons)
    if exact:
        return answer.model_copy(update={"minimum_persons": threshold})
    base = spec.privacy.rules.rounding_base
    rounded = tuple(with_cells(design, found, _rounded(found, base=base)) for found in answer.populations)
    return answer.model_copy(
        update={"populations": rounded, "rounded_to": base, "minimum_persons": threshold}
    )


def _check_dof(spec: JobSpec, persons: float) -> None:
    minimum = spec.privacy.rules.residual_dof
    check_residual_dof(n=persons, parameters=_RECALIBRATION_PARAMETERS, minimum=minimum)


def _rounded(found: EvaluatedPopulation, *, base: int) -> Cells:
    """No cell is empty, so none is shown as empty either."""

    def told(count: int) -> int:
        return max(round_to_base(count, base=base), base)

    return Cells(
        edges=tuple(group.low for group in found.groups[1:]),
        events=tuple(told(group.events) for group in found.groups),
        others=tuple(told(group.persons - group.events) for group in found.groups),
    )


def _group_labels(design: Design, population: str) -> list[str]:
    start = "" if population == EVERYBODY else f"{population}, "
    return [f"{start}{name}" for name in group_names(design)]


def _cell_names(design: Design, population: str) -> list[str]:
    return [
        f"{name}, {design.outcome}={label}"
        for name in _group_labels(design, population)
        for label in ("yes", "no")
    ]
