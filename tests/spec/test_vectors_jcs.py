"""The published canonical forms of RFC 8785: what we read, we write in exactly those bytes."""

from __future__ import annotations

import pytest

from onggi.protocol.canonical import canonical_json, parse_strict_json
from tests.support.shared_data import shared_data

NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")


def test_no_published_case_is_left_out() -> None:
    folder = shared_data("governance", "jcs-rfc8785", "testdata", "input")
    assert {file.stem for file in folder.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_canonical_form_is_the_published_one(name: str) -> None:
    folder = shared_data("governance", "jcs-rfc8785", "testdata")
    value = parse_strict_json((folder / "input" / f"{name}.json").read_bytes(), 100_000)
    written = canonical_json(value)
    assert written == bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())
    assert written == (folder / "output" / f"{name}.json").read_bytes()
    assert canonical_json(parse_strict_json(written, 100_000)) == written
