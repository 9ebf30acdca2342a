"""Judges the identity token of another log-in: who signed it, for whom, when, and in answer to what.

* The algorithm is one of two that are named here, and fits the key's own kind: the token chooses nothing.
* One audience, ours alone: a token that others may show as well is worth nothing to us.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt

from onggi.errors import NotTrusted

LONGEST: Final = 16_384
_KINDS: Final[Mapping[str, str]] = {"RS256": "RSA", "ES256": "EC"}
_SMALLEST_RSA: Final = 2048
_SKEW_SECONDS: Final = 60
_OLDEST_SECONDS: Final = 600
_LONGEST_SUBJECT: Final = 255
_ONLY_SIGNATURE: Final = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token must say to be the answer to our question."""

    issuer: str
    client_id: str
    nonce: str


def key_name(token: str) -> str:
    """The name of the key that a token says it is signed with. Raises NotTrusted ``oidc.token_refused``."""
    name = _header(token).get("kid")
    if not isinstance(name, str) or not name:
        raise _refused("kid")
    return name


def read_subject(token: str, *, keys: Sequence[Mapping[str, Any]], expected: Expected, now: datetime) -> str:
    """Who the token says is there. Raises NotTrusted ``oidc.token_refused``; `why` names the part."""
    header = _header(token)
    algorithm, name = str(header.get("alg")), key_name(token)
    if algorithm not in _KINDS:
        raise _refused("alg")
    found = [key for key in keys if key.get("kid") == name]
    if len(found) != 1:
        raise _refused("kid")
    claims = _signed_claims(token, found[0], algorithm)
    _check_party(claims, expected)
    _check_time(claims, now.timestamp())
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise _refused("sub")
    return subject


def _header(token: str) -> dict[str, Any]:
    try:
        if len(token) > LONGEST:
            raise _refused("size")
        return jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise _refused("shape") from None


def _signed_claims(token: str, key: Mapping[str, Any], algorithm: str) -> dict[str, Any]:
    fits = (
        key.get("kty") == _KINDS[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )
    if not fits:
        raise _refused("key")
    try:
        public = jwt.PyJWK(dict(key), algorithm=algorithm).key
        if getattr(public, "key_size", 0) < (_SMALLEST_RSA if algorithm == "RS256" else 256):
            raise _refused("key")
        # Time, audience and issuer are judged below by the coordinator's own clock and words.
        return dict(jwt.decode(token, key=public, algorithms=[algorithm], options=_ONLY_SIGNATURE))  # type: ignore[arg-type]  # a fixed table
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _refused("signature") from None


def _check_party(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise _refused("iss")
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise _refused("aud")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise _refused("azp")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise _refused("nonce")


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    ends, made, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (ends, made, begins)):
        raise _refused("time")
    assert isinstance(ends, int | float)
    assert isinstance(made, int | float)
    if not now < ends:
        raise _refused("exp")
    if not now - _OLDEST_SECONDS < made <= now + _SKEW_SECONDS:
        raise _refused("iat")
    if begins > now + _SKEW_SECONDS:
        raise _refused("nbf")


def _refused(why: str) -> NotTrusted:
    return NotTrusted("oidc.token_refused", why=why)
