"""What the coordinator and the hospitals of the statistics' benchmarks say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from analysis_jobs.kinds.contract import Arrays, Ask
from onggi.protocol.messages import SumStep
from onggi.spec.job import JobSpec
from privacy.masks.context import Participant

FEDERATION = "made-up"


@dataclass(frozen=True, slots=True)
class Begin:
    """A new run of a job."""

    run: str
    spec: JobSpec


@dataclass(frozen=True, slots=True)
class Message:
    """The question of a round as the coordinator tells it, with the record of the sum before."""

    told: Ask
    attempt: int
    transcript: bytes = b""


@dataclass(frozen=True, slots=True)
class Step:
    """A phase of a masked sum with its letters, in either direction."""

    step: SumStep
    letters: list[bytes]


@dataclass(frozen=True, slots=True)
class ClearReply:
    """Arrays that leave in clear, signed as a whole."""

    arrays: Arrays
    signature: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A refusal, by its code, with what else it says."""

    code: str
    facts: str


Told: TypeAlias = tuple[Participant, ...] | Begin | Message | Step
Answered: TypeAlias = str | Step | ClearReply | Failed
