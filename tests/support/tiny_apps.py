"""A few very small apps for the worker tests: honest ones, and ones that fail in each way there is."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

SECRET = "canary-70-year-old"


def load_client_app(name: str) -> Any:
    from flwr.app import ConfigRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp

    app = ClientApp()
    if name not in BEHAVIOURS:
        raise LookupError(SECRET)

    @app.query()
    def answer(message: Message, context: Any) -> Any:
        records = BEHAVIOURS[name](message, context)
        if not isinstance(records, dict):
            return records
        told = {key: MetricRecord(value) for key, value in records.items()}
        return Message(RecordDict({**told, "echo": ConfigRecord({"run": context.run_id})}), reply_to=message)

    return app


def load_server_app(name: str) -> Any:
    from flwr.app import ConfigRecord, MetricRecord, RecordDict
    from flwr.serverapp import ServerApp

    app = ServerApp()

    @app.main()
    def main(grid: Any, context: Any) -> None:
        if name == "raises":
            raise ValueError(SECRET)
        nodes = list(grid.get_node_ids())
        total = 0
        for round_number in range(2):
            messages = [
                grid.create_message(
                    RecordDict({"ask": ConfigRecord({"round": round_number})}),
                    "query",
                    node,
                    str(round_number),
                )
                for node in nodes
            ]
            for reply in grid.send_and_receive(messages):
                total += reply.content.metric_records["rows"]["n"]
        context.state["result"] = MetricRecord({"total": total, "nodes": len(nodes)})

    return app


def _count(message: Any, context: Any) -> dict[str, dict[str, int]]:
    """Rows of the Arrow file that it was handed, and how often it was asked."""
    import pyarrow as pa
    from flwr.app import MetricRecord

    with pa.memory_map(context.node_config["data-path"] + "/persons.arrow") as file:
        rows = pa.ipc.open_file(file).read_all().num_rows
    asked = context.state.metric_records["asked"]["times"] if "asked" in context.state else 0
    context.state["asked"] = MetricRecord({"times": asked + 1})
    return {"rows": {"n": rows}, "asked": {"times": asked + 1}}


def _libraries(message: Any, context: Any) -> dict[str, dict[str, float]]:
    """The libraries that kinds use, each at some real work."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import scipy.linalg
    import statsmodels.api as sm

    generator = np.random.default_rng(1)
    x = generator.normal(size=(300, 3))
    y = (x[:, 0] + generator.normal(size=300) > 0).astype(float)
    fit = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit()
    table = pa.Table.from_pandas(pd.DataFrame({"x": x[:, 0], "g": y}))
    grouped = table.group_by("g").aggregate([("x", "mean")])
    return {
        "numbers": {
            "deviance": float(fit.deviance),
            "norm": float(scipy.linalg.norm(scipy.linalg.qr(x)[1])),
            "groups": float(grouped.num_rows),
            "sum": float(pc.sum(table["x"]).as_py()),
        }
    }


def _random(message: Any, context: Any) -> dict[str, dict[str, float]]:
    import random

    import numpy as np

    return {"drawn": {"python": random.random(), "numpy": float(np.random.random())}}


def _raise(message: Any, context: Any) -> None:
    raise ValueError(SECRET)


def _exit(message: Any, context: Any) -> None:
    os._exit(7)


def _crash(message: Any, context: Any) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _sleep(message: Any, context: Any) -> None:
    time.sleep(600)


def _spin(message: Any, context: Any) -> None:
    while True:
        pass


def _attack(message: Any, context: Any) -> None:
    import ctypes

    ctypes.CDLL(None).ptrace(0, 0, 0, 0)


def _greedy(message: Any, context: Any) -> None:
    bytearray(10 * 2**30)


def _bad_reply(message: Any, context: Any) -> str:
    return SECRET


def _print(message: Any, context: Any) -> dict[str, dict[str, int]]:
    import sys

    print(SECRET)
    print(SECRET, file=sys.stderr, flush=True)
    return {"rows": {"n": 0}}


def _forged_frame(message: Any, context: Any) -> None:
    os.write(3, SECRET.encode() * 10)
    time.sleep(600)


def _forged_error(message: Any, context: Any) -> None:
    import struct

    os.write(3, struct.pack(">IQ", 18, len(SECRET)) + SECRET.encode())
    time.sleep(600)


BEHAVIOURS: dict[str, Any] = {
    "count": _count,
    "libraries": _libraries,
    "random": _random,
    "raise": _raise,
    "exit": _exit,
    "crash": _crash,
    "sleep": _sleep,
    "spin": _spin,
    "attack": _attack,
    "greedy": _greedy,
    "bad_reply": _bad_reply,
    "print": _print,
    "forged_frame": _forged_frame,
    "forged_error": _forged_error,
}
