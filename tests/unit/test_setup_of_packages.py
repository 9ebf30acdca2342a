"""The set-up installs a missing package where it may, and otherwise stops with the command to type."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "infra" / "setup" / "system.sh"
NEEDED = ("bash", "sh", "env", "cat", "dirname", "ls", "chmod", "touch")


def _machine(folder: Path, **programs: str) -> Path:
    """A folder of programs: a few real ones, and those that stand for the rest of the machine."""
    folder.mkdir()
    for name in NEEDED:
        real = shutil.which(name)
        assert real is not None, name
        (folder / name).symlink_to(real)
    for name, body in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    return folder


def _set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "bash", SCRIPT, "bubblewrap"],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_root_installs_what_is_missing(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    machine = _machine(tmp_path / "bin", id="echo 0", apt_get=f'echo "$@" >> {log}')
    done = _set_up(machine)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["update", "install"]
    assert log.read_text().splitlines()[1].endswith(" bubblewrap")


def test_sudo_without_a_password_installs_it_too(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    machine = _machine(
        tmp_path / "bin",
        id="echo 1000",
        sudo='[ "$1" = -n ] && shift; exec "$@"',
        true="exit 0",
        apt_get=f'echo "$@" >> {log}',
    )
    done = _set_up(machine)
    assert done.returncode == 0, done.stderr
    assert "bubblewrap" in log.read_text()


def test_who_may_not_is_told_the_exact_command_in_both_languages(tmp_path: Path) -> None:
    done = _set_up(_machine(tmp_path / "bin", id="echo 1000"))
    assert done.returncode == 1
    assert done.stderr.count("sudo apt-get update && sudo apt-get install -y bubblewrap") == 2
    assert "bubblewrap is missing" in done.stderr
    assert "패키지가 없습니다" in done.stderr


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "asked"
    machine = _machine(tmp_path / "bin", id="echo 0", bwrap="exit 0", apt_get=f"touch {log}")
    done = _set_up(machine)
    assert (done.returncode, done.stdout) == (0, "")
    assert not log.exists()
