"""Hands a job's crate over as a file, by the API and by the pages."""

from __future__ import annotations

from typing import Final

from fastapi import Response

from coordinator.crates.bag import pack_crate
from coordinator.crates.story import read_story
from coordinator.services import Services

CRATE_TYPE: Final = "application/zip"
_PROFILE: Final = '<https://w3id.org/ro/crate>; rel="profile"'


def crate_response(services: Services, job: str) -> Response:
    """Raises Refused `result.not_released` before the export is decided."""
    story = read_story(services, job)
    named = f'attachment; filename="{story.job.id}-crate.zip"'
    headers = {"Content-Disposition": named, "Link": _PROFILE}
    return Response(pack_crate(story), media_type=CRATE_TYPE, headers=headers)
