"""From a paper and what a browser answered to a signed envelope, on a page that the coordinator did not make.

* The page asks the authenticator for a signature over exactly this paper's bytes.
* Which of a member's passkeys answered need not be told: the one under whose key the answer verifies.
* Everything is verified here before it is handed in, as every node will verify it again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import encode_base64
from onggi.protocol.dsse import Envelope, TrustedKey, add_passkey_signature
from onggi.protocol.papers import Paper
from onggi.protocol.passkey import PasskeyProof, challenge_for, check_assertion
from onggi.protocol.sealing import check_in_time
from onggi.protocol.trust_root import TrustRoot

_LONGEST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRequest:
    """What the page hands to the authenticator. `challenge` is base64url without padding."""

    challenge: str
    rp_id: str
    credential: str = ""
    """The one passkey that is asked, by the id that the browser gave it; any of the page's if not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserAnswer:
    """What the authenticator returned, each base64url as browsers give it."""

    authenticator_data: str
    client_data_json: str
    signature: str


def passkeys_at(origin: str, *, root: TrustRoot, paper: Paper) -> Mapping[str, TrustedKey]:
    """The passkeys that may sign this paper on the page of this origin, by fingerprint.

    Raises:
        Refused: ``signing.no_passkey_here`` where the root names none.
    """
    found = {
        fingerprint: key
        for fingerprint, key in root.keys_of(paper.role).items()
        if key.passkey is not None and key.passkey.origin == origin
    }
    if not found:
        raise Refused("signing.no_passkey_here", origin=origin, role=paper.role)
    return found


def request_for(paper: Paper, *, origin: str, root: TrustRoot) -> PasskeyRequest:
    """What the page of this origin asks the authenticator for."""
    keys = passkeys_at(origin, root=root, paper=paper)
    parties = {key.passkey.rp_id for key in keys.values() if key.passkey is not None}
    if len(parties) != 1:
        raise Refused("signing.several_parties", origin=origin)
    return PasskeyRequest(challenge=challenge_for(paper.unsigned.signed_bytes), rp_id=parties.pop())


def sign_with_passkey(
    paper: Paper, answer: BrowserAnswer, *, origin: str, root: TrustRoot, now: datetime
) -> Envelope:
    """The paper with this one signature.

    Raises:
        Refused: ``statement.expired``, ``signing.no_passkey_here``.
        NotTrusted: ``passkey.*`` where the answer does not approve exactly this paper on this page.
    """
    check_in_time(paper.predicate, now=now)
    return signed_by_one_of(paper, answer, keys=passkeys_at(origin, root=root, paper=paper))


def signed_by_one_of(paper: Paper, answer: BrowserAnswer, *, keys: Mapping[str, TrustedKey]) -> Envelope:
    """The paper with the signature of whichever of these passkeys answered.

    Raises:
        NotTrusted: ``passkey.*`` where none of them approved exactly this paper on its page.
    """
    proof, signature = _read(answer)
    refused: NotTrusted | None = None
    for fingerprint, key in keys.items():
        assert key.passkey is not None
        try:
            check_assertion(
                proof,
                signature=signature,
                signed=paper.unsigned.signed_bytes,
                key=key.public_key,
                scope=key.passkey,
            )
        except NotTrusted as other:
            refused = other
            continue
        return add_passkey_signature(
            paper.unsigned, fingerprint=fingerprint, signature=signature, proof=proof
        )
    assert refused is not None
    raise refused


def _read(answer: BrowserAnswer) -> tuple[PasskeyProof, bytes]:
    try:
        proof = PasskeyProof(
            authenticatorData=encode_base64(bytes_of(answer.authenticator_data)),
            clientDataJSON=encode_base64(bytes_of(answer.client_data_json)),
        )
    except ValidationError:
        raise NotTrusted("passkey.malformed", why="shape") from None
    return proof, bytes_of(answer.signature)


def bytes_of(text: str) -> bytes:
    """Base64url as browsers give it. Raises NotTrusted(``passkey.malformed``)."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise NotTrusted("passkey.malformed", why="base64") from None
