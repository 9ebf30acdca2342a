"""The hospital's books, and how each is walked from its first row on: for pages, commands and the doctor.

None needs the data key. Of the register of released persons the node itself checks, at each answer, what the
key alone can show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlalchemy.orm import Session

from node.registers import budget_chain
from node.registers.audit import check_chain
from node.registers.known_persons import check_known
from node.registers.released_rows import check_released
from node.registers.releases import check_not_behind, check_register
from node.settings import NodeSettings
from node.state.memory import get_fact
from onggi.errors import NotTrusted, Refused
from onggi.protocol.keys import FileKey, PublicKey
from onggi.protocol.messages import RegisterHead

Walk: TypeAlias = Callable[[Session, NodeSettings], int]
"""How many entries are whole. Raises Refused or NotTrusted with the code of what is wrong."""


def _walk_audit(session: Session, _settings: NodeSettings) -> int:
    return check_chain(session)


def _walk_releases(session: Session, settings: NodeSettings) -> int:
    entries, _ = check_register(session)
    check_kept_head(session, settings)
    return entries


def _walk_budget(session: Session, settings: NodeSettings) -> int:
    entries, _ = budget_chain.check_budget(session)
    budget_chain.check_kept_head(session, site=settings.site, key=_own_key(settings))
    return entries


def _walk_sets(session: Session, _settings: NodeSettings) -> int:
    check_known(session)
    return check_released(session)


BOOKS: Final[Mapping[str, Walk]] = {
    "audit": _walk_audit,
    "register": _walk_releases,
    "budget": _walk_budget,
    "sets": _walk_sets,
}


def walk_books(session: Session, settings: NodeSettings) -> dict[str, int]:
    """The entries of each. Raises like the first that is not whole."""
    return {book: walk(session, settings) for book, walk in BOOKS.items()}


def check_kept_head(session: Session, settings: NodeSettings) -> None:
    """The head that the coordinator keeps: a node restored from an old backup lacks its last entries."""
    kept = get_fact(session, "register_head")
    if kept is None:
        return
    try:
        head = RegisterHead.model_validate_json(kept)
    except ValueError:
        raise NotTrusted("register.head_forged") from None
    try:
        check_not_behind(session, head, site=settings.site, key=_own_key(settings))
    except Refused as error:
        raise Refused(error.code, **error.facts) from None


def _own_key(settings: NodeSettings) -> PublicKey:
    return FileKey.read(settings.identity_key).public_key
