"""Makes a signed statement from what it says, and reads one back only if it says what its signers read.

Reading checks form, type, federation and the summary's digest; who signed, and whether they may, is
judged by the caller with `onggi.protocol.dsse.verified_signers` and `onggi.protocol.quorum`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope, add_signature, make_envelope, read_payload
from onggi.protocol.keys import SigningKey
from onggi.protocol.rendering import summary_digest, with_summary
from onggi.protocol.statements import STATEMENT_TYPE, Predicate, Statement, Subject

P = TypeVar("P", bound=Predicate)


def draft_statement(predicate: Predicate, *, subject: str, digest: str) -> Envelope:
    """An unsigned envelope. The summary is filled in from the predicate's own rendering.

    Args:
        subject: name of the thing the statement is about, e.g. the permit's or job's id.
        digest: ``sha256:<hex>`` of that thing.
    """
    finished = with_summary(predicate)
    return make_envelope(
        Statement(
            _type=STATEMENT_TYPE,
            subject=(Subject(name=subject, digest={"sha256": digest.removeprefix("sha256:")}),),
            predicateType=finished.TYPE,
            predicate=finished,
        )
    )


def seal_statement(
    predicate: Predicate, *, keys: Iterable[SigningKey], subject: str | None = None, digest: str | None = None
) -> Envelope:
    """A signed envelope; without a subject the statement is about itself (its id and own digest)."""
    envelope = draft_statement(
        predicate, subject=subject or predicate.id, digest=digest or digest_of(with_summary(predicate))
    )
    for key in keys:
        envelope = add_signature(envelope, key=key)
    return envelope


def read_statement(envelope: Envelope, kind: type[P], *, federation: str) -> P:
    """The predicate inside, if it is of that kind, of this federation, and says what its signers read.

    One text only has this meaning: a date or number in another spelling that would be read as the same is
    refused, so that a stricter verifier cannot judge otherwise. A field left out is its default, as ever.
    """
    value = read_payload(envelope)
    if not isinstance(value, dict) or value.get("predicateType") != kind.TYPE:
        raise NotTrusted("statement.other_type", wanted=kind.TYPE)
    try:
        # The ignore: mypy cannot see a class made for a type held in a variable.
        statement = Statement[kind].model_validate(value)  # type: ignore[valid-type]
    except ValidationError:
        raise NotTrusted("statement.malformed", wanted=kind.TYPE) from None
    if canonical_json(statement.model_dump(mode="json", exclude_unset=True)) != envelope.body:
        raise NotTrusted("statement.malformed", wanted=kind.TYPE)
    predicate: P = statement.predicate
    if predicate.federation != federation:
        raise NotTrusted("statement.other_federation")
    if predicate.summary != summary_digest(predicate):
        raise NotTrusted("statement.summary_differs")
    return predicate


def check_in_time(predicate: Predicate, *, now: datetime, skew_seconds: int = 300) -> None:
    """Raises Refused where the statement is not valid now; a small clock difference is forgiven."""
    if (predicate.issued - now).total_seconds() > skew_seconds:
        raise Refused("statement.not_yet_valid", statement=predicate.id)
    if now >= predicate.expires:
        raise Refused("statement.expired", statement=predicate.id)
