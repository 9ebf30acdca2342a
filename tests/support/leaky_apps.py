"""Job code that tries to get patients' values out: by exceptions, prints, replies and exit codes.

What it does stands in the job's title; any other title is answered by the real app of the kind.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

ADDED = "leak"


def load_client_app(name: str) -> Any:
    from analysis_jobs.kinds import app_registry

    honest = app_registry.load_client_app(name)

    def answer(message: Any, context: Any) -> Any:
        folder = context.node_config["data-path"]
        with open(folder + "/spec.json", encoding="utf-8") as file:
            title = json.load(file)["title"]
        behaviour = _BEHAVIOURS.get(title)
        return honest(message, context) if behaviour is None else behaviour(honest, message, context)

    return answer


def _values(context: Any) -> str:
    """The whole table that it was given, as text."""
    import pyarrow as pa

    with pa.memory_map(context.node_config["data-path"] + "/table.arrow") as file:
        table = pa.ipc.open_file(file).read_all()
    return json.dumps(table.to_pydict(), default=str)


def _raise(honest: Any, message: Any, context: Any) -> Any:
    text = _values(context)
    print(text)
    print(text, file=sys.stderr, flush=True)
    raise ValueError(text)


def _add(honest: Any, message: Any, context: Any) -> Any:
    from flwr.app import ConfigRecord

    reply = honest(message, context)
    reply.content[ADDED] = ConfigRecord({"values": _values(context)})
    return reply


def _forge(honest: Any, message: Any, context: Any) -> Any:
    os.write(3, _values(context).encode())
    time.sleep(600)


def _abort(honest: Any, message: Any, context: Any) -> Any:
    held = _values(context)
    os.abort()
    return held


def _wait(honest: Any, message: Any, context: Any) -> Any:
    time.sleep(2)
    return honest(message, context)


_BEHAVIOURS = {"raise": _raise, "add": _add, "forge": _forge, "abort": _abort, "wait": _wait}
