"""Under masks: how an answer's sets stand at this hospital, and what follows from how they stand at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from analysis_jobs.kinds.guarded import PooledVerdict, SetHere
from node.decisions.told_sets import Sites, Standing
from privacy.differencing.combinations import Combination
from privacy.differencing.guard import (
    MOST_TIMES_APART,
    AskedSet,
    find_near,
    is_released,
    least_apart,
    telling_order,
)
from privacy.differencing.leaving_out import Beside
from privacy.differencing.meanings import KnownMeanings, known_beside, varying_columns
from privacy.differencing.released_sets import pack


@dataclass(frozen=True, slots=True)
class Near:
    """What comes near to one of our sets here, of which this hospital alone knows more than a name.

    Args:
        combination: of earlier answers over the same hospitals, if there is one.
        beside: how many persons tell the set from it here.
        sets: positions of all nearly equal sets that were summed over hospitals, which ones ever.
        apart: how many persons at least tell the set from everything.
    """

    combination: Combination | None
    beside: int
    sets: tuple[int, ...]
    apart: int

    def number(self, standing: Standing) -> int:
        """What the combination gives here."""
        assert self.combination is not None, "hospitals agreed on what comes near"
        return self.combination.number(standing.answered.sets.sizes)

    def within(self, apart: int) -> int:
        """How far that may be off where so many persons stand between."""
        assert self.combination is not None, "hospitals agreed on what comes near"
        return self.combination.within(apart=apart)


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows; where nothing is set, the sum may be opened.

    Args:
        other_hospitals: earlier answers on nearly the same persons are of other hospitals, so that sums of
            them would show the few hospitals that tell them apart.
        near: sets, by position, on which nothing new may rest.
        work_out: sets whose number every hospital gives anew from the same earlier answers.
    """

    other_hospitals: bool = False
    near: tuple[int, ...] = ()
    work_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """What this hospital says of an answer's sets, and what it keeps to itself (`near`)."""

    sets: list[SetHere]
    near: list[Near]


def look_here(
    standing: Standing, asked: Sequence[AskedSet], *, sites: Sites, threshold: int, work_out: Collection[int]
) -> Here:
    """How an answer's sets stand at this hospital.

    Args:
        sites: the run's participants.
        work_out: sets, by position, whose number is to be an earlier one.
    """
    near = [_what_is_near(standing, each, sites, threshold=threshold) for each in asked]
    apart, same = _look_together(standing, asked, near, sites=sites, threshold=threshold, work_out=work_out)
    sets = [
        SetHere(
            apart=apart[at],
            same=same[at],
            reference=_name_of(beside, standing),
            near=frozenset(standing.names[other] for other in beside.sets),
            beside=beside.beside,
            given=at in work_out and beside.combination is not None,
            alone=_follows_from_clear(standing, each, threshold=threshold),
            small=0 < int(np.count_nonzero(each.members)) < threshold,
            empty=each.left_over and not each.members.any(),
        )
        for at, (each, beside) in enumerate(zip(asked, near, strict=True))
    ]
    return Here(sets, near)


def _look_together(
    standing: Standing,
    asked: Sequence[AskedSet],
    near: Sequence[Near],
    *,
    sites: Sites,
    threshold: int,
    work_out: Collection[int],
) -> tuple[list[int], list[bool]]:
    """How many persons at least tell each set from everything that was told before and with it; and whether
    its number is known from that.

    One set after the other. What follows from the answer itself by its meaning is no news beside it. Where
    nothing was told before, all this is for the rules of the statistic.
    """
    before = standing.answered.sets
    meanings = [each.meaning for each in asked]
    known, varying = known_beside(standing.meanings_told(sites), meanings), varying_columns(meanings)
    told, own = before.branch(), KnownMeanings()
    apart = [each.apart for each in near]
    same = [
        _was_told(standing, each, sites) or (each.implied and known.follows(each.meaning, varying=varying))
        for each in asked
    ]
    for at in telling_order(asked) if len(before) else ():
        each, meaning = asked[at], asked[at].meaning
        if not each.implied:
            same[at] |= known.follows(meaning, varying=varying)
        if at in work_out or (work_out and each.implied):
            continue  # its own number is not told
        if own.follows(meaning, varying=varying):
            continue
        if len(told) > len(before):
            apart[at] = min(apart[at], least_apart(told, each.members, threshold=threshold))
        told.add(pack(each.members))
        own.add(meaning)
        known.add(meaning)
    return apart, same


