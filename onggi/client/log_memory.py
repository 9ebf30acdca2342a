"""Remembers the last verified head of each log in one file, so that no later visit is shown another past."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from pathlib import Path

from onggi.client.private_files import read_private_file, replace_file
from onggi.errors import Refused
from onggi.protocol.canonical import JsonValue, canonical_json, parse_strict_json
from onggi.protocol.log_view import LogView
from onggi.protocol.merkle import HASH_LENGTH

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class LogMemory:
    """One file for all logs, by origin."""

    path: Path

    def find(self, origin: str) -> LogView | None:
        """What was last seen, or None.

        Raises:
            Refused: ``client.file_malformed``; a damaged memory is not the same as none.
        """
        kept = self._read().get(origin)
        if kept is None:
            return None
        if not isinstance(kept, dict):
            raise self._malformed(origin)
        size, root = kept.get("size"), kept.get("root")
        if not isinstance(size, int) or not isinstance(root, str) or size < 0:
            raise self._malformed(origin)
        try:
            view = LogView(origin=origin, size=size, root=binascii.unhexlify(root))
        except (binascii.Error, ValueError):
            raise self._malformed(origin) from None
        if len(view.root) != HASH_LENGTH:
            raise self._malformed(origin)
        return view

    def record(self, view: LogView) -> None:
        """Remembers this head in place of the earlier one."""
        kept = self._read()
        kept[view.origin] = {"size": view.size, "root": view.root.hex()}
        replace_file(self.path, canonical_json(kept))

    def _read(self) -> dict[str, JsonValue]:
        data = read_private_file(self.path)
        if data is None:
            return {}
        try:
            kept = parse_strict_json(data, _LARGEST)
        except Refused:
            raise self._malformed("") from None
        if not isinstance(kept, dict):
            raise self._malformed("")
        return kept

    def _malformed(self, place: str) -> Refused:
        return Refused("client.file_malformed", path=str(self.path), place=place)
