"""Who typed a command, as this machine knows them: it stands beside what they decided."""

from __future__ import annotations

import os
import pwd


def person_here() -> str:
    """The account's name, or its number where it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"
