"""What can be asked of the committee, each kind with what it must say, and the act that answers it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from coordinator.committee.drafts import ActName
from onggi.errors import Refused
from onggi.protocol.statements import Bounds, DatasetGrant, StatementId
from onggi.spec.base import Digest, Frozen, Instant, Line, Slug, as_instant, is_unset
from onggi.spec.ids import JobId

Report = Annotated[str, Field(min_length=1, max_length=20_000)]


class PermitTerms(Frozen):
    """What a permit would say; the committee may grant less."""

    title: Line
    purpose: Line
    organisation: Line
    people: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=100)]
    datasets: Annotated[tuple[DatasetGrant, ...], Field(min_length=1, max_length=100)]
    bounds: Bounds | None = None
    exact_counts: bool = False
    export_without_vote: bool = False
    small_hospitals: Annotated[bool, Field(exclude_if=is_unset)] = False
    expires: Instant


class NewPermit(Frozen):
    """A permit for a project."""

    kind: Literal["permit"] = "permit"
    terms: PermitTerms


class Amendment(Frozen):
    """Other people, data sets, variables or bounds: another permit in the place of one in force."""

    kind: Literal["amendment"] = "amendment"
    permit: StatementId
    terms: PermitTerms


class Extension(Frozen):
    """The same permit for longer."""

    kind: Literal["extension"] = "extension"
    permit: StatementId
    expires: Instant


class Closing(Frozen):
    """The project is at its end: a report of what was done and what came of it."""

    kind: Literal["closing"] = "closing"
    permit: StatementId
    report: Report


class Feasibility(Frozen):
    """Suppressed, rounded counts for named people, a capped number a day."""

    kind: Literal["feasibility"] = "feasibility"
    people: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=100)]
    datasets: Annotated[tuple[DatasetGrant, ...], Field(min_length=1, max_length=100)]
    per_day: Annotated[int, Field(ge=1, le=1000)]
    expires: Instant


class JobReview(Frozen):
    """One job outside its permit's bounds."""

    kind: Literal["job"] = "job"
    job: JobId
    permit: StatementId
    spec: Digest
    expires: Instant


Content = Annotated[
    NewPermit | Amendment | Extension | Closing | Feasibility | JobReview, Field(discriminator="kind")
]
Kind = Literal["permit", "amendment", "extension", "closing", "feasibility", "job"]
_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


def read_content(given: object) -> Content:
    """Raises Refused(``application.field``) with the place of what is missing or wrong."""
    try:
        if isinstance(given, str):
            return _CONTENT.validate_json(given)
        return _CONTENT.validate_python(given)
    except ValidationError as bad:
        place = ".".join(str(part) for part in bad.errors()[0]["loc"])[:100]
        raise Refused("application.field", field=place or "content") from None


def permit_of(content: Content) -> str | None:
    """The permit that an application is about, if there is one."""
    return None if isinstance(content, NewPermit | Feasibility) else content.permit


def terms_fields(terms: PermitTerms, *, project: str, replaces: str | None) -> dict[str, JsonValue]:
    """A permit's fields as a draft takes them. `replaces`: the permit in whose place it comes."""
    fields: dict[str, JsonValue] = {**terms.model_dump(mode="json"), "project": project}
    return fields if replaces is None else {**fields, "replaces": replaces}


def act_of(
    content: Closing | Feasibility | JobReview, *, project: str
) -> tuple[ActName, dict[str, JsonValue]]:
    """The act that grants what was asked for, where it is no permit."""
    match content:
        case Closing(permit=target):
            return "revocation", {"what": "permit", "target": target, "reason": "closed with a report"}
        case Feasibility():
            return "feasibility-approval", content.model_dump(mode="json", exclude={"kind"})
        case JobReview(permit=under, spec=spec, expires=expires):
            return "job-approval", {
                "project": project,
                "permit": under,
                "spec": spec,
                "expires": as_instant(expires),
            }
