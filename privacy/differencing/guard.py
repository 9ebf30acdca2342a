"""Decides for each number of an answer: given as it is, worked out from earlier answers, or not given.

What a reader could work out of a new number and all earlier ones about a few persons decides, not what the
question looks like:

* A set that differs from every combination of released sets by at least the threshold is *fresh*. Its number
  is given, and the set counts as released from then on.
* A set that differs from a combination by fewer, nobody included, gets the number that the reader could work
  out without asking, and is marked with how far from the truth that may be. Whether the few are none or nine,
  the reader sees the same. To refuse instead would tell as much as the number where it depends on there being
  anybody, and would turn away one honest question in ten where it does not.
* Sums, means and coefficients cannot be worked out, and they tell the true number of every set beside them:
  where other numbers rest on one set of an answer, each of its sets that comes near is *too near*, and so is
  one whose rest comes near (the persons without the outcome beside those with it).
* The same definition on the same data has the same number: it is given again.

Where the number of all persons of a generation is public, they count as released from the start (`load`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from privacy.differencing.combinations import Combination
from privacy.differencing.meanings import Meaning, known_beside, narrowness, varying_columns
from privacy.differencing.near_span import find_near_combination, is_apart
from privacy.differencing.released_sets import Members, ReleasedSets, pack
from privacy.differencing.rests import Rest, rests_of

_MORE_PERSONS = 16
_TOLERANCE = 1e-6
MOST_COMBINED = 128
"""So many released sets, those that overlap most, are combined; all are looked at for near equality."""


MOST_TIMES_APART = 2
"""As for sums and differences of two sets. A longer combination gives a number too vague to be of use, and
which of several it is would tell something about the persons among whom it was found."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """No released numbers come near: the number may be given."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """The number that released numbers give, at most `within` from the truth.

    None where it is no group, or where only a long combination comes near.
    """

    number: int | None
    within: int


@dataclass(frozen=True, slots=True)
class TooNear:
    """Released numbers come near to a set on which other numbers rest."""


Verdict: TypeAlias = Fresh | WorkedOut | TooNear


@dataclass(frozen=True, slots=True)
class AskedSet:
    """Persons behind numbers of one answer.

    Args:
        definition: tells the set's definition, the data and the hospitals; equal where all three are.
        described: whether numbers other than their count rest on them.
        left_over: a last part of a whole of which the answer counts every part.
        implied: no number is theirs, but others add up to it.
        meaning: where it is known, on which data.
    """

    definition: str
    members: Members = field(repr=False)
    described: bool = False
    left_over: bool = False
    implied: bool = False
    meaning: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A number that was given, and how far from the truth it may be."""

    number: int
    within: int


