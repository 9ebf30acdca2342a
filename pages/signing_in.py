"""Signing in with a browser, whatever the site: the form, the way back, and what was to be sent before.

Nobody is led to another site afterwards, and nothing is sent again without the person's own act.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from onggi.errors import OnggiError
from pages.entries import Entries
from pages.problems import Problems
from pages.strangers import answer_anybody
from pages.visit import Visit
from pages.visitors import SESSION, TOKEN_FIELD, VISITOR, forget_secret, keep_secret

_OWN_ADDRESS = re.compile(r"/(ko|en)/[A-Za-z0-9/_.-]*(\?[A-Za-z0-9=&%+_.~-]*)?")
_LONGEST_ADDRESS: Final = 500
_LONGEST_KEPT: Final = 100_000


def ask_to_sign_in(visit: Visit, *, new_secret: str) -> Response:
    """To the sign-in page, and back afterwards; with what a form held, if one was sent."""
    frame = visit.frame
    if not visit.entries.values:
        address = f"{frame.path}?{frame.query}" if frame.query else frame.path
        return RedirectResponse(visit.address("sign-in", to=address), HTTPStatus.SEE_OTHER)
    kept = {name: list(found) for name, found in visit.entries.values.items() if not _is_secret(name)}
    return sign_in_page(
        visit,
        to=frame.path,
        kept=json.dumps(kept),
        answer_status=HTTPStatus.UNAUTHORIZED,
        new_secret=new_secret,
    )


def sign_in_page(
    visit: Visit,
    *,
    new_secret: str,
    to: str = "",
    kept: str = "",
    account: str = "",
    answer_status: int = 200,
    wrong: OnggiError | None = None,
) -> HTMLResponse:
    """The form. `new_secret` becomes the visitor's where there is none yet."""
    problems = Problems(visit.language)
    if wrong is not None:
        problems.add("", wrong)
    return answer_anybody(
        visit,
        "pages/sign_in.html",
        new_secret=new_secret,
        answer_status=answer_status,
        to=own_address(to),
        kept=kept,
        account=account,
        problems=problems,
    )


def sign_in_again(visit: Visit, wrong: OnggiError, *, new_secret: str) -> HTMLResponse:
    """The form once more with all that was typed but the password, and what was wrong."""
    entries = visit.entries
    return sign_in_page(
        visit,
        to=entries.text("to"),
        kept=entries.text("kept"),
        account=entries.text("account"),
        answer_status=HTTPStatus.UNPROCESSABLE_ENTITY,
        wrong=wrong,
        new_secret=new_secret,
    )


def signed_in(visit: Visit, *, secret: str, first: str) -> Response:
    """To the page that was asked for, or the first one; or to look again at what was to be sent."""
    to, fields = own_address(visit.entries.text("to")), kept_fields(visit.entries)
    answer: Response
    if to and fields:
        answer = visit.with_secret(secret).answer("pages/send_again.html", to=to, fields=fields)
    else:
        answer = RedirectResponse(to or first, HTTPStatus.SEE_OTHER)
    keep_secret(answer, SESSION, secret)
    forget_secret(answer, VISITOR)
    return answer


def own_address(given: str) -> str:
    """An address of our own pages, or nothing."""
    fits = len(given) <= _LONGEST_ADDRESS and _OWN_ADDRESS.fullmatch(given) and "//" not in given
    return given if fits else ""


def kept_fields(entries: Entries) -> list[tuple[str, str]]:
    """The fields that were kept, as the browser gives them back."""
    kept = entries.text("kept")
    if not kept or len(kept) > _LONGEST_KEPT:
        return []
    try:
        found = json.loads(kept)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    return [
        (name, value)
        for name, values in found.items()
        if not _is_secret(name) and isinstance(values, list)
        for value in values
        if isinstance(value, str)
    ]


def _is_secret(name: str) -> bool:
    """What is typed again rather than kept in a page: tokens of forms, and passwords."""
    return name == TOKEN_FIELD or name.startswith("password")
