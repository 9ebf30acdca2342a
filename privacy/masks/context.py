"""States exactly which sum this is: for which job and round, among which hospitals, at what threshold.

Every key, signature and share is bound to the digest of this statement; nothing of one sum is worth
anything in another. Rules at construction: at least three legal entities; no site and no identity key
twice (compared as points, so another spelling of a key is the same key); a threshold high enough for the
promise in the package's first page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from onggi.errors import NotTrusted, Refused
from privacy.masks.wire import LONGEST_NAME, MOST_PARTICIPANTS, VERSION, Json, to_canonical, to_text

FEWEST_ENTITIES = 3
MOST_ENTRIES = 1 << 28  # 2 GiB of masked numbers
DIGEST_BYTES = 32


# Site, entity, federation and job ids are taken as plain text: every NewType over str fits, and this
# room need not know the rooms above that mint them.
@dataclass(frozen=True, slots=True)
class Participant:
    """One hospital: its site id, the legal entity that runs it, and its identity key (DER or PEM)."""

    site: str
    legal_entity: str
    identity_key: bytes = field(repr=False)
    point: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not all(0 < len(name) <= LONGEST_NAME for name in (self.site, self.legal_entity)):
            raise Refused("masks.context_wrong")
        object.__setattr__(self, "point", _read_identity(self.identity_key, site=self.site))


@dataclass(frozen=True, slots=True, kw_only=True)
class SumContext:
    """One sum: who, for what, how long and with which threshold. Participants are kept sorted by site."""

    federation: str
    job: str
    round: str
    participants: tuple[Participant, ...]
    threshold: int
    entries: int
    fraction_bits: int
    _digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.participants, key=lambda participant: participant.site))
        object.__setattr__(self, "participants", ordered)
        if not all(0 < len(name) <= LONGEST_NAME for name in (self.federation, self.job, self.round)):
            raise Refused("masks.context_wrong")
        if not (1 <= self.entries <= MOST_ENTRIES and 0 <= self.fraction_bits <= 52):
            raise Refused("masks.context_wrong")
        if len(ordered) > MOST_PARTICIPANTS:
            raise Refused("masks.context_wrong")
        _check_distinct(ordered)
        self.check_entities(self.sites)
        needed = lowest_threshold(ordered)
        if not needed <= self.threshold <= len(ordered):
            raise Refused("masks.threshold_low", threshold=self.threshold, needed=needed)
        object.__setattr__(self, "_digest", digest_of(self._statement()))

    @property
    def sites(self) -> tuple[str, ...]:
        """All sites in order; the order gives each its holder number and the sign of its pair masks."""
        return tuple(participant.site for participant in self.participants)

    def digest(self) -> bytes:
        """SHA-256 of the canonical statement."""
        return self._digest

    def holder_of(self, site: str) -> int:
        """The number, from 1, under which a site holds shares."""
        return self.sites.index(self.get_participant(site).site) + 1

    def get_participant(self, site: str) -> Participant:
        """The participant of that site; NotTrusted for anybody else."""
        for participant in self.participants:
            if participant.site == site:
                return participant
        raise NotTrusted("masks.sender_unknown")

    def check_enough(self, sites: Collection[str]) -> None:
        """Enough sites, of enough legal entities, to go on: at every step, not only at the first."""
        if len(sites) < self.threshold:
            raise Refused("masks.below_threshold", have=len(sites), needed=self.threshold)
        self.check_entities(sites)

    def check_entities(self, sites: Collection[str]) -> None:
        """At least three distinct legal entities among these sites."""
        entities = {one.legal_entity for one in self.participants if one.site in sites}
        if len(entities) < FEWEST_ENTITIES:
            raise Refused("masks.too_few_entities", have=len(entities), needed=FEWEST_ENTITIES)

    def check_signature(self, site: str, payload: bytes, signature: bytes, *, code: str) -> None:
        """NotTrusted(code) unless the site's identity key signed the payload (ECDSA P-256, SHA-256)."""
        point = self.get_participant(site).point
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        try:
            key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise NotTrusted(code, site=site) from error

    def _statement(self) -> dict[str, Json]:
        participants: list[Json] = [
            {"site": one.site, "legal_entity": one.legal_entity, "key": to_text(one.point)}
            for one in self.participants
        ]
        return {
            "kind": "masked-sum",
            "version": VERSION,
            "federation": self.federation,
            "job": self.job,
            "round": self.round,
            "participants": participants,
            "threshold": self.threshold,
            "entries": self.entries,
            "fraction_bits": self.fraction_bits,
        }


def lowest_threshold(participants: Collection[Participant]) -> int:
    """The least t with t > 2n/3 and 2t > n + (sites of the largest legal entity)."""
    entities = [one.legal_entity for one in participants]
    largest = max(entities.count(entity) for entity in entities)
    return max(2 * len(entities) // 3, (len(entities) + largest) // 2) + 1


def digest_of(statement: dict[str, Json]) -> bytes:
    """SHA-256 of a statement's canonical bytes."""
    return hashlib.sha256(to_canonical(statement)).digest()


def _check_distinct(participants: tuple[Participant, ...]) -> None:
    if len({one.site for one in participants}) != len(participants):
        raise Refused("masks.site_twice")
    if len({one.point for one in participants}) != len(participants):
        raise Refused("masks.identity_key_twice")


def _read_identity(encoded: bytes, *, site: str) -> bytes:
    """The key as an uncompressed point: two spellings of one key become equal."""
    pem = encoded.lstrip().startswith(b"-----BEGIN")
    load = serialization.load_pem_public_key if pem else serialization.load_der_public_key
    try:
        key = load(encoded)
    except Exception as error:  # the parser raises several kinds for bytes that are no key
        raise Refused("masks.context_wrong") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("masks.identity_key_wrong", site=site)
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
