"""Tells what a disclosure rule asks, in both languages; a verdict keeps its short English name."""

from __future__ import annotations

import re
from typing import Final

from onggi.report.sheet import Pair

_AT_LEAST: Final = re.compile(r"at least (\d+) persons")
_NAMES: Final[dict[str, Pair]] = {
    "no person is counted": ("사람을 세지 않는 결과", "No person is counted"),
    "cells under the threshold": ("기준보다 작은 칸", "Cells under the threshold"),
    "noise in every number": ("모든 수에 더한 잡음", "Noise in every number"),
    "residual degrees of freedom": ("잔차 자유도", "Residual degrees of freedom"),
    "differences under the threshold": ("기준보다 작은 차이", "Differences under the threshold"),
    "effective number of persons": ("유효 인원", "Effective number of persons"),
    "a few who differ": ("소수만 다른 값", "A few who differ"),
    "one value of everybody": ("모두가 같은 값", "One value of everybody"),
    "steps of curves": ("곡선의 구간", "Steps of curves"),
}


def find_rule_words(name: str) -> Pair | None:
    """The words of a rule's name, or None where it has none."""
    if found := _AT_LEAST.fullmatch(name):
        return f"적어도 {found[1]}명", f"At least {found[1]} persons"
    return _NAMES.get(name)


def rule_words(name: str) -> str | Pair:
    """The words, or the name as it stands."""
    return find_rule_words(name) or name
