"""The code that this server holds, with the digests computed from the very bytes that are shown.

Files are found by the list of the tree, under the digest of the tree: no address becomes a path on a disk.
"""

from __future__ import annotations

import hashlib
import json
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

_RESOURCES: Final = {
    resource.RLIMIT_CORE: "core",
    resource.RLIMIT_NOFILE: "nofile",
    resource.RLIMIT_FSIZE: "fsize",
    resource.RLIMIT_DATA: "data",
    resource.RLIMIT_AS: "as",
    resource.RLIMIT_MSGQUEUE: "msgqueue",
    resource.RLIMIT_MEMLOCK: "memlock",
}
ROOM_RULES: Final = (
    "unshare-all",
    "unshare-user",
    "disable-userns",
    "cap-drop",
    "clearenv",
    "hostname",
    "new-session",
    "die-with-parent",
)
"""Arguments of the room that have words, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """One file of the tree."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def lines(self) -> list[str]:
        return self.content.decode("utf-8", "replace").splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The sandbox's rules: those that have words, limits by name, and the lists of requests."""

    rules: tuple[str, ...]
    limits: tuple[tuple[str | int, int], ...]
    calls: tuple[tuple[str, str, str], ...]
    """(group, verdict, names)."""
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCode:
    """Three things under their digests."""

    source: str
    files: Mapping[str, HeldFile]
    environment: str
    lock: tuple[str, ...]
    sandbox: str
    room: Room

    @property
    def digests(self) -> frozenset[str]:
        return frozenset({self.source, self.environment, self.sandbox})


@cache
def held_code() -> HeldCode:
    """Read once: a file that changes under a running server is not the code that runs."""
    # Imported where used, as the checks of a job do: commands that show no code start in half the time.
    from analysis_jobs.runner import code_digests
    from analysis_jobs.runner.profile import profile_digest, sandbox_profile

    files, lock, profile = code_digests.read_source(), code_digests.environment_lock(), sandbox_profile()
    return HeldCode(
        source=code_digests.source_digest(files),
        files={path: HeldFile(path, content) for path, content in files.items()},
        environment=code_digests.environment_digest(lock),
        lock=tuple(lock.splitlines()),
        sandbox=f"sha256:{profile_digest(profile)}",
        room=_room(profile),
    )


def _room(profile: Mapping[str, Any]) -> Room:
    from analysis_jobs.runner import seccomp_filter as calls

    said = set(profile["arguments"])
    allowed = ("FILES", "WAITING", "INHERITED_SOCKET", "MEMORY", "PROCESSES")
    groups = [(name.lower(), "allowed", str(getattr(calls, name)).split()) for name in allowed]
    groups += [
        ("conditional", "some", [*calls.CONDITIONAL]),
        ("refused", "refused", [*calls.REFUSED]),
        ("killed", "killed", [*calls.KILLED]),
        ("rest", "unknown", []),
    ]
    return Room(
        rules=tuple(rule for rule in ROOM_RULES if f"--{rule}" in said),
        limits=tuple((_RESOURCES.get(number, number), most) for number, most in profile["rlimits"]),
        calls=tuple((group, verdict, ", ".join(sorted(names))) for group, verdict, names in groups),
        exact=json.dumps(profile, indent=1, sort_keys=True),
    )
