"""P7: with masks on, nobody but the hospital can see its contribution, whoever else works together."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from onggi.errors import Refused
from privacy.masks.combine import check_survivors
from privacy.masks.context import SumContext
from privacy.masks.messages import Confirmation, InputClaim, sharing_digest, sign_letter
from privacy.masks.party_state import read_state
from privacy.masks.reveal import HeldShares
from privacy.masks.shamir import rebuild_secret
from tests.support.masked_sums import MaskedRun, distrust, make_context, make_vectors, masked_run, signer

# ---- a coordinator that shows different things to different hospitals


def claims_of(run: MaskedRun, sites: Iterable[str]) -> list[InputClaim]:
    by_site = {masked.claim.sender: masked.claim for masked in run.inputs}
    return [by_site[site] for site in sorted(sites)]


def statement_of(run: MaskedRun, sites: Iterable[str]) -> bytes:
    sharing = sharing_digest(
        run.context, advertisements=tuple(run.advertisements), sharers=tuple(run.sharers)
    )
    return check_survivors(run.context, claims_of(run, sites), sharing=sharing, sharers=run.sharers)


def confirm_as(run: MaskedRun, site: str, statement: bytes) -> Confirmation:
    """A hospital that works with the coordinator signs whatever helps."""
    letter = Confirmation(sender=site, context=run.context.digest(), statement=statement)
    return sign_letter(letter, sign=signer(site))


def held_by(context: SumContext, run: MaskedRun, site: str) -> tuple[HeldShares, ...]:
    return read_state(run.parties[site].export_state(), context=context).held


def reachable(
    run: MaskedRun, owner: str, colluding: Iterable[str]
) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """The shares of one hospital's two secrets that coordinator and colluding hospitals know together."""
    mask_keys: dict[int, bytes] = {}
    seeds: dict[int, bytes] = {}
    for site in colluding:
        for one in held_by(run.context, run, site):
            if one.dealer == owner:
                mask_keys[run.context.holder_of(site)] = one.mask_key
                seeds[run.context.holder_of(site)] = one.seed
    for letter in run.unmaskings:
        holder = run.context.holder_of(letter.sender)
        if owner in dict(letter.shares.mask_keys):
            mask_keys[holder] = dict(letter.shares.mask_keys)[owner]
        if owner in dict(letter.shares.seeds):
            seeds[holder] = dict(letter.shares.seeds)[owner]
    return mask_keys, seeds


def split_view(run: MaskedRun, groups: list[tuple[list[str], set[str]]], colluding: list[str]) -> int:
    """Shows each group of honest hospitals its own survivors; returns how many hospitals reveal."""
    revealed = 0
    for honest, survivors in groups:
        confirmations = [run.parties[site].confirm(claims_of(run, survivors)) for site in honest]
        statement = statement_of(run, survivors)
        confirmations += [confirm_as(run, site, statement) for site in colluding if site in survivors]
        for site in honest:
            with suppress(Refused):
                run.unmaskings.append(run.parties[site].unmask(confirmations))
                revealed += 1
    return revealed


@pytest.mark.parametrize("count", [4, 5, 6])
def test_two_sets_of_survivors_never_give_both_secrets_of_one_hospital(count: int) -> None:
    context = make_context(count)
    colluding = list(context.sites[: 2 * context.threshold - count - 1])
    honest = [site for site in context.sites if site not in colluding]
    tried = 0
    for size in range(1, len(honest)):
        for first in combinations(honest, size):
            second = [site for site in honest if site not in first]
            everybody = set(context.sites)
            fewer = everybody - {first[0]}
            run = MaskedRun(context, make_vectors(context)).upto(2)
            split_view(run, [(list(first), everybody), (second, fewer)], colluding)
            tried += 1
            for owner in honest:
                mask_keys, seeds = reachable(run, owner, colluding)
                assert min(len(mask_keys), len(seeds)) < context.threshold, (first, owner)
    assert tried == 2 ** len(honest) - 2


def test_the_stated_limit_is_the_true_one() -> None:
    # Four hospitals, t = 3: with two of them lying, 2t > n + c no longer holds, and it does break.
    context = make_context(4)
    run = MaskedRun(context, make_vectors(context)).upto(2)
    colluding = ["site-1", "site-2"]
    groups = [(["site-3"], {"site-1", "site-2", "site-3"}), (["site-4"], {"site-1", "site-2", "site-4"})]
    assert split_view(run, groups, colluding) == 2
    mask_keys, seeds = reachable(run, "site-3", colluding)
    assert min(len(mask_keys), len(seeds)) == context.threshold


