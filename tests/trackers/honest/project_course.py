"""How one project asks: feasibility first, then refinement after refinement, then the model.

1. The main definition as published, and most of the definitions beside it.
2. Refinements of the main definition, most on top of the last one, some on the published text alone; most of
   them are kept. A stratification asks for both strata and keeps neither.
3. Some of the other definitions with the restrictions that the project settled on.
4. A model on the settled cohort. Now and then a colleague asks again what was asked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.trackers.honest.queries import Kind
from tests.trackers.honest.refinements import Changes, Room, draw_refinement, fitting, room_of

_TRIES: Final = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a project. `repeats`: which earlier one it repeats, by whoever did not ask that."""

    kind: Kind
    definition: int
    changes: Changes
    repeats: int | None = None


@dataclass(slots=True)
class _Course:
    random: Random
    definitions: Sequence[int]
    steps: list[Step] = field(default_factory=list)
    kept: list[Changes] = field(default_factory=lambda: [()])
    rooms: dict[int, Room] = field(default_factory=dict)

    @property
    def settled(self) -> Changes:
        """What the main definition has become so far."""
        return self.kept[-1]

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def room(self, definition: int) -> Room:
        if definition not in self.rooms:
            self.rooms[definition] = room_of(definition)
        return self.rooms[definition]

    def ask(self, definition: int, changes: Changes) -> bool:
        """Asks for a count, unless the project asked it already."""
        asked = {(step.definition, frozenset(step.changes)) for step in self.steps}
        if (definition, frozenset(changes)) in asked:
            return False
        self.steps.append(Step("count", definition, changes))
        return True

    def refine(self, definition: int) -> None:
        """One refinement: of the main definition it may be kept, of another one it is asked alone."""
        main = definition == self.definitions[0]
        base = self.settled if main and self.chance(0.7) else ()
        drawn = draw_refinement(self.random, self.room(definition), base)
        new = [self.ask(definition, changes) for changes in drawn]
        if main and len(drawn) == 1 and all(new) and base == self.settled and self.chance(0.7):
            self.kept.append(drawn[0])

    def restrict_others(self) -> None:
        for other in self.definitions[1:]:
            changes = fitting(self.room(other), self.settled)
            if changes and self.chance(0.5):
                self.ask(other, changes)

    def repeat_one(self) -> None:
        """A colleague asks what was asked some time before, and asks it exactly so."""
        at = self.random.randrange(len(self.steps) - 1)
        step = self.steps[at]
        self.steps.append(Step(step.kind, step.definition, step.changes, repeats=at))


def draw_course(random: Random, definitions: Sequence[int], *, length: int) -> Sequence[Step]:
    """Exactly so many questions of a project; the first definition is its main one."""
    course = _Course(random, definitions)
    main, others = definitions[0], definitions[1:]
    models = 1 + course.chance(0.2) if course.chance(0.9) else 0
    repeats = course.chance(0.35)
    restricts = course.chance(0.6)
    body = length - models - repeats
    course.ask(main, ())
    for other in others:
        if course.chance(0.75) and len(course.steps) < body - 1:
            course.ask(other, ())
    for _ in range(_TRIES):
        if len(course.steps) >= body:
            break
        if restricts and course.settled and len(course.steps) >= body - 2:
            course.restrict_others()
            restricts = False
        # Where the main definition leaves little open, the others are looked at in turn.
        course.refine(main if course.chance(0.8) or not others else random.choice(others))
    del course.steps[body:]
    if repeats:
        course.repeat_one()
    course.steps += _models(course, models)
    return course.steps


def _models(course: _Course, many: int) -> Sequence[Step]:
    """On the settled cohort of the main definition; a second one on the cohort that was asked before it."""
    main = course.definitions[0]
    asked = [step.changes for step in course.steps if step.definition == main and step.repeats is None]
    # What was kept last may have been a question too many.
    settled = next(each for each in reversed(course.kept) if each in asked)
    earlier = next((each for each in reversed(asked) if each != settled), settled)
    return [Step("model", main, changes) for changes in (settled, earlier)[:many]]
