"""Names the place of a problem from its facts: a cell of a file, a folder, a setting, a network address."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from onggi.errors import Fact, OnggiError

_ON_DISK = ("path", "file", "folder")
_CELL = {"row": "행", "column": "열"}


@contextlib.contextmanager
def placed(**facts: Fact) -> Iterator[None]:
    """What is refused in here happened at this place, where the refusal itself names none."""
    try:
        yield
    except OnggiError as error:
        error.facts.update({name: value for name, value in facts.items() if name not in error.facts})
        raise


def place_of(facts: Mapping[str, Fact], *, korean: bool, otherwise: str) -> str:
    """Where to look, as exactly as the facts tell."""
    on_disk = next((str(facts[name]) for name in _ON_DISK if facts.get(name)), None)
    if on_disk is not None:
        cell = [
            f"{ko if korean else name} {facts[name]}"
            for name, ko in _CELL.items()
            if facts.get(name) is not None
        ]
        return ", ".join([on_disk, *cell])
    if facts.get("host"):
        return _address(facts)
    return str(facts.get("setting") or facts.get("home") or otherwise)


def _address(facts: Mapping[str, Fact]) -> str:
    address = f"{facts['host']}:{facts['port']}" if facts.get("port") else str(facts["host"])
    return f"{facts['proxy']} → {address}" if facts.get("proxy") else address