def test_confirmations_of_different_survivors_reveal_nothing() -> None:
    run = masked_run(upto=2)
    everybody, fewer = list(run.context.sites), list(run.context.sites)[:3]
    one = [run.parties[site].confirm(claims_of(run, everybody)) for site in ("site-1", "site-4")]
    two = [run.parties[site].confirm(claims_of(run, fewer)) for site in ("site-2", "site-3")]
    for site in ("site-1", "site-2", "site-3", "site-4"):
        assert distrust(run.parties[site].unmask, [*one, *two]) == "masks.survivors_disagree"


def test_different_sharers_are_seen_at_the_confirmation() -> None:
    run = masked_run(upto=1)
    shares = {letter.sender: letter for letter in run.shares}
    inputs = []
    for site in run.context.sites:
        peers = [peer for peer in run.context.sites if peer != site]
        if site == "site-1":
            peers.remove("site-4")
        envelopes = [shares[peer].for_receiver(site) for peer in peers]
        inputs.append(run.parties[site].mask(envelopes, run.vectors[site].copy()))
    claims = [masked.claim for masked in inputs]
    for site in run.context.sites:
        assert distrust(run.parties[site].confirm, claims) == "masks.survivors_disagree"


def test_a_hospital_confirms_only_a_set_with_itself_and_its_own_input() -> None:
    run = masked_run(upto=2)
    party = run.parties["site-1"]
    assert (
        distrust(party.confirm, claims_of(run, ["site-2", "site-3", "site-4"])) == "masks.survivors_disagree"
    )
    with pytest.raises(Refused) as refused:
        party.confirm(claims_of(run, ["site-1", "site-2"]))
    assert refused.value.code == "masks.below_threshold"


# ---- once revealed


