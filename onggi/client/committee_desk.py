"""The committee member's desk: read what waits, sign it, or stop it; nothing is signed unread."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from onggi.client.names import checked_name
from onggi.client.paging import all_pages
from onggi.client.pinned_roots import PinnedRoots
from onggi.client.replies import JobRecord, KeptReview, PageReply, StatementReply
from onggi.client.signing_checks import check_may_sign, signed_with
from onggi.client.transport import Transport
from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.dsse import Envelope
from onggi.protocol.keys import SigningKey
from onggi.protocol.papers import Paper, read_paper, read_whole_paper
from onggi.protocol.rendering import UNSET
from onggi.protocol.statements import FeasibilityApproval, JobApproval, Predicate, ProjectPermit, Revocation
from onggi.spec.base import as_instant
from onggi.spec.job import JobSpec

_ACTS: Mapping[str, type[Predicate]] = {
    "project-permit": ProjectPermit,
    "feasibility-approval": FeasibilityApproval,
    "job-approval": JobApproval,
    "revocation": Revocation,
}
_FILLED_IN = frozenset({"id", "federation", "issued", "summary"})
_REVOCATION_LIFE = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """A statement as its reader sees it: the paper, who signed, and for a job approval the job itself."""

    reply: StatementReply
    paper: Paper
    spec: JobSpec | None

    @property
    def text(self) -> str:
        """Everything to be read before signing."""
        return "\n".join(part for part in (self.paper.rendering, self.paper.attached) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitteeDesk:
    """Statements that a committee signs. `pinned` is the member's own federation root."""

    transport: Transport
    pinned: PinnedRoots

    def statements(self, *, waiting: bool = False, state: str | None = None) -> Iterator[StatementReply]:
        """All statements, or those that wait for this member's signature."""
        query = {"state": state, "waiting": "true" if waiting else None}
        return all_pages(self.transport, "/statements", PageReply[StatementReply], query=query)

    def read(self, statement: str, *, now: datetime | None = None) -> StatementPage:
        """A statement, checked: the text is made from the bytes that would be signed.

        Raises:
            NotTrusted: ``client.rendering_differs`` and others where something is not what it claims.
            Refused: ``client.spec_not_shown`` where the approved job cannot be found.
        """
        path = f"/statements/{checked_name(statement)}"
        return self._page(self.transport.ask("GET", path, StatementReply), now=now)

    def sign(self, page: StatementPage, *, key: SigningKey, now: datetime | None = None) -> StatementReply:
        """Signs exactly the page that was read, and hands in the signature."""
        clock = now or datetime.now(UTC)
        root = self.pinned.get_current(now=clock)
        return self.hand_in(page, signed_with(key, page.paper, root=root, role="committee", now=clock))

    def hand_in(self, page: StatementPage, signed: Envelope) -> StatementReply:
        """Hands in a signature over the page that was read, e.g. a passkey's."""
        path = f"/statements/{checked_name(page.reply.id)}/signatures"
        return self.transport.ask("POST", path, StatementReply, body=signed, may_repeat=True)

    def draft(
        self, act: str, fields: Mapping[str, Any], *, once: str | None = None, now: datetime | None = None
    ) -> StatementPage:
        """Lets the coordinator fill in id and dates, and checks that it filled in nothing else.

        Args:
            act: ``project-permit``, ``feasibility-approval``, ``job-approval`` or ``revocation``.
            fields: what is to be stated, with ``expires``. Data sets of a permit without ``review`` get the
                newest of the project's that found their treatment adequate.
            once: a key under which repeating the call makes no second draft.

        Raises:
            NotTrusted: ``client.draft_differs``.
        """
        if act == "project-permit":
            fields = self._with_reviews(fields)
        body = {"act": act, "fields": dict(fields)}
        headers = {"Idempotency-Key": once or secrets.token_hex(16)}
        reply = self.transport.ask(
            "POST", "/statements", StatementReply, body=body, headers=headers, may_repeat=True
        )
        page = self._page(reply, now=now)
        _check_as_asked(page.paper.predicate, act=act, fields=fields)
        return page

    def reviews(self, project: str) -> list[KeptReview]:
        """The reviews of a project's data sets, oldest first."""
        path = f"/projects/{checked_name(project)}/reviews"
        return list(self.transport.ask("GET", path, PageReply[KeptReview]).items)

    def record_review(self, project: str, findings: Mapping[str, Any]) -> KeptReview:
        """Records whether a data set's pseudonymisation suffices for a project.

        Args:
            findings: ``site``, ``dataset``, ``items`` (each with ``item``, ``treatment``, ``rule``, ``risk``
                and, where more than low, ``why``), ``last_check``, ``checked_on``, ``conclusion``.
        """
        path = f"/projects/{checked_name(project)}/reviews"
        return self.transport.ask("POST", path, KeptReview, body=dict(findings))

    def _with_reviews(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        grants, project = fields.get("datasets"), fields.get("project")
        if not isinstance(grants, list) or not isinstance(project, str):
            return dict(fields)  # the coordinator says what is wrong with it
        found = {(str(one.review.site), one.review.dataset): one for one in self.reviews(project)}

        def reviewed(grant: Any) -> Any:
            if not isinstance(grant, dict) or grant.get("review"):
                return grant
            kept = found.get((str(grant.get("site")), str(grant.get("dataset"))))
            if kept is None or kept.review.conclusion != "adequate":
                return grant  # the coordinator says which review is missing
            return {**grant, "review": kept.digest}

        return {**fields, "datasets": [reviewed(grant) for grant in grants]}

    def draft_approval(self, job: JobRecord, *, expires: datetime) -> StatementPage:
        """An approval of one exact job."""
        fields = {
            "project": job.project,
            "permit": job.permit,
            "spec": job.digest,
            "expires": as_instant(expires),
        }
        return self.draft("job-approval", fields)

    def stop(
        self, what: str, target: str, *, reason: str, key: SigningKey, now: datetime | None = None
    ) -> StatementReply:
        """Refuses or withdraws a job or permit: one member's signature suffices.

        Args:
            what: ``"job"`` or ``"permit"``.
            target: its id, or a job's digest.

        Raises:
            Refused: ``client.key_not_in_root``; nothing is drafted then.
        """
        clock = now or datetime.now(UTC)
        # Asked before anything is drafted: a key that cannot sign must leave no open draft behind.
        check_may_sign(key, root=self.pinned.get_current(now=clock), role="committee")
        fields = {
            "what": what,
            "target": target,
            "reason": reason,
            "expires": as_instant(clock + _REVOCATION_LIFE),
        }
        return self.sign(self.draft("revocation", fields, now=clock), key=key, now=clock)

    def withdraw(self, statement: str) -> StatementReply:
        """Takes an open statement of one's own back."""
        path = f"/statements/{checked_name(statement)}/withdraw"
        return self.transport.ask("POST", path, StatementReply)

    def _page(self, reply: StatementReply, *, now: datetime | None) -> StatementPage:
        root = self.pinned.get_current(now=now or datetime.now(UTC))
        paper = read_paper(reply.envelope, root=root, shown=reply.rendering)
        if paper.predicate.id != reply.id:
            raise NotTrusted("client.rendering_differs", statement=reply.id)
        if isinstance(paper.predicate, ProjectPermit):
            kept = self.reviews(paper.predicate.project)
            named = [one.review.model_dump(mode="json") for one in kept]
            whole = read_whole_paper(reply.envelope, root=root, named=list(named))
            return StatementPage(reply=reply, paper=whole, spec=None)
        if not isinstance(paper.predicate, JobApproval):
            return StatementPage(reply=reply, paper=paper, spec=None)
        spec = self._find_spec(paper.predicate)
        whole = read_whole_paper(reply.envelope, root=root, named=spec.model_dump(mode="json"))
        return StatementPage(reply=reply, paper=whole, spec=spec)

    def _find_spec(self, approval: JobApproval) -> JobSpec:
        """The job whose digest is to be approved; approving an unread digest is refused."""
        pages = all_pages(self.transport, "/jobs", PageReply[JobRecord], query={"project": approval.project})
        for job in pages:
            if job.digest == approval.spec and digest_of(job.spec) == approval.spec:
                return job.spec
        raise Refused("client.spec_not_shown", spec=approval.spec)


def _check_as_asked(predicate: Predicate, *, act: str, fields: Mapping[str, Any]) -> None:
    """Raises unless the draft says what was asked for and nothing more."""
    drafted = predicate.model_dump(mode="json")
    kind = _ACTS.get(act, type(predicate))
    filled = {name: drafted[name] for name in _FILLED_IN}
    try:
        asked = kind.model_validate({**fields, **filled, "summary": UNSET})
    except ValueError:
        raise NotTrusted("client.draft_differs", statement=predicate.id) from None
    wanted = {**asked.model_dump(mode="json"), "summary": drafted["summary"]}
    if kind is not type(predicate) or canonical_json(wanted) != canonical_json(drafted):
        raise NotTrusted("client.draft_differs", statement=predicate.id)
