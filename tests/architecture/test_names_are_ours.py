"""No other installed distribution claims one of our top-level names: it could be imported in our place."""

from __future__ import annotations

from importlib.metadata import distributions, packages_distributions

import pytest

OURS = ("node", "coordinator", "tools", "catalog", "privacy", "analysis_jobs", "infra", "onggi")


def _claims() -> dict[str, set[str]]:
    """Top-level names by distribution, from metadata and from the files themselves."""
    claimed: dict[str, set[str]] = {}
    for name, owners in packages_distributions().items():
        claimed.setdefault(name, set()).update(owners)
    for found in distributions():
        for file in found.files or ():
            top = file.parts[0].removesuffix(".py")
            claimed.setdefault(top, set()).add(found.metadata["Name"])
    return claimed


def test_the_search_sees_what_is_installed() -> None:
    claimed = _claims()
    assert "pydantic" in claimed["pydantic"]
    assert "typing_extensions" in claimed["typing_extensions"]


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_claims_the_name(name: str) -> None:
    assert _claims().get(name, set()) <= {"onggi"}
