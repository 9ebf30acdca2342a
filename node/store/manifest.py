"""Describes one generation: what it holds, when it was loaded, and a digest that names its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onggi.errors import Refused


class VocabularyName(BaseModel):
    """Which generation of the shared vocabulary a data set was loaded against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class Manifest(BaseModel):
    """Counts and names only: nothing in it comes from a patient's row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    cdm_version: str
    source_cdm_version: str
    vocabulary_version: str | None
    loaded_at: str
    tables: Mapping[str, int]
    key_id: str
    pseudonym_key_id: str
    database_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    synthetic: bool = False
    """A twin: made-up people."""
    vocabulary: VocabularyName | None = None
    """None where the generation has a vocabulary of its own, or none."""

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of the canonical JSON of this manifest."""
        return "sha256:" + hashlib.sha256(rfc8785.dumps(self._content())).hexdigest()

    def to_json(self) -> bytes:
        return json.dumps({"digest": self.digest, "manifest": self._content()}, indent=1).encode()

    def _content(self) -> dict[str, Any]:
        """What is written and named: what a generation is not is left out, so that earlier digests stay."""
        content = self.model_dump()
        for name in ("synthetic", "vocabulary"):
            if not content[name]:
                del content[name]
        return content


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest and checks its digest."""
    try:
        read = json.loads(path.read_bytes())
        manifest = Manifest.model_validate(read["manifest"])
        if manifest.digest != read["digest"]:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        raise Refused("store.damaged", path=str(path)) from None
    return manifest


def hash_file(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
