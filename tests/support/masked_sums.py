"""Runs whole masked sums in one process, with hospitals that drop out when told to, and keeps the letters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from onggi.errors import NotTrusted
from privacy.masks.combine import RunningSum, recover_sum
from privacy.masks.context import Participant, SumContext, lowest_threshold
from privacy.masks.fixed_point import Ring
from privacy.masks.messages import Advertisement, Confirmation, Letter, MaskedInput, Shares
from privacy.masks.party import SumParty
from privacy.masks.reveal import SealedUnmasking, Unmasking
from privacy.masks.transcript import Transcript

NEVER = 5


def identity(name: str) -> ec.EllipticCurvePrivateKey:
    """A fixed identity key for a name."""
    number = int.from_bytes(hashlib.sha256(f"identity {name}".encode()).digest()[:31], "big") + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def public_der(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def signer(name: str) -> Callable[[bytes], bytes]:
    """Signs the same bytes the same way every time, so that letters can be compared."""
    key = identity(name)
    return lambda data: key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def seeded_random(label: str) -> Callable[[int], bytes]:
    calls = 0

    def random(length: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(f"{label} {calls}".encode()).digest(length)

    return random


def sites_of(count: int) -> tuple[str, ...]:
    return tuple(f"site-{number}" for number in range(1, count + 1))


def make_participants(count: int, *, entities: tuple[str, ...] | None = None) -> tuple[Participant, ...]:
    owners = entities or tuple(f"entity of {site}" for site in sites_of(count))
    return tuple(
        Participant(site, owner, public_der(identity(site)))
        for site, owner in zip(sites_of(count), owners, strict=True)
    )


def make_context(count: int = 4, **overrides: object) -> SumContext:
    participants = overrides.pop("participants", None) or make_participants(count)
    settings: dict[str, object] = {
        "federation": "federation-1",
        "job": "sha256:" + "5e" * 32,
        "round": "round-1",
        "participants": participants,
        "threshold": lowest_threshold(participants),  # type: ignore[arg-type]  # one of two known tuples
        "entries": 5,
        "fraction_bits": 0,
    }
    return SumContext(**{**settings, **overrides})  # type: ignore[arg-type]  # a factory with free overrides


def make_vectors(context: SumContext, *, seed: int = 1) -> dict[str, Ring]:
    generator = np.random.default_rng(seed)
    return {
        site: generator.integers(0, 2**64, size=context.entries, dtype=np.uint64) for site in context.sites
    }


def make_party(context: SumContext, site: str, *, label: str = "") -> SumParty:
    return SumParty(context, site=site, sign=signer(site), random=seeded_random(f"{label} {site}"))


def plain_sum(vectors: Mapping[str, Ring], sites: list[str]) -> Ring:
    """The ring sum with Python's whole numbers: nothing of ours."""
    columns = zip(*(vectors[site].tolist() for site in sites), strict=True)
    return np.array([sum(column) % 2**64 for column in columns], dtype=np.uint64)


@dataclass
class MaskedRun:
    """One sum; `drops` says before which step (0 to 4) a hospital falls silent."""

    context: SumContext
    vectors: Mapping[str, Ring]
    drops: Mapping[str, int] = field(default_factory=dict)
    sealed: bool = False
    parties: dict[str, SumParty] = field(default_factory=dict)
    advertisements: list[Advertisement] = field(default_factory=list)
    shares: list[Shares] = field(default_factory=list)
    inputs: list[MaskedInput] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    unmaskings: list[Unmasking] = field(default_factory=list)
    sealed_unmaskings: list[SealedUnmasking] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parties = {site: make_party(self.context, site) for site in self.context.sites}

    def alive(self, step: int) -> list[str]:
        return [site for site in self.context.sites if self.drops.get(site, NEVER) > step]

    @property
    def sharers(self) -> list[str]:
        return [letter.sender for letter in self.shares]

    def upto(self, step: int) -> MaskedRun:
        """Takes the steps 0..step with everybody who is still there."""
        for take in (self.advertise, self.share, self.mask, self.confirm, self.unmask)[: step + 1]:
            take()
        return self

    def advertise(self) -> None:
        self.advertisements = [self.parties[site].advertise() for site in self.alive(0)]

    def share(self) -> None:
        for site in self.alive(1):
            self.shares.append(self.parties[site].share(self.advertisements))

    def mask(self) -> None:
        for site in self.alive(2):
            envelopes = [letter.for_receiver(site) for letter in self.shares if letter.sender != site]
            self.inputs.append(self.parties[site].mask(envelopes, self.vectors[site].copy()))

    def confirm(self) -> None:
        claims = [masked.claim for masked in self.inputs]
        for site in self.alive(3):
            self.confirmations.append(self.parties[site].confirm(claims))

    def unmask(self) -> None:
        for site in self.alive(4):
            if self.sealed:
                self.sealed_unmaskings.append(self.parties[site].unmask_sealed(self.confirmations))
            else:
                self.unmaskings.append(self.parties[site].unmask(self.confirmations))

    def total(self) -> Ring:
        return recover_sum(
            self.context,
            self.inputs,
            advertisements=self.advertisements,
            sharers=self.sharers,
            confirmations=self.confirmations,
            unmaskings=self.unmaskings,
        )

    def running(self) -> RunningSum:
        running = RunningSum(self.context)
        for masked in self.inputs:
            running.add(masked)
        return running

    def transcript(self) -> Transcript:
        return Transcript(
            context=self.context.digest(),
            advertisements=tuple(self.advertisements),
            sharers=tuple(self.sharers),
            inputs=tuple(self.inputs),
            confirmations=tuple(self.confirmations),
            unmaskings=tuple(self.unmaskings),
        )

    def everything_sent(self) -> list[bytes]:
        letters: tuple[Letter | MaskedInput, ...] = (
            *self.advertisements,
            *self.shares,
            *self.inputs,
            *self.confirmations,
            *self.unmaskings,
            *self.sealed_unmaskings,
        )
        return [letter.to_bytes() for letter in letters]


def masked_run(count: int = 4, *, upto: int, sealed: bool = False, **context: object) -> MaskedRun:
    """A sum among hospitals that all stay, taken up to a step."""
    found = make_context(count, **context)
    return MaskedRun(found, make_vectors(found), sealed=sealed).upto(upto)


def distrust(act: Callable[..., object], *given: object) -> str:
    """The code with which a letter is not trusted."""
    with pytest.raises(NotTrusted) as error:
        act(*given)
    return error.value.code
