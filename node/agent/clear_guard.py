"""Holds an answer in clear that describes new sets against all that was told before, and decides alone.

Counts that come near to earlier ones are worked out from these; where other numbers rest on such a set,
further persons are left out first (`privacy.differencing`).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.orm import Session

from analysis_jobs.kinds.contract import Arrays
from node.agent.run_sets import RunSets, new_set, put_number
from node.decisions.told_sets import NewSet
from onggi.errors import Refused
from onggi.spec.near_earlier import NOTHING_NEAR, NearEarlier
from privacy.differencing.guard import Fresh, TooNear, WorkedOut, judge


@dataclass(frozen=True, slots=True)
class ToldInClear:
    """What leaves in clear: counts as they may be told, what they owe to earlier answers, and which sets they
    describe."""

    arrays: Arrays
    near: NearEarlier = NOTHING_NEAR
    sets: tuple[NewSet, ...] = ()


async def judge_clear(of: RunSets, arrays: Arrays) -> ToldInClear:
    """The answer as it may leave. The caller holds `told_before.judging` until it is written down.

    Raises:
        Refused: ``differencing.leave_out`` where persons must be left out first; ``differencing.too_near``.
    """
    asked = of.read()
    answered = asked.standing.told_here()
    shown = [at for at, each in enumerate(of.told) if not each.implied]
    chosen = [asked.sets[at] for at in shown]
    judged = await asyncio.to_thread(judge, answered, chosen, threshold=of.threshold)
    near = tuple(at for at, each in zip(shown, judged.verdicts, strict=True) if isinstance(each, TooNear))
    if near:
        raise of.too_near(asked, near)
    furthest, sets = 0, []
    for at, verdict in zip(shown, judged.verdicts, strict=True):
        told = of.told[at]
        each = new_set(asked, at, shrunk=of.has_left_out)
        match verdict:
            case WorkedOut(number=int(number), within=within):
                each = NewSet(at, each.definition, number, within)
                arrays = put_number(arrays, told, number)
                furthest = max(furthest, within)
            case Fresh():
                pass
            case _:
                raise Refused("differencing.too_near", set=told.name)
        if each.definition not in answered.numbers:
            sets.append(each)
    if not furthest:
        sets += [
            new_set(asked, at, shrunk=of.has_left_out) for at, each in enumerate(of.told) if each.implied
        ]
    return ToldInClear(arrays, NearEarlier(within=furthest, left_out=of.has_left_out), tuple(sets))


def write_clear(of: RunSets, told: ToldInClear, session: Session) -> None:
    """Writes down what the answer describes, in the transaction of its release."""
    services = of.services
    released, now = services.told_before.released, services.clock()
    released.write(session, told.sets, answer=of.answer, sites=(), claimed=False, now=now)
