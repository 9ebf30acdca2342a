"""Adds masked inputs up and takes the remaining masks off, for the coordinator and for who checks it.

* Inputs are added as they arrive and then forgotten: memory is one vector, however many hospitals.
* Masks between hospitals in the sum cancel. What remains are the self-masks of those in the sum and the
  pair masks with those that dropped out; at least t hospitals' shares are needed to rebuild their keys.
* Every rebuilt secret is checked against what its owner advertised and signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from onggi.errors import NotTrusted, Refused
from privacy.masks.agreement import pair_mask_key, point_of, private_key_of
from privacy.masks.context import SumContext
from privacy.masks.fixed_point import Ring
from privacy.masks.keystream import Mask, apply_masks
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    InputClaim,
    MaskedInput,
    check_letter,
    order_letters,
    sharing_digest,
    statement_digest,
)
from privacy.masks.own_secrets import commit_to_seed, self_mask_key
from privacy.masks.reveal import RevealedShares, Unmasking
from privacy.masks.shamir import rebuild_secret

_CHUNK = 131_072  # 1 MiB: hash and sum read each byte once from memory


class RunningSum:
    """The sum of the masked inputs so far. It reads nothing: the sum of masked numbers is masked."""

    __slots__ = ("_claims", "_context", "_total")

    def __init__(self, context: SumContext) -> None:
        self._context = context
        self._claims: dict[str, InputClaim] = {}
        self._total: Ring | None = np.zeros(context.entries, dtype="<u8")

    @property
    def claims(self) -> tuple[InputClaim, ...]:
        """The slips of what was added, in the order of sites: what survivors are asked to confirm."""
        return tuple(self._claims[site] for site in self._context.sites if site in self._claims)

    def add(self, masked: MaskedInput) -> None:
        """Adds one input, or refuses it and leaves the sum as it was."""
        claim, total = masked.claim, self._get_total()
        check_letter(self._context, claim)
        if claim.sender in self._claims:
            raise NotTrusted("masks.sender_twice", site=claim.sender)
        if len(masked.data) != self._context.entries * 8:
            raise NotTrusted("masks.input_wrong_length", expected=self._context.entries)
        vector = np.frombuffer(masked.data, dtype="<u8")
        hashed = hashlib.sha256()
        for start in range(0, vector.size, _CHUNK):
            part = vector[start : start + _CHUNK]
            hashed.update(part.data)
            total[start : start + _CHUNK] += part
        if not hmac.compare_digest(hashed.digest(), claim.data_digest):
            # Hash and sum share one pass over the data; the rare bad input is taken off again.
            total -= vector
            raise NotTrusted("masks.input_altered", site=claim.sender)
        self._claims[claim.sender] = claim

    def take_total(self) -> Ring:
        """The total, once; afterwards nothing can be added to it."""
        total = self._get_total()
        self._total = None
        return total

    def _get_total(self) -> Ring:
        if self._total is None:
            raise Refused("masks.out_of_order")
        return self._total


def remove_masks(
    context: SumContext,
    running: RunningSum,
    *,
    advertisements: Iterable[Advertisement],
    sharers: Iterable[str],
    confirmations: Iterable[Confirmation],
    unmaskings: Iterable[Unmasking],
) -> Ring:
    """The plain sum over everybody in `running`, after checking every signature, set and share.

    `sharers` are the sites whose envelopes were dealt out, dropped ones included.
    """
    letters = order_letters(context, list(advertisements))
    dealt = set(sharers)
    ordered = tuple(site for site in context.sites if site in dealt)
    if len(ordered) != len(dealt) or not dealt <= {letter.sender for letter in letters}:
        raise NotTrusted("masks.sender_unknown")
    sharing = sharing_digest(context, advertisements=letters, sharers=ordered)
    statement = check_survivors(context, running.claims, sharing=sharing, sharers=ordered)
    survivors = tuple(claim.sender for claim in running.claims)
    check_confirmed(context, confirmations, statement=statement, survivors=survivors)
    revealed: dict[str, RevealedShares] = {}
    for letter in order_letters(context, list(unmaskings)):
        _check_agrees(letter, statement=statement, survivors=survivors)
        letter.shares.check_complete(sharers=ordered, survivors=survivors, giver=letter.sender)
        revealed[letter.sender] = letter.shares
    context.check_enough(revealed)
    masks = find_leftover_masks(
        context, advertisements=letters, sharers=ordered, survivors=survivors, revealed=revealed
    )
    total = running.take_total()
    apply_masks(total, masks)
    return total


def recover_sum(
    context: SumContext,
    masked_inputs: Iterable[MaskedInput],
    *,
    advertisements: Iterable[Advertisement],
    sharers: Iterable[str],
    confirmations: Iterable[Confirmation],
    unmaskings: Iterable[Unmasking],
) -> Ring:
    """The plain sum of these masked inputs; each is forgotten once it is added."""
    running = RunningSum(context)
    for masked in masked_inputs:
        running.add(masked)
    return remove_masks(
        context,
        running,
        advertisements=advertisements,
        sharers=sharers,
        confirmations=confirmations,
        unmaskings=unmaskings,
    )


def check_survivors(
    context: SumContext, claims: Sequence[InputClaim], *, sharing: bytes, sharers: Sequence[str]
) -> bytes:
    """The digest of the statement that these (checked) slips make, all under one sharing."""
    for claim in claims:
        if claim.sender not in sharers or claim.sharing != sharing:
            raise NotTrusted("masks.survivors_disagree", site=claim.sender)
    context.check_enough([claim.sender for claim in claims])
    inputs = tuple((claim.sender, claim.data_digest) for claim in claims)
    return statement_digest(context, sharing=sharing, inputs=inputs)


def check_confirmed(
    context: SumContext, confirmations: Iterable[Confirmation], *, statement: bytes, survivors: Sequence[str]
) -> None:
    """At least t survivors signed this statement, and none of those shown signed another."""
    letters = order_letters(context, list(confirmations))
    for letter in letters:
        _check_agrees(letter, statement=statement, survivors=survivors)
    context.check_enough([letter.sender for letter in letters])


def find_leftover_masks(
    context: SumContext,
    *,
    advertisements: Sequence[Advertisement],
    sharers: Sequence[str],
    survivors: Sequence[str],
    revealed: Mapping[str, RevealedShares],
) -> list[Mask]:
    """The masks that take the sum of the survivors' masked inputs back to their plain sum."""
    by_site = {letter.sender: letter for letter in advertisements}
    masks: list[Mask] = []
    for owner in sharers:
        if owner in survivors:
            shares = {site: dict(given.seeds)[owner] for site, given in revealed.items()}
            seed = _rebuild(context, owner, shares)
            if not hmac.compare_digest(commit_to_seed(seed), by_site[owner].seed_commitment):
                raise NotTrusted("masks.share_wrong", site=owner)
            masks.append(Mask(self_mask_key(seed, context=context, site=owner), adds=False))
        else:
            shares = {site: dict(given.mask_keys)[owner] for site, given in revealed.items()}
            scalar = _rebuild(context, owner, shares)
            masks.extend(_pair_masks_of_dropped(context, owner, scalar, by_site, survivors))
    return masks


