"""Where a new person sets the first password, with the one-time code that an operator handed over."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.pages.access import Visit, Visiting
from onggi.errors import Refused
from pages.gate import page_router
from pages.problems import Problems
from pages.strangers import answer_anybody

router = page_router()
_LONGEST = 200


@router.get("/{language}/set-up", name="page_account_setup")
def setup_page(visit: Visiting) -> HTMLResponse:
    return _draw(visit, Problems(visit.language))


@router.post("/{language}/set-up", name="page_account_setup_use")
def setup_use(visit: Visiting) -> Response:
    """To signing in, where it worked."""
    problems, entries = Problems(visit.language), visit.entries
    account, secret, password = entries.text("account"), entries.text("secret"), entries.text("password")
    if password != entries.text("again"):
        problems.add("again", Refused("page.passwords_differ"))
    elif max(len(account), len(secret), len(password)) > _LONGEST:
        problems.add("", Refused("setup.refused"))
    else:
        with problems.at(""):
            visit.services.setups.use(account, secret=secret, password=password)
            return RedirectResponse(visit.address("sign-in"), HTTPStatus.SEE_OTHER)
    return _draw(visit, problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _draw(visit: Visit, problems: Problems, *, status: int = HTTPStatus.OK) -> HTMLResponse:
    return answer_anybody(
        visit,
        "coordinator/set_up.html",
        new_secret=visit.services.new_secret(),
        answer_status=status,
        problems=problems,
        account=visit.entries.text("account"),
    )
