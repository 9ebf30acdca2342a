"""What all routers share: pages of a list, the form of names in addresses, and the router itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel

from coordinator.api.errors import ErrorBody
from coordinator.api.plain_json import PlainJsonRoute

T = TypeVar("T")
_NAME = r"^[a-z][a-z0-9-]{0,79}$"
LARGEST_INDEX = 2**62

ErrorAnswers: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorBody} for status in (400, 401, 403, 404, 409, 413, 422, 429)
}

AccountName = Annotated[str, Path(alias="account", pattern=_NAME)]
TokenName = Annotated[str, Path(alias="token", pattern=_NAME)]
ProjectName = Annotated[str, Path(alias="project", pattern=_NAME)]
PermitName = Annotated[str, Path(alias="permit", pattern=_NAME)]
StatementName = Annotated[str, Path(alias="statement", pattern=_NAME)]
JobName = Annotated[str, Path(alias="job", pattern=_NAME)]
ApplicationName = Annotated[str, Path(alias="application", pattern=_NAME)]
MeetingName = Annotated[str, Path(alias="meeting", pattern=_NAME)]
DelegationName = Annotated[str, Path(alias="delegation", pattern=_NAME)]
SiteName = Annotated[str, Path(alias="site", pattern=_NAME)]
OrganisationName = Annotated[str, Path(alias="organisation", pattern=_NAME)]
ContactName = Annotated[str, Path(alias="contact", pattern=_NAME)]
RequestName = Annotated[str, Path(alias="account_request", pattern=_NAME)]
AnnouncementName = Annotated[str, Path(alias="announcement", pattern=_NAME)]

After = Annotated[str, Query(pattern=r"^([a-z][a-z0-9-]{0,79})?$", description="the last id already read")]
Limit = Annotated[int, Query(ge=1, le=200)]
Index = Annotated[int, Query(ge=0, le=LARGEST_INDEX)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9._:-]{8,80}$")]


class Page(BaseModel, Generic[T]):
    """Part of a list. `next` goes into `after` for the following part; None at the end."""

    items: list[T]
    next: str | None


class Done(BaseModel):
    """The act is on record."""

    done: bool = True


def page_of(items: Sequence[T], *, limit: int, key: Callable[[T], str]) -> Page[T]:
    return Page[T](items=list(items), next=key(items[-1]) if len(items) == limit else None)


def new_router(tag: str) -> APIRouter:
    """A router; the app puts the permission table before every route of it."""
    return APIRouter(prefix="/v1", tags=[tag], responses=dict(ErrorAnswers), route_class=PlainJsonRoute)
