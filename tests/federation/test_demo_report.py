"""`make demo` as a whole: separate processes, our own commands, and a report that the raw files confirm."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.demo.processes import environment
from tests.support.heart_oracle import TERMS, funnel, pooled_fit

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
SITES = {"budapest", "cleveland", "longbeach", "zurich"}


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[str, dict]]:
    # Not below pytest's folder, which is closed to others: under root, servers run as users of their own.
    with tempfile.TemporaryDirectory(prefix="onggi-demo-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield _run_demo(folder / "run")


def _run_demo(folder: Path) -> tuple[str, dict]:
    done = subprocess.run(
        [sys.executable, "-m", "infra.demo", "--folder", str(folder)],
        env=environment({"COLUMNS": "120"}),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads((folder / "report.json").read_text())


def test_it_ends_in_federated_equals_pooled(told: tuple[str, dict]) -> None:
    assert "federated = pooled" in told[0]


def test_the_counts_are_those_of_the_raw_files(told: tuple[str, dict]) -> None:
    count = told[1]["count"]
    assert tuple(step["persons"] for step in count["funnel"]) == funnel() == (920, 628, 370, 217)
    assert count["total"] == 920


def test_the_regression_is_that_of_the_raw_files(told: tuple[str, dict]) -> None:
    glm, pooled = told[1]["glm"], pooled_fit()
    assert (glm["n"], glm["events"], tuple(glm["terms"])) == (853, 464, TERMS)
    assert glm["coefficients"] == pytest.approx(pooled.coefficients, abs=1e-6, rel=0)
    assert glm["standard_errors"] == pytest.approx(pooled.standard_errors, abs=1e-6, rel=0)
    assert glm["deviance"] == pytest.approx(pooled.deviance, abs=1e-6)
    assert glm["max_abs_diff_pooled"] < 1e-6


def test_what_left_and_what_was_destroyed_is_told(told: tuple[str, dict]) -> None:
    report = told[1]
    assert report["deletions"] == 2 * len(SITES)
    assert report["log"]["verified"] is True
    assert report["log"]["tree_size"] > 2 * len(SITES)
    assert report["releases"].keys() == SITES
    for entries in report["releases"].values():
        assert {entry["what"] for entry in entries} == {"aggregate", "masked_sum"}
        assert all(entry["bytes"] > 0 and entry["digest"].startswith("sha256:") for entry in entries)
    assert report["round_latency_ms"]["p95"] >= report["round_latency_ms"]["median"] > 0
    assert report["phases_seconds"]["total"] > 0
