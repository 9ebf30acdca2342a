"""Enough people, some from outside, none for themselves."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from onggi.errors import NotTrusted
from onggi.protocol.quorum import QuorumRule, Signer, check_quorum

RULE = QuorumRule(threshold=3, minimum_external=1)


def _signer(member: str, **overrides: Any) -> Signer:
    fields: dict[str, Any] = {
        "fingerprint": f"key of {member}",
        "member": member,
        "affiliation": "hospital-a",
        "external": False,
        "role": "committee",
    }
    return Signer(**fields | overrides)


A, B, C = (_signer(f"committee-{n}") for n in (1, 2, 3))
OUTSIDE = _signer("committee-4", external=True)


def _code(*signers: Signer, rule: QuorumRule = RULE, excluded: tuple[str, ...] = ()) -> str:
    with pytest.raises(NotTrusted) as refused:
        check_quorum(rule, signers=signers, excluded_members=excluded)
    return refused.value.code


def test_a_quorum_with_an_external_member_is_accepted_whole() -> None:
    assert check_quorum(RULE, signers=(A, B, OUTSIDE)) == (A, B, OUTSIDE)
    assert check_quorum(RULE, signers=(A, B, C, OUTSIDE)) == (A, B, C, OUTSIDE)


def test_too_few_people() -> None:
    assert _code() == "quorum.too_few"
    assert _code(A, OUTSIDE) == "quorum.too_few"


def test_a_member_with_two_keys_counts_once() -> None:
    second = _signer("committee-1", fingerprint="another key")
    assert _code(A, second, OUTSIDE) == "quorum.too_few"
    assert check_quorum(RULE, signers=(A, second, B, OUTSIDE)) == (A, B, OUTSIDE)


def test_one_key_under_two_members_counts_once() -> None:
    assert _code(A, _signer("committee-2", fingerprint=A.fingerprint), OUTSIDE) == "quorum.too_few"


def test_insiders_cannot_replace_the_external_member() -> None:
    assert _code(A, B, C) == "quorum.no_external"


def test_another_role_does_not_count() -> None:
    assert _code(A, B, _signer("checker-1", role="output_checker", external=True)) == "quorum.too_few"
    checkers = QuorumRule(threshold=1, role="output_checker")
    assert _code(A, B, C, OUTSIDE, rule=checkers) == "quorum.too_few"


def test_nobody_approves_their_own() -> None:
    assert _code(A, B, OUTSIDE, excluded=("committee-2",)) == "quorum.own_approval"
    assert _code(A, B, C, OUTSIDE, excluded=("committee-3",)) == "quorum.own_approval"
    assert check_quorum(RULE, signers=(A, B, OUTSIDE), excluded_members=("committee-3",))


@pytest.mark.parametrize("fields", [{"threshold": 0}, {"threshold": 1, "minimum_external": 2}])
def test_a_rule_without_sense_cannot_be_written(fields: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        QuorumRule(**fields)
