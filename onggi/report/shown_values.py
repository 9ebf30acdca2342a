"""How one value of an answer reads: rounded for the eye, a withheld number with its reason in words."""

from __future__ import annotations

from typing import Final, assert_never

from onggi.report.plain_text import plain_line
from onggi.report.sheet import Hidden, Pair, Value
from onggi.spec.results import Withheld
from onggi.words.catalogue import Language

WITHHELD: Final = "··"
"""Never blank and never 0: a withheld number is neither."""
ABSENT: Final = "-"

_REASONS: Final[dict[Withheld, Pair]] = {
    "too_few_persons": ("비공개({minimum}명 미만)", "withheld (under {minimum})"),
    "secondary": ("비공개(다른 칸이 드러남)", "withheld (would reveal another cell)"),
    "difference_too_small": ("비공개(이전 결과와의 차이가 작음)", "withheld (too close to a neighbour)"),
    "small_alone_or_by_difference": (
        "비공개(이 수 또는 다른 수와의 차이가 {minimum}명 미만)",
        "withheld (it, or what it differs by, is under {minimum})",
    ),
}


def said(text: str | Pair, language: Language) -> str:
    """The one of a pair in the reader's language; what somebody typed reads the same in both."""
    if isinstance(text, str):
        return text
    return text[0] if language == "ko" else text[1]


def reason_words(why: Withheld, *, minimum: int, language: Language) -> str:
    """Why a number is withheld. `minimum` is the answer's own threshold of persons."""
    return said(_REASONS[why], language).format(minimum=minimum)


def shown_value(value: Value, language: Language) -> str:
    """Six significant digits of a float: enough to judge by eye; files hold all of them."""
    match value:
        case None:
            return ABSENT
        case Hidden():
            return WITHHELD
        case bool():
            return said(("예", "yes") if value else ("아니요", "no"), language)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.6g}"
        case str() | tuple():
            return plain_line(said(value, language))
        case _:
            assert_never(value)


def is_number(value: Value) -> bool:
    """Whether the value stands at the right of its cell: a number, or the place of one."""
    return not isinstance(value, str | bool | tuple)
