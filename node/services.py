"""What the parts of a running node share, wired once at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session, sessionmaker

from node.datasets import Datasets
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.told_before import ToldBefore
from node.sandbox.warm_workers import WarmWorkers
from node.settings import NodeSettings
from node.sources import Clock, RandomBytes
from node.store.keys import DataKey
from onggi.protocol.keys import FileKey
from onggi.spec.job import CodeDigests
from privacy.noise.sources import NoiseSource, OpenDpNoise

Failpoint = Callable[[str], None]


def no_failpoint(_name: str) -> None:
    """The failpoint outside crash tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeServices:
    """Settings, state, keys and helpers of one node process."""

    settings: NodeSettings
    sessions: sessionmaker[Session]
    objects: ObjectStore
    outbox: NodeOutbox
    workers: WarmWorkers
    datasets: Datasets
    data_key: DataKey
    identity: FileKey
    told_before: ToldBefore
    code: CodeDigests
    clock: Clock
    random: RandomBytes
    noise: NoiseSource = field(default_factory=OpenDpNoise)
    """Where the noise of answers is drawn."""
    failpoint: Failpoint = no_failpoint
    """Called with the name of each transition; a crash test ends the process there."""
