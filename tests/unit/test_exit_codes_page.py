"""The operator's page of exit codes is the one that the catalogue prints, and is true about the shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from onggi.words.__main__ import exit_codes_page, seen_by_shell
from onggi.words.catalogue import all_words

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "exit-codes.md"


def test_the_committed_page_is_what_the_catalogue_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == exit_codes_page(), (
        "run: python -m onggi.words > docs/exit-codes.md"
    )


def test_every_code_and_every_number_has_its_place() -> None:
    lines = exit_codes_page().splitlines()
    numbers = [int(line.split()[1]) for line in lines if line.startswith("### ")]
    assert numbers == sorted({words.exit for words in all_words().values()})
    rows = [line for line in lines if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(all_words())


def test_only_the_sdk_goes_beyond_one_byte() -> None:
    beyond = {code for code, words in all_words().items() if words.exit > 255}
    assert beyond
    assert all(all_words()[code].exit >= 300 for code in beyond)


@pytest.mark.parametrize("number", [118, 254, 300, 399])
def test_what_a_shell_sees_of_a_number(number: int) -> None:
    ended = subprocess.run([sys.executable, "-S", "-c", f"raise SystemExit({number})"], check=False)
    assert ended.returncode == seen_by_shell(number)


def test_a_real_command_ends_as_the_page_says(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "onggi", "whoami", "--json"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    code = all_words()["client.token_missing"].exit
    assert f'"exit": {code}' in ended.stdout
    assert ended.returncode == seen_by_shell(code)
    assert f"### {code} (a shell sees {ended.returncode})" in exit_codes_page()
