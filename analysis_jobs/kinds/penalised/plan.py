"""Which fits a penalised regression consists of: one for each penalty, on everybody and without each fold.

A *set* of persons is everybody (0), or everybody but one fold (1 + fold). Every fit belongs to one set.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis_jobs.kinds.glm.design import Design, design_of
from onggi.errors import Refused
from onggi.spec.job import JobSpec
from onggi.spec.kinds import GlmParameters, PenalisedParameters

_MOST_NUMBERS = 2_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Derived from the spec alone. `parts` is the number of folds, 1 where nothing is validated."""

    asked: PenalisedParameters
    design: Design
    parts: int
    sets: int

    @property
    def fits(self) -> int:
        """All fits of the path, set by set, each from the largest penalty down."""
        return self.sets * self.asked.length

    def part_name(self, part: int) -> str:
        """How disclosure rules call a fold."""
        return "all" if self.sets == 1 else f"fold {part + 1}"


def make_plan(spec: JobSpec) -> Plan:
    """The plan of a spec. Raises Refused ``glm.*``, ``penalised.too_large`` or ``kinds.wrong_kind``."""
    asked = spec.parameters
    if not isinstance(asked, PenalisedParameters):
        raise Refused("kinds.wrong_kind", kind=spec.kind)
    model = GlmParameters(
        family=asked.family,
        outcome=asked.outcome,
        terms=asked.terms,
        references=asked.references,
        offset=asked.offset,
        link=asked.link,
    )
    design = design_of(spec, model)
    plan = Plan(asked, design, max(asked.folds, 1), 1 + asked.folds)
    if plan.fits * design.size * (design.size + 1) // 2 > _MOST_NUMBERS:
        raise Refused("penalised.too_large", fits=plan.fits, terms=len(design.columns))
    return plan