def test_a_second_unmasking_over_fewer_survivors_is_refused() -> None:
    run = masked_run(upto=4)
    fewer = ["site-1", "site-2", "site-3"]
    statement = statement_of(run, fewer)
    # Even with validly signed confirmations of the smaller set from everybody else.
    confirmations = [confirm_as(run, site, statement) for site in fewer]
    party = run.parties["site-1"]
    for act in (
        lambda: party.confirm(claims_of(run, fewer)),
        lambda: party.unmask(confirmations),
        lambda: party.unmask(run.confirmations),
        lambda: party.unmask_sealed(confirmations),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "masks.already_revealed"


def test_a_confirmed_hospital_does_not_unmask_another_statement() -> None:
    run = masked_run(upto=3)
    fewer = ["site-1", "site-2", "site-3"]
    confirmations = [confirm_as(run, site, statement_of(run, fewer)) for site in fewer]
    assert distrust(run.parties["site-1"].unmask, confirmations) == "masks.survivors_disagree"


@pytest.mark.parametrize("count", [4, 5, 6])
def test_never_both_shares_of_one_hospital(count: int) -> None:
    context = make_context(count)
    run = MaskedRun(context, make_vectors(context), {"site-2": 2}).upto(4)
    for letter in run.unmaskings:
        seeds, mask_keys = dict(letter.shares.seeds), dict(letter.shares.mask_keys)
        assert set(mask_keys) == {"site-2"}
        assert set(seeds) == set(context.sites) - {"site-2"}


# ---- what coordinator and other hospitals see together


@pytest.mark.parametrize("count", [3, 4, 5, 6])
@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_coordinator_and_t_minus_one_hospitals_hold_too_few_shares(count: int, step: int) -> None:
    context = make_context(count)
    drops = {context.sites[-1]: 2} if count > 3 else {}
    run = MaskedRun(context, make_vectors(context), drops).upto(max(step, 2))
    if step < 2:
        run.inputs.clear()
    inside = run.alive(2)
    for colluding in combinations(inside, context.threshold - 1):
        for owner in set(context.sites) - set(colluding):
            mask_keys, seeds = reachable(run, owner, colluding)
            # Both masks of the owner must come off; one of the two secrets stays out of reach.
            out_of_reach = mask_keys if owner in inside else seeds
            assert len(out_of_reach) == context.threshold - 1
            with pytest.raises(Refused):
                rebuild_secret(out_of_reach, threshold=context.threshold)


def contains(letters: list[bytes], share: bytes) -> bool:
    return any(share in data or base64.b64encode(share) in data for data in letters)


@pytest.mark.parametrize("sealed", [False, True])
def test_the_coordinator_reads_no_share_before_unmasking_and_none_at_all_when_sealed(sealed: bool) -> None:
    context = make_context(4)
    run = MaskedRun(context, make_vectors(context), {"site-4": 2}, sealed=sealed).upto(3)
    shares = [
        share
        for site in run.alive(2)
        for one in held_by(context, run, site)
        for share in (one.seed, one.mask_key)
    ]
    assert not any(contains(run.everything_sent(), share) for share in shares)
    run.unmask()
    seen = [share for share in shares if contains(run.everything_sent(), share)]
    # The control: unsealed, each of three hospitals shows one share of each of the four dealers.
    assert len(seen) == (0 if sealed else 12)


def test_a_sealed_sum_opens_for_survivors_alone_and_needs_enough_of_them() -> None:
    context = make_context(4)
    run = MaskedRun(context, make_vectors(context), {"site-4": 2}, sealed=True).upto(4)
    party = run.parties["site-1"]
    for letter in run.sealed_unmaskings:
        assert [site for site, _ in letter.sealed] == [
            site for site in ("site-1", "site-2", "site-3") if site != letter.sender
        ]
    with pytest.raises(Refused) as refused:
        party.open_sealed(run.sealed_unmaskings[:2], run.inputs)
    assert refused.value.code == "masks.below_threshold"
    assert distrust(party.open_sealed, run.sealed_unmaskings, run.inputs[:2]) == "masks.survivors_disagree"
    # An envelope for site-2, addressed to site-1 by the coordinator, and one that its sender re-signed.
    second = run.sealed_unmaskings[1]
    swapped = tuple((site, run.sealed_unmaskings[2].for_receiver("site-1")) for site, _ in second.sealed)
    assert (
        distrust(party.open_sealed, [replace(second, sealed=swapped), *run.sealed_unmaskings[2:]], run.inputs)
        == "masks.signature_wrong"
    )
    resigned = sign_letter(replace(second, sealed=swapped), sign=signer("site-2"))
    assert (
        distrust(party.open_sealed, [resigned, *run.sealed_unmaskings[2:]], run.inputs)
        == "masks.share_unreadable"
    )
    assert np.array_equal(
        party.open_sealed(run.sealed_unmaskings, run.inputs),
        run.parties["site-2"].open_sealed(run.sealed_unmaskings, run.inputs),
    )


def test_a_plainly_revealed_sum_cannot_be_opened_as_sealed() -> None:
    run = masked_run(upto=4)
    with pytest.raises(Refused) as refused:
        run.parties["site-1"].open_sealed([], run.inputs)
    assert refused.value.code == "masks.out_of_order"


# ---- masked numbers look like noise


def unevenness(data: bytes) -> float:
    """Chi-square of the byte frequencies (255 degrees of freedom) at the worst of the 8 byte places."""
    table = np.frombuffer(data, dtype=np.uint8).reshape(-1, 8)
    expected = len(table) / 256
    worst = 0.0
    for place in range(8):
        counts = np.bincount(table[:, place], minlength=256)
        worst = max(worst, float(((counts - expected) ** 2 / expected).sum()))
    return worst


def test_masked_inputs_look_uniform_whatever_is_inside() -> None:
    context = make_context(4, entries=65_536)
    generator = np.random.default_rng(7)
    vectors = {
        "site-1": np.zeros(65_536, dtype=np.uint64),
        "site-2": np.full(65_536, 2**64 - 1, dtype=np.uint64),
        "site-3": generator.integers(0, 20, size=65_536).astype(np.uint64),
        "site-4": np.arange(65_536, dtype=np.uint64),
    }
    run = MaskedRun(context, vectors).upto(2)
    for masked in run.inputs:
        clear = vectors[masked.claim.sender].tobytes()
        # 255 degrees of freedom: one value in a million lies above 375, and there are 32 of them here.
        assert unevenness(bytes(masked.data)) < 375
        assert unevenness(clear) > 10_000
    total = run.running().take_total()
    assert unevenness(total.tobytes()) < 375


def test_the_masked_inputs_of_two_rounds_share_nothing() -> None:
    first, second = masked_run(upto=2), masked_run(upto=2, round="round-2")
    for one, two in zip(first.inputs, second.inputs, strict=True):
        assert not (np.frombuffer(one.data, np.uint64) == np.frombuffer(two.data, np.uint64)).any()
