"""The federation root before an operator, and the printable procedures of its ceremonies."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from coordinator.pages.access import Visit, Visiting
from coordinator.pages.ceremony import PROCEDURES, Procedure, groups, typed
from onggi.protocol.trust_root import TrustRoot, root_fingerprint
from pages.gate import page_router

router = page_router()


@router.get("/{language}/operator/root", name="page_operator_root")
def root_page(visit: Visiting) -> HTMLResponse:
    return visit.answer("coordinator/root.html", procedures=Procedure, **_facts(visit))


@router.get("/{language}/operator/root/{procedure}", name="page_operator_root_procedure")
def procedure_page(procedure: Procedure, visit: Visiting) -> HTMLResponse:
    facts = _facts(visit)
    root: TrustRoot | None = facts["root"]
    old = 0 if root is None or procedure is Procedure.FIRST else root.version
    steps = [(step, typed(step, old=old, new=old + 1)) for step in PROCEDURES[procedure]]
    return visit.answer("coordinator/root_procedure.html", procedure=procedure.value, steps=steps, **facts)


def _facts(visit: Visit) -> dict[str, Any]:
    """The present root, and the fingerprints of the first version and of the present one."""
    root = visit.services.roots.find_current()
    envelopes = visit.services.roots.envelopes()
    if root is None or not envelopes:
        return {"root": None, "first": None, "present": None, "members": []}
    first, present = root_fingerprint(envelopes[0]), root_fingerprint(envelopes[-1])
    keepers = {key.holder for key in root.root_keys().values()}
    return {
        "root": root,
        "first": (first, groups(first)),
        "present": (present, groups(present)),
        "members": [(member, member.id in keepers) for member in root.members],
    }