class Answered:
    """What everybody together was told about one population. It only ever grows."""

    def __init__(self) -> None:
        self.sets = ReleasedSets()
        self.numbers: dict[str, Given] = {}
        self.untold: set[int] = set()
        """Positions of sets whose number nobody was told, since it went into a sum: none follows from it."""
        self.summed: set[str] = set()
        """Definitions of sets that went into sums alone."""
        self.shrunk: set[int] = set()
        """Positions of sets that had lost persons to stand apart from earlier ones."""
        self.meanings: list[Meaning] = []
        """Of sets whose very number was told."""

    def load(self, everybody: Members) -> None:
        """A set whose number is public."""
        self.sets.add(pack(everybody))

    def branch(self) -> Answered:
        """A copy to try an answer on; the original stays as it is."""
        copy = Answered()
        copy.sets, copy.numbers = self.sets.branch(), dict(self.numbers)
        copy.untold, copy.summed = set(self.untold), set(self.summed)
        copy.meanings, copy.shrunk = list(self.meanings), set(self.shrunk)
        return copy


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts in the order of the sets, and what was answered if they are carried out.

    Where a set is too near nothing of the answer may be given, and nothing is added to what was answered.
    """

    verdicts: tuple[Verdict, ...]
    after: Answered


def judge(answered: Answered, asked: Sequence[AskedSet], *, threshold: int) -> Judged:
    """Judges one answer. Counts of it are held against what was answered before together with each other; a
    description's sets against what was answered before, since each kind of statistic has rules of its own for
    what stands together."""
    if not any(each.described for each in asked):
        return _judge_counts(answered, asked, threshold=threshold)
    meanings = [each.meaning for each in asked]
    known, varying = known_beside(answered.meanings, meanings), varying_columns(meanings)
    verdicts: list[Verdict] = [
        Fresh()
        if known.follows(each.meaning, varying=varying)
        else _judge_described(answered, each, threshold=threshold)
        for each in asked
    ]
    for rest in rests_of([each.members for each in asked], threshold=threshold):
        if _is_near_rest(answered, asked, rest, threshold=threshold):
            verdicts[rest.inner] = TooNear()
    if any(isinstance(each, TooNear) for each in verdicts):
        return Judged(tuple(verdicts), answered)
    after = answered.branch()
    for each, verdict in zip(asked, verdicts, strict=True):
        _add(after, each, verdict)
    return Judged(tuple(verdicts), after)


def telling_order(asked: Sequence[AskedSet]) -> list[int]:
    """Positions in the order in which numbers of one answer are looked at: narrow sets first, from which wide
    ones follow. A narrow set that is nearly all of a wide one would seem to come near it."""
    return sorted(range(len(asked)), key=lambda at: -narrowness(asked[at].meaning or ()))


def _judge_counts(answered: Answered, asked: Sequence[AskedSet], *, threshold: int) -> Judged:
    """What follows from told numbers by its meaning is no news, nor that a last part is empty."""
    after, meanings = answered.branch(), [each.meaning for each in asked]
    known, varying = known_beside(answered.meanings, meanings), varying_columns(meanings)
    verdicts: dict[int, Verdict] = {}
    for at in telling_order(asked):
        each, meaning = asked[at], asked[at].meaning
        is_empty = each.left_over and not each.members.any()
        if is_empty or known.follows(meaning, varying=varying):
            verdicts[at] = Fresh()
        else:
            verdicts[at] = _judge_count(after, each, threshold=threshold)
        _add(after, each, verdicts[at])
        if isinstance(verdicts[at], Fresh):
            known.add(meaning)
    return Judged(tuple(verdicts[at] for at in range(len(asked))), after)


def _judge_count(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
    given = known.numbers.get(asked.definition)
    if given is not None:
        return WorkedOut(given.number, given.within)
    found = find_near(known.sets, asked.members, threshold=threshold)
    if found is None:
        return Fresh()
    number, within = found.number(known.sets.sizes), found.within(apart=threshold - 1)
    useful = number >= threshold and within <= MOST_TIMES_APART * (threshold - 1)
    useful &= known.untold.isdisjoint(at for at, _ in found.terms)
    return WorkedOut(number if useful else None, within)


def _judge_described(known: Answered, asked: AskedSet, *, threshold: int) -> Verdict:
    if not asked.members.any():
        return Fresh()  # a hospital that takes no part in the numbers; whether it may is for their own rules
    against = _to_hold_against(known, asked)
    near = against is not None and find_near(against, asked.members, threshold=threshold)
    return TooNear() if near else Fresh()


def _is_near_rest(known: Answered, asked: Sequence[AskedSet], rest: Rest, *, threshold: int) -> bool:
    # Of two sets that were told the rest was told as well.
    against = _to_hold_against(known, asked[rest.inner], asked[rest.outer])
    return against is not None and find_near(against, rest.members, threshold=threshold) is not None


def _to_hold_against(known: Answered, *asked: AskedSet) -> ReleasedSets | None:
    """Which released sets count for a description: none where these very sets were told before."""
    if all(_was_told(known, each) for each in asked):
        return None
    if all(_was_told(known, each) or _was_summed(known, each) for each in asked):
        # Who is in them was told with the sum. What this hospital tells alone lies beside what it told alone.
        return known.sets.only([at for at in range(len(known.sets)) if at not in known.untold])
    return known.sets


def _was_told(known: Answered, asked: AskedSet) -> bool:
    """Whether the very set stands among the released ones under this definition: it tells nothing new of who
    is in it. A number that was worked out for the definition tells nothing of who is."""
    given = known.numbers.get(asked.definition)
    return given is not None and not given.within and is_released(known.sets, asked.members)


def _was_summed(known: Answered, asked: AskedSet) -> bool:
    return asked.definition in known.summed and is_released(known.sets, asked.members)


def is_released(sets: ReleasedSets, members: Members) -> bool:
    """Whether the very set stands among the released ones. Only of sets with one definition may it matter."""
    return any(apart == 0 for _, apart in sets.nearly_equal(pack(members), threshold=1))


def least_apart(sets: ReleasedSets, members: Members, *, threshold: int) -> int:
    """How many persons at least tell the set from every combination of released sets, `threshold` at most.

    Over several hospitals such numbers add up: what differs by few in all differs at each by no more.
    """
    while (found := find_near(sets, members, threshold=threshold)) is not None:
        threshold = min(_differing(found, sets, members), threshold - 1)
        if not threshold:
            break
    return threshold


def _differing(found: Combination, sets: ReleasedSets, members: Members) -> int:
    asked = np.zeros(max(len(members), sets.length), dtype=np.float64)
    asked[: len(members)] = members
    for at, times in found.terms:
        asked -= times * sets.members([at], persons=len(asked))[0]
    return int(np.count_nonzero(np.abs(asked) > _TOLERANCE))


def find_near(sets: ReleasedSets, members: Members, *, threshold: int) -> Combination | None:
    """Released sets from which fewer than `threshold` persons tell this one, nobody included."""
    bits = pack(members)
    # The earliest one: which of several is the nearest would tell of those who stand between.
    for at, _ in sets.nearly_equal(bits, threshold=threshold):
        return Combination(((at, 1.0),))
    if not len(sets):
        return None
    nearest = sets.nearest(bits, most=MOST_COMBINED)
    persons = max(len(members), sets.length)
    asked = np.zeros(persons, dtype=np.bool_)
    asked[: len(members)] = members
    some = _some_persons(asked, sets=len(nearest), groups=threshold)
    if is_apart(sets.columns(nearest, some), asked[some], groups=threshold):
        return None
    found = find_near_combination(sets.members(nearest, persons=persons), asked, threshold=threshold)
    if found is None:
        return None
    return Combination(tuple((nearest[at], times) for at, times in found.terms))


def _some_persons(asked: Members, *, sets: int, groups: int) -> npt.NDArray[np.int64]:
    """Persons for a first look in groups, half of each group from the set where that is large enough."""
    draw = np.random.default_rng(0)
    inside, outside = np.flatnonzero(asked), np.flatnonzero(~asked)
    half = min(sets + _MORE_PERSONS, len(inside) // groups)
    rest = min(2 * (sets + _MORE_PERSONS) - half, len(outside) // groups)
    chosen = [
        draw.choice(inside, half * groups, replace=False),
        draw.choice(outside, rest * groups, replace=False),
    ]
    return np.concatenate(chosen)


def _add(after: Answered, asked: AskedSet, verdict: Verdict) -> None:
    match verdict:
        case Fresh() if asked.definition not in after.numbers:
            after.sets.add(pack(asked.members))
            after.numbers[asked.definition] = Given(int(np.count_nonzero(asked.members)), 0)
            if asked.meaning is not None:
                after.meanings.append(asked.meaning)
        case WorkedOut(number=int(number), within=within):
            after.numbers.setdefault(asked.definition, Given(number, within))
        case _:
            pass
