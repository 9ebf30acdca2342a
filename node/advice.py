"""Makes the next command of an error fit the folders that the person works with."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

_OURS = re.compile(r"\bonggi-node(?= [a-z-])")
_SOURCE = re.compile(r"(?:(?<=\bload-omop )|(?<=\bload-vocabulary ))<(?:folder|폴더)>")


def with_home(advice: str, *, home: Path | None) -> str:
    """The advice with `--home`, where a folder was named: typed as it stands, it must do what it says."""
    if home is None:
        return advice
    named = f"onggi-node --home {shlex.quote(str(home))}"
    return _OURS.sub(lambda _: named, advice)


def with_source(advice: str, *, folder: Path) -> str:
    """The advice with the folder of CDM files that is being loaded."""
    return _SOURCE.sub(lambda _: shlex.quote(str(folder)), advice)
