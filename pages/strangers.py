"""Draws a page with a form for somebody who has not signed in: its visitor gets a secret that proves it."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from pages.visit import Visit
from pages.visitors import VISITOR, keep_secret


def answer_anybody(
    visit: Visit, template: str, *, new_secret: str, answer_status: int = 200, **values: Any
) -> HTMLResponse:
    """The page. `new_secret` becomes the visitor's where there is none yet."""
    is_new = not visit.frame.form_token
    shown = visit.with_secret(new_secret) if is_new else visit
    answer = shown.answer(template, answer_status=answer_status, **values)
    if is_new:
        keep_secret(answer, VISITOR, new_secret)
    return answer
