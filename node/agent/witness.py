"""Watches the transparency log for this hospital: each new head must continue the last, then it is signed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from node.failpoints import NodePoint
from node.registers.audit import NodeEvent, record_event
from node.services import NodeServices
from node.state.memory import load_log, load_roots, note_time, save_log, save_roots
from node.state.tables import Revoked
from onggi.errors import NotTrusted
from onggi.protocol.checkpoint import SignedCheckpoint, cosign_checkpoint, verify_checkpoint
from onggi.protocol.dsse import Envelope, verified_signers
from onggi.protocol.messages import CheckpointOffer, Cosignature, Revocations
from onggi.protocol.sealing import read_statement
from onggi.protocol.statements import Revocation
from onggi.protocol.trust_root import TrustRoot


def current_root(session: Session, services: NodeServices) -> TrustRoot:
    """The federation root in force at this node's clock."""
    roots = load_roots(session, fingerprint=services.settings.root_fingerprint)
    return roots.get_current(now=services.clock())


def cosign_offer(services: NodeServices, offer: CheckpointOffer) -> Cosignature:
    """This hospital's dated signature under a head that continues the last one it saw.

    A proof that starts elsewhere than at this node's view is answered with how far the view reaches.

    Raises:
        NotTrusted: ``log.forked``, ``log.cut_short`` and the like. Nothing is remembered or signed then.
    """
    now = services.clock()
    with services.sessions.begin() as session:
        root = current_root(session, services)
        view = load_log(session, origin=services.settings.log_origin)
        signed = SignedCheckpoint.parse(offer.checkpoint.encode())
        # Witnesses sign before there is a quorum of them: only the log's own signature counts here.
        verified = verify_checkpoint(
            signed, origin=view.origin, log_key=root.log_key(view.origin), witnesses=(), quorum=0
        )
        proof = [bytes.fromhex(step) for step in offer.consistency]
        if verified.checkpoint.size == view.size:
            proof = []  # seen before: signing it again only dates it anew
        elif offer.from_size != view.size and verified.checkpoint.size > view.size:
            return Cosignature(size=view.size)
        advanced = view.advance(verified, proof=proof)
        save_log(session, advanced)
        note_time(session, now)
        facts = {"size": advanced.size}
        record_event(session, NodeEvent.CHECKPOINT_SIGNED, about=view.origin, now=now, facts=facts)
    services.failpoint(NodePoint.CHECKPOINT_RECORDED)
    cosigned = cosign_checkpoint(signed, name=services.settings.site, key=services.identity, at=now)
    line = cosigned.render().decode().rstrip("\n").rsplit("\n", 1)[-1]
    return Cosignature(size=advanced.size, line=line)


def accept_roots(services: NodeServices, envelopes: Sequence[Envelope]) -> int:
    """Steps the federation root forward. Returns the version in force afterwards."""
    with services.sessions.begin() as session:
        roots = load_roots(session, fingerprint=services.settings.root_fingerprint)
        for envelope in envelopes:
            roots = roots.advance(envelope)
        if save_roots(session, roots):
            about = str(roots.latest.version)
            record_event(session, NodeEvent.ROOT_ADVANCED, about=about, now=services.clock())
    services.failpoint(NodePoint.ROOTS_RECORDED)
    return roots.latest.version


def accept_revocations(services: NodeServices, told: Revocations) -> set[str]:
    """Remembers withdrawn permits and jobs for good. Returns their ids or spec digests.

    One committee member's signature suffices: stopping is the safe direction. Each is judged by itself, so
    that a bad one cannot keep a good one beside it from stopping a run.

    Raises:
        NotTrusted: of the last bad one, where none was good.
    """
    targets: set[str] = set()
    refused: NotTrusted | None = None
    for logged in told.revocations:
        try:
            targets.add(_accept_revocation(services, logged.envelope))
        except NotTrusted as error:
            refused = error
    if refused is not None and not targets:
        raise refused
    services.failpoint(NodePoint.REVOCATION_RECORDED)
    return targets


def _accept_revocation(services: NodeServices, envelope: Envelope) -> str:
    with services.sessions.begin() as session:
        root = current_root(session, services)
        revocation = read_statement(envelope, Revocation, federation=root.federation)
        if not verified_signers(envelope, root.keys_of("committee")):
            raise NotTrusted("revocation.not_signed")
        if session.get(Revoked, revocation.target) is None:
            session.add(Revoked(target=revocation.target, envelope=envelope.to_json().decode()))
            about = revocation.target
            record_event(session, NodeEvent.PERMIT_WITHDRAWN, about=about, now=services.clock())
        return str(revocation.target)
