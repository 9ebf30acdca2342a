"""A coordinator that lies: it holds the log's key and the link, and no key of a committee or hospital.

What people really signed comes from `HonestFederation`; the rogue may show it, hold it back, mix it and
alter it. What witnesses really co-signed comes from `RogueLog`. Every knob of a bundle can be turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.demo.study import SITES, count_job, glm_job
from onggi.protocol.canonical import canonical_json, digest_of, encode_base64, parse_strict_json
from onggi.protocol.dsse import Envelope, Signature
from onggi.protocol.keys import FileKey
from onggi.protocol.merkle import consistency_proof, inclusion_proof
from onggi.protocol.orders import Logged, OrderBundle
from onggi.protocol.rendering import UNSET, with_summary
from onggi.protocol.sealing import seal_statement
from onggi.protocol.statements import JobApproval, JobOrder, Predicate, ProjectPermit, Revocation
from onggi.protocol.trust_root import TrustRoot, root_fingerprint
from onggi.spec.ids import PermitId, ProjectId, SiteId
from onggi.spec.job import JobSpec
from tests.support.federation_root import COMMITTEE, RogueLog, key, make_root, signed_root
from tests.support.lone_node import SetClock, this_code
from tests.support.small_federation import permit_for

PROJECT = ProjectId("project-heart")
PERMIT = PermitId("permit-heart-study")
SIGNERS = COMMITTEE[2:5]
"""Three members, two of them external: a quorum."""
_KINDS: dict[str, type[Predicate]] = {kind.TYPE: kind for kind in (JobApproval, JobOrder, ProjectPermit)}


@dataclass
class HonestFederation:
    """What the committee and the root's keepers signed when they were asked in good order."""

    clock: SetClock
    root: TrustRoot = field(default_factory=make_root)
    _roots: list[Envelope] = field(default_factory=list)

    @property
    def first_root(self) -> Envelope:
        return signed_root(self.root)

    @property
    def fingerprint(self) -> str:
        return root_fingerprint(self.first_root)

    def next_root(self, *, by: tuple[str, ...] = COMMITTEE[:2], **changes: Any) -> Envelope:
        fields = self.root.model_dump(mode="json") | {"version": 2} | changes
        return signed_root(TrustRoot.model_validate(fields), by=by)

    def permit(self, *, by: Sequence[str] = SIGNERS, **changes: object) -> Envelope:
        permit = permit_for(SITES, project=PROJECT, now=self.clock())
        bounds = changes.pop("bounds", {})
        fields = permit.model_dump(mode="json") | changes
        if isinstance(bounds, dict):
            fields["bounds"] = fields["bounds"] | bounds
        else:
            fields["bounds"] = bounds
        return seal_statement(ProjectPermit.model_validate(fields), keys=[key(name) for name in by])

    def approval(self, job: JobSpec, *, by: Sequence[str] = SIGNERS, **changes: object) -> Envelope:
        now = self.clock()
        fields: dict[str, object] = {
            "id": "approval-1",
            "federation": self.root.federation,
            "issued": now - timedelta(minutes=1),
            "expires": now + timedelta(days=2),
            "summary": UNSET,
            "project": job.project,
            "permit": job.permit,
            "spec": digest_of(job),
        }
        approval = JobApproval.model_validate(fields | changes)
        return seal_statement(approval, keys=[key(name) for name in by])

    def revocation(self, target: str, *, what: str = "permit", by: str = COMMITTEE[0]) -> Envelope:
        now = self.clock()
        revocation = Revocation.model_validate(
            {
                "id": "revocation-1",
                "federation": self.root.federation,
                "issued": now,
                "expires": now + timedelta(days=1),
                "summary": UNSET,
                "what": what,
                "target": target,
                "reason": "withdrawn in a test",
            }
        )
        return seal_statement(revocation, keys=[key(by)])

    def count_spec(self, **changes: object) -> JobSpec:
        made = count_job(project=PROJECT, permit=PERMIT, code=this_code(), now=self.clock())
        return JobSpec.model_validate(made.model_dump(mode="json") | changes)

    def glm_spec(self, *, masked: bool, terms: Sequence[str] = ("age", "male"), **changes: Any) -> JobSpec:
        """A regression of disease on a few terms."""
        made = glm_job(
            project=PROJECT,
            permit=PERMIT,
            code=this_code(),
            now=self.clock(),
            masked=masked,
        )
        fields = made.model_dump(mode="json")
        wanted = {"disease", *terms}
        fields["variables"] = [one for one in fields["variables"] if one["name"] in wanted]
        references = {k: v for k, v in fields["parameters"]["references"].items() if k in terms}
        fields["parameters"] |= {"terms": list(terms), "references": references}
        return JobSpec.model_validate(fields | changes)


