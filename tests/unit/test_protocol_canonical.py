"""What has two spellings, or none, is refused with its own code."""

from __future__ import annotations

import math
from enum import StrEnum

import pytest
from pydantic import BaseModel, Field

from onggi.errors import Refused
from onggi.protocol.canonical import (
    DEEPEST,
    canonical_json,
    decode_base64,
    digest_of,
    parse_strict_json,
    sha256_hex,
)


class _Colour(StrEnum):
    BLUE = "blue"


class _Inner(BaseModel):
    value: float = 1.0


class _Model(BaseModel):
    renamed: int = Field(alias="wireName")
    inner: tuple[_Inner, ...] = (_Inner(),)
    colour: _Colour = _Colour.BLUE
    names: frozenset[str] | None = None


def test_a_model_is_written_as_it_travels() -> None:
    written = b'{"colour":"blue","inner":[{"value":1}],"names":null,"wireName":3}'
    assert canonical_json(_Model(wireName=3)) == written
    assert canonical_json({"b": _Model(wireName=3), "a": [_Inner()]}) == (
        b'{"a":[{"value":1}],"b":' + written + b"}"
    )
    assert digest_of(_Model(wireName=3)) == f"sha256:{sha256_hex(written)}"


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        [-math.inf],
        {"a": 2**53},
        -(2**53),
        [10**5000],
        {1, 2},
        {"a": frozenset("ab")},
        b"bytes",
        {1: "number as name"},
        "\ud800",
        {"\ud800": 1},
        object(),
        _Inner(value=math.nan),
        {"deep": [_Inner(value=math.inf)]},
        _Model(wireName=3, names=frozenset("ab")),
    ],
)
def test_what_has_no_exact_spelling_is_not_written(value: object) -> None:
    with pytest.raises(Refused) as refused:
        canonical_json(value)
    assert refused.value.code == "canonical.not_representable"


def test_the_largest_exact_integers_are_written() -> None:
    assert canonical_json([2**53 - 1, -(2**53) + 1]) == b"[9007199254740991,-9007199254740991]"


def test_endless_nesting_is_not_written() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(Refused) as refused:
        canonical_json(loop)
    assert refused.value.code == "canonical.too_deep"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "canonical.duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "canonical.duplicate_key"),
        (b'{"x":{"a":1,"b":2,"a":3}}', "canonical.duplicate_key"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "canonical.too_deep"),
        (b'{"a":' * 100_000, "canonical.too_deep"),
        (b'"' + b"a" * 1_000_000 + b'"', "canonical.too_large"),
        (b'"\xff"', "canonical.not_utf8"),
        (b'"\xed\xa0\x80"', "canonical.not_utf8"),
        (b'"\\ud800"', "canonical.not_utf8"),
        (b'{"\\udc00":1}', "canonical.not_utf8"),
        (b"\xef\xbb\xbf{}", "canonical.not_json"),
        (b"", "canonical.not_json"),
        (b"{} {}", "canonical.not_json"),
        (b"[1,]", "canonical.not_json"),
        (b"[01]", "canonical.not_json"),
        (b"'a'", "canonical.not_json"),
        (b'"\x00"', "canonical.not_json"),
        (b"[NaN]", "canonical.not_representable"),
        (b"-Infinity", "canonical.not_representable"),
        (b"1e400", "canonical.not_representable"),
        (b"9007199254740993", "canonical.not_representable"),
        (b"9" * 5000, "canonical.not_representable"),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_what_two_readers_could_read_differently_is_not_read(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_strict_json(data, 600_000 if code == "canonical.too_deep" else 10_000)
    assert refused.value.code == code


def test_brackets_inside_text_do_not_count_as_depth() -> None:
    text = "[" * 500 + '\\"' + "{" * 500
    assert parse_strict_json(b'["' + text.encode() + b'"]', 10_000) == [text.replace("\\", "")]


def test_a_float_written_as_digits_is_read_as_that_float() -> None:
    assert parse_strict_json(b"100000000000000000", 100) == 1e17
    assert canonical_json(parse_strict_json(b"100000000000000000", 100)) == b"100000000000000000"


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QQ==\n", "QR==", "Q Q==", "-_8=", "QQ==QQ==", "한"])
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    assert decode_base64("QQ==") == b"A"
    with pytest.raises(Refused) as refused:
        decode_base64(text)
    assert refused.value.code == "canonical.not_base64"
