"""Draws the honest log, the same every time: `python -m tests.trackers.honest.draw` writes it again.

* Thirty projects. Each has a main definition, drawn evenly from those that the library still offers and that
  have at least three others beside them, and one to four more of its area: with even chances a definition
  near to the main one (a common concept or word of the name) or one that only shares the field (`areas`).
  Three projects in ten also take up a definition of an earlier project, as common diseases are asked about
  by many.
* A project asks 6 to 14 questions (`project_course`), with changes that its definitions leave open
  (`refinements`). The weights are our judgement of what researchers do, written down before any guard was.
* Projects begin at any time within eighteen months and ask every few days, so that several run at once.

Why this is honest: everything is drawn from the definitions' metadata, content and concepts. No hospital is
read here, nothing knows which persons a question finds, and no question is put in or taken out for being
similar to another. Near-duplicates come in as they do in life: the library has several definitions of one
disease, drafts are amended by a year of age or of the calendar, restrictions move few persons or many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from tests.trackers.honest.areas import Neighbours, find_neighbours
from tests.trackers.honest.project_course import Step, draw_course
from tests.trackers.honest.queries import LOG, Query, write_log

QUESTIONS: Final = 300
PROJECTS: Final = 30
_SEED: Final = 20_260_101
_RESEARCHERS: Final = 45
_SHORTEST, _LONGEST = 6, 14
_BEGIN_WITHIN_DAYS: Final = 540
_DAYS_BETWEEN: Final = 6.0


def draw_queries() -> Sequence[Query]:
    """The whole log in order of asking."""
    random = Random(_SEED)
    neighbours = find_neighbours()
    taken: list[int] = []
    asked: list[tuple[float, int, Query]] = []
    for number, length in enumerate(_lengths(random), start=1):
        definitions = _choose_definitions(random, neighbours, taken)
        taken += [each for each in definitions if each not in taken]
        steps = draw_course(random, definitions, length=length)
        asked += [(day, number, query) for day, query in _dated(random, number, steps)]
    asked.sort(key=lambda each: each[:2])
    return [query for _, _, query in asked]


def _lengths(random: Random) -> Sequence[int]:
    """How many questions each project asks, drawn until they are as many as wanted."""
    while True:
        drawn = [random.randint(_SHORTEST, _LONGEST) for _ in range(PROJECTS)]
        if sum(drawn) == QUESTIONS:
            return drawn


def _choose_definitions(
    random: Random, neighbours: Mapping[int, Neighbours], taken: Sequence[int]
) -> Sequence[int]:
    mains = [
        number
        for number, each in neighbours.items()
        if number not in taken and len(each.near) + len(each.beside) >= 3
    ]
    found = [random.choice(mains)]
    around = neighbours[found[0]]
    for _ in range(random.choice((1, 2, 2, 3, 3, 4))):
        first, second = (
            (around.near, around.beside) if random.random() < 0.5 else (around.beside, around.near)
        )
        left = [each for each in first if each not in found] or [each for each in second if each not in found]
        if left:
            found.append(random.choice(left))
    if taken and random.random() < 0.3:
        found.append(random.choice([each for each in taken if each not in found]))
    return found


def _dated(random: Random, number: int, steps: Sequence[Step]) -> Sequence[tuple[float, Query]]:
    """Each question with its day and whoever asks it: most the lead, some a colleague."""
    team = [
        f"researcher-{each:02d}" for each in random.sample(range(1, _RESEARCHERS + 1), random.choice((2, 3)))
    ]
    day = random.uniform(0, _BEGIN_WITHIN_DAYS)
    dated: list[tuple[float, Query]] = []
    for step in steps:
        day += random.expovariate(1 / _DAYS_BETWEEN)
        who = team[0] if random.random() < 0.75 else random.choice(team[1:])
        if step.repeats is not None:
            who = random.choice([each for each in team if each != dated[step.repeats][1].researcher])
        dated.append((day, Query(f"project-{number:02d}", who, step.kind, step.definition, step.changes)))
    return dated


if __name__ == "__main__":
    LOG.write_text(write_log(draw_queries()), encoding="utf-8")
