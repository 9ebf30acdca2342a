"""A statement before its signer: what it says, the text to read, and the bytes to sign.

The text is made here, from the very bytes that will be signed, whatever the coordinator claims they say. What
a statement names by digest alone (a job, a result) lies beside it, and only if the digest fits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from pydantic import JsonValue, ValidationError

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.dsse import Envelope, read_payload
from onggi.protocol.quorum import Role
from onggi.protocol.rendering import render_spec, render_statement, render_terms
from onggi.protocol.reviews import render_reviews, reviews_of
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import (
    ExportRelease,
    FeasibilityApproval,
    JobApproval,
    Predicate,
    ProjectPermit,
    Revocation,
)
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.job import JobSpec

_SIGNED_BY_PEOPLE: tuple[type[Predicate], ...] = (
    ProjectPermit,
    FeasibilityApproval,
    JobApproval,
    Revocation,
    ExportRelease,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What one person is about to sign. `attached` is the text of what it names by digest."""

    predicate: Predicate
    rendering: str
    envelope: Envelope
    attached: str | None = None

    @property
    def role(self) -> Role:
        """In which role it is signed."""
        return "output_checker" if isinstance(self.predicate, ExportRelease) else "committee"

    @property
    def unsigned(self) -> Envelope:
        """The same bytes without signatures: what is handed in carries the signer's own alone."""
        return self.envelope.model_copy(update={"signatures": ()})


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


def read_whole_paper(envelope: Envelope, *, root: TrustRoot, named: JsonValue | None) -> Paper:
    """Reads what would be signed together with what it names by digest: nobody signs an unread digest.

    Args:
        named: the job that an approval is about, the result that a vote is about, or the list of reviews that
            a permit names; else None.

    Raises:
        Refused: ``client.spec_not_shown``, ``signing.review_not_shown`` where it is missing;
            ``permit.no_review`` where a permit names none for one of its data sets.
        NotTrusted: ``client.rendering_differs`` where another one was given.
    """
    paper = read_paper(envelope, root=root)
    match paper.predicate:
        case JobApproval(spec=digest) | ExportRelease(result=digest):
            if named is None:
                raise Refused("client.spec_not_shown", spec=digest)
            if digest_of(named) != digest:
                raise NotTrusted("client.rendering_differs", statement=paper.predicate.id)
            attached = _tell(paper.predicate, named)
        case ProjectPermit() as permit:
            attached = render_reviews(reviews_of(permit, named))
        case _:
            return paper
    return replace(paper, attached=attached)


def _tell(predicate: Predicate, named: JsonValue) -> str:
    """The thing in plain words where there are any, then all of it."""
    whole = json.dumps(named, ensure_ascii=False, sort_keys=True, indent=1)
    if not isinstance(predicate, JobApproval):
        return f"{whole}\n"
    try:
        spec = JobSpec.model_validate(named)
    except ValidationError:
        raise NotTrusted("client.rendering_differs", statement=predicate.id) from None
    return f"{render_spec(spec)}\n{render_terms(spec)}\n{whole}\n"


def _kind_of(envelope: Envelope) -> type[Predicate]:
    value = read_payload(envelope)
    said = value.get("predicateType") if isinstance(value, dict) else None
    for kind in _SIGNED_BY_PEOPLE:
        if said == kind.TYPE:
            return kind
    raise NotTrusted("statement.other_type", wanted="a statement that people sign")
