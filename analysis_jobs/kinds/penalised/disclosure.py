"""When a penalised regression's sums describe too few persons to be seen, at one hospital or pooled.

Every fold is a group of persons of its own: what is known of everybody and of everybody but one fold is known
of that fold. So each fold holds enough persons, with and without the outcome and in every level, its numbers'
sums rest on enough of them, and so do the weighted sums over it in every round.
"""

from __future__ import annotations

from analysis_jobs.kinds.contract import Answer, Arrays, Ask
from analysis_jobs.kinds.glm.numbers import summed_numbers
from analysis_jobs.kinds.penalised.layout import STEP, SURVEY
from analysis_jobs.kinds.penalised.plan import Plan
from analysis_jobs.kinds.summed_numbers import check_numbers, evidence_of_groups
from onggi.spec.job import JobSpec
from onggi.spec.results import RegularisedPath
from privacy.disclosure.thresholds import check_effective_sample, check_persons, check_residual_dof


def check_evidence(spec: JobSpec, plan: Plan, ask: Ask, evidence: Arrays) -> None:
    """The same rules for one hospital's evidence (clear) and for the pooled evidence (masked).

    Raises:
        Refused: ``disclosure.small_cell``, ``low_dof``, ``effective_sample``, ``one_value`` or
            ``few_differ``.
    """
    threshold = spec.privacy.minimum_persons
    persons = evidence["persons"]
    check_persons(
        {f"{plan.part_name(part)}: persons": float(each) for part, each in enumerate(persons)},
        threshold=threshold,
    )
    fewest = float(persons.sum() - (persons.max() if plan.sets > 1 else 0.0))
    check_residual_dof(n=fewest, parameters=plan.design.size, minimum=spec.privacy.rules.residual_dof)
    if ask.name == SURVEY:
        check_persons(_cells(plan, evidence), threshold=threshold)
        _check_numbers(spec, plan, evidence)
    if ask.name == STEP:
        for weights, held_out, one in zip(
            evidence["weights"], evidence["held_out_weights"], ask.arrays["set"], strict=True
        ):
            check_effective_sample(
                weight_sum=float(weights[0]), weight_squares=float(weights[1]), threshold=threshold
            )
            if one > 0:
                check_effective_sample(
                    weight_sum=float(held_out[0]), weight_squares=float(held_out[1]), threshold=threshold
                )


def _check_numbers(spec: JobSpec, plan: Plan, evidence: Arrays) -> None:
    for part, own in enumerate(evidence_of_groups(evidence, plan.parts)):
        persons, group = float(evidence["persons"][part]), f"{plan.part_name(part)}: "
        check_numbers(spec, summed_numbers(plan.design), own, persons=persons, group=group)


def _cells(plan: Plan, evidence: Arrays) -> dict[str, float]:
    found: dict[str, float] = {}
    outcome, design = plan.design.outcome.name, plan.design
    for part in range(plan.parts):
        name = plan.part_name(part)
        events = float(evidence["events"][part])
        if design.counts_events:
            found[f"{name}: {outcome}=yes"] = events
            found[f"{name}: {outcome}=no"] = float(evidence["persons"][part]) - events
        elif design.family == "poisson":
            found[f"{name}: {outcome}>0"] = events
        for at, cell in enumerate(design.cells):
            found[f"{name}: {cell.label}"] = float(evidence["cells"][part, at])
    return found


def release(spec: JobSpec, plan: Plan, answer: Answer) -> RegularisedPath:
    """The answer as it is, once its own numbers keep the rules again: nothing in it is rounded.

    Raises:
        Refused: ``disclosure.*``.
    """
    if not isinstance(answer, RegularisedPath):
        raise TypeError("a penalised regression's answer is a path")
    cells: dict[str, float] = {"persons": answer.n}
    if answer.events is not None:
        name = plan.design.outcome.name
        cells |= {f"{name}=yes": answer.events, f"{name}=no": answer.n - answer.events}
    check_persons(cells, threshold=max(spec.privacy.minimum_persons, answer.minimum_persons))
    check_residual_dof(n=answer.n, parameters=plan.design.size, minimum=spec.privacy.rules.residual_dof)
    return answer
