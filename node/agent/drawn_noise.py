"""Draws an answer's noise once and keeps it: whoever asks again gets the same numbers, also after a crash.

* Fresh noise for the same counts would be averaged away by whoever asks often enough. The noisy numbers are
  on the disk, in the run's encrypted workspace, before anything of them leaves; every further attempt of a
  masked exchange takes them from there.
* An answer that was charged may have left. If its numbers are gone then, it is refused and never drawn again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis_jobs.kinds.contract import Summary
from analysis_jobs.kinds.noisy.plan import NoisePlan, plan_noise
from node.agent.workspace import Workspace
from node.failpoints import NodePoint
from node.registers.budget import is_charged
from node.services import NodeServices
from onggi.errors import Refused
from onggi.protocol.trust_root import TrustRoot
from onggi.spec.job import JobSpec


@dataclass(slots=True)
class DrawnOnce:
    """The noise of one run. Without a plan every answer passes as it is."""

    _services: NodeServices
    _run: str
    _plan: NoisePlan | None
    _workspace: Workspace | None = None

    @classmethod
    def plan(cls, services: NodeServices, *, run: str, spec: JobSpec, root: TrustRoot) -> Self:
        return cls(services, run, plan_noise(spec, root=root))

    def keep_in(self, workspace: Workspace) -> None:
        """Where noisy numbers are kept; known once the run is prepared."""
        self._workspace = workspace

    async def add_to(self, ordinal: int, compute: Callable[[], Coroutine[None, None, Summary]]) -> Summary:
        """The answer of this number with its noise, computed and drawn only where it was not drawn before.

        Raises:
            Refused: ``noise.lost``.
        """
        if self._plan is None:
            return await compute()
        assert self._workspace is not None, "answers are given after the run was prepared"
        name = f"noisy-{ordinal}.npz"
        stored = self._workspace.find(name)
        if stored is not None:
            return _read(stored)
        with self._services.sessions() as session:
            if is_charged(session, run=self._run, ordinal=ordinal):
                raise Refused("noise.lost", ordinal=ordinal)
        true = await compute()
        noisy = Summary(self._plan.add(true.arrays, source=self._services.noise), true.evidence)
        self._workspace.write(name, [_written(noisy)])
        self._workspace.sync(name)
        self._services.failpoint(NodePoint.NOISE_DRAWN)
        return noisy


def _written(summary: Summary) -> bytes:
    stream = io.BytesIO()
    named = {f"arrays.{name}": array for name, array in summary.arrays.items()}
    named |= {f"evidence.{name}": array for name, array in summary.evidence.items()}
    np.savez(stream, allow_pickle=False, **named)
    return stream.getvalue()


def _read(stored: bytes) -> Summary:
    parts: dict[str, dict[str, np.ndarray]] = {"arrays": {}, "evidence": {}}
    with np.load(io.BytesIO(stored), allow_pickle=False) as found:
        for key in found.files:
            part, _, name = key.partition(".")
            parts[part][name] = found[key]
    return Summary(**parts)
