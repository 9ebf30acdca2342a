"""One sum of the product's masks among many hospitals in one process, with the seconds of every part.

Letters become bytes and are read again, as between machines; there is no link. Each masked input is added and
forgotten as it comes, as the coordinator does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from onggi.protocol.keys import FileKey, PublicKey, new_private_pem
from onggi.protocol.messages import reply_signed_bytes
from privacy.masks.combine import RunningSum, remove_masks
from privacy.masks.context import Participant, SumContext, lowest_threshold
from privacy.masks.fixed_point import FRACTION_BITS, FixedPoint, Numbers
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    EncryptedShare,
    InputClaim,
    MaskedInput,
    Shares,
)
from privacy.masks.party import SumParty
from privacy.masks.reveal import Unmasking

_DIGEST = "sha256:" + "5e" * 32
_LARGEST = 8.0
Made = TypeVar("Made")


@dataclass(slots=True)
class Clock:
    """Seconds of each hospital, and of the coordinator."""

    hospitals: dict[str, float] = field(default_factory=dict)
    coordinator: float = 0.0

    @property
    def in_all(self) -> float:
        """All of it, one after another."""
        return sum(self.hospitals.values()) + self.coordinator

    @property
    def side_by_side(self) -> float:
        """Hospitals work at the same time, each on a machine of its own: the slowest counts."""
        return max(self.hospitals.values()) + self.coordinator

    def at(self, site: str, work: Callable[..., Made], *given: object) -> Made:
        begun = time.perf_counter()
        made = work(*given)
        self.hospitals[site] = self.hospitals.get(site, 0.0) + time.perf_counter() - begun
        return made

    def centrally(self, work: Callable[..., Made], *given: object) -> Made:
        begun = time.perf_counter()
        made = work(*given)
        self.coordinator += time.perf_counter() - begun
        return made


@dataclass(frozen=True, slots=True)
class Hospitals:
    """Who takes part, with their keys: made before anything is timed, as keys are."""

    keys: dict[str, FileKey]
    context: SumContext
    coding: FixedPoint


def make_hospitals(count: int, *, parameters: int) -> Hospitals:
    """So many hospitals of as many legal entities, for a sum of so many numbers from -8 to 8."""
    keys = {f"site-{number:02}": FileKey.from_pem(new_private_pem()) for number in range(count)}
    participants = tuple(
        Participant(site, f"entity of {site}", key.public_key.pem.encode()) for site, key in keys.items()
    )
    context = SumContext(
        federation="made-up",
        job=_DIGEST,
        round="round-1",
        participants=participants,
        threshold=lowest_threshold(participants),
        entries=parameters,
        fraction_bits=FRACTION_BITS,
    )
    bound = np.array(_LARGEST)
    return Hospitals(keys, context, FixedPoint(low=-bound, high=bound, participants=count))


def masked_sum(hospitals: Hospitals, numbers: Numbers) -> tuple[Numbers, Clock]:
    """The sum of the same numbers of every hospital, under masks."""
    clock, context, coding = Clock(), hospitals.context, hospitals.coding
    parties = {
        site: SumParty(context, site=site, sign=key.sign, random=os.urandom)
        for site, key in hospitals.keys.items()
    }
    told = [clock.at(site, lambda one: one.advertise().to_bytes(), one) for site, one in parties.items()]
    shared = {site: clock.at(site, _share, one, told) for site, one in parties.items()}
    running, claims = RunningSum(context), []
    for site, one in parties.items():
        dealt = clock.centrally(_deal, site, shared)
        own = numbers.copy()
        masked = clock.at(site, _mask, one, dealt, coding, own)
        claims.append(masked.claim.to_bytes())
        clock.centrally(running.add, masked)
    confirmed = [clock.at(site, _confirm, one, claims) for site, one in parties.items()]
    unmasked = [clock.at(site, _unmask, one, confirmed) for site, one in parties.items()]
    total = clock.centrally(
        lambda: remove_masks(
            context,
            running,
            advertisements=[Advertisement.from_bytes(letter) for letter in told],
            sharers=context.sites,
            confirmations=[Confirmation.from_bytes(letter) for letter in confirmed],
            unmaskings=[Unmasking.from_bytes(letter) for letter in unmasked],
        )
    )
    return clock.centrally(lambda: coding.decode(total, contributors=len(parties))), clock


def _share(party: SumParty, told: list[bytes]) -> bytes:
    return party.share([Advertisement.from_bytes(letter) for letter in told]).to_bytes()


def _deal(receiver: str, shared: dict[str, bytes]) -> list[bytes]:
    others = (Shares.from_bytes(letter) for dealer, letter in shared.items() if dealer != receiver)
    return [one.for_receiver(receiver).to_bytes() for one in others]


def _mask(party: SumParty, dealt: list[bytes], coding: FixedPoint, own: Numbers) -> MaskedInput:
    return party.mask([EncryptedShare.from_bytes(letter) for letter in dealt], coding.encode(own))


def _confirm(party: SumParty, claims: list[bytes]) -> bytes:
    return party.confirm([InputClaim.from_bytes(claim) for claim in claims]).to_bytes()


def _unmask(party: SumParty, confirmed: list[bytes]) -> bytes:
    return party.unmask([Confirmation.from_bytes(letter) for letter in confirmed]).to_bytes()


def plain_sum(hospitals: Hospitals, numbers: Numbers) -> tuple[Numbers, Clock]:
    """The same sum in clear: each reply checked against its range, hashed and signed, verified and added."""
    clock, total = Clock(), np.zeros(numbers.size)
    for site, key in hospitals.keys.items():
        own = numbers.copy()
        signature = clock.at(site, _reply, site, key, own)
        clock.centrally(_add, total, site, own, signature, key.public_key)
    return total, clock


def _reply(site: str, key: FileKey, own: Numbers) -> bytes:
    if not (own.min() >= -_LARGEST and own.max() <= _LARGEST):
        raise RuntimeError("a number is out of its range")
    return key.sign(_signed(site, own))


def _add(total: Numbers, site: str, own: Numbers, signature: bytes, key: PublicKey) -> None:
    key.verify(signature, _signed(site, own))
    np.add(total, own, out=total)


def _signed(site: str, own: Numbers) -> bytes:
    return reply_signed_bytes(run="run", site=site, spec=_DIGEST, ordinal=0, records=own.data.cast("B"))
