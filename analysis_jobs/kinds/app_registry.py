"""The apps behind the short names, as workers ask for them: a module that a sandbox is told by its path."""

from __future__ import annotations

import importlib
from typing import Any

from analysis_jobs.kinds.registry import get_kind, kind_names


def load_client_app(name: str) -> Any:
    """The Flower ClientApp that answers a kind's asks inside a hospital."""
    from analysis_jobs.kinds.apps import make_client_app

    return make_client_app(get_kind(name))


def load_server_app(name: str) -> Any:
    """The Flower ServerApp that leads a kind's conversation and forms the answer."""
    from analysis_jobs.kinds.apps import make_server_app

    return make_server_app(get_kind(name))


def preload() -> None:
    """Imports every kind and what its apps need, for a worker that waits and has nothing else to do."""
    for module in ("analysis_jobs.kinds.apps", "numpy.random"):
        importlib.import_module(module)
    for name in kind_names():
        get_kind(name)
