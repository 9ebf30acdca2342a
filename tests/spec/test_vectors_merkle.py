"""Every public inclusion and consistency case of RFC 6962 proofs, good and bad."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from onggi.protocol.merkle import is_consistent, is_included
from tests.support.shared_data import shared_data


def _cases(kind: str) -> list[dict[str, Any]]:
    folder = shared_data("governance", "merkle-proofs", "testdata", kind)
    return [json.loads(file.read_bytes()) | {"file": file.name} for file in sorted(folder.rglob("*.json"))]


def _hash(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _proof(case: dict[str, Any]) -> list[bytes]:
    return [_hash(step) for step in case["proof"] or ()]


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_there_are_98_cases_of_both_verdicts(kind: str) -> None:
    cases = _cases(kind)
    assert len(cases) == 98
    assert {case["wantErr"] for case in cases} == {True, False}


def test_every_inclusion_case_has_the_published_verdict() -> None:
    wrong = [
        case["file"]
        for case in _cases("inclusion")
        if is_included(
            _hash(case["leafHash"]),
            index=case["leafIdx"],
            size=case["treeSize"],
            proof=_proof(case),
            root=_hash(case["root"]),
        )
        == case["wantErr"]
    ]
    assert wrong == []


def test_every_consistency_case_has_the_published_verdict() -> None:
    wrong = [
        case["file"]
        for case in _cases("consistency")
        if is_consistent(
            case["size1"],
            new=case["size2"],
            old_root=_hash(case["root1"]),
            new_root=_hash(case["root2"]),
            proof=_proof(case),
        )
        == case["wantErr"]
    ]
    assert wrong == []
