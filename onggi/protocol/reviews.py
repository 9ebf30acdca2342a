"""The review of a data set's pseudonymisation (가명처리 적정성 검토) that a permit rests on.

A committee must judge, for each data set, item by item, whether what was done to the data suffices for this
project. The review is a document; a permit names it by digest for every data set that it grants, so that
whoever signs the permit has it before them, and a node sees that the quorum signed one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from onggi.errors import NotTrusted, Refused
from onggi.protocol.canonical import digest_of
from onggi.protocol.statements import DatasetGrant, ProjectPermit
from onggi.spec.base import Frozen, Instant, Line, Slug
from onggi.spec.ids import ProjectId, SiteId

Risk = Literal["none", "low", "medium", "high"]
_RISKS: dict[Risk, tuple[str, str]] = {
    "none": ("없음", "none"),
    "low": ("낮음", "low"),
    "medium": ("보통", "medium"),
    "high": ("높음", "high"),
}


class TreatedItem(Frozen):
    """One item of the data: what was done to it, by which rule, and what risk is left."""

    item: Line
    treatment: Line
    rule: Line
    risk: Risk
    why: Line | None = None
    """Why the risk that is left can be borne; needed where it is more than low."""


TreatedItems = Annotated[tuple[TreatedItem, ...], Field(min_length=1, max_length=100)]


class AdequacyReview(Frozen):
    """The review of one data set of one hospital for one project."""

    version: Literal[1] = 1
    federation: Slug
    project: ProjectId
    site: SiteId
    dataset: Slug
    items: TreatedItems
    last_check: Line
    """By which method it was last checked that nobody can be told from the data."""
    checked_on: date
    conclusion: Literal["adequate", "inadequate"]
    remark: Line | None = None
    reviewed_by: Slug
    reviewed: Instant


def check_reviewed(permit: ProjectPermit) -> None:
    """Raises Refused(``permit.no_review``) where a data set is granted without a review of its own."""
    for grant in permit.datasets:
        if grant.review is None:
            raise Refused("permit.no_review", site=grant.site, dataset=grant.dataset)


def reviews_of(permit: ProjectPermit, given: JsonValue | None) -> tuple[AdequacyReview, ...]:
    """The reviews that a permit names, in the order of its grants, out of what the other side gave.

    Raises:
        Refused: ``permit.no_review``; ``signing.review_not_shown`` where one that is named was not given.
        NotTrusted: ``client.rendering_differs`` where one is about something else, or found the data wanting.
    """
    check_reviewed(permit)
    by_digest = {digest_of(one): one for one in given} if isinstance(given, list) else {}
    return tuple(_review_of(permit, grant, by_digest) for grant in permit.datasets)


def _review_of(permit: ProjectPermit, grant: DatasetGrant, by_digest: dict[str, JsonValue]) -> AdequacyReview:
    if grant.review is None or grant.review not in by_digest:
        raise Refused("signing.review_not_shown", site=grant.site, dataset=grant.dataset)
    try:
        review = AdequacyReview.model_validate(by_digest[grant.review])
    except ValidationError:
        raise NotTrusted("client.rendering_differs", statement=permit.id) from None
    about = (review.federation, review.project, review.site, review.dataset, review.conclusion)
    if about != (permit.federation, permit.project, grant.site, grant.dataset, "adequate"):
        raise NotTrusted("client.rendering_differs", statement=permit.id)
    return review


def render_reviews(reviews: Iterable[AdequacyReview]) -> str:
    """The reviews as a signer reads them."""
    return "\n".join(_render(each) for each in reviews)


def _render(review: AdequacyReview) -> str:
    adequate = review.conclusion == "adequate"
    lines = [
        f"가명처리 적정성 검토 / Review of pseudonymisation: {review.site} / {review.dataset}",
        f"결론: {'적정' if adequate else '부적정'} / Conclusion: {review.conclusion}",
        f"마지막 확인 방법 / Method of the last check: {review.last_check} ({review.checked_on.isoformat()})",
        f"검토자 / Reviewed by: {review.reviewed_by}",
    ]
    for item in review.items:
        korean, english = _RISKS[item.risk]
        lines.append(f"- {item.item}: {item.treatment}")
        lines.append(f"  근거 / Rule: {item.rule}; 남은 위험 / Risk left: {korean}, {english}")
        if item.why is not None:
            lines.append(f"  {item.why}")
    if review.remark is not None:
        lines.append(review.remark)
    return "\n".join(lines) + "\n"
