"""Whoever drops out, and whenever: the sum is exact down to the threshold, and below it nothing is shown."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from onggi.errors import Refused
from privacy.masks.transcript import verify_transcript
from tests.support.masked_sums import (
    NEVER,
    MaskedRun,
    make_context,
    make_participants,
    make_vectors,
    plain_sum,
)

Drops = dict[str, int]


def patterns(count: int, *, dropped: int) -> list[Drops]:
    sites = make_context(count).sites
    return [
        dict(zip(gone, steps, strict=True))
        for gone in combinations(sites, dropped)
        for steps in product(range(NEVER), repeat=dropped)
    ]


def allowed(count: int) -> list[Drops]:
    spare = count - make_context(count).threshold
    return [drops for dropped in range(spare + 1) for drops in patterns(count, dropped=dropped)]


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_every_dropout_down_to_the_threshold_gives_the_exact_sum(count: int) -> None:
    context = make_context(count)
    vectors = make_vectors(context)
    for drops in allowed(count):
        run = MaskedRun(context, vectors, drops).upto(4)
        expected = plain_sum(vectors, run.alive(2))
        assert np.array_equal(run.total(), expected), drops
        assert np.array_equal(verify_transcript(context, run.transcript()), expected), drops


def test_several_may_drop_when_there_are_many_small_losses() -> None:
    # Seven hospitals, threshold five: two may go at any two steps.
    context = make_context(7)
    vectors = make_vectors(context)
    for steps in product(range(NEVER), repeat=2):
        drops = {"site-2": steps[0], "site-5": steps[1]}
        run = MaskedRun(context, vectors, drops).upto(4)
        assert np.array_equal(run.total(), plain_sum(vectors, run.alive(2))), drops


def one_too_many(count: int) -> list[Drops]:
    dropped = count - make_context(count).threshold + 1
    every = patterns(count, dropped=dropped)
    # Five and six hospitals: all pairs of hospitals, both at the same step, and steps far apart.
    return every if count < 5 else [drops for drops in every if len(set(drops.values())) == 1] + every[::17]


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_below_the_threshold_the_sum_stops_and_nothing_is_revealed(count: int) -> None:
    context = make_context(count)
    vectors = make_vectors(context)
    for drops in one_too_many(count):
        run = MaskedRun(context, vectors, drops)
        with pytest.raises(Refused) as refused:
            run.upto(4).total()
        assert refused.value.code == "masks.below_threshold", drops
        # The last moment to drop is the unmasking itself: then fewer than t shares of anything are out.
        assert len(run.unmaskings) < context.threshold, drops
        if max(drops.values()) < 4:
            assert run.unmaskings == [], drops


def test_masked_inputs_stop_before_anything_leaves_when_too_few_dealt_shares() -> None:
    context = make_context(4)
    run = MaskedRun(context, make_vectors(context), {"site-1": 1, "site-2": 1})
    with pytest.raises(Refused) as refused:
        run.upto(2)
    assert (refused.value.code, run.inputs) == ("masks.below_threshold", [])
    assert refused.value.facts == {"have": 2, "needed": 3}


@pytest.mark.parametrize("step", range(4))
def test_survivors_of_two_legal_entities_are_too_few_even_at_the_threshold(step: int) -> None:
    # Five sites, t = 4: without C, the four that remain are two entities, and each would learn the other.
    context = make_context(5, participants=make_participants(5, entities=("A", "A", "B", "B", "C")))
    assert context.threshold == 4
    run = MaskedRun(context, make_vectors(context), {"site-5": step})
    with pytest.raises(Refused) as refused:
        run.upto(4)
    assert refused.value.code == "masks.too_few_entities"
    assert refused.value.facts == {"have": 2, "needed": 3}
    assert run.unmaskings == []


@pytest.mark.parametrize("count", [3, 4, 5, 6])
def test_sealed_sums_are_exact_at_every_survivor(count: int) -> None:
    context = make_context(count)
    vectors = make_vectors(context)
    for drops in allowed(count):
        run = MaskedRun(context, vectors, drops, sealed=True).upto(4)
        expected = plain_sum(vectors, run.alive(2))
        for site in run.alive(4):
            found = run.parties[site].open_sealed(run.sealed_unmaskings, run.inputs)
            assert np.array_equal(found, expected), (drops, site)
