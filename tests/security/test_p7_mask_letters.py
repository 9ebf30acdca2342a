"""P7: no letter of a masked sum can be forged, replayed, altered or sent by somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onggi.errors import OnggiError, Refused
from privacy.masks.combine import RunningSum, remove_masks
from privacy.masks.messages import Advertisement, InputClaim, MaskedInput, sign_letter
from privacy.masks.reveal import RevealedShares, Unmasking
from privacy.masks.transcript import verify_transcript
from tests.support.masked_sums import (
    MaskedRun,
    distrust,
    make_context,
    make_party,
    make_vectors,
    masked_run,
    signer,
)


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
