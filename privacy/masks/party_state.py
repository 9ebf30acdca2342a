"""Writes down where one hospital stands in one sum, so that it can go on after a crash.

The written state holds secrets: the node stores it encrypted. It holds no number of the hospital, only
the digest of its masked input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from onggi.errors import Refused
from privacy.masks.context import DIGEST_BYTES, SumContext
from privacy.masks.messages import Advertisement, SiteBytes, pairs_to_json, read_pairs
from privacy.masks.own_secrets import ROOT_BYTES
from privacy.masks.reveal import HeldShares
from privacy.masks.shamir import SHARE_BYTES
from privacy.masks.wire import (
    MOST_PARTICIPANTS,
    VERSION,
    Fields,
    Json,
    read_bytes,
    read_message,
    to_canonical,
    to_text,
)

_KIND = "masked-sum-party-state"
_NAMES = ("context", "site", "root", "step", "advertisements", "held", "inputs", "sealed")


class Step(IntEnum):
    """The last step that a hospital has taken."""

    NEW = 0
    ADVERTISED = 1
    SHARED = 2
    MASKED = 3
    CONFIRMED = 4
    REVEALED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyState:
    """All that one hospital must remember of one sum.

    `advertisements` is the own one until shares are dealt, then those of everybody in the sum. `held` are
    the shares by dealer, so its dealers are the sharers. `inputs` are the digests of masked inputs: the
    own one until survivors are confirmed, then all of theirs.
    """

    site: str
    root: bytes = field(repr=False)
    step: Step = Step.NEW
    advertisements: tuple[Advertisement, ...] = ()
    held: tuple[HeldShares, ...] = ()
    inputs: tuple[SiteBytes, ...] = ()
    sealed: bool = False

    @property
    def sharers(self) -> tuple[str, ...]:
        """Who dealt shares, in the order of sites."""
        return tuple(one.dealer for one in self.held)

    @property
    def survivors(self) -> tuple[str, ...]:
        """Who is in the sum, in the order of sites, once that is confirmed."""
        return tuple(site for site, _ in self.inputs)


def write_state(state: PartyState, *, context: SumContext) -> bytes:
    """The state as canonical bytes."""
    held: list[Json] = [
        {"dealer": one.dealer, "mask_key": to_text(one.mask_key), "seed": to_text(one.seed)}
        for one in state.held
    ]
    return to_canonical(
        {
            "kind": _KIND,
            "version": VERSION,
            "context": to_text(context.digest()),
            "site": state.site,
            "root": to_text(state.root),
            "step": int(state.step),
            "advertisements": [to_text(letter.to_bytes()) for letter in state.advertisements],
            "held": held,
            "inputs": pairs_to_json(state.inputs),
            "sealed": int(state.sealed),
        }
    )


def read_state(data: bytes, *, context: SumContext) -> PartyState:
    """The state again; Refused when it belongs to another sum."""
    fields = read_message(data, kind=_KIND, names=_NAMES)
    if fields.data("context", length=DIGEST_BYTES) != context.digest():
        raise Refused("masks.state_of_other_sum")
    return PartyState(
        site=context.get_participant(fields.name("site")).site,
        root=fields.data("root", length=ROOT_BYTES),
        step=Step(fields.number("step", most=max(Step))),
        advertisements=fields.items("advertisements", _read_advertisement, most=MOST_PARTICIPANTS),
        held=fields.items("held", _read_held, most=MOST_PARTICIPANTS),
        inputs=read_pairs(fields, "inputs", kind=_KIND, length=DIGEST_BYTES),
        sealed=bool(fields.number("sealed", most=1)),
    )


def _read_advertisement(item: object) -> Advertisement:
    return Advertisement.from_bytes(read_bytes(item, kind=_KIND, most=4096))


def _read_held(item: object) -> HeldShares:
    fields = Fields(item, kind=_KIND, names=("dealer", "mask_key", "seed"))
    return HeldShares(
        dealer=fields.name("dealer"),
        mask_key=fields.data("mask_key", length=SHARE_BYTES),
        seed=fields.data("seed", length=SHARE_BYTES),
    )
