"""The code behind a job's digests: what this server holds, and a plain word where it holds another."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from fastapi.responses import HTMLResponse

from coordinator.pages.access import Visiting
from coordinator.pages.held_code import held_code
from onggi.errors import Refused
from pages.gate import page_router

router = page_router()
CHECK: Final = (
    'python -c "from analysis_jobs.runner.code_digests import code_digests as found; print(found())"'
)
"""Prints the three digests of the version in the present folder."""
CodeDigest = Annotated[str, Path(alias="digest", pattern=r"^sha256:[0-9a-f]{64}$")]


@router.get("/{language}/code/{digest}", name="page_code")
def code_page(digest: CodeDigest, visit: Visiting) -> HTMLResponse:
    """What hashes to exactly this digest: the source files, the installed packages or the sandbox's rules."""
    held = held_code()
    if digest not in held.digests:
        return visit.answer(
            "coordinator/code_elsewhere.html", answer_status=HTTPStatus.NOT_FOUND, digest=digest, check=CHECK
        )
    template = {held.source: "source", held.environment: "environment", held.sandbox: "sandbox"}[digest]
    return visit.answer(f"coordinator/code_{template}.html", digest=digest, held=held, check=CHECK)


@router.get("/{language}/code/{digest}/{path:path}", name="page_code_file")
def file_page(digest: CodeDigest, path: str, visit: Visiting) -> HTMLResponse:
    """One file of the tree, as text."""
    held = held_code()
    found = held.files.get(path) if digest == held.source else None
    if found is None:
        raise Refused("page.no_such_page")
    return visit.answer("coordinator/code_file.html", digest=digest, file=found)
