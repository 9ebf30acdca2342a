"""Lists every choice of rules that a count job counts: the steps of its own funnel, then of further ones.

A step asks for all rules before it, so what it counts depends on which rules these are and not on their
order: the same choice in two funnels is counted, checked and sent once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis_jobs.kinds.count.steps import FIRST_STEP, step_names
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters

MOST_SELECTIONS = 100
"""So many choices can be held against each other in groups of four in about a second."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Selections:
    """Choices of rules as bits, all different; the first `own` of them are the job's own funnel, in order.

    `funnels[i][k]` is the position in `masks` of step k of further funnel i.
    """

    names: tuple[str, ...]
    masks: tuple[int, ...]
    own: int
    funnels: tuple[tuple[int, ...], ...]


def find_selections(spec: JobSpec) -> Selections:
    """Every choice of the job.

    Raises:
        Refused: ``count.cohort_unreadable``, ``count.rule_unknown``, ``count.too_many_selections``.
    """
    steps = step_names(spec.cohort)
    masks = [(1 << step) - 1 for step in range(len(steps))]
    names, funnels = list(steps), _funnels(spec)
    if not funnels:
        return Selections(steps, tuple(masks), len(steps), ())
    positions: list[tuple[int, ...]] = []
    for number, funnel in enumerate(funnels, start=1):
        if max(funnel) >= len(steps) - 1:
            raise Refused("count.rule_unknown", funnel=number, rule=max(funnel))
        found = []
        for step in range(len(funnel) + 1):
            mask = sum(1 << rule for rule in funnel[:step])
            if mask not in masks:
                masks.append(mask)
                names.append(_name(steps, funnel[:step]))
            found.append(masks.index(mask))
        positions.append(tuple(found))
    if len(masks) > MOST_SELECTIONS:
        raise Refused("count.too_many_selections", maximum=MOST_SELECTIONS)
    return Selections(tuple(names), tuple(masks), len(steps), tuple(positions))


def funnel_steps(spec: JobSpec, funnel: Sequence[int]) -> tuple[str, ...]:
    """The names of a further funnel's steps."""
    steps = step_names(spec.cohort)
    return (FIRST_STEP, *(steps[rule + 1] for rule in funnel))


def _funnels(spec: JobSpec) -> tuple[tuple[int, ...], ...]:
    return spec.parameters.funnels if isinstance(spec.parameters, CountParameters) else ()


def _name(steps: Sequence[str], rules: Sequence[int]) -> str:
    return " + ".join(steps[rule + 1] for rule in rules)[:_LONGEST_NAME]
