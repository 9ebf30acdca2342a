"""Names exactly which code a job runs: our source, the installed versions, and the sandbox's rules.

A committee approves these digests and a node compares them with its own, so that an upgrade that changes
what runs needs a new approval. Both sides compute them from what is on their own disk.
"""

from __future__ import annotations

import hashlib
import platform
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
        source=_source(), environment=_environment(), sandbox=f"sha256:{sandbox_profile_digest()}"
    )


def _source() -> str:
    """SHA-256 over the sorted list of (path, digest) of every source file."""
    files: list[Path] = []
    for room in _ROOMS:
        place = _ROOT / room
        files += [place] if place.is_file() else place.rglob("*.py")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(_ROOT).as_posix()}\n"
        for path in sorted(files)
    ]
    return _digest("".join(lines))


def _environment() -> str:
    """SHA-256 over Python's version and the sorted list of installed distributions with versions."""
    found = {
        f"{distribution.metadata['Name'].lower().replace('_', '-')}=={distribution.version}"
        for distribution in metadata.distributions()
        if distribution.metadata["Name"]
    }
    python = ".".join(platform.python_version_tuple()[:2])
    return _digest(f"python {python} {platform.machine()}\n" + "\n".join(sorted(found)))


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
