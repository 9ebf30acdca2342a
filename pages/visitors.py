"""Who sent a form: a secret cookie, a token derived from it in every form, and the page's own origin.

* A form counts only with the token of the visitor's own secret and only from our own pages, so that another
  site cannot make a browser act here; before sign-in as well.
* The cookie's name lets browsers accept it over TLS alone, for this host alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from onggi.errors import Refused

SESSION: Final = "__Host-onggi-session"
VISITOR: Final = "__Host-onggi-visitor"
TOKEN_FIELD: Final = "form_token"  # noqa: S105 - a field's name
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,200}")
Cookie = Literal["__Host-onggi-session", "__Host-onggi-visitor"]


def find_secret(request: Request, name: Cookie) -> str | None:
    """The secret in a cookie, or None where there is none or it is no secret of ours."""
    found = request.cookies.get(name, "")
    return found if _SECRET.fullmatch(found) else None


def keep_secret(response: Response, name: Cookie, secret: str) -> None:
    """Sets the cookie until the browser closes. The server ends a session by itself, whatever browsers do."""
    response.set_cookie(name, secret, path="/", secure=True, httponly=True, samesite="lax")


def forget_secret(response: Response, name: Cookie) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def form_token(secret: str) -> str:
    """What a form of this visitor carries. It tells nothing about the secret."""
    return hmac.new(secret.encode(), b"onggi form v1", hashlib.sha256).hexdigest()


def check_own_page(request: Request) -> None:
    """Raises Refused(``page.other_site``) unless one of our own pages sent the form.

    Asked before anything of the form is looked at: what another site filled in is not even kept for a
    person to send after signing in.
    """
    origin = request.headers.get("origin")
    fetched_from = request.headers.get("sec-fetch-site", "same-origin")
    if fetched_from != "same-origin" or (origin is not None and not _is_own(origin, request)):
        raise Refused("page.other_site")


def check_form_token(expected: str, token: str) -> None:
    """Raises Refused(``page.form_too_old``) unless the form was shown to this very visitor."""
    if not expected or not hmac.compare_digest(expected.encode(), token.encode()):
        raise Refused("page.form_too_old")


def _is_own(origin: str, request: Request) -> bool:
    """A browser writes scheme, host and port, no more; what else stands there is not taken apart."""
    return origin.partition("://")[2] == request.headers.get("host", "")
