"""How each state is shown: the key of its words and the tone of its tag. Every state has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from node.decisions.run_states import RunState

Tone = Literal["plain", "waiting", "good", "bad", "info"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as a person sees it."""

    phrase: str
    tone: Tone


_R = RunState
RUN_WORDS: Mapping[RunState, Shown] = MappingProxyType(
    {
        _R.ASKED: Shown("run.asked", "waiting"),
        _R.ACCEPTED: Shown("run.accepted", "info"),
        _R.RUNNING: Shown("run.running", "info"),
        _R.FINISHED: Shown("run.finished", "plain"),
        _R.FAILED: Shown("run.failed", "bad"),
        _R.CANCELLED: Shown("run.cancelled", "plain"),
        _R.DECLINED: Shown("run.declined", "plain"),
    }
)
HELD_WORDS: Mapping[str | None, Shown] = MappingProxyType(
    {
        None: Shown("held.waiting", "waiting"),
        "approved": Shown("held.approved", "info"),
        "refused": Shown("held.refused", "plain"),
        "done": Shown("held.done", "plain"),
    }
)
"""By the decision in the held reply's row; `done`: the node carried it out."""
