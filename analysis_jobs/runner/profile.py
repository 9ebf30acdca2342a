"""Names the closed room by a digest, so that an approval says in which room the approved job will run.

The digest covers what the room denies and allows, and nothing of the machine: two hospitals with the same
version of Onggi have the same digest, and a version that opens the room by one system call has another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from analysis_jobs.runner.bubblewrap import SandboxSpec, base_variables, bubblewrap_arguments
from analysis_jobs.runner.limits import SandboxLimits, outer_rlimits
from analysis_jobs.runner.seccomp_filter import filter_bytes, filter_program


def sandbox_profile() -> dict[str, Any]:
    """The room for standard limits on both processors: what the digest is made of."""
    limits = SandboxLimits()
    spec = SandboxSpec(argv=("worker",), exposed=(), limits=limits, uid=None)
    return {
        "arguments": bubblewrap_arguments(spec, hidden=()),
        "variables": base_variables(),
        "rlimits": outer_rlimits(limits),
        "filters": [filter_bytes(filter_program(one)).hex() for one in ("x86_64", "aarch64")],
    }


def sandbox_profile_digest() -> str:
    """SHA-256, in hexadecimal, of the room as this version makes it."""
    return profile_digest(sandbox_profile())


def profile_digest(profile: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of a profile."""
    canonical = json.dumps(profile, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
