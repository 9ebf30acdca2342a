"""Judges kept papers again: the statements of an order, their places in the log and the witnessed head.

The judgement is the one that was made when the order came (`judge_order`), at that moment and by the same
version of the federation root; nothing is asked of anybody outside. What no paper can show is not looked at
again: which jobs came before this one, and whether a permit was withdrawn since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from node.decisions.judge_order import Judged, Memory, judge_order
from onggi.errors import NotTrusted
from onggi.protocol.bounds import Reads
from onggi.protocol.checkpoint import SignedCheckpoint
from onggi.protocol.dsse import Envelope
from onggi.protocol.log_view import LogView
from onggi.protocol.orders import Logged, OrderBundle
from onggi.protocol.rendering import render_statement
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import JobApproval, ProjectPermit
from onggi.protocol.trust_root import Member, TrustRoot
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.base import Frozen, Instant
from onggi.spec.ids import SiteId
from onggi.spec.job import JobSpec


class Papers(Frozen):
    """All that an order stood on, as it was verified."""

    version: Literal[1] = 1
    verified_at: Instant
    root_version: int = Field(ge=1)
    log_origin: str
    site: SiteId
    basis: Literal["bounds", "approval"]
    order: Envelope
    spec: JobSpec
    permit: Logged
    approvals: tuple[Logged, ...] = ()
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPaper:
    """One statement as a person reads it: by whom it was signed, the text that they read, its place."""

    predicate: ProjectPermit | JobApproval
    signers: tuple[Member, ...]
    text: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPapers:
    """The papers, told: the permit first, then the approvals of this very job."""

    statements: tuple[SignedPaper, ...]
    log_size: int
    witnesses: tuple[str, ...]
    """Names of the hospitals whose dated signatures stand under the log's head."""


def judge_papers(papers: Papers, roots: TrustedRoots, *, reads: Reads) -> Judged:
    """The judgement, once more. Raises as `judge_order` does, at the first thing that does not hold.

    Args:
        roots: this node's own chain of roots; versions after the one that was used are left aside.
        reads: what the spec reads, found in the spec itself.
    """
    bundle = OrderBundle(
        order=papers.order,
        spec=papers.spec,
        permit=papers.permit,
        approvals=papers.approvals,
        checkpoint=papers.checkpoint,
        from_size=0,
        consistency=(),
    )
    return judge_order(bundle, memory=_memory(papers, roots), reads=reads, now=papers.verified_at)


def _memory(papers: Papers, roots: TrustedRoots) -> Memory:
    now: datetime = papers.verified_at
    return Memory(
        site=papers.site,
        datasets=frozenset({papers.spec.dataset}),
        roots=roots_until(roots, version=papers.root_version),
        log=LogView(origin=papers.log_origin),
        code=papers.spec.code,
        seen={},
        revoked=frozenset(),
        replaced=frozenset(),
        jobs_before={},
        micro_epsilon_before={},
        question_participants=None,
        latest_time=now,
        paused=False,
    )


def roots_until(roots: TrustedRoots, *, version: int) -> TrustedRoots:
    """The chain as it was. Raises NotTrusted(``root.version_skipped``) where it never came so far."""
    if not 1 <= version <= len(roots.roots):
        raise NotTrusted("root.version_skipped", known=len(roots.roots), offered=version)
    return TrustedRoots(envelopes=roots.envelopes[:version], roots=roots.roots[:version])


def tell_papers(papers: Papers, root: TrustRoot) -> ToldPapers:
    """Reads the papers for a person. Nothing is verified here: that was done at `verified_at`.

    Args:
        root: the version by which they were verified.
    """
    permit = read_statement(papers.permit.envelope, ProjectPermit, federation=root.federation)
    approvals = [
        (logged, read_statement(logged.envelope, JobApproval, federation=root.federation))
        for logged in papers.approvals
    ]
    head = SignedCheckpoint.parse(papers.checkpoint.encode())
    sites = {hospital.site: hospital.name for hospital in root.hospitals}
    signed = dict.fromkeys(line.name for line in head.signatures if line.name in sites)
    return ToldPapers(
        statements=(
            _signed(papers.permit, permit, root),
            *(_signed(logged, approval, root) for logged, approval in approvals),
        ),
        log_size=head.checkpoint.size,
        witnesses=tuple(sites[site] for site in signed),
    )


def _signed(logged: Logged, predicate: ProjectPermit | JobApproval, root: TrustRoot) -> SignedPaper:
    return SignedPaper(
        predicate=predicate,
        signers=_members(root, [one.keyid for one in logged.envelope.signatures]),
        text=render_statement(predicate),
        index=logged.index,
    )


def _members(root: TrustRoot, keys: Sequence[str]) -> tuple[Member, ...]:
    """Whose keys signed, in the root's order; keys that it does not name are nobody's."""
    return tuple(member for member in root.members if any(key.fingerprint in keys for key in member.keys))
