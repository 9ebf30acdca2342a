"""Decides, offline and alone, whether an order from the untrusted coordinator may run at this hospital.

Everything is judged against this node's own trust root, its own memory and its own clock. The order of
checks goes from who speaks to what is asked; the first failure is the answer. Nothing here writes: the
caller records the judgement and what was learned (`Judged.roots`, `Judged.log`) in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from onggi.errors import NotTrusted, Refused
from onggi.protocol.bounds import (
    Reads,
    check_job_floors,
    check_participants,
    check_permit_floors,
    check_permitted,
    check_within_bounds,
)
from onggi.protocol.canonical import canonical_json, decode_base64, digest_of, sha256_hex
from onggi.protocol.checkpoint import SignedCheckpoint, VerifiedCheckpoint, check_fresh, verify_checkpoint
from onggi.protocol.dsse import Envelope, verified_signers
from onggi.protocol.log_view import LogView, check_included
from onggi.protocol.orders import Logged, OrderBundle
from onggi.protocol.quorum import check_quorum
from onggi.protocol.reviews import check_reviewed
from onggi.protocol.sealing import check_in_time, read_statement
from onggi.protocol.statements import JobApproval, JobOrder, Predicate, ProjectPermit
from onggi.protocol.trust_root import TrustRoot
from onggi.protocol.trusted_roots import TrustedRoots
from onggi.spec.ids import SiteId
from onggi.spec.job import CodeDigests, JobSpec

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the node knows when an order arrives."""

    site: SiteId
    datasets: Set[str]
    """Names of the data sets that this node holds."""
    roots: TrustedRoots
    log: LogView
    code: CodeDigests
    seen: Mapping[str, str]
    """Payload digest by statement id, for ids seen before."""
    revoked: Set[str]
    replaced: Set[str]
    """Permits in whose place this node has seen another one come."""
    jobs_before: Mapping[str, Set[str]]
    """Spec digests accepted within bounds, by permit id."""
    micro_epsilon_before: Mapping[str, int]
    """Privacy budget that runs within bounds spent or still may spend here, by permit id."""
    question_participants: tuple[str, ...] | None
    """Over which hospitals this question's inputs were summed before, on this dataset generation."""
    latest_time: datetime
    """The latest moment this node ever recorded; a clock behind it runs backwards."""
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An order that may run, with what the node learned while judging it."""

    order: JobOrder
    permit: ProjectPermit
    spec: JobSpec
    spec_digest: str
    roots: TrustedRoots
    root: TrustRoot
    log: LogView
    basis: Literal["bounds", "approval"]
    statements: Mapping[str, str]
    """Payload digest by id of every statement relied on: remembered against replay."""


def judge_order(bundle: OrderBundle, *, memory: Memory, reads: Reads, now: datetime) -> Judged:
    """The judgement. Raises NotTrusted or Refused with the code of the first rule that fails.

    Args:
        bundle: what arrived.
        memory: this node's own knowledge.
        reads: what the spec reads, found by the node in the spec itself.
        now: this node's clock.
    """
    _check_clock(memory, now=now)
    roots = memory.roots
    for envelope in bundle.roots:
        roots = roots.advance(envelope)
    root = roots.get_current(now=now)
    verified, log = _check_log(bundle, memory=memory, root=root, now=now)
    order = _check_order(bundle, memory=memory, root=root, log=log, now=now)
    spec_digest = digest_of(bundle.spec)
    if order.spec != spec_digest:
        raise NotTrusted("order.other_spec")
    permit = _check_permit(bundle.permit, memory=memory, root=root, verified=verified, now=now)
    check_permitted(bundle.spec, permit, reads=reads, now=now)
    _check_spec(bundle.spec, spec_digest, memory=memory, root=root, now=now)
    basis = _check_basis(bundle, permit, spec_digest, memory=memory, root=root, verified=verified, now=now)
    if memory.paused:
        raise Refused("node.paused")
    envelopes = [bundle.order, bundle.permit.envelope, *(logged.envelope for logged in bundle.approvals)]
    ids = mentioned_ids(bundle, federation=root.federation)
    return Judged(
        order=order,
        permit=permit,
        spec=bundle.spec,
        spec_digest=spec_digest,
        roots=roots,
        root=root,
        log=log,
        basis=basis,
        statements={name: payload_digest(one) for name, one in zip(ids, envelopes, strict=True)},
    )


def mentioned_ids(bundle: OrderBundle, *, federation: str) -> list[str]:
    """Ids of all statements in the bundle, for looking up what this node remembers of them."""
    approvals = [read_statement(one.envelope, JobApproval, federation=federation) for one in bundle.approvals]
    order = read_statement(bundle.order, JobOrder, federation=federation)
    return [order.id, bundle.spec.permit, *(approval.id for approval in approvals)]


def _check_clock(memory: Memory, *, now: datetime) -> None:
    if memory.latest_time - now > CLOCK_TOLERANCE:
        raise Refused("clock.runs_backwards")


def _check_log(
    bundle: OrderBundle, *, memory: Memory, root: TrustRoot, now: datetime
) -> tuple[VerifiedCheckpoint, LogView]:
    """The checkpoint is signed, witnessed, young, and continues what this node saw last."""
    signed = SignedCheckpoint.parse(bundle.checkpoint.encode())
    origin = memory.log.origin
    verified = verify_checkpoint(
        signed,
        origin=origin,
        log_key=root.log_key(origin),
        witnesses=root.witnesses(),
        quorum=root.witness_quorum,
    )
    check_fresh(verified, now=now)
    proof = [bytes.fromhex(step) for step in bundle.consistency]
    if verified.checkpoint.size == memory.log.size:
        proof = []  # the very head this node co-signed last: nothing lies between
    elif bundle.from_size != memory.log.size:
        raise NotTrusted("log.other_view", known=memory.log.size, offered=bundle.from_size)
    return verified, memory.log.advance(verified, proof=proof)


def _check_order(
    bundle: OrderBundle, *, memory: Memory, root: TrustRoot, log: LogView, now: datetime
) -> JobOrder:
    """The coordinator's log key signed it, for this hospital, now, and not again under an old id."""
    order = read_statement(bundle.order, JobOrder, federation=root.federation)
    log_key = root.log_key(log.origin)
    signed = bundle.order.signed_bytes
    if len(bundle.order.signatures) != 1:
        raise NotTrusted("order.not_signed")
    from_log = bundle.order.signatures[0]
    log_key.verify(decode_base64(from_log.sig), signed)
    if order.site != memory.site:
        raise NotTrusted("order.other_site")
    check_in_time(order, now=now)
    _check_unseen(order, bundle.order, memory)
    return order