@dataclass
class RogueCoordinator:
    """Builds orders as a coordinator does, and lets every part be something else."""

    honest: HonestFederation
    log: RogueLog = field(default_factory=RogueLog)
    own_key: FileKey = field(default_factory=lambda: key("the rogue's own"))
    _orders: int = 0

    def __post_init__(self) -> None:
        if not self.log.entries:
            self.log.entries += [b"an older entry", b"another older entry"]

    @property
    def now(self) -> datetime:
        return self.honest.clock()

    def enter(self, envelope: Envelope, *, log: RogueLog | None = None) -> int:
        """The envelope's place in the log."""
        entries = (log or self.log).entries
        entry = canonical_json(envelope)
        if entry not in entries:
            entries.append(entry)
        return entries.index(entry)

    def order(
        self, spec: JobSpec, site: SiteId, *, signers: Sequence[FileKey] | None = None, **changes: object
    ) -> Envelope:
        """An order under the log's key, or under whatever keys are given."""
        self._orders += 1
        name = f"order-{self._orders:04d}-{site}"
        fields: dict[str, object] = {
            "id": name,
            "federation": self.honest.root.federation,
            "issued": self.now,
            "expires": self.now + timedelta(days=1),
            "summary": UNSET,
            "order": name,
            "run": f"run-{self._orders:04d}",
            "site": site,
            "job": "job-0001",
            "spec": digest_of(spec),
        }
        order = JobOrder.model_validate(fields | changes)
        return seal_statement(order, keys=[key("log")] if signers is None else signers)

    def bundle(
        self,
        spec: JobSpec,
        *,
        site: SiteId,
        permit: Envelope,
        approvals: Sequence[Envelope] = (),
        order: Envelope | None = None,
        seen: int = 0,
        log: RogueLog | None = None,
        witnesses: tuple[str, ...] = ("budapest", "zurich"),
        at: datetime | None = None,
        roots: Sequence[Envelope] = (),
        **changes: object,
    ) -> OrderBundle:
        """A bundle that a node accepts, but for what the arguments and `changes` make of it."""
        shown = log or self.log
        indexes = [self.enter(one, log=shown) for one in (permit, *approvals)]
        size = len(shown.entries)
        proven = 0 < seen < size
        steps = consistency_proof(seen, new=size, lookup=shown.node) if proven else ()
        logged = [
            Logged(
                envelope=one,
                index=index,
                proof=tuple(step.hex() for step in inclusion_proof(index, size=size, lookup=shown.node)),
            )
            for one, index in zip((permit, *approvals), indexes, strict=True)
        ]
        bundle = OrderBundle(
            order=order or self.order(spec, site),
            spec=spec,
            permit=logged[0],
            approvals=tuple(logged[1:]),
            checkpoint=shown.signed(by=witnesses, at=at or self.now).render().decode(),
            from_size=seen,
            consistency=tuple(step.hex() for step in steps),
            roots=tuple(roots),
        )
        return bundle.model_copy(update=changes)

    # --- ways to spoil an envelope -------------------------------------------------------------------

    def altered(self, envelope: Envelope, **changes: object) -> Envelope:
        """Other words over the old signatures, with a summary that fits them unless it is given too."""
        statement: Any = parse_strict_json(envelope.body, 2**20)
        kind = _KINDS[statement["predicateType"]]
        changed = kind.model_validate(statement["predicate"] | changes)
        if "summary" not in changes:
            changed = with_summary(changed)
        statement["predicate"] = changed.model_dump(mode="json")
        payload = encode_base64(canonical_json(statement))
        return envelope.model_copy(update={"payload": payload})

    def key_twice(self, envelope: Envelope) -> Envelope:
        """One member's signature once more, so that three signatures stand there."""
        return envelope.model_copy(update={"signatures": (*envelope.signatures, envelope.signatures[0])})

    def under_another_name(self, envelope: Envelope, *, as_key: str) -> Envelope:
        """A signature of the rogue's own key that claims to be a member's."""
        forged = Signature(
            keyid=key(as_key).public_key.fingerprint,
            sig=encode_base64(self.own_key.sign(envelope.signed_bytes)),
        )
        return envelope.model_copy(update={"signatures": (*envelope.signatures, forged)})
