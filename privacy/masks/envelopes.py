"""Puts shares into envelopes for one peer each, and takes them out again.

* Dealt shares: both shares of one hospital's secrets, to each peer, before anything is masked.
* Revealed shares, sealed: one share per dealer, to each survivor, under keys of another purpose.
"""

from __future__ import annotations

from collections.abc import Sequence

from onggi.errors import NotTrusted
from privacy.masks.agreement import Envelopes
from privacy.masks.context import SumContext
from privacy.masks.messages import Advertisement, EncryptedShare, SiteBytes, check_letter, sharing_digest
from privacy.masks.own_secrets import OwnSecrets, split_own_secrets
from privacy.masks.party_state import PartyState
from privacy.masks.reveal import (
    HeldShares,
    RevealedShares,
    SealedUnmasking,
    decide_reveal,
    pack_shares,
    unpack_shares,
)
from privacy.masks.shamir import SHARE_BYTES


def deal_shares(
    context: SumContext, state: PartyState, *, own: OwnSecrets, peers: tuple[Advertisement, ...]
) -> tuple[SiteBytes, ...]:
    """Both shares for each peer, sealed to it under exactly this list of advertised keys."""
    scope = sharing_digest(context, advertisements=peers, sharers=())
    envelopes = Envelopes(own.share_key, purpose="dealt-shares", scope=scope)
    split = split_own_secrets(context, site=state.site, root=state.root, secrets=own)
    sealed = []
    for peer in peers:
        if peer.sender != state.site:
            plain = b"".join(split[context.holder_of(peer.sender) - 1])
            envelope = envelopes.seal(
                plain, sender=state.site, receiver=peer.sender, peer_point=peer.share_key
            )
            sealed.append((peer.sender, envelope))
    return tuple(sealed)


def open_shares(
    context: SumContext, state: PartyState, *, own: OwnSecrets, letters: Sequence[EncryptedShare]
) -> tuple[HeldShares, ...]:
    """The shares of every dealer in the order of sites, the own one included."""
    scope = sharing_digest(context, advertisements=state.advertisements, sharers=())
    envelopes = Envelopes(own.share_key, purpose="dealt-shares", scope=scope)
    keys = {peer.sender: peer.share_key for peer in state.advertisements}
    split = split_own_secrets(context, site=state.site, root=state.root, secrets=own)
    held = {state.site: HeldShares(state.site, *split[context.holder_of(state.site) - 1])}
    for letter in letters:
        check_letter(context, letter)
        if letter.sender in held:
            raise NotTrusted("masks.sender_twice", site=letter.sender)
        if letter.sender not in keys or letter.receiver != state.site:
            raise NotTrusted("masks.share_unreadable", site=letter.sender)
        plain = envelopes.open(
            letter.sealed, sender=letter.sender, receiver=state.site, peer_point=keys[letter.sender]
        )
        if len(plain) != 2 * SHARE_BYTES:
            raise NotTrusted("masks.share_unreadable", site=letter.sender)
        held[letter.sender] = HeldShares(letter.sender, plain[:SHARE_BYTES], plain[SHARE_BYTES:])
    return tuple(held[site] for site in context.sites if site in held)


def seal_revealed(
    state: PartyState, shares: RevealedShares, *, own: OwnSecrets, statement: bytes
) -> tuple[SiteBytes, ...]:
    """The revealed shares for each other survivor."""
    envelopes = Envelopes(own.share_key, purpose="sealed-unmasking", scope=statement)
    packed = pack_shares(shares)
    return tuple(
        (
            peer.sender,
            envelopes.seal(packed, sender=state.site, receiver=peer.sender, peer_point=peer.share_key),
        )
        for peer in state.advertisements
        if peer.sender in state.survivors and peer.sender != state.site
    )


def open_revealed(
    state: PartyState, letters: Sequence[SealedUnmasking], *, own: OwnSecrets, statement: bytes
) -> dict[str, RevealedShares]:
    """Everybody's revealed shares (of checked letters), the own ones included."""
    envelopes = Envelopes(own.share_key, purpose="sealed-unmasking", scope=statement)
    keys = {peer.sender: peer.share_key for peer in state.advertisements}
    revealed = {state.site: decide_reveal(state.held, survivors=state.survivors)}
    for letter in letters:
        if letter.sender not in state.survivors or letter.statement != statement:
            raise NotTrusted("masks.survivors_disagree", site=letter.sender)
        if letter.sender != state.site:
            plain = envelopes.open(
                letter.for_receiver(state.site),
                sender=letter.sender,
                receiver=state.site,
                peer_point=keys[letter.sender],
            )
            revealed[letter.sender] = unpack_shares(
                plain, sharers=state.sharers, survivors=state.survivors, giver=letter.sender
            )
    return revealed
