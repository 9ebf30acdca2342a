"""Puts a statement and its signatures into one envelope, and tells who really signed it.

* DSSE v1: the signature covers the payload type and the exact payload bytes, never a re-reading of them.
* A key counts once, whatever names it is given. Signatures of unknown keys are ignored; a wrong
  signature under a known key is an error, because somebody forged or altered something.
* A passkey signs through the browser and adds {authenticatorData, clientDataJSON} beside `sig`; a key
  that the root lists as a passkey can sign in no other way, and an ordinary key not in that way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
)

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import (
    JsonValue,
    canonical_json,
    decode_base64,
    encode_base64,
    parse_strict_json,
)
from onggi.protocol.keys import PublicKey, SigningKey
from onggi.protocol.passkey import PasskeyProof, PasskeyScope, check_assertion
from onggi.spec.base import Frozen

PAYLOAD_TYPE: Literal["application/vnd.in-toto+json"] = "application/vnd.in-toto+json"
LARGEST_ENVELOPE = 4 * 1024 * 1024
MOST_SIGNATURES = 64


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: type and payload, each behind its length, so neither can move."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _one_spelling(text: str) -> str:
    try:
        decode_base64(text)
    except Refused as bad:
        raise NotTrusted("envelope.malformed", why=bad.code) from None
    return text


Base64 = Annotated[str, AfterValidator(_one_spelling)]


class Signature(Frozen):
    """One signature. `keyid` is a hint that nobody signed; the key's own fingerprint is what counts."""

    keyid: Annotated[str, StringConstraints(max_length=200)] = ""
    sig: Annotated[Base64, StringConstraints(max_length=1_000)]
    passkey: PasskeyProof | None = None

    @model_serializer(mode="wrap")
    def _without_absent_passkey(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Plain DSSE readers know no such field; it appears only where it says something.
        written: dict[str, Any] = write(self)
        if self.passkey is None:
            written.pop("passkey", None)
        return written


class Envelope(Frozen):
    """A signed statement as it travels and is stored."""

    payload: Base64
    payload_type: Literal["application/vnd.in-toto+json"] = Field(default=PAYLOAD_TYPE, alias="payloadType")
    signatures: Annotated[tuple[Signature, ...], Field(max_length=MOST_SIGNATURES)] = ()

    @classmethod
    def from_json(cls, data: bytes, *, limit: int = LARGEST_ENVELOPE) -> Envelope:
        """Reads an envelope; its signatures are not checked yet."""
        try:
            return cls.model_validate(parse_strict_json(data, limit))
        except Refused as bad:
            raise NotTrusted("envelope.malformed", why=bad.code) from None
        except ValidationError as bad:
            raise NotTrusted("envelope.malformed", why=str(bad.errors()[0]["type"])) from None

    def to_json(self) -> bytes:
        return canonical_json(self)

    @property
    def body(self) -> bytes:
        """The payload bytes, exactly as signed."""
        return decode_base64(self.payload)

    @property
    def signed_bytes(self) -> bytes:
        return pre_authentication_encoding(self.payload_type, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key that the federation root names, who holds it, and where it may sign if it is a passkey."""

    public_key: PublicKey
    holder: str
    passkey: PasskeyScope | None = None

    @property
    def fingerprint(self) -> str:
        return self.public_key.fingerprint


def read_payload(envelope: Envelope, *, limit: int = LARGEST_ENVELOPE) -> JsonValue:
    """The statement inside. Refused unless spelled canonically: one statement, one digest."""
    body = envelope.body
    try:
        value = parse_strict_json(body, limit)
        canonical = canonical_json(value)
    except Refused as bad:
        raise NotTrusted("envelope.malformed", why=bad.code) from None
    if canonical != body:
        raise NotTrusted("envelope.not_canonical")
    return value


def make_envelope(statement: object) -> Envelope:
    """An envelope with no signature yet, over the statement's canonical bytes."""
    return Envelope(payload=encode_base64(canonical_json(statement)))


def sign_envelope(statement: object, *, key: SigningKey) -> Envelope:
    return add_signature(make_envelope(statement), key=key)


def add_signature(envelope: Envelope, *, key: SigningKey) -> Envelope:
    """The envelope with one more signature; unchanged where this key already stands in it."""
    fingerprint = key.public_key.fingerprint
    sig = encode_base64(key.sign(envelope.signed_bytes))
    return _with(envelope, Signature(keyid=fingerprint, sig=sig))


def add_passkey_signature(
    envelope: Envelope, *, fingerprint: str, signature: bytes, proof: PasskeyProof
) -> Envelope:
    """The envelope with what a browser returned for its `signed_bytes`."""
    return _with(envelope, Signature(keyid=fingerprint, sig=encode_base64(signature), passkey=proof))


def _with(envelope: Envelope, signature: Signature) -> Envelope:
    if any(present.keyid == signature.keyid for present in envelope.signatures):
        return envelope
    if len(envelope.signatures) >= MOST_SIGNATURES:
        raise Refused("envelope.too_many_signatures", most=MOST_SIGNATURES)
    return envelope.model_copy(update={"signatures": (*envelope.signatures, signature)})


def verified_signers(envelope: Envelope, keys: Mapping[str, TrustedKey]) -> tuple[TrustedKey, ...]:
    """Every trusted key that signed, once each, in the envelope's order. May be empty: count it.

    Args:
        envelope: what was received.
        keys: trusted keys by key id, normally the fingerprint.
    """
    signed = envelope.signed_bytes
    found: dict[str, TrustedKey] = {}
    for signature in envelope.signatures:
        key = keys.get(signature.keyid)
        if key is None:
            continue
        _check_signature(signature, key=key, signed=signed)
        found.setdefault(key.fingerprint, key)
    return tuple(found.values())


def _check_signature(signature: Signature, *, key: TrustedKey, signed: bytes) -> None:
    sig = decode_base64(signature.sig)
    if (signature.passkey is None) != (key.passkey is None):
        raise NotTrusted("signature.wrong_form", key=key.fingerprint)
    if signature.passkey is None or key.passkey is None:
        key.public_key.verify(sig, signed)
        return
    check_assertion(signature.passkey, signature=sig, signed=signed, key=key.public_key, scope=key.passkey)
