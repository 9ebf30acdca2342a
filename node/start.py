"""Starts a node: opens state and keys, takes up interrupted runs, connects, and serves until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from random import SystemRandom

from analysis_jobs.runner.code_digests import code_digests
from analysis_jobs.runner.limits import SandboxLimits
from node.agent.agent import NodeAgent
from node.datasets import Datasets
from node.link.client import NodeLink
from node.link.reach import link_settings
from node.registers.objects import ObjectStore
from node.registers.outbox import NodeOutbox
from node.registers.told_before import ToldBefore
from node.sandbox.warm_workers import WarmWorkers
from node.services import Failpoint, NodeServices, no_failpoint
from node.settings import NodeSettings
from node.sources import Clock, system_clock
from node.state.engine import open_state, sessions
from node.state.heartbeat import write_heartbeat
from node.state.run_notes import measure_trees, write_run_notes
from node.store.key_providers import KeyProvider
from node.store.keys import unlock_data_key
from onggi.protocol.keys import FileKey

_HEARTBEAT_S = 1.0


def build_services(
    settings: NodeSettings,
    *,
    provider: KeyProvider,
    clock: Clock = system_clock,
    failpoint: Failpoint = no_failpoint,
) -> NodeServices:
    """Everything a running node needs. Raises Refused where a key, the store or the state is not usable.

    Args:
        provider: unlocks the data key; made by the caller, who may have to ask for a passphrase.
    """
    database = sessions(open_state(settings.database))
    objects = ObjectStore(settings.objects)
    limits = SandboxLimits(memory_bytes=settings.memory_limit_mib * 2**20)
    data_key = unlock_data_key(settings.keys_folder, provider=provider)
    return NodeServices(
        settings=settings,
        sessions=database,
        objects=objects,
        outbox=NodeOutbox(database, objects, site=settings.site),
        workers=WarmWorkers(keep=settings.warm_workers, uids=settings.sandbox_uids, limits=limits),
        datasets=Datasets(settings),
        data_key=data_key,
        told_before=ToldBefore(data_key, os.urandom),
        identity=FileKey.read(settings.identity_key),
        code=code_digests(),
        clock=clock,
        random=os.urandom,
        failpoint=failpoint,
    )


async def run_node(services: NodeServices) -> None:
    """Serves until SIGTERM or SIGINT. What was under way is taken up by the next start."""
    agent = NodeAgent(services)
    loop = asyncio.get_running_loop()
    link = NodeLink(
        link_settings(services.settings),
        outbox=services.outbox,
        on_parcel=agent.on_parcel,
        hello=agent.hello,
        clock=services.clock,
        random=SystemRandom(),
    )
    sending: set[asyncio.Task[None]] = set()

    def wake(parcel: object) -> None:
        task = loop.create_task(link.send(parcel))  # type: ignore[arg-type]  # the outbox makes parcels only
        sending.add(task)
        task.add_done_callback(sending.discard)

    services.outbox.wake = wake
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, link.stop)
    services.workers.refill()
    await agent.recover()
    beside = [asyncio.create_task(agent.watch()), asyncio.create_task(_beat(services, link, agent))]
    try:
        await link.run()
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await agent.close()


async def _beat(services: NodeServices, link: NodeLink, agent: NodeAgent) -> None:
    """Writes how the link stands and what runs use, for `onggi-node status` and the console."""
    home = services.settings.home
    while True:
        write_heartbeat(home, link.status, now=services.clock())
        # In a thread: it reads the state of every process of this machine.
        used = await asyncio.to_thread(measure_trees, agent.worker_pids())
        write_run_notes(home, used, now=services.clock())
        await asyncio.sleep(_HEARTBEAT_S)
