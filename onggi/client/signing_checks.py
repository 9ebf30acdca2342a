"""Makes sure that what a signer reads is what the signer signs, whatever the coordinator claims it is.

* The text shown is made here, from the very bytes that will be signed; the coordinator's text must equal it.
* The digest of that text stands inside the statement, so every later reader can check the same.
* The key must be the signer's own key in the pinned federation root.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onggi.errors import NotTrusted, Refused
from onggi.protocol.dsse import Envelope, add_signature, read_payload
from onggi.protocol.keys import SigningKey
from onggi.protocol.quorum import Role
from onggi.protocol.rendering import render_statement
from onggi.protocol.sealing import check_in_time, read_statement
from onggi.protocol.statements import (
    ExportRelease,
    FeasibilityApproval,
    JobApproval,
    Predicate,
    ProjectPermit,
    Revocation,
)
from onggi.protocol.trust_root import TrustRoot

_SIGNED_BY_PEOPLE: tuple[type[Predicate], ...] = (
    ProjectPermit,
    FeasibilityApproval,
    JobApproval,
    Revocation,
    ExportRelease,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A statement before its signer: what it says, the text to read, and the bytes to sign."""

    predicate: Predicate
    rendering: str
    envelope: Envelope

    def signed(self, key: SigningKey, *, root: TrustRoot, role: Role, now: datetime) -> Envelope:
        """The same bytes with this key's signature alone.

        Raises:
            Refused: ``client.key_not_in_root``, ``client.passkey_only``, ``statement.expired``.
        """
        check_in_time(self.predicate, now=now)
        check_may_sign(key, root=root, role=role)
        return add_signature(self.envelope.model_copy(update={"signatures": ()}), key=key)


def read_paper(envelope: Envelope, *, root: TrustRoot, shown: str | None = None) -> Paper:
    """Reads what would be signed.

    Args:
        shown: the coordinator's own rendering, which must be the same text.

    Raises:
        NotTrusted: ``client.rendering_differs``, ``statement.*``, ``envelope.*``.
    """
    predicate = read_statement(envelope, _kind_of(envelope), federation=root.federation)
    rendering = render_statement(predicate)
    if shown is not None and shown != rendering:
        raise NotTrusted("client.rendering_differs", statement=predicate.id)
    return Paper(predicate=predicate, rendering=rendering, envelope=envelope)


def _kind_of(envelope: Envelope) -> type[Predicate]:
    value = read_payload(envelope)
    said = value.get("predicateType") if isinstance(value, dict) else None
    for kind in _SIGNED_BY_PEOPLE:
        if said == kind.TYPE:
            return kind
    raise NotTrusted("statement.other_type", wanted="a statement that people sign")


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
