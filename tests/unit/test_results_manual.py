"""The pieces of docs/results.md run, one after the other, as a reader would type them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "results.md"


def test_the_pieces_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="not installed: make setup installs it")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    pieces = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    known: dict[str, object] = {}
    exec("\n".join(pieces), known)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        *("answer.csv", "answer.html", "answer.json", "answer.svg", "answer.zip")
    ]
    matplotlib.pyplot.close("all")
