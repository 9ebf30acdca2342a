"""Hospitals' nodes: how each stands, its enrolment tokens and its connection certificates."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from coordinator.api.operation_routes import check_in_root
from coordinator.api.parts import SiteName
from coordinator.database.idempotency import Once
from coordinator.pages.access import Visiting
from coordinator.pages.operator_pages import NODE_TONES
from coordinator.permissions import PERMISSIONS
from coordinator.roles import Role
from onggi import __version__
from onggi.errors import Refused
from pages.gate import page_router

router = page_router()
_MOST: Final = 50
_SHORTEST_ONCE: Final = 8
_LONGEST_ONCE: Final = 80


@router.get("/{language}/operator/hospitals", name="page_nodes_list")
def hospitals_page(visit: Visiting) -> HTMLResponse:
    return visit.answer(
        "coordinator/nodes.html", nodes=visit.services.glances.nodes(), tones=NODE_TONES, software=__version__
    )


@router.get("/{language}/operator/hospitals/{site}", name="page_enrolments_list")
def hospital_page(site: SiteName, visit: Visiting) -> HTMLResponse:
    services = visit.services
    known = check_in_root(site, services.roots.get_current())
    [node] = [each for each in services.glances.nodes() if each.site == known]
    return visit.answer(
        "coordinator/node.html",
        node=node,
        tones=NODE_TONES,
        tokens=services.certificates.tokens_of(known, limit=_MOST),
        certificates=services.certificates.certificates_of(known, limit=_MOST),
        now=services.clock(),
        once=services.new_id("once"),
        may_issue=bool(PERMISSIONS["enrolment_token_create"].roles & visit.person.roles),
        is_operator=bool({Role.OPERATOR, Role.AUDITOR} & visit.person.roles),
    )


@router.post("/{language}/operator/hospitals/{site}/enrolment", name="page_enrolment_token_create")
def enrolment_token(site: SiteName, visit: Visiting) -> HTMLResponse:
    """The token stands on this answer alone. The same form sent twice makes one token."""
    caller, services = visit.person, visit.services
    known = check_in_root(site, services.roots.get_current())
    key = visit.entries.text("once")
    if not _SHORTEST_ONCE <= len(key) <= _LONGEST_ONCE:
        raise Refused("page.form_too_old")
    once = Once(account=caller.account, key=key, request=["enrolment", site])
    authority = services.authority(acting=caller.account, once=once)
    token = authority.new_token(known)
    return visit.answer(
        "coordinator/enrolment_issued.html", site=site, token=str(token), fingerprint=authority.fingerprint
    )


@router.get("/{language}/operator/hospitals/{site}/revoke", name="page_certificates_revoke_ask")
def revoke_ask(site: SiteName, visit: Visiting) -> HTMLResponse:
    known = check_in_root(site, visit.services.roots.get_current())
    certificates = visit.services.certificates.certificates_of(known, limit=_MOST)
    open_ones = [each for each in certificates if each.revoked is None]
    return visit.answer("coordinator/certificates_revoke.html", site=site, count=len(open_ones))


@router.post("/{language}/operator/hospitals/{site}/revoke", name="page_certificates_revoke")
def revoke(site: SiteName, visit: Visiting) -> Response:
    known = check_in_root(site, visit.services.roots.get_current())
    visit.services.authority(acting=visit.person.account).revoke_site(known)
    return RedirectResponse(visit.address("operator", "hospitals", site), HTTPStatus.SEE_OTHER)
