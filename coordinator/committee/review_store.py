"""Keeps the committee's reviews of data sets' pseudonymisation; no permit is signed without them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.audit.trail import record_event
from coordinator.audit.vocabulary import Audit, AuditEvent
from coordinator.committee.exclusions import check_no_interest
from coordinator.committee.permit_reviews import review_in
from coordinator.database.committee import ReviewRow
from coordinator.database.sessions import Database
from coordinator.database.work import ProjectRow
from coordinator.federation.root_store import RootStore
from coordinator.roles import Caller
from coordinator.sources import Clock
from onggi.errors import Refused
from onggi.protocol.canonical import canonical_json, digest_of
from onggi.protocol.reviews import AdequacyReview, TreatedItems
from onggi.spec.base import Frozen, Line, Slug
from onggi.spec.ids import ProjectId, SiteId


class ReviewFindings(Frozen):
    """What a member found out about one data set, before it is dated and kept."""

    site: Slug
    dataset: Slug
    items: TreatedItems
    last_check: Line
    checked_on: date
    conclusion: Literal["adequate", "inadequate"]
    remark: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReview:
    """A review with the digest under which permits name it."""

    digest: str
    review: AdequacyReview


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStore:
    """All reviews. The newest of a data set counts; older ones stay readable."""

    database: Database
    clock: Clock
    roots: RootStore

    def record(self, project: str, findings: ReviewFindings, *, by: Caller) -> KeptReview:
        """Keeps a review. Raises Refused where the site is unknown, or the member belongs to the project."""
        root, now = self.roots.get_current(), self.clock()
        if findings.site not in {hospital.site for hospital in root.hospitals}:
            raise Refused("permit.unknown_site", site=findings.site)
        review = AdequacyReview(
            federation=root.federation,
            project=ProjectId(project),
            site=SiteId(findings.site),
            dataset=findings.dataset,
            items=findings.items,
            last_check=findings.last_check,
            checked_on=findings.checked_on,
            conclusion=findings.conclusion,
            remark=findings.remark,
            reviewed_by=by.member or by.account,
            reviewed=now,
        )
        for item in review.items:
            if item.risk in ("medium", "high") and item.why is None and review.conclusion == "adequate":
                raise Refused("review.risk_unexplained", item=item.item)
        kept = KeptReview(digest=digest_of(review), review=review)
        with self.database.writing() as session:
            if session.get(ProjectRow, project) is None:
                raise Refused("project.not_found")
            check_no_interest(session, project, by=by)
            if session.get(ReviewRow, kept.digest) is None:
                self._keep(session, kept, by=by)
        return kept

    def of_project(self, project: str) -> list[KeptReview]:
        """Every review of a project, oldest first."""
        with self.database.reading() as session:
            wanted = select(ReviewRow).where(ReviewRow.project == project)
            return [_kept(row) for row in session.scalars(wanted.order_by(ReviewRow.number))]

    def _keep(self, session: Session, kept: KeptReview, *, by: Caller) -> None:
        review = kept.review
        session.add(
            ReviewRow(
                digest=kept.digest,
                number=(session.scalar(select(func.max(ReviewRow.number))) or 0) + 1,
                project=review.project,
                site=review.site,
                dataset=review.dataset,
                conclusion=review.conclusion,
                document=canonical_json(review).decode(),
                recorded=review.reviewed,
            )
        )
        facts = {"digest": kept.digest, "site": review.site, "dataset": review.dataset}
        audit = Audit(event=AuditEvent.REVIEW_RECORDED, actor=by.account, subject=review.project, facts=facts)
        record_event(session, audit, at=review.reviewed)


def newest(reviews: Iterable[KeptReview]) -> dict[tuple[str, str], KeptReview]:
    """The review that counts, by site and data set."""
    return {(one.review.site, one.review.dataset): one for one in reviews}


def _kept(row: ReviewRow) -> KeptReview:
    return KeptReview(digest=row.digest, review=review_in(row))