def decide_turn(
    verdict: PooledVerdict,
    near: Sequence[Near],
    standing: Standing,
    *,
    participants: Sites,
    survivors: Sites,
    turned: bool,
) -> Turn:
    """What follows from the pooled verdict here.

    Args:
        turned: the answer is near to earlier ones of all participants: persons were left out for that, or its
            numbers are to be theirs.
    """
    if verdict.shows_small or (turned and {*survivors} != {*participants}):
        return Turn(other_hospitals=True)
    for place, each in enumerate(near):
        for at in each.sets:
            sites = standing.sites[at]
            others = {*sites} ^ {*survivors}
            shared = len({*sites} & {*survivors})
            # One hospital more or fewer would be shown alone, wherever else the answers differ.
            if len(others) == 1 or (
                others and verdict.is_near_at(standing.names[at], place=place, sites=shared)
            ):
                return Turn(other_hospitals=True)
    return Turn(near=verdict.near) if verdict.near else Turn(work_out=verdict.to_work_out)


def to_stand_apart_from(
    verdict: PooledVerdict, near: Sequence[Near], standing: Standing, *, sites: Sites
) -> list[Beside]:
    """For each set the earlier answers, over the same hospitals, that come near at every one of them.

    What comes near here alone is passed over: how many persons are left out for it would tell of the few that
    make it near here. Only where pooled nearness has no such answer is the set held against everything.
    """
    found: list[Beside] = []
    for place, each in enumerate(near):
        everywhere = [
            at
            for at in each.sets
            if standing.sites[at] == sites
            and verdict.is_near_at(standing.names[at], place=place, sites=len(sites))
        ]
        found.append(None if place in verdict.near and not everywhere else everywhere)
    return found


def _what_is_near(standing: Standing, asked: AskedSet, sites: Sites, *, threshold: int) -> Near:
    sets = standing.answered.sets
    near = list(sets.nearly_equal(pack(asked.members), threshold=threshold))
    least = least_apart(sets, asked.members, threshold=threshold)
    beside = tuple(at for at, _ in near if standing.sites[at])
    for at, apart in near:
        if standing.sites[at] == sites:
            return Near(Combination(((at, 1.0),)), apart, beside, least)
    found = find_near(sets, asked.members, threshold=threshold)
    if found is None:
        return Near(None, 0, beside, least)
    useful = found.within(apart=1) <= MOST_TIMES_APART
    if not useful or not found.terms or any(standing.sites[at] != sites for at, _ in found.terms):
        return Near(None, 0, beside, least)
    return Near(found, threshold - 1, beside, least)


def _follows_from_clear(standing: Standing, asked: AskedSet, *, threshold: int) -> bool:
    """Of a few persons every number comes near, and tells nothing unless it is their own."""
    if standing.is_told(asked.definition, ()):
        return True
    told = [at for at, alone in enumerate(standing.told_alone) if alone]
    if not told or np.count_nonzero(asked.members) < threshold:
        return False
    return find_near(standing.answered.sets.only(told), asked.members, threshold=threshold) is not None


def _name_of(near: Near, standing: Standing) -> str | None:
    """Equal at every hospital where the combination is."""
    if near.combination is None:
        return None
    terms = sorted((standing.names[at], f"{times:.6g}") for at, times in near.combination.terms)
    return ", ".join(f"{times} {name}" for name, times in terms)


def _was_told(standing: Standing, asked: AskedSet, sites: Sites) -> bool:
    """Whether the very set, on the same data, was summed over the same hospitals before, or told in clear.

    Where every hospital says so, whoever has their numbers has the sum.
    """
    return standing.is_told(asked.definition, sites) and is_released(standing.answered.sets, asked.members)
