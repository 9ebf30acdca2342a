"""Letters have one spelling, and anything else is refused with one code and little memory."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from onggi.errors import NotTrusted
from privacy.masks.messages import (
    Advertisement,
    Confirmation,
    EncryptedShare,
    InputClaim,
    MaskedInput,
    Shares,
)
from privacy.masks.reveal import SealedUnmasking, Unmasking, pack_shares, unpack_shares
from privacy.masks.transcript import Transcript, verify_transcript
from tests.support.masked_sums import MaskedRun, make_context, make_vectors, plain_sum


@pytest.fixture(scope="module")
def run() -> MaskedRun:
    context = make_context(4)
    return MaskedRun(context, make_vectors(context), {"site-4": 2}).upto(4)


@pytest.fixture(scope="module")
def letters(run: MaskedRun) -> dict[type, bytes]:
    sealed = MaskedRun(run.context, run.vectors, {"site-4": 2}, sealed=True).upto(4)
    return {
        Advertisement: run.advertisements[0].to_bytes(),
        Shares: run.shares[0].to_bytes(),
        EncryptedShare: run.shares[0].for_receiver("site-2").to_bytes(),
        InputClaim: run.inputs[0].claim.to_bytes(),
        Confirmation: run.confirmations[0].to_bytes(),
        Unmasking: run.unmaskings[0].to_bytes(),
        SealedUnmasking: sealed.sealed_unmaskings[0].to_bytes(),
    }


KINDS = [Advertisement, Shares, EncryptedShare, InputClaim, Confirmation, Unmasking, SealedUnmasking]


def code_of(kind: type, data: bytes) -> str:
    with pytest.raises(NotTrusted) as error:
        kind.from_bytes(data)  # type: ignore[attr-defined]  # every letter reads itself
    return error.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_comes_back_as_it_went(kind: type, letters: dict[type, bytes]) -> None:
    data = letters[kind]
    assert kind.from_bytes(data).to_bytes() == data  # type: ignore[attr-defined]  # every letter reads itself


@pytest.mark.parametrize("kind", KINDS)
def test_another_spelling_of_the_same_letter_is_refused(kind: type, letters: dict[type, bytes]) -> None:
    value = json.loads(letters[kind])
    spellings = [
        json.dumps(value).encode(),
        letters[kind] + b" ",
        json.dumps({**value, "more": 1}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "version": 2}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "version": True}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "kind": "other"}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "sender": ""}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "sender": "s" * 201}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "sender": 7}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "context": "AAAA"}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**value, "context": "*" * 44}, separators=(",", ":"), sort_keys=True).encode(),
        # One name twice, and text that is half a character.
        json.dumps({**value, "sender": "\ud800"}, separators=(",", ":"), sort_keys=True).encode(),
        letters[kind].replace(b'"context":"', b'"sender":"x","context":"'),
    ]
    assert {code_of(kind, data) for data in spellings} == {"masks.message_malformed"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_name_is_refused(kind: type, letters: dict[type, bytes]) -> None:
    value = json.loads(letters[kind])
    for name in value:
        rest = {key: item for key, item in value.items() if key != name}
        data = json.dumps(rest, separators=(",", ":"), sort_keys=True).encode()
        assert code_of(kind, data) == "masks.message_malformed", name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"[]", b"null", b"7", b"{", b"[" * 100_000, b'{"a":1e999}', b"9" * 5000, b'{"a":NaN}'],
    ids=["empty", "no text", "list", "null", "number", "cut", "deep", "huge", "long", "nan"],
)
def test_nonsense_is_refused(kind: type, data: bytes) -> None:
    assert code_of(kind, data) == "masks.message_malformed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_that_is_too_large_is_refused_before_it_is_read(kind: type) -> None:
    assert code_of(kind, b" " * (2**20 + 1)) == "masks.message_too_large"


def test_base64_has_one_spelling(letters: dict[type, bytes]) -> None:
    value = json.loads(letters[InputClaim])
    # 32 bytes end in one padding sign, so two bits before it are spare: "A=" and "B=" decode alike.
    spare = {"A": "B", "E": "F", "I": "J", "M": "N", "Q": "R", "U": "V", "Y": "Z", "c": "d"}
    spare |= {"g": "h", "k": "l", "o": "p", "s": "t", "w": "x", "0": "1", "4": "5", "8": "9"}
    text = value["data_digest"]
    value["data_digest"] = text[:-2] + spare[text[-2]] + "="
    data = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    assert code_of(InputClaim, data) == "masks.message_malformed"


def test_more_items_than_participants_can_be_are_refused(letters: dict[type, bytes]) -> None:
    value = json.loads(letters[Unmasking])
    value["seeds"] = [{**value["seeds"][0], "site": f"s{number}"} for number in range(129)]
    data = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    assert code_of(Unmasking, data) == "masks.message_malformed"


def test_one_dealer_twice_or_in_both_lists_is_refused(letters: dict[type, bytes]) -> None:
    for change in ("both", "twice"):
        value = json.loads(letters[Unmasking])
        if change == "both":
            value["mask_keys"].append(value["seeds"][0])
        else:
            value["seeds"].append(value["seeds"][0])
        data = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        assert code_of(Unmasking, data) == "masks.message_malformed"


def test_an_envelope_with_another_number_of_shares_is_refused() -> None:
    sites = ("site-1", "site-2", "site-3", "site-4")
    right = b"".join(bytes([number]) * 33 for number in range(4))
    shares = unpack_shares(right, sharers=sites, survivors=sites[1:], giver="site-2")
    assert pack_shares(shares) == right
    assert shares.mask_keys == (("site-1", b"\3" * 33),)
    for wrong in (b"", right[:-1], right[:-33], right + bytes(33)):
        with pytest.raises(NotTrusted) as error:
            unpack_shares(wrong, sharers=sites, survivors=sites[1:], giver="site-2")
        assert error.value.code == "masks.reveal_wrong"


def test_a_masked_input_travels_whole_or_not_at_all(run: MaskedRun) -> None:
    entries = run.context.entries
    data = run.inputs[0].to_bytes()
    read = MaskedInput.from_bytes(data, entries=entries)
    assert (read.claim, bytes(read.data)) == (run.inputs[0].claim, bytes(run.inputs[0].data))
    wrong = {
        "masks.input_wrong_length": [data[:-1], data + b"\0", data[:-8], b"\0\0\0\0"],
        "masks.message_malformed": [b"", b"\0\0", b"\xff" * 64, b"\0\0\0\2[]" + bytes(entries * 8)],
    }
    for code, samples in wrong.items():
        for sample in samples:
            with pytest.raises(NotTrusted) as error:
                MaskedInput.from_bytes(sample, entries=entries)
            assert error.value.code == code, sample[:8]


def test_a_transcript_written_down_gives_the_same_sum(run: MaskedRun) -> None:
    data = run.transcript().to_bytes()
    read = Transcript.from_bytes(data, context=run.context)
    assert read.to_bytes() == data
    expected = plain_sum(run.vectors, ["site-1", "site-2", "site-3"])
    assert np.array_equal(verify_transcript(run.context, read), expected)


def test_a_transcript_is_bounded_by_its_context(run: MaskedRun) -> None:
    with pytest.raises(NotTrusted) as error:
        Transcript.from_bytes(b" " * (40 * 2**20), context=run.context)
    assert error.value.code == "masks.message_too_large"
    with pytest.raises(NotTrusted) as error:
        Transcript.from_bytes(run.transcript().to_bytes(), context=make_context(4, entries=2**20 + 1))
    assert error.value.code == "masks.message_too_large"
    with pytest.raises(NotTrusted) as error:
        Transcript.from_bytes(b"{}", context=run.context)
    assert error.value.code == "masks.message_malformed"


def test_shares_are_never_printed(run: MaskedRun) -> None:
    party = run.parties["site-1"]
    assert repr(party) == "SumParty(site='site-1', step=REVEALED)"
    unmasking = run.unmaskings[0]
    assert "RevealedShares()" in repr(unmasking)
    shown = repr(run.shares[0]) + repr(run.shares[0].for_receiver("site-2"))
    assert "sealed" not in shown


def test_the_wire_form_does_not_change_unnoticed(letters: dict[type, bytes]) -> None:
    # Keys, randomness and signatures are fixed here, so every byte is. A new form needs a new version.
    found = {kind.__name__: hashlib.sha256(data).hexdigest()[:16] for kind, data in letters.items()}
    assert found == GOLDEN


GOLDEN = {
    "Advertisement": "58f093c5a1068760",
    "Confirmation": "961dbf034f74f6b0",
    "EncryptedShare": "e9758eec274aaba7",
    "InputClaim": "22525fafe597c845",
    "SealedUnmasking": "553825682ea8fd6f",
    "Shares": "9cf1acb9015921e3",
    "Unmasking": "ecb4df71c47431ba",
}
