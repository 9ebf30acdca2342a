"""The announcements that stand above a page: everybody's for who signed in, public ones for anybody else."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from coordinator.roles import Caller
from coordinator.services import Services
from pages.languages import Language

_LOG = logging.getLogger("coordinator.pages")


def notices_for(services: Services, caller: Caller | None, language: Language) -> tuple[str, ...]:
    """None where they cannot be read: the page that tells of the fault must still be drawn."""
    try:
        standing = services.announcements.current(public_only=caller is None)
    except SQLAlchemyError as fault:
        _LOG.error("announcements not read: %s", type(fault).__name__)
        return ()
    return tuple(each.notice.korean if language == "ko" else each.notice.english for each in standing)
