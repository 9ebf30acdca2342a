"""The demo's people: a committee of five (two from outside), two output checkers, their keys, the root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from onggi.client.home import Home
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.keys import FileKey, new_private_pem
from onggi.protocol.quorum import QuorumRule
from onggi.protocol.trust_root import (
    Floors,
    Hospital,
    LogKey,
    Member,
    MemberKey,
    RootRule,
    TrustRoot,
    draft_root,
    root_fingerprint,
)
from onggi.protocol.trusted_roots import TrustedRoots

FEDERATION: Final = "heart-demo"
RESEARCHER: Final = "researcher-1"
COMMITTEE: Final = tuple(f"committee-{number}" for number in range(1, 6))
EXTERNAL: Final = frozenset(COMMITTEE[3:])
CHECKERS: Final = ("checker-1", "checker-2")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody's signing keys, each in a file that only its owner can read."""

    keys: Mapping[str, FileKey]
    folder: Path

    def home(self, name: str) -> Home:
        """Where a person's command line and SDK keep their things."""
        return Home(self.folder / name)


def make_people(folder: Path) -> People:
    """A key file for each committee member and checker."""
    keys = {}
    for name in (*COMMITTEE, *CHECKERS):
        place = folder / name
        place.mkdir(parents=True, mode=0o700)
        path = place / "signing-key.pem"
        path.touch(mode=0o600)
        path.write_bytes(new_private_pem())
        keys[name] = FileKey.read(path)
    (folder / RESEARCHER).mkdir(mode=0o700)
    return People(keys, folder)


def make_root(
    people: People, *, hospitals: Mapping[str, str], origin: str, log_key: str, now: datetime
) -> Envelope:
    """Version 1 of the federation root, signed by its keepers.

    Args:
        hospitals: identity public key (PEM) by site.
        log_key: the coordinator's log key (PEM).
    """
    root = TrustRoot(
        version=1,
        federation=FEDERATION,
        federation_name="Heart demo",
        issued=now - timedelta(minutes=1),
        expires=now + timedelta(days=30),
        members=tuple(_member(people, name) for name in (*COMMITTEE, *CHECKERS)),
        hospitals=tuple(
            Hospital(site=site, name=f"{site} hospital", legal_entity=f"{site} foundation", identity_key=key)
            for site, key in sorted(hospitals.items())
        ),
        logs=(LogKey(origin=origin, public_key=log_key),),
        witness_quorum=3,
        committee_rule=QuorumRule(threshold=3, minimum_external=1),
        export_rule=QuorumRule(threshold=2, role="output_checker"),
        root_rule=RootRule(
            threshold=3, keys=tuple(people.keys[name].public_key.fingerprint for name in COMMITTEE)
        ),
        floors=Floors(minimum_persons=10, minimum_hospitals=3),
    )
    envelope = draft_root(root)
    for name in COMMITTEE[:3]:
        envelope = add_signature(envelope, key=people.keys[name])
    return envelope


def _member(people: People, name: str) -> Member:
    return Member(
        id=name,
        role="output_checker" if name in CHECKERS else "committee",
        affiliation="university" if name in EXTERNAL else "hospital group",
        external=name in EXTERNAL,
        keys=(MemberKey(public_key=people.keys[name].public_key.pem),),
    )


def pin_everywhere(people: People, root: Envelope) -> None:
    """Everybody pins the root by the fingerprint they were told."""
    trusted = TrustedRoots.pin(root, fingerprint=root_fingerprint(root))
    for name in (*COMMITTEE, *CHECKERS, RESEARCHER):
        people.home(name).pinned.save(trusted)