def _check_unseen(predicate: Predicate, envelope: Envelope, memory: Memory) -> None:
    known = memory.seen.get(predicate.id)
    if known is not None and known != payload_digest(envelope):
        raise NotTrusted("statement.replayed", statement=predicate.id)


def payload_digest(envelope: Envelope) -> str:
    """What a statement id is remembered with."""
    return f"sha256:{sha256_hex(envelope.body)}"


def _check_logged(logged: Logged, verified: VerifiedCheckpoint) -> None:
    check_included(
        canonical_json(logged.envelope),
        index=logged.index,
        proof=[bytes.fromhex(step) for step in logged.proof],
        verified=verified,
    )


def _check_committee(envelope: Envelope, *, root: TrustRoot, people: tuple[str, ...]) -> None:
    """Enough committee members signed, enough of them external, none of them the project's people."""
    keys = root.keys_of("committee")
    signers = root.signers(verified_signers(envelope, keys))
    named = [one.keyid for one in envelope.signatures if one.keyid in keys]
    if len(named) != len(set(named)):
        # It would count once anyway; no honest envelope holds a key twice, so this one was made to mislead.
        raise NotTrusted("quorum.key_twice")
    check_quorum(root.committee_rule, signers=signers, excluded_members=set(people))


def _check_permit(
    logged: Logged, *, memory: Memory, root: TrustRoot, verified: VerifiedCheckpoint, now: datetime
) -> ProjectPermit:
    permit = read_statement(logged.envelope, ProjectPermit, federation=root.federation)
    _check_committee(logged.envelope, root=root, people=permit.people)
    _check_logged(logged, verified)
    if permit.id in memory.revoked:
        raise Refused("permit.withdrawn")
    if permit.id in memory.replaced:
        raise Refused("permit.replaced")
    _check_unseen(permit, logged.envelope, memory)
    check_in_time(permit, now=now)
    check_permit_floors(permit, root.floors)
    check_reviewed(permit)
    return permit


