"""Signs a paper that was read with the signer's own key file, if the pinned root lists that key."""

from __future__ import annotations

from datetime import datetime

from onggi.errors import Refused
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.keys import SigningKey
from onggi.protocol.papers import Paper
from onggi.protocol.quorum import Role
from onggi.protocol.sealing import check_in_time
from onggi.protocol.trust_root import TrustRoot


def signed_with(key: SigningKey, paper: Paper, *, root: TrustRoot, role: Role, now: datetime) -> Envelope:
    """The paper's bytes with this key's signature alone.

    Raises:
        Refused: ``client.key_not_in_root``, ``client.passkey_only``, ``statement.expired``.
    """
    check_in_time(paper.predicate, now=now)
    check_may_sign(key, root=root, role=role)
    return add_signature(paper.unsigned, key=key)


def check_may_sign(key: SigningKey, *, root: TrustRoot, role: Role) -> str:
    """The member who holds this key.

    Raises:
        Refused: where the root does not list the key for this role, or lists it as a passkey.
    """
    fingerprint = key.public_key.fingerprint
    known = root.keys_of(role).get(fingerprint)
    if known is None:
        raise Refused("client.key_not_in_root", key=fingerprint, role=role)
    if known.passkey is not None:
        raise Refused("client.passkey_only", key=fingerprint)
    return known.holder
