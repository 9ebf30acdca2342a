"""A masked sum is only set up among enough, distinct and truly different hospitals."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from onggi.errors import NotTrusted, Refused
from privacy.masks.context import Participant, SumContext, lowest_threshold
from tests.support.masked_sums import identity, make_context, make_participants, public_der


def refusal(**overrides: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refused) as refused:
        make_context(**overrides)  # type: ignore[arg-type]  # a factory with free overrides
    return refused.value.code, dict(refused.value.facts)


def test_two_legal_entities_are_too_few_however_many_sites_they_run() -> None:
    participants = make_participants(6, entities=("A", "A", "A", "B", "B", "B"))
    assert refusal(participants=participants) == ("masks.too_few_entities", {"have": 2, "needed": 3})


def test_one_entity_under_many_sites_counts_once() -> None:
    participants = make_participants(4, entities=("A", "A", "A", "B"))
    assert refusal(participants=participants)[0] == "masks.too_few_entities"


def test_one_identity_key_under_two_sites_is_refused_in_any_spelling() -> None:
    honest = make_participants(3)
    key = identity("site-1").public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for spelling in (honest[0].identity_key, pem):
        sybil = Participant("site-9", "entity of site-9", spelling)
        assert refusal(participants=(*honest, sybil))[0] == "masks.identity_key_twice"


def test_one_site_twice_is_refused() -> None:
    honest = make_participants(3)
    again = Participant("site-1", "another entity", public_der(identity("another")))
    assert refusal(participants=(*honest, again))[0] == "masks.site_twice"


def test_only_p256_keys_are_identities() -> None:
    other = public_der(ec.derive_private_key(7, ec.SECP384R1()))
    with pytest.raises(Refused) as refused:
        Participant("site-1", "entity", other)
    assert refused.value.code == "masks.identity_key_wrong"
    with pytest.raises(Refused) as refused:
        Participant("site-1", "entity", b"no key at all")
    assert refused.value.code == "masks.context_wrong"


@pytest.mark.parametrize(("count", "lowest"), [(3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (9, 7), (10, 7)])
def test_the_threshold_is_more_than_two_thirds(count: int, lowest: int) -> None:
    assert lowest_threshold(make_participants(count)) == lowest
    assert refusal(count=count, threshold=lowest - 1)[0] == "masks.threshold_low"
    assert make_context(count, threshold=count).threshold == count
    assert refusal(count=count, threshold=count + 1)[0] == "masks.threshold_low"


def test_a_large_legal_entity_raises_the_threshold() -> None:
    participants = make_participants(6, entities=("A", "A", "A", "A", "B", "C"))
    # With t = 5, A's four sites could join either of two groups of five; with t = 6 there is one group.
    assert lowest_threshold(participants) == 6
    assert refusal(participants=participants, threshold=5) == (
        "masks.threshold_low",
        {"threshold": 5, "needed": 6},
    )


def test_no_two_groups_of_t_can_differ_with_only_one_entity_lying() -> None:
    for owners in product("ABCD", repeat=6):
        if len(set(owners)) >= 3:
            participants = make_participants(6, entities=owners)
            threshold = lowest_threshold(participants)
            overlap = 2 * threshold - 6
            assert overlap > max(owners.count(owner) for owner in owners)
            assert threshold <= 6


def test_order_of_participants_does_not_matter_and_everything_else_does() -> None:
    context = make_context(4)
    assert replace_context(context, participants=context.participants[::-1]).digest() == context.digest()
    changed = [
        replace_context(context, federation="federation-2"),
        replace_context(context, job="sha256:" + "5f" * 32),
        replace_context(context, round="round-2"),
        replace_context(context, threshold=4),
        replace_context(context, entries=6),
        replace_context(context, fraction_bits=1),
        make_context(5, threshold=4),
    ]
    assert len({context.digest(), *(other.digest() for other in changed)}) == 8


@pytest.mark.parametrize(
    "wrong",
    [{"round": ""}, {"job": "x" * 201}, {"entries": 0}, {"entries": 2**28 + 1}, {"fraction_bits": 53}],
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    assert refusal(**wrong)[0] == "masks.context_wrong"


def test_a_stranger_is_no_participant() -> None:
    with pytest.raises(NotTrusted) as error:
        make_context(3).get_participant("site-9")
    assert error.value.code == "masks.sender_unknown"


def replace_context(context: SumContext, **changes: object) -> SumContext:
    return replace(context, **changes)  # type: ignore[arg-type]  # fields by name
