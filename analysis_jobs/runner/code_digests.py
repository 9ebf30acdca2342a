"""Names exactly which code a job runs: our source, the installed versions, and the sandbox's rules.

A committee approves these digests and a node compares them with its own, so that an upgrade that changes
what runs needs a new approval. Both sides compute them from what is on their own disk. What a digest is
made of can be had as well, so that a reader sees the code behind it and computes it again.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

from analysis_jobs.runner.profile import sandbox_profile_digest
from onggi.spec.job import CodeDigests

# What a sandboxed job can import. Changes elsewhere (pages, CLI, storage) change no answer.
_ROOMS: Final = ("onggi/errors.py", "onggi/spec", "onggi/protocol", "privacy", "catalog", "analysis_jobs")
_ROOT: Final = Path(__file__).resolve().parents[2]


def code_digests() -> CodeDigests:
    """The digests of this installation."""
    return CodeDigests(
        source=source_digest(read_source()),
        environment=environment_digest(environment_lock()),
        sandbox=f"sha256:{sandbox_profile_digest()}",
    )


def read_source() -> dict[str, bytes]:
    """Every source file by its path below the root, in the order of the digest."""
    files: list[Path] = []
    for room in _ROOMS:
        place = _ROOT / room
        files += [place] if place.is_file() else place.rglob("*.py")
    return {path.relative_to(_ROOT).as_posix(): path.read_bytes() for path in sorted(files)}


def source_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the list of (digest, path) of every file, as `sha256sum` prints it."""
    return _digest(
        "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in files.items())
    )


def environment_lock() -> str:
    """Python's version and the sorted list of installed distributions with versions, a line each."""
    found = {
        f"{distribution.metadata['Name'].lower().replace('_', '-')}=={distribution.version}"
        for distribution in metadata.distributions()
        if distribution.metadata["Name"]
    }
    python = ".".join(platform.python_version_tuple()[:2])
    return f"python {python} {platform.machine()}\n" + "\n".join(sorted(found))


def environment_digest(lock: str) -> str:
    """SHA-256 over the list."""
    return _digest(lock)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
