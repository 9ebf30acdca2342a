"""`make demo` as a whole: separate processes, our own commands, and a report that the raw files confirm."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.demo.processes import REPOSITORY, environment
from tests.support.heart_oracle import TERMS, funnel, pooled_fit

pytestmark = [pytest.mark.federation, pytest.mark.sandbox]
SITES = {"budapest", "cleveland", "longbeach", "zurich"}


@dataclass(frozen=True)
class Told:
    """What the demo printed and reported, and what each of its suggestions did when it was typed."""

    text: str
    report: dict[str, Any]
    tried: dict[str, subprocess.CompletedProcess[str]]
    first_job: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    # Not below pytest's folder, which is closed to others: under root, servers run as users of their own.
    with tempfile.TemporaryDirectory(prefix="onggi-demo-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield _run_demo(folder / "run")


def _run_demo(folder: Path) -> Told:
    """The demo, left running until all that it suggests was tried."""
    said = folder.with_name("said.txt")
    with said.open("w") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "infra.demo", "--keep", "--folder", str(folder)],
            env=environment({"COLUMNS": "120"}),
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_heed_interrupts,
        )
    try:
        deadline = time.monotonic() + 280
        while "doctor" not in said.read_text():
            assert demo.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.2)
        text = said.read_text()
        tried = {line: _type(line) for line in text.splitlines() if line.startswith("    ")}
        first_job = _run(_first_job(folder))
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0, said.read_text()
    return Told(text, json.loads((folder / "report.json").read_text()), tried, first_job)


def _heed_interrupts() -> None:
    """A shell's background job ignores Ctrl+C, and so would whatever it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _first_job(folder: Path) -> str:
    """The README's example, asked of this demo; nobody votes here, so it stops before the result."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    home = folder / "people" / "researcher-1"
    signed_in = json.loads((home / "credentials").read_text())
    ready = json.loads((folder / "another-job.json").read_text())
    for shown, here in (
        ('"https://coordinator.example", token="..."', "**SIGNED_IN"),
        ('"project-..."', repr(ready["project"])),
        ('"permit-..."', repr(ready["permit"])),
        ("job.wait()\njob.result().to_pandas()\njob.explain()", "print(job.explain())"),
    ):
        assert code.count(shown) == 1, shown
        code = code.replace(shown, here)
    connection = {name: signed_in[name] for name in ("url", "token", "ca_file")} | {"home": str(home)}
    return f"SIGNED_IN = {connection!r}\n{code}"


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _type(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line],
        env=environment({"COLUMNS": "120"}),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_ends_in_federated_equals_pooled(told: Told) -> None:
    assert "federated = pooled" in told.text


def test_the_counts_are_those_of_the_raw_files(told: Told) -> None:
    count = told.report["count"]
    assert tuple(step["persons"] for step in count["funnel"]) == funnel() == (920, 628, 370, 217)
    assert count["total"] == 920


def test_the_regression_is_that_of_the_raw_files(told: Told) -> None:
    glm, pooled = told.report["glm"], pooled_fit()
    assert (glm["n"], glm["events"], tuple(glm["terms"])) == (853, 464, TERMS)
    assert glm["coefficients"] == pytest.approx(pooled.coefficients, abs=1e-6, rel=0)
    assert glm["standard_errors"] == pytest.approx(pooled.standard_errors, abs=1e-6, rel=0)
    assert glm["deviance"] == pytest.approx(pooled.deviance, abs=1e-6)
    assert glm["max_abs_diff_pooled"] < 1e-6


def test_what_left_and_what_was_destroyed_is_told(told: Told) -> None:
    report = told.report
    assert report["deletions"] == 2 * len(SITES)
    assert report["log"]["verified"] is True
    assert report["log"]["tree_size"] > 2 * len(SITES)
    assert report["releases"].keys() == SITES
    for entries in report["releases"].values():
        assert {entry["what"] for entry in entries} == {"aggregate", "masked_sum"}
        assert all(entry["bytes"] > 0 and entry["digest"].startswith("sha256:") for entry in entries)
    assert report["round_latency_ms"]["p95"] >= report["round_latency_ms"]["median"] > 0
    assert report["phases_seconds"]["total"] > 0


def test_whatever_it_suggests_works_as_it_stands(told: Told) -> None:
    assert len(told.tried) == 7
    for line, done in told.tried.items():
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    said = {line.split()[-1]: done.stdout for line, done in told.tried.items()}
    assert said["jobs"].count("job-") >= 2
    assert "something is wrong" not in said["doctor"]


def test_the_first_job_of_the_readme_is_taken(told: Told) -> None:
    assert told.first_job.returncode == 0, told.first_job.stderr
    assert told.first_job.stdout.strip()
