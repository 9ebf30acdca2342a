"""Where a member's passkeys sign, as the federation root says."""

from __future__ import annotations

from typing import Final

from coordinator.pages.access import Visit
from onggi.protocol.quorum import Role as SigningRole

_THIS_COMPUTER: Final = "http://localhost"


def signing_hosts(visit: Visit, role: SigningRole) -> list[str]:
    """The addresses where this person's passkeys sign, other than the person's own computer."""
    root = visit.services.roots.get_current()
    origins = {
        key.passkey.origin
        for key in root.keys_of(role).values()
        if key.holder == visit.person.member and key.passkey is not None
    }
    return sorted(origin for origin in origins if not origin.startswith(_THIS_COMPUTER))
