"""Names the closed room by a digest, so that an approval says in which room the approved job will run.

The digest covers what the room denies and allows, and nothing of the machine: two hospitals with the same
version of Onggi have the same digest, and a version that opens the room by one system call has another.
"""

from __future__ import annotations

import hashlib
import json

from analysis_jobs.runner.bubblewrap import SandboxSpec, base_variables, bubblewrap_arguments
from analysis_jobs.runner.limits import SandboxLimits, outer_rlimits
from analysis_jobs.runner.seccomp_filter import filter_bytes, filter_program


def sandbox_profile_digest() -> str:
    """SHA-256, in hexadecimal, of the room for standard limits on both processors."""
    limits = SandboxLimits()
    spec = SandboxSpec(argv=("worker",), exposed=(), limits=limits, uid=None)
    described = {
        "arguments": bubblewrap_arguments(spec, hidden=()),
        "variables": base_variables(),
        "rlimits": outer_rlimits(limits),
        "filters": [filter_bytes(filter_program(one)).hex() for one in ("x86_64", "aarch64")],
    }
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
