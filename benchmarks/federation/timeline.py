"""Notes when parcels come and go in a server process, so that a benchmark can say when something began.

Times are of the machine's monotonic clock, which all processes of one machine share.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

Come = Callable[..., Awaitable[None]]


class Timeline:
    """Writes one line per parcel into a file."""

    def __init__(self, file: Path) -> None:
        self._file: TextIO = file.open("a", encoding="utf-8", buffering=1)

    def note(self, what: str, **facts: str) -> None:
        self._file.write(json.dumps({"at": time.perf_counter(), "what": what, **facts}) + "\n")

    def watch(self, owner: type[Any], name: str, *, what: str) -> None:
        """Notes every call of `owner.name`, whose last argument is a parcel, before it is carried out."""
        inner = getattr(owner, name)

        @functools.wraps(inner)
        async def noted(*arguments: Any) -> Any:
            parcel = arguments[-1]
            self.note(what, kind=str(parcel.kind), id=parcel.id, about=parcel.about)
            return await inner(*arguments)

        setattr(owner, name, noted)


def read_timeline(file: Path) -> Iterator[Mapping[str, Any]]:
    """The lines written so far."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.endswith("}"):
            yield json.loads(line)
