"""Finds a public data file: the copy in the repository first, then the data folder beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]
_PLACES = (_REPOSITORY / "tests" / "data", _REPOSITORY.parent / "shared" / "data")


def shared_data(*parts: str) -> Path:
    """The file or folder. Skips the test where this checkout has neither copy."""
    for place in _PLACES:
        if (found := place.joinpath(*parts)).exists():
            return found
    pytest.skip("needs the shared data folder beside the checkout")
