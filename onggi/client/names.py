"""Checks a name before it becomes part of an address, so that a name can lead nowhere else."""

from __future__ import annotations

import re

from onggi.client.language import plain_line
from onggi.errors import Refused

_NAME = re.compile(r"[a-z][a-z0-9-]{0,79}")


def checked_name(name: str) -> str:
    """The name itself. Raises Refused `client.name_malformed`."""
    if not _NAME.fullmatch(name):
        raise Refused("client.name_malformed", name=plain_line(name)[:80])
    return name
