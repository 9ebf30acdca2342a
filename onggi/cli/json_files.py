"""Reads a JSON file that a person wrote, and says which file and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from onggi.client.private_files import read_file
from onggi.errors import Refused
from onggi.protocol.canonical import JsonValue, parse_strict_json

_LARGEST = 16 * 2**20


def read_json_file(path: Path) -> JsonValue:
    """The one meaning of the file.

    Raises:
        Refused: ``client.file_unreadable``, ``client.file_malformed`` with the reason's code.
    """
    try:
        return parse_strict_json(read_file(path, limit=_LARGEST), _LARGEST)
    except Refused as bad:
        if bad.code == "client.file_unreadable":
            raise
        why = f"{bad.code} {bad.facts.get('at', '')}".strip()
        raise Refused("client.file_malformed", path=str(path), place=why) from None


def read_json_object(path: Path) -> dict[str, JsonValue]:
    """The same, where the file must hold an object."""
    value = read_json_file(path)
    if not isinstance(value, dict):
        raise Refused("client.file_malformed", path=str(path), place="{")
    return value
