"""Makes the next command of an error fit the folder that the person works with."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

_OURS = re.compile(r"\bonggi-node(?= [a-z-])")


def with_home(advice: str, *, home: Path | None) -> str:
    """The advice with `--home`, where a folder was named: typed as it stands, it must do what it says."""
    if home is None:
        return advice
    named = f"onggi-node --home {shlex.quote(str(home))}"
    return _OURS.sub(lambda _: named, advice)
