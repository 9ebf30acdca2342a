"""Style sheet, fonts and scripts, served by ourselves: hospital networks reach nothing else.

The address holds the content's digest, so that browsers may keep a file for good and never mix versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from starlette.responses import Response

PREFIX: Final = "/assets"
_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    kind: str
    digest: str


class Assets:
    """The files in the `static` folders of the given packages, read once. Nothing else can be asked for."""

    def __init__(self, *packages: str) -> None:
        self._files: dict[str, _File] = {}
        for package in packages:
            for entry in (files(package) / "static").iterdir():
                kind = _TYPES.get(entry.name.rsplit(".", 1)[-1])
                if kind is None:
                    continue
                if entry.name in self._files:
                    raise RuntimeError(f"two packages have an asset of this name: {entry.name}")
                content = entry.read_bytes()
                digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
                self._files[entry.name] = _File(content, kind, digest)
        self._place_fonts()

    def _place_fonts(self) -> None:
        """A style sheet names its fonts by their full address, which holds their digest."""
        for name, file in self._files.items():
            if name.endswith(".css"):
                text = file.content.decode()
                for other in self._files:
                    text = text.replace(f"url({other})", f"url({self.address(other)})")
                digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
                self._files[name] = _File(text.encode(), file.kind, digest)

    def address(self, name: str) -> str:
        """Raises KeyError where there is no such file."""
        return f"{PREFIX}/{self._files[name].digest}/{name}"

    def answer(self, digest: str, name: str) -> Response:
        """The file, or 404 for another name or another version of it."""
        file = self._files.get(name)
        if file is None or file.digest != digest:
            return Response(status_code=404)
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(file.content, media_type=file.kind, headers=headers)
