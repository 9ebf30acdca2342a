"""The commands that the documents tell people to type are there after the set-up, and answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from onggi import __version__


@pytest.mark.parametrize("name", ["onggi", "onggi-node", "onggi-coordinator"])
def test_the_command_answers(name: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / name, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert name in done.stdout


@pytest.mark.parametrize("name", ["onggi", "onggi-node"])
def test_the_command_tells_its_version(name: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / name, "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout
