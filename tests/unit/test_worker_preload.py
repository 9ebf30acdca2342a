"""A waiting worker imports what its job will need, and a registry that cannot do so changes nothing."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

from analysis_jobs.runner.worker_setup import preload_kinds

_PRELOADED = """
import sys
from analysis_jobs.runner.worker_setup import DEFAULT_REGISTRY, preload_kinds
preload_kinds(DEFAULT_REGISTRY)
from analysis_jobs.kinds import app_registry
before = set(sys.modules)
for name in app_registry.kind_names():
    app_registry.load_client_app(name)
    app_registry.load_server_app(name)
from analysis_jobs.runner.worker_setup import seed_everything
seed_everything(1)
print(sorted(set(sys.modules) - before))
"""


def test_after_preloading_no_app_imports_anything() -> None:
    done = subprocess.run([sys.executable, "-c", _PRELOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_registry_that_fails_or_is_missing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def preload() -> None:
        tried.append("preload")
        raise MemoryError

    failing = types.ModuleType("failing_registry")
    vars(failing)["preload"] = preload
    monkeypatch.setitem(sys.modules, "failing_registry", failing)
    monkeypatch.setitem(sys.modules, "old_registry", types.ModuleType("old_registry"))
    for registry in ("failing_registry", "old_registry", "no_such_registry"):
        preload_kinds(registry)
    assert tried == ["preload"]
