"""Flower's SecAgg+ (its legacy API) in one process: its workflow and its client modifier, without transport.

A grid hands each message straight to the modifier. Keys, shares, quantising, masks and their removal are
Flower's; what is left out is what Flower would do around it: serialising, sending, averaging by a strategy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.client.mod import secaggplus_mod
from flwr.common import (
    Code,
    FitIns,
    FitRes,
    Parameters,
    Status,
    ndarrays_to_parameters,
    parameters_to_ndarrays,
)
from flwr.compat.common import recorddict_compat as compat
from flwr.server import LegacyContext
from flwr.server.workflow import SecAggPlusWorkflow
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD, Key

from analysis_jobs.runner.flower_adapter import set_task_identity

LARGEST = 8.0
logging.getLogger("flwr").setLevel(logging.WARNING)


class _Clients:
    """Every client's state, and the grid that reaches them."""

    def __init__(self, nodes: Iterable[int], trained: Parameters) -> None:
        self._contexts = {node: _context(node) for node in nodes}
        self._trained = trained

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> list[Message]:
        del timeout
        return [self._answer(message) for message in messages]

    def _answer(self, message: Message) -> Message:
        # The modifier takes words out of what it is sent, and the workflow sends one content to many.
        own = {name: ConfigRecord(dict(record)) for name, record in message.content.config_records.items()}
        message.content = RecordDict({**message.content, **own})
        return secaggplus_mod(message, self._contexts[message.metadata.dst_node_id], self._train)

    def _train(self, message: Message, _context: Context) -> Message:
        result = FitRes(Status(Code.OK, ""), self._trained, 1, {})
        return Message(compat.fitres_to_recorddict(result, keep_input=True), reply_to=message)


class _Strategy:
    """Everybody trains; of what is aggregated nothing more is made."""

    def __init__(self, nodes: Iterable[int]) -> None:
        nothing = FitIns(Parameters([], "numpy.ndarray"), {})
        self._asked = [(SimpleNamespace(node_id=node), nothing) for node in nodes]

    def configure_fit(self, *_: Any) -> Any:
        return self._asked

    def aggregate_fit(self, _round: int, results: Any, _failures: Any) -> Any:
        return results[0][1].parameters, {}


def secaggplus_mean(
    count: int, *, threshold: int, numbers: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], float]:
    """The mean of the same numbers of every client, and the seconds that all parts took together.

    Every client masks towards every other, as ours do.
    """
    set_task_identity(run_id=1, node_id=0, task_id=1)
    nodes = range(1, count + 1)
    clients = _Clients(nodes, ndarrays_to_parameters([numbers]))
    server = LegacyContext(_context(0), strategy=_Strategy(nodes))
    server.state[MAIN_CONFIGS_RECORD] = ConfigRecord({Key.CURRENT_ROUND: 1})
    server.state[MAIN_PARAMS_RECORD] = ArrayRecord()
    # A share for everybody: the whole numbers 1 and 2 mean something else to the workflow.
    workflow = SecAggPlusWorkflow(1.0, threshold, max_weight=1.0, clipping_range=LARGEST)
    begun = time.perf_counter()
    workflow(clients, server)
    taken = time.perf_counter() - begun
    (mean,) = parameters_to_ndarrays(
        compat.arrayrecord_to_parameters(server.state.array_records[MAIN_PARAMS_RECORD], keep_input=True)
    )
    return mean, taken


def _context(node: int) -> Context:
    return Context(run_id=1, node_id=node, node_config={}, state=RecordDict(), run_config={})
