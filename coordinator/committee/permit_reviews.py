"""Holds a permit to the reviews it rests on: each data set it grants needs the review that counts now."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.database.committee import ReviewRow
from onggi.errors import Refused
from onggi.protocol.reviews import AdequacyReview, check_reviewed
from onggi.protocol.statements import ProjectPermit


def check_reviews_kept(session: Session, permit: ProjectPermit) -> None:
    """Raises Refused(``permit.no_review``, ``permit.review_outdated``) unless each names what counts."""
    check_reviewed(permit)
    for grant in permit.datasets:
        wanted = select(ReviewRow).where(
            ReviewRow.project == permit.project,
            ReviewRow.site == grant.site,
            ReviewRow.dataset == grant.dataset,
        )
        last = session.scalar(wanted.order_by(ReviewRow.number.desc()).limit(1))
        if last is None:
            raise Refused("permit.no_review", site=grant.site, dataset=grant.dataset)
        if last.digest != grant.review or last.conclusion != "adequate":
            raise Refused("permit.review_outdated", site=grant.site, dataset=grant.dataset)


def reviews_named(session: Session, permit: ProjectPermit) -> list[AdequacyReview]:
    """The reviews that a permit names, as far as they are kept here."""
    named = [grant.review for grant in permit.datasets if grant.review is not None]
    rows = session.scalars(select(ReviewRow).where(ReviewRow.digest.in_(named)))
    return [review_in(row) for row in rows]


def review_in(row: ReviewRow) -> AdequacyReview:
    """The review that a record holds."""
    return AdequacyReview.model_validate_json(row.document)
