"""One hospital's side of one masked sum: five steps in one order, each at most once.

After each step the node stores `export_state()` and the letter, and only then sends the letter. A step
that is asked for again is refused; the node resends the stored letter. Nothing is revealed before enough
hospitals have signed the very same survivors, and nothing a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from onggi.errors import NotTrusted, Refused
from privacy.masks.agreement import check_point, pair_mask_key, point_of
from privacy.masks.combine import (
    RunningSum,
    check_confirmed,
    check_survivors,
    find_leftover_masks,
    pair_of,
)
from privacy.masks.context import SumContext
from privacy.masks.envelopes import deal_shares, open_revealed, open_shares, seal_revealed
from privacy.masks.fixed_point import Ring, check_vector
from privacy.masks.keystream import Mask, apply_masks
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    EncryptedShare,
    InputClaim,
    MaskedInput,
    Shares,
    Sign,
    check_letter,
    order_letters,
    sharing_digest,
    sign_letter,
    statement_digest,
)
from privacy.masks.own_secrets import (
    ROOT_BYTES,
    OwnSecrets,
    commit_to_seed,
    derive_secrets,
    self_mask_key,
)
from privacy.masks.party_state import PartyState, Step, read_state, write_state
from privacy.masks.reveal import RevealedShares, SealedUnmasking, Unmasking, decide_reveal


class SumParty:
    """One hospital in one masked sum."""

    __slots__ = ("_context", "_sign", "_state")

    def __init__(self, context: SumContext, *, site: str, sign: Sign, random: Callable[[int], bytes]) -> None:
        """`sign` signs with the hospital's identity key; `random` gives that many random bytes."""
        if site not in context.sites:
            raise Refused("masks.not_a_participant", site=site)
        root = random(ROOT_BYTES)
        if len(root) != ROOT_BYTES:
            raise RuntimeError("the source of randomness gave too few bytes")
        self._context = context
        self._sign = sign
        self._state = PartyState(site=site, root=root)

    @classmethod
    def resume(cls, context: SumContext, state: bytes, *, sign: Sign) -> SumParty:
        """The party as it stood when the state was exported."""
        party = cls.__new__(cls)
        party._context = context
        party._sign = sign
        party._state = read_state(state, context=context)
        return party

    def export_state(self) -> bytes:
        """Everything needed to go on. It holds secrets: store it encrypted."""
        return write_state(self._state, context=self._context)

    def __repr__(self) -> str:
        return f"SumParty(site={self._state.site!r}, step={self._state.step.name})"

    @property
    def site(self) -> str:
        """Whose side this is."""
        return self._state.site

    @property
    def step(self) -> Step:
        """The last step taken."""
        return self._state.step

    def advertise(self) -> Advertisement:
        """Step 0: fresh public keys, signed with the identity key."""
        self._check_step(Step.NEW)
        own = self._secrets()
        letter = sign_letter(
            Advertisement(
                sender=self.site,
                context=self._context.digest(),
                mask_key=point_of(own.mask_key),
                share_key=point_of(own.share_key),
                seed_commitment=commit_to_seed(own.seed),
            ),
            sign=self._sign,
        )
        # A wrong identity key is our own fault and better found here than at every peer.
        check_letter(self._context, letter)
        self._state = replace(self._state, step=Step.ADVERTISED, advertisements=(letter,))
        return letter

    def share(self, advertisements: Iterable[Advertisement]) -> Shares:
        """Step 1: deals shares of both secrets to everybody whose signed keys were shown."""
        self._check_step(Step.ADVERTISED)
        letters = order_letters(self._context, list(advertisements))
        mine = {letter.sender: letter for letter in letters}.get(self.site)
        if mine is None:
            raise Refused("masks.not_included")
        if mine.body() != self._state.advertisements[0].body():
            raise NotTrusted("masks.key_not_signed", site=self.site)
        for letter in letters:
            check_point(letter.mask_key, site=letter.sender)
            check_point(letter.share_key, site=letter.sender)
        self._context.check_enough([letter.sender for letter in letters])
        sealed = deal_shares(self._context, self._state, own=self._secrets(), peers=letters)
        self._state = replace(self._state, step=Step.SHARED, advertisements=letters)
        return Shares(sender=self.site, context=self._context.digest(), sealed=sealed)

    def mask(self, shares: Iterable[EncryptedShare], vector: Ring) -> MaskedInput:
        """Step 2: masks the vector IN PLACE, towards exactly the peers whose shares are given.

        The returned letter looks at the same memory; the clear numbers are gone afterwards.
        """
        self._check_step(Step.SHARED)
        check_vector(vector, dtype=np.dtype("<u8"))
        if vector.size != self._context.entries:
            raise Refused("masks.vector_wrong")
        own = self._secrets()
        held = open_shares(self._context, self._state, own=own, letters=list(shares))
        self._context.check_enough([one.dealer for one in held])
        masks = [Mask(self_mask_key(own.seed, context=self._context, site=self.site), adds=True)]
        dealers = {one.dealer for one in held} - {self.site}
        masks += [self._pair_mask(own, peer) for peer in self._state.advertisements if peer.sender in dealers]
        hashed = hashlib.sha256()
        apply_masks(vector, masks, on_chunk=hashed.update)
        state = replace(self._state, step=Step.MASKED, held=held, inputs=((self.site, hashed.digest()),))
        claim = InputClaim(
            sender=self.site,
            context=self._context.digest(),
            sharing=self._sharing(state),
            data_digest=hashed.digest(),
        )
        letter = MaskedInput(sign_letter(claim, sign=self._sign), vector.data.cast("B"))
        self._state = state
        return letter

    def confirm(self, survivors: Iterable[InputClaim]) -> Confirmation:
        """Step 3: signs who is in the sum and with which masked inputs, once."""
        self._check_step(Step.MASKED)
        claims = order_letters(self._context, list(survivors))
        inputs = tuple((claim.sender, claim.data_digest) for claim in claims)
        if self._state.inputs[0] not in inputs:
            raise NotTrusted("masks.survivors_disagree", site=self.site)
        statement = check_survivors(
            self._context, claims, sharing=self._sharing(self._state), sharers=self._state.sharers
        )
        letter = Confirmation(sender=self.site, context=self._context.digest(), statement=statement)
        signed = sign_letter(letter, sign=self._sign)
        self._state = replace(self._state, step=Step.CONFIRMED, inputs=inputs)
        return signed

    def unmask(self, confirmations: Iterable[Confirmation]) -> Unmasking:
        """Step 4: reveals one share per dealer, once at least t survivors signed the same statement."""
        shares = self._decide_reveal(confirmations)
        letter = Unmasking(
            sender=self.site,
            context=self._context.digest(),
            statement=self._statement(),
            shares=shares,
        )
        signed = sign_letter(letter, sign=self._sign)
        self._state = replace(self._state, step=Step.REVEALED)
        return signed

    def unmask_sealed(self, confirmations: Iterable[Confirmation]) -> SealedUnmasking:
        """Step 4, sealed: the same shares, but for the other survivors alone."""
        shares = self._decide_reveal(confirmations)
        statement = self._statement()
        sealed = seal_revealed(self._state, shares, own=self._secrets(), statement=statement)
        letter = SealedUnmasking(
            sender=self.site,
            context=self._context.digest(),
            statement=statement,
            sealed=sealed,
        )
        signed = sign_letter(letter, sign=self._sign)
        self._state = replace(self._state, step=Step.REVEALED, sealed=True)
        return signed

    def open_sealed(
        self, unmaskings: Iterable[SealedUnmasking], masked_inputs: Iterable[MaskedInput]
    ) -> Ring:
        """The sum, at a hospital, from the peers' envelopes and the confirmed masked inputs."""
        if not self._state.sealed:
            raise Refused("masks.out_of_order")
        revealed = open_revealed(
            self._state,
            order_letters(self._context, list(unmaskings)),
            own=self._secrets(),
            statement=self._statement(),
        )
        self._context.check_enough(revealed)
        running = RunningSum(self._context)
        for masked in masked_inputs:
            running.add(masked)
        inputs = tuple((claim.sender, claim.data_digest) for claim in running.claims)
        if inputs != self._state.inputs:
            raise NotTrusted("masks.survivors_disagree", site=self.site)
        masks = find_leftover_masks(
            self._context,
            advertisements=self._state.advertisements,
            sharers=self._state.sharers,
            survivors=self._state.survivors,
            revealed=revealed,
        )
        total = running.take_total()
        apply_masks(total, masks)
        return total

    def _check_step(self, needed: Step) -> None:
        if self.step is Step.REVEALED:
            raise Refused("masks.already_revealed")
        if self.step is not needed:
            raise Refused("masks.out_of_order")

    def _decide_reveal(self, confirmations: Iterable[Confirmation]) -> RevealedShares:
        self._check_step(Step.CONFIRMED)
        survivors = self._state.survivors
        check_confirmed(self._context, confirmations, statement=self._statement(), survivors=survivors)
        return decide_reveal(self._state.held, survivors=survivors)

    def _secrets(self) -> OwnSecrets:
        return derive_secrets(self._context, site=self.site, root=self._state.root)

    def _sharing(self, state: PartyState) -> bytes:
        return sharing_digest(self._context, advertisements=state.advertisements, sharers=state.sharers)

    def _statement(self) -> bytes:
        return statement_digest(self._context, sharing=self._sharing(self._state), inputs=self._state.inputs)

    def _pair_mask(self, own: OwnSecrets, peer: Advertisement) -> Mask:
        pair = pair_of(self._context, self.site, peer.sender)
        key = pair_mask_key(
            own.mask_key,
            peer_point=peer.mask_key,
            peer=peer.sender,
            context=self._context.digest(),
            pair=pair,
        )
        return Mask(key, adds=pair[0] == self.site)