def _check_spec(spec: JobSpec, spec_digest: str, *, memory: Memory, root: TrustRoot, now: datetime) -> None:
    """The job itself: addressed to us, alive, our code, above the federation's floors."""
    if memory.site not in spec.participants:
        raise NotTrusted("order.not_a_participant")
    if spec_digest in memory.revoked:
        raise Refused("job.withdrawn")
    if now >= spec.expires:
        raise Refused("job.expired")
    if spec.dataset not in memory.datasets:
        raise Refused("order.other_dataset", dataset=spec.dataset)
    for part in ("source", "environment", "sandbox"):
        if getattr(spec.code, part) != getattr(memory.code, part):
            raise Refused("order.code_differs", part=part)
    check_job_floors(spec, root.floors)
    check_participants(spec, root)
    others = memory.question_participants not in (None, spec.participants)
    if spec.privacy.masked and others:
        # The difference of two sums over different sets would show one hospital alone.
        raise Refused("masks.same_inputs_other_set")


def _check_basis(
    bundle: OrderBundle,
    permit: ProjectPermit,
    spec_digest: str,
    *,
    memory: Memory,
    root: TrustRoot,
    verified: VerifiedCheckpoint,
    now: datetime,
) -> Literal["bounds", "approval"]:
    """Inside the permit's bounds, or approved to the digest by a vote of its own."""
    before = set(memory.jobs_before.get(permit.id, ())) - {spec_digest}
    try:
        spent = memory.micro_epsilon_before.get(permit.id, 0)
        check_within_bounds(bundle.spec, permit, jobs_before=len(before), micro_epsilon_before=spent)
    except Refused:
        if not bundle.approvals:
            raise
    else:
        return "bounds"
    for logged in bundle.approvals:
        approval = read_statement(logged.envelope, JobApproval, federation=root.federation)
        if approval.spec != spec_digest:
            raise NotTrusted("approval.other_spec")
        if approval.permit != permit.id or approval.project != permit.project:
            raise NotTrusted("approval.other_project")
        _check_committee(logged.envelope, root=root, people=permit.people)
        _check_logged(logged, verified)
        if approval.id in memory.revoked:
            raise Refused("job.withdrawn")
        _check_unseen(approval, logged.envelope, memory)
        check_in_time(approval, now=now)
    return "approval"


def question_digest(spec: JobSpec) -> str:
    """What identifies the inputs of a question, whatever its title, seed, limits or list of hospitals."""
    parameters = spec.parameters.model_dump(mode="json")
    for name in ("tolerance", "maximum_iterations"):
        parameters.pop(name, None)
    variables = [variable.model_dump(mode="json") for variable in spec.variables]
    question = {
        "dataset": spec.dataset,
        "cohort": spec.cohort,
        "variables": variables,
        "parameters": parameters,
    }
    if spec.outcomes:  # a question without outcomes keeps the digest under which it is remembered
        question["outcomes"] = [outcome.model_dump(mode="json") for outcome in spec.outcomes]
    return digest_of(question)
