"""A hospital takes five steps in one order, once each, and can go on after a crash between any two."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from onggi.errors import NotTrusted, OnggiError, Refused
from privacy.masks.party import SumParty
from privacy.masks.party_state import Step
from tests.support.masked_sums import (
    NEVER,
    MaskedRun,
    make_context,
    make_party,
    make_vectors,
    plain_sum,
    seeded_random,
    signer,
)

SITE = "site-2"


def fresh_run(*, upto: int, sealed: bool = False) -> MaskedRun:
    context = make_context(4)
    return MaskedRun(context, make_vectors(context), {"site-4": 2}, sealed=sealed).upto(upto)


def calls_of(run: MaskedRun) -> dict[str, Callable[[SumParty], object]]:
    """Every step with the right letters for it."""
    envelopes = [letter.for_receiver(SITE) for letter in run.shares if letter.sender != SITE]
    claims = [masked.claim for masked in run.inputs]
    return {
        "advertise": lambda party: party.advertise(),
        "share": lambda party: party.share(run.advertisements),
        "mask": lambda party: party.mask(envelopes, run.vectors[SITE].copy()),
        "confirm": lambda party: party.confirm(claims),
        "unmask": lambda party: party.unmask(run.confirmations),
        "unmask_sealed": lambda party: party.unmask_sealed(run.confirmations),
        "open_sealed": lambda party: party.open_sealed(run.sealed_unmaskings, run.inputs),
    }


def at_step(run: MaskedRun, step: Step) -> SumParty:
    """A party that has taken the steps up to this one with the letters of that run."""
    party = make_party(run.context, SITE)
    for call in list(calls_of(run).values())[: int(step)]:
        call(party)
    assert party.step is step
    return party


@pytest.mark.parametrize("step", list(Step))
def test_every_step_out_of_order_is_refused_and_changes_nothing(step: Step) -> None:
    run = fresh_run(upto=4)
    allowed = {
        Step.NEW: {"advertise"},
        Step.ADVERTISED: {"share"},
        Step.SHARED: {"mask"},
        Step.MASKED: {"confirm"},
        Step.CONFIRMED: {"unmask", "unmask_sealed"},
        Step.REVEALED: set(),
    }[step]
    for name, call in calls_of(run).items():
        party = at_step(run, step)
        before = party.export_state()
        if name in allowed:
            call(party)
            assert party.export_state() != before
            continue
        with pytest.raises(Refused) as refused:
            call(party)
        late = step is Step.REVEALED and name != "open_sealed"
        assert refused.value.code == ("masks.already_revealed" if late else "masks.out_of_order"), name
        assert party.export_state() == before


@pytest.mark.parametrize("sealed", [False, True])
def test_a_crash_between_any_two_steps_changes_no_byte(sealed: bool) -> None:
    plain = fresh_run(upto=4, sealed=sealed)
    context = plain.context
    crashing = MaskedRun(context, plain.vectors, {"site-4": 2}, sealed=sealed)

    def crash() -> None:
        for site, party in crashing.parties.items():
            state = party.export_state()
            crashing.parties[site] = SumParty.resume(context, state, sign=signer(site))
            assert crashing.parties[site].export_state() == state
            assert crashing.parties[site].step is party.step

    for take in (crashing.advertise, crashing.share, crashing.mask, crashing.confirm, crashing.unmask):
        crash()
        take()
    crash()
    assert crashing.everything_sent() == plain.everything_sent()
    expected = plain_sum(plain.vectors, plain.alive(2))
    if sealed:
        found = crashing.parties[SITE].open_sealed(crashing.sealed_unmaskings, crashing.inputs)
    else:
        found = crashing.total()
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("step", list(Step)[:-1])
def test_a_step_repeated_from_the_stored_state_sends_the_same_bytes(step: Step) -> None:
    run = fresh_run(upto=4)
    state = at_step(run, step).export_state()
    call = list(calls_of(run).values())[int(step)]
    sent = [call(SumParty.resume(run.context, state, sign=signer(SITE))) for _ in range(2)]
    first, second = (letter.to_bytes() for letter in sent)  # type: ignore[attr-defined]  # each step gives a letter
    assert first == second


def test_a_refused_step_can_be_taken_rightly_afterwards() -> None:
    run = fresh_run(upto=4)
    party = at_step(run, Step.ADVERTISED)
    with pytest.raises(Refused):
        party.share(run.advertisements[:2])
    assert party.share(run.advertisements).to_bytes() == run.shares[1].to_bytes()


def test_the_clear_numbers_are_gone_from_the_vector_and_never_in_the_state() -> None:
    run = fresh_run(upto=1)
    party = run.parties[SITE]
    vector = np.arange(1000, 1005, dtype=np.uint64)
    envelopes = [letter.for_receiver(SITE) for letter in run.shares if letter.sender != SITE]
    masked = party.mask(envelopes, vector)
    assert bytes(masked.data) == vector.tobytes()
    assert not set(vector.tolist()) & set(range(1000, 1005))
    assert set(json.loads(party.export_state())) == {
        *("kind", "version", "context", "site", "root", "step"),
        *("advertisements", "held", "inputs", "sealed"),
    }


@pytest.mark.parametrize(
    "wrong",
    [np.zeros(4, dtype=np.uint64), np.zeros(5, dtype=np.float64), np.zeros((5, 1), dtype=np.uint64)],
)
def test_a_vector_of_another_shape_is_refused(wrong: np.ndarray) -> None:
    run = fresh_run(upto=1)
    with pytest.raises(Refused) as refused:
        run.parties[SITE].mask([letter.for_receiver(SITE) for letter in run.shares[::2]], wrong)
    assert refused.value.code == "masks.vector_wrong"
    assert not wrong.any()


def test_a_state_of_another_sum_or_a_damaged_one_is_refused() -> None:
    context = make_context(4)
    state = make_party(context, SITE).export_state()
    with pytest.raises(Refused) as refused:
        SumParty.resume(make_context(4, round="round-2"), state, sign=signer(SITE))
    assert refused.value.code == "masks.state_of_other_sum"
    for damaged in (state[:-1], state.replace(b'"step":0', b'"step":6'), b""):
        with pytest.raises(OnggiError):
            SumParty.resume(context, damaged, sign=signer(SITE))


def test_an_outsider_and_a_wrong_identity_key_do_not_get_far() -> None:
    context = make_context(4)
    with pytest.raises(Refused) as refused:
        make_party(context, "site-9")
    assert refused.value.code == "masks.not_a_participant"
    party = SumParty(context, site=SITE, sign=signer("site-3"), random=seeded_random("x"))
    with pytest.raises(NotTrusted) as error:
        party.advertise()
    assert error.value.code == "masks.key_not_signed"
    with pytest.raises(RuntimeError, match="randomness"):
        SumParty(context, site=SITE, sign=signer(SITE), random=lambda length: b"short")


def test_nobody_dropped_means_nobody_is_left_out() -> None:
    context = make_context(4)
    vectors = make_vectors(context)
    run = MaskedRun(context, vectors, dict.fromkeys(context.sites, NEVER)).upto(4)
    assert [letter.shares.mask_keys for letter in run.unmaskings] == [()] * 4
    assert np.array_equal(run.total(), plain_sum(vectors, list(context.sites)))
