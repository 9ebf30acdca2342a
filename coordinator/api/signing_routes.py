"""For the page where a person signs: one paper for one ticket. The ticket itself says who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from coordinator.api.access import Wired
from coordinator.api.parts import new_router
from coordinator.committee.signing_tickets import HandedIn, PaperToSign
from onggi.protocol.dsse import Envelope

router = new_router("signing")
Ticket = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{20,100}$")]


@router.get("/signing/{ticket}", name="signing_read")
def signing_read(ticket: Ticket, services: Wired) -> PaperToSign:
    return services.signing_tickets.read(ticket)


@router.post("/signing/{ticket}", name="signing_hand_in")
def signing_hand_in(ticket: Ticket, envelope: Envelope, services: Wired) -> HandedIn:
    """Verified as any signature is. The same again changes nothing."""
    return services.signing_tickets.hand_in(ticket, envelope)