def pair_of(context: SumContext, one: str, other: str) -> tuple[str, str]:
    """Two sites in the order of the context; the first adds their mask, the second subtracts it."""
    first, second = sorted((one, other), key=context.holder_of)
    return first, second


def _pair_masks_of_dropped(
    context: SumContext,
    owner: str,
    scalar: bytes,
    by_site: Mapping[str, Advertisement],
    survivors: Sequence[str],
) -> list[Mask]:
    private = private_key_of(scalar)
    if private is None or point_of(private) != by_site[owner].mask_key:
        raise NotTrusted("masks.share_wrong", site=owner)
    masks = []
    for site in survivors:
        pair = pair_of(context, owner, site)
        key = pair_mask_key(
            private, peer_point=by_site[site].mask_key, peer=site, context=context.digest(), pair=pair
        )
        # The survivor added it if it comes first; here it is taken away again.
        masks.append(Mask(key, adds=pair[0] != site))
    return masks


def _rebuild(context: SumContext, owner: str, shares: Mapping[str, bytes]) -> bytes:
    by_holder = {context.holder_of(site): share for site, share in shares.items()}
    try:
        return rebuild_secret(by_holder, threshold=context.threshold)
    except NotTrusted as error:
        raise NotTrusted("masks.share_wrong", site=owner) from error


def _check_agrees(letter: Confirmation | Unmasking, *, statement: bytes, survivors: Sequence[str]) -> None:
    if letter.sender not in survivors or letter.statement != statement:
        raise NotTrusted("masks.survivors_disagree", site=letter.sender)
