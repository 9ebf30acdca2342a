"""Everything that ever left this hospital: the list, and each entry in full."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Path, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import Response

from node.console.about_jobs import AboutJob, find_job
from node.console.access import Visit, Visiting
from node.console.found_releases import Wanted, count_releases, find_releases, read_day
from node.console.history import history_of
from node.console.release_evidence import papers_of, reports_of
from node.console.shown_numbers import ShownArray, numbers_or_reason
from node.state.tables import Release
from onggi.errors import OnggiError, Refused
from onggi.words import public_words
from pages.gate import page_router
from pages.problems import Problems

router = page_router()
_LARGEST: Final = 2**31 - 1
_LONGEST_SEARCH: Final = 100
EntryNumber = Annotated[int, Path(ge=1, le=_LARGEST)]
Before = Annotated[int | None, Query(ge=1, le=_LARGEST)]
Typed = Annotated[str, Query(max_length=_LONGEST_SEARCH)]
BYTES: Final = "application/octet-stream"


@router.get("/{language}/releases", name="console_releases")
def releases(
    visit: Visiting,
    text: Typed = "",
    first: Typed = "",
    last: Typed = "",
    before: Before = None,
) -> HTMLResponse:
    """Newest first; all of it, or what the search asks for."""
    problems, days = Problems(visit.language), dict[str, date | None]()
    for name, typed in (("first", first), ("last", last)):
        with problems.at(name):
            days[name] = read_day(typed.strip())
    wanted = Wanted(text=text.strip(), first=days.get("first"), last=days.get("last"))
    with visit.services.reading() as session:
        shown, has_more = find_releases(session, wanted, before=before)
        number = count_releases(session, wanted)
    query = {name: value for name, value in (("text", text), ("first", first), ("last", last)) if value}
    return visit.answer(
        "console/releases.html",
        releases=shown,
        number=number,
        text=text,
        first=first,
        last=last,
        is_search=bool(query),
        further=visit.address("releases", **query, before=str(shown[-1].entry)) if has_more else None,
        problems=problems,
    )


@router.get("/{language}/releases/{entry}", name="console_release")
def release(entry: EntryNumber, visit: Visiting) -> HTMLResponse:
    """What left, to the last number, and all that is known about it."""
    with visit.services.reading() as session:
        found = get_release(session, entry)
        job = find_job(session, found.run)
        numbers, unreadable = _read(visit, session, found, job)
        history = history_of(visit, session, found.run)
        papers = papers_of(visit, session, found.run)
        reports, unread = reports_of(visit, session, found)
    return visit.answer(
        "console/release.html",
        release=found,
        job=job,
        numbers=numbers,
        unreadable=unreadable,
        history=history,
        papers=papers,
        reports=reports,
        reports_damaged=unread,
    )


@router.get("/{language}/releases/{entry}/bytes", name="console_release_bytes")
def release_bytes(entry: EntryNumber, visit: Visiting) -> Response:
    """The very bytes that left."""
    with visit.services.reading() as session:
        found = get_release(session, entry)
        content = visit.services.objects.get(session, found.object_digest)
    return as_file(content, f"release-{entry}.bin")


def as_file(content: bytes, name: str) -> Response:
    """Bytes to keep, never shown by the browser itself."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=BYTES, headers=headers)


def get_release(session: Session, entry: int) -> Release:
    """Raises Refused(``release.not_found``)."""
    found = session.get(Release, entry)
    if found is None:
        raise Refused("release.not_found", number=entry)
    return found


def _read(
    visit: Visit, session: Session, found: Release, job: AboutJob | None
) -> tuple[list[ShownArray] | None, str | None]:
    """The numbers, or nothing where they are masked; or why they cannot be read."""
    try:
        content = visit.services.objects.get(session, found.object_digest)
    except OnggiError as error:
        return None, " ".join(public_words(error, visit.language))
    if found.what == "masked_sum":
        return None, None
    return numbers_or_reason(content, None if job is None else job.spec, language=visit.language)
