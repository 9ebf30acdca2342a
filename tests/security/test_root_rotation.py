"""P2, P8: nobody can replace who decides, neither by an old root nor with half of the signatures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onggi.errors import NotTrusted
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.trust_root import draft_root, root_fingerprint
from onggi.protocol.trusted_roots import TrustedRoots
from tests.support.federation_root import (
    COMMITTEE,
    NOW,
    fingerprint,
    key,
    make_root,
    member,
    root_fields,
    signed_root,
)

FIRST = signed_root(make_root())
PINNED = TrustedRoots.pin(FIRST, fingerprint=root_fingerprint(FIRST))
NEWCOMERS = ("committee-6", "committee-7")


def _handed_over(version: int = 2, **overrides: Any) -> Any:
    """A root in which two newcomers are the only keepers."""
    members = [*root_fields()["members"], *(member(name) for name in NEWCOMERS)]
    keys = [fingerprint(name) for name in NEWCOMERS]
    return make_root(version=version, members=members, root_rule={"threshold": 2, "keys": keys}, **overrides)


def _refusal(envelope: Envelope, *, known: TrustedRoots = PINNED) -> str:
    with pytest.raises(NotTrusted) as refused:
        known.advance(envelope)
    return refused.value.code


def test_a_hand_over_signed_by_old_and_new_is_accepted() -> None:
    envelope = signed_root(_handed_over(), by=(*COMMITTEE[:2], *NEWCOMERS))
    second = PINNED.advance(envelope)
    assert second.latest.version == 2
    third = second.advance(signed_root(_handed_over(version=3), by=NEWCOMERS))
    assert [root.version for root in third.roots] == [1, 2, 3]


def test_the_old_quorum_alone_cannot_hand_over() -> None:
    assert _refusal(signed_root(_handed_over(), by=COMMITTEE[:3])) == "root.new_quorum_missing"
    assert _refusal(signed_root(_handed_over(), by=(*COMMITTEE[:3], NEWCOMERS[0]))) == (
        "root.new_quorum_missing"
    )


def test_the_new_quorum_alone_cannot_take_over() -> None:
    assert _refusal(signed_root(_handed_over(), by=NEWCOMERS)) == "root.old_quorum_missing"
    assert _refusal(signed_root(_handed_over(), by=(*NEWCOMERS, "committee-1"))) == (
        "root.old_quorum_missing"
    )


def test_the_replaced_keepers_have_no_say_any_more() -> None:
    second = PINNED.advance(signed_root(_handed_over(), by=(*COMMITTEE[:2], *NEWCOMERS)))
    back = signed_root(make_root(version=3), by=COMMITTEE[:3])
    assert _refusal(back, known=second) == "root.old_quorum_missing"


def test_members_who_keep_no_root_key_cannot_sign_roots() -> None:
    assert _refusal(signed_root(make_root(version=2), by=COMMITTEE[3:])) == "root.old_quorum_missing"


def test_a_rolled_back_root_is_refused() -> None:
    second = PINNED.advance(signed_root(make_root(version=2)))
    third = second.advance(signed_root(make_root(version=3)))
    assert _refusal(FIRST, known=third) == "root.rolled_back"
    assert _refusal(signed_root(make_root(version=2)), known=third) == "root.rolled_back"


def test_a_skipped_version_is_refused() -> None:
    assert _refusal(signed_root(make_root(version=3))) == "root.version_skipped"


def test_a_second_root_of_the_same_version_is_refused_and_the_same_again_is_not() -> None:
    assert _refusal(signed_root(make_root(federation_name="Another name"))) == "root.forked"
    assert PINNED.advance(signed_root(make_root(), by=())) == PINNED


def test_one_key_twice_is_one_signature() -> None:
    once = signed_root(make_root(version=2), by=("committee-1",))
    signature = once.signatures[0]
    twice = once.model_copy(update={"signatures": (signature, signature)})
    assert _refusal(twice) == "root.old_quorum_missing"
    alias = signature.model_copy(update={"keyid": fingerprint("committee-2")})
    assert _refusal(once.model_copy(update={"signatures": (signature, alias)})) == "signature.invalid"


def test_two_keys_of_one_keeper_are_one_signature() -> None:
    members = [member("committee-1", keys=("committee-1", "spare")), *root_fields()["members"][1:]]
    keys = [fingerprint(name) for name in ("committee-1", "spare", "committee-2")]
    first = make_root(members=members, root_rule={"threshold": 2, "keys": keys})
    envelope = signed_root(first, by=("committee-1", "spare"))
    with pytest.raises(NotTrusted) as refused:
        TrustedRoots.pin(envelope, fingerprint=root_fingerprint(envelope))
    assert refused.value.code == "root.quorum_missing"


def test_a_revoked_key_signs_nothing_and_stays_revoked() -> None:
    members = [each for each in root_fields()["members"] if each["id"] != "committee-2"]
    rule = {"threshold": 2, "keys": [fingerprint("committee-1"), fingerprint("committee-3")]}
    gone = [fingerprint("committee-2")]
    with pytest.raises(NotTrusted) as refused:
        make_root(version=2, revoked_keys=gone)
    assert refused.value.code == "root.revoked_key_listed"

    changes = {"members": members, "root_rule": rule, "revoked_keys": gone}
    second = PINNED.advance(signed_root(make_root(version=2, **changes), by=("committee-1", "committee-3")))
    with_the_revoked = signed_root(make_root(version=3, **changes), by=("committee-1", "committee-2"))
    assert _refusal(with_the_revoked, known=second) == "root.old_quorum_missing"
    forgotten = make_root(version=3, **changes | {"revoked_keys": []})
    assert _refusal(signed_root(forgotten, by=("committee-1", "committee-3")), known=second) == (
        "root.revocation_dropped"
    )
    assert fingerprint("committee-2") not in second.latest.keys_of("any")


def test_a_forged_signature_beside_a_full_quorum_is_still_refused() -> None:
    honest = signed_root(make_root(version=2), by=COMMITTEE[:2])
    lie = signed_root(make_root(version=3), by=("committee-3",)).signatures[0]
    assert _refusal(honest.model_copy(update={"signatures": (*honest.signatures, lie)})) == (
        "signature.invalid"
    )


def test_another_federation_or_an_earlier_date_is_refused() -> None:
    assert _refusal(signed_root(make_root(version=2, federation="other"))) == "root.other_federation"
    earlier = make_root(version=2, issued=NOW - timedelta(days=9))
    assert _refusal(signed_root(earlier)) == "root.issued_backwards"


@pytest.mark.parametrize(
    ("envelope", "pinned", "code"),
    [
        (FIRST, "sha256:" + "0" * 64, "root.wrong_fingerprint"),
        (signed_root(make_root(version=2)), None, "root.not_first"),
        (signed_root(make_root(), by=("committee-1",)), None, "root.quorum_missing"),
        (signed_root(make_root(), by=COMMITTEE[3:]), None, "root.quorum_missing"),
        (draft_root(make_root()), None, "root.quorum_missing"),
    ],
    ids=["fingerprint", "version 2", "one signature", "not keepers", "unsigned"],
)
def test_trust_begins_only_with_the_agreed_first_root(
    envelope: Envelope, pinned: str | None, code: str
) -> None:
    with pytest.raises(NotTrusted) as refused:
        TrustedRoots.pin(envelope, fingerprint=pinned or root_fingerprint(envelope))
    assert refused.value.code == code


def test_an_expired_root_decides_nothing_but_can_be_stepped_over() -> None:
    short = signed_root(make_root(expires=NOW + timedelta(hours=1)))
    known = TrustedRoots.pin(short, fingerprint=root_fingerprint(short))
    assert known.get_current(now=NOW).version == 1
    with pytest.raises(NotTrusted) as refused:
        known.get_current(now=NOW + timedelta(hours=1))
    assert refused.value.code == "root.expired"
    renewed = known.advance(signed_root(make_root(version=2)))
    assert renewed.get_current(now=NOW + timedelta(hours=1)).version == 2


def test_a_root_dated_ahead_of_the_clock_decides_nothing_yet() -> None:
    with pytest.raises(NotTrusted) as refused:
        PINNED.get_current(now=NOW - timedelta(days=2))
    assert refused.value.code == "root.from_the_future"
    assert PINNED.get_current(now=NOW - timedelta(days=1, minutes=4)).version == 1


def test_signatures_of_a_later_ceremony_can_be_added_one_by_one() -> None:
    envelope = draft_root(make_root(version=2))
    for name in COMMITTEE[:2]:
        assert _refusal(envelope) == "root.old_quorum_missing"
        envelope = add_signature(envelope, key=key(name))
    assert PINNED.advance(envelope).latest.version == 2
