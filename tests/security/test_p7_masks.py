"""P7: with masks on, nobody but the hospital can see its contribution, whoever else works together."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from onggi.errors import NotTrusted, OnggiError, Refused
from privacy.masks.combine import RunningSum, check_survivors, remove_masks
from privacy.masks.context import SumContext
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    InputClaim,
    MaskedInput,
    sharing_digest,
    sign_letter,
)
from privacy.masks.party_state import read_state
from privacy.masks.reveal import HeldShares, RevealedShares, Unmasking
from privacy.masks.shamir import rebuild_secret
from privacy.masks.transcript import verify_transcript
from tests.support.masked_sums import MaskedRun, make_context, make_party, make_vectors, signer


def masked_run(count: int = 4, *, upto: int, sealed: bool = False, **context: object) -> MaskedRun:
    found = make_context(count, **context)
    return MaskedRun(found, make_vectors(found), sealed=sealed).upto(upto)


def distrust(act: Callable[..., object], *given: object) -> str:
    with pytest.raises(NotTrusted) as error:
        act(*given)
    return error.value.code


def forged(letter: Advertisement, **changes: object) -> Advertisement:
    """What somebody in between can do: change the letter and leave the signature, or sign as itself."""
    return replace(letter, **changes)  # type: ignore[arg-type]  # fields by name


# ---- somebody in between


@pytest.mark.parametrize("field", ["mask_key", "share_key", "seed_commitment"])
def test_an_exchanged_key_is_caught_by_every_peer(field: str) -> None:
    run = masked_run(upto=0)
    attacker = make_party(run.context, "site-2", label="attacker").advertise()
    fake = forged(run.advertisements[1], **{field: getattr(attacker, field)})
    signed_by_other = sign_letter(fake, sign=signer("somebody else"))
    for bad in (fake, signed_by_other):
        shown = [run.advertisements[0], bad, *run.advertisements[2:]]
        for site in ("site-1", "site-3", "site-4"):
            assert distrust(run.parties[site].share, shown) == "masks.key_not_signed"


def test_a_hospital_notices_older_keys_in_its_own_name() -> None:
    run = masked_run(upto=0)
    older = make_party(run.context, "site-1", label="before the crash").advertise()
    shown = [older, *run.advertisements[1:]]
    assert distrust(run.parties["site-1"].share, shown) == "masks.key_not_signed"


def test_two_lists_of_keys_cannot_be_shown_to_two_hospitals() -> None:
    # Both are validly signed: site-4 advertised twice, once before and once after a loss of its state.
    run = masked_run(upto=0)
    older = make_party(run.context, "site-4", label="before the loss").advertise()
    one = run.parties["site-1"].share(run.advertisements)
    two = run.parties["site-2"].share([*run.advertisements[:3], older])
    three = run.parties["site-3"].share(run.advertisements)
    party = run.parties["site-1"]
    vector = run.vectors["site-1"].copy()
    envelopes = [two.for_receiver("site-1"), three.for_receiver("site-1")]
    assert distrust(party.mask, envelopes, vector) == "masks.share_unreadable"
    assert np.array_equal(vector, run.vectors["site-1"])
    assert one.sender == "site-1"


def test_a_point_that_is_not_on_the_curve_is_refused_even_when_signed() -> None:
    run = masked_run(upto=0)
    good = run.advertisements[1].mask_key
    compressed = bytes([2 + good[-1] % 2]) + good[1:33]  # the same point in a second spelling
    for point in (b"\x04" + b"\x01" * 64, b"\x04" + bytes(64), b"\x02" + bytes(64), compressed):
        bad = sign_letter(forged(run.advertisements[1], mask_key=point), sign=signer("site-2"))
        shown = [run.advertisements[0], bad, *run.advertisements[2:]]
        assert distrust(run.parties["site-1"].share, shown) == "masks.key_wrong"


# ---- false and repeated hospitals


def test_a_stranger_and_a_repeated_hospital_are_not_trusted() -> None:
    run = masked_run(upto=0)
    stranger = forged(run.advertisements[1], sender="site-9")
    assert distrust(run.parties["site-1"].share, [*run.advertisements, stranger]) == "masks.sender_unknown"
    twice = [*run.advertisements, run.advertisements[1]]
    assert distrust(run.parties["site-1"].share, twice) == "masks.sender_twice"


def test_leaving_a_hospital_out_of_its_own_sum_is_refused() -> None:
    run = masked_run(upto=0)
    with pytest.raises(Refused) as refused:
        run.parties["site-1"].share(run.advertisements[1:])
    assert refused.value.code == "masks.not_included"


# ---- replay


@pytest.mark.parametrize(
    "other", [{"round": "round-0"}, {"job": "sha256:other"}, {"federation": "federation-0"}]
)
def test_letters_of_another_sum_are_worth_nothing(other: dict[str, Any]) -> None:
    old = masked_run(upto=4, **other)
    run = masked_run(upto=0)
    party = run.parties["site-1"]
    shown = [run.advertisements[0], *old.advertisements[1:]]
    assert distrust(party.share, shown) == "masks.other_sum"
    party.share(run.advertisements)
    envelopes = [letter.for_receiver("site-1") for letter in old.shares[1:]]
    vector = run.vectors["site-1"].copy()
    assert distrust(party.mask, envelopes, vector) == "masks.other_sum"
    relabelled = [replace(letter, context=run.context.digest()) for letter in envelopes]
    assert distrust(party.mask, relabelled, vector) == "masks.share_unreadable"

    new = masked_run(upto=3)
    claims = [new.inputs[0].claim, *(masked.claim for masked in old.inputs[1:])]
    late = masked_run(upto=2).parties["site-1"]
    assert distrust(late.confirm, claims) == "masks.other_sum"
    confirmations = [new.confirmations[0], *old.confirmations[1:]]
    assert distrust(new.parties["site-1"].unmask, confirmations) == "masks.other_sum"
    assert distrust(RunningSum(run.context).add, old.inputs[0]) == "masks.other_sum"
    assert distrust(verify_transcript, run.context, old.transcript()) == "masks.other_sum"


def test_one_kind_of_letter_does_not_pass_for_another() -> None:
    run = masked_run(upto=3)
    confirmation = run.confirmations[1]
    claim = InputClaim(
        sender=confirmation.sender,
        context=confirmation.context,
        sharing=run.inputs[1].claim.sharing,
        data_digest=confirmation.statement,
        signature=confirmation.signature,
    )
    party = masked_run(upto=2).parties["site-1"]
    claims = [run.inputs[0].claim, claim, run.inputs[2].claim]
    assert distrust(party.confirm, claims) == "masks.signature_wrong"


# ---- tampering


def test_a_tampered_envelope_or_one_for_somebody_else_is_refused() -> None:
    run = masked_run(upto=1)
    party, vector = run.parties["site-1"], run.vectors["site-1"].copy()
    good = [letter.for_receiver("site-1") for letter in run.shares[1:]]
    flipped = replace(good[0], sealed=bytes([good[0].sealed[0] ^ 1]) + good[0].sealed[1:])
    turned = replace(good[0], sender="site-3")
    others = run.shares[1].for_receiver("site-3")
    redirected = replace(others, receiver="site-1")
    reflected = replace(run.shares[0].for_receiver("site-2"), sender="site-2", receiver="site-1")
    for bad in (flipped, turned, others, redirected, reflected):
        assert distrust(party.mask, [bad, good[2]], vector) == "masks.share_unreadable"
    assert distrust(party.mask, [*good, good[0]], vector) == "masks.sender_twice"
    own = replace(good[0], sender="site-1")
    assert distrust(party.mask, [own, *good], vector) == "masks.sender_twice"
    assert np.array_equal(vector, run.vectors["site-1"])
    assert party.mask(good, vector).claim.sender == "site-1"


def test_an_altered_input_is_refused_and_leaves_the_running_sum_as_it_was() -> None:
    run = masked_run(upto=4)
    running = RunningSum(run.context)
    running.add(run.inputs[0])
    data = bytearray(run.inputs[1].data)
    data[7] ^= 1
    assert distrust(running.add, MaskedInput(run.inputs[1].claim, bytes(data))) == "masks.input_altered"
    assert distrust(running.add, run.inputs[0]) == "masks.sender_twice"
    short = MaskedInput(run.inputs[1].claim, bytes(data[:-8]))
    assert distrust(running.add, short) == "masks.input_wrong_length"
    swapped = MaskedInput(replace(run.inputs[1].claim, sender="site-3"), run.inputs[1].data)
    assert distrust(running.add, swapped) == "masks.signature_wrong"
    for masked in run.inputs[1:]:
        running.add(masked)
    total = remove_masks(
        run.context,
        running,
        advertisements=run.advertisements,
        sharers=run.sharers,
        confirmations=run.confirmations,
        unmaskings=run.unmaskings,
    )
    assert np.array_equal(total, run.total())
    with pytest.raises(Refused) as refused:
        running.add(run.inputs[0])
    assert refused.value.code == "masks.out_of_order"


def with_share(letter: Unmasking, *, owner: int, kind: str, sign_as: str) -> Unmasking:
    pairs = list(getattr(letter.shares, kind))
    site, data = pairs[owner]
    pairs[owner] = (site, (int.from_bytes(data, "big") ^ 1).to_bytes(33, "big"))
    shares = replace(letter.shares, **{kind: tuple(pairs)})
    return sign_letter(replace(letter, shares=shares), sign=signer(sign_as))


@pytest.mark.parametrize("giver", [0, 1, 2])
@pytest.mark.parametrize("kind", ["seeds", "mask_keys"])
def test_a_wrong_share_is_caught_whoever_gives_it(giver: int, kind: str) -> None:
    context = make_context(4)
    run = MaskedRun(context, make_vectors(context), {"site-4": 2}).upto(4)
    site = run.unmaskings[giver].sender
    run.unmaskings[giver] = with_share(run.unmaskings[giver], owner=0, kind=kind, sign_as=site)
    assert distrust(run.total) == "masks.share_wrong"
    assert distrust(verify_transcript, context, run.transcript()) == "masks.share_wrong"


def test_shares_that_agree_on_a_wrong_secret_are_caught_by_what_their_owner_signed() -> None:
    run = masked_run(3, upto=4)
    other = masked_run(3, upto=4, round="round-2")
    # All three hospitals give consistent shares of another seed: only the commitment can tell.
    for number, letter in enumerate(run.unmaskings):
        shares = RevealedShares(seeds=other.unmaskings[number].shares.seeds, mask_keys=())
        run.unmaskings[number] = sign_letter(replace(letter, shares=shares), sign=signer(letter.sender))
    assert distrust(run.total) == "masks.share_wrong"


def test_tampered_confirmations_and_unmaskings_are_refused() -> None:
    run = masked_run(upto=3)
    party = run.parties["site-1"]
    bad = replace(run.confirmations[1], statement=bytes(32))
    shown = [run.confirmations[0], bad, *run.confirmations[2:]]
    assert distrust(party.unmask, shown) == "masks.signature_wrong"
    lying = sign_letter(bad, sign=signer("site-2"))
    shown = [run.confirmations[0], lying, *run.confirmations[2:]]
    assert distrust(party.unmask, shown) == "masks.survivors_disagree"
    run.unmask()
    unsigned = with_share(run.unmaskings[1], owner=0, kind="seeds", sign_as="site-1")
    run.unmaskings[1] = unsigned
    assert distrust(run.total) == "masks.signature_wrong"


def test_an_unmasking_for_other_survivors_is_not_taken() -> None:
    run = masked_run(upto=4)
    first = run.unmaskings[0]
    fewer = replace(first, shares=replace(first.shares, seeds=first.shares.seeds[1:]))
    run.unmaskings[0] = sign_letter(fewer, sign=signer(first.sender))
    assert distrust(run.total) == "masks.reveal_wrong"
    run.unmaskings[0] = sign_letter(replace(first, statement=bytes(32)), sign=signer(first.sender))
    assert distrust(run.total) == "masks.survivors_disagree"


def test_a_transcript_with_one_part_changed_is_refused() -> None:
    run = masked_run(upto=4)
    good = run.transcript()
    older = make_party(run.context, "site-2", label="older").advertise()
    changed = {
        "masks.survivors_disagree": [
            replace(good, advertisements=(good.advertisements[0], older, *good.advertisements[2:])),
            replace(good, inputs=good.inputs[:3]),
            replace(good, sharers=good.sharers[:3]),
        ],
        "masks.sender_unknown": [
            replace(good, sharers=(*good.sharers, "site-9")),
            replace(good, advertisements=good.advertisements[:3]),
        ],
        "masks.below_threshold": [
            replace(good, inputs=good.inputs[:2]),
            replace(good, confirmations=good.confirmations[:2]),
            replace(good, unmaskings=good.unmaskings[:2]),
        ],
    }
    for code, transcripts in changed.items():
        for transcript in transcripts:
            with pytest.raises(OnggiError) as error:
                verify_transcript(run.context, transcript)
            assert error.value.code == code


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
