"""What the disclosure rules found in one answer, as sentences: one for each rule and each withheld number.

A finding is made from what is shown. The answer holds no withheld number, so no sentence can: it names the
cell and the rule, in both languages, and says why in no finer words than the answer itself does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from onggi.report.find_report import sheets_of
from onggi.report.methods_paragraph import LANGUAGES
from onggi.report.plain_text import plain_line
from onggi.report.rule_words import find_rule_words
from onggi.report.sheet import Hidden, Pair, Sheet, Value
from onggi.report.shown_values import said, shown_value
from onggi.spec.results import ResultBase, Withheld
from onggi.words.catalogue import Language

SMALL_CELLS: Final = "cells under the threshold"
"""The rule, as a verdict calls it, that withholds single numbers."""
Outcome = Literal["passed", "withheld", "rounded", "refused"]

_PASSED: Final[dict[str, Pair]] = {
    "no person is counted": (
        "이 결과는 사람을 세지 않으므로, 인원에 관한 규칙은 적용되지 않습니다.",
        "This result counts no person: no rule about numbers of persons applies.",
    ),
    SMALL_CELLS: (
        "보이는 칸의 인원은 모두 기준 이상입니다. 0명도 적은 인원으로 봅니다.",
        "Every cell that is shown holds enough persons; zero counts as too few.",
    ),
    "residual degrees of freedom": (
        "계수의 수에 비해 인원이 충분하여, 계수에서 개인의 값을 읽어낼 수 없습니다.",
        "The model leaves enough residual degrees of freedom: it is no look-up table of persons.",
    ),
    "differences under the threshold": (
        "보이는 수를 서로 빼어도 적은 인원의 집단이 드러나지 않습니다.",
        "Subtracting numbers that are shown gives no small group away.",
    ),
    "effective number of persons": (
        "합계와 평균이 소수의 사람에게 치우쳐 있지 않습니다.",
        "No sum or mean rests mostly on a few persons.",
    ),
    "a few who differ": (
        "한 집단 안의 값의 차이가 소수의 사람에게서만 나오지 않습니다.",
        "Where values differ within a group, enough persons differ.",
    ),
    "one value of everybody": (
        "모든 사람이 같은 값을 가진 칸이 없습니다.",
        "In no cell does everybody have one and the same value.",
    ),
    "steps of curves": (
        "곡선의 구간마다 끝난 사람이 없거나 충분하고, 남은 모두에게 사건이 있었던 구간은 없습니다.",
        "At each step of a curve nobody or enough persons ended; never did everybody left have the event.",
    ),
}
_AT_LEAST: Final[Pair] = (
    "보이는 수는 모두 적어도 {minimum}명에 관한 것이어야 한다는 기준으로 판정했습니다.",
    "Judged by the rule that each number shown must describe at least {minimum} persons.",
)
_WHY: Final[dict[Withheld, Pair]] = {
    "too_few_persons": (
        "보이면 {minimum}명 미만의 집단을 알 수 있습니다.",
        "It would tell of a group under {minimum} persons.",
    ),
    "secondary": (
        "보이면 비공개된 다른 수를 계산할 수 있습니다.",
        "Another withheld number could be worked out from it.",
    ),
    "difference_too_small": (
        "보이는 다른 수와의 차이가 {minimum}명 미만이어서, 빼면 적은 인원의 집단이 드러납니다.",
        "It differs from a shown number by under {minimum} persons: subtracting would show that group.",
    ),
    "small_alone_or_by_difference": (
        "이 수 또는 이 수를 더하고 빼어 얻는 집단이 {minimum}명 미만입니다. 어느 쪽인지는 밝히지 않습니다.",
        "It, or a group found by adding and subtracting it, is under {minimum} persons; which is not said.",
    ),
}
_REFUSED: Final[Pair] = (
    "규칙이 결과 전체를 거부했습니다. 규칙: {rule}. 어느 칸인지도 무언가를 알려 주므로 밝히지 않습니다.",
    "A rule refused the whole result: {rule}. Which cell it was is not told: that would tell of the cell.",
)
_EVERY_COUNT: Final[Pair] = ("모든 인원수", "Every number of persons")
_WHOLE: Final[Pair] = ("결과 전체", "The whole result")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAsked:
    """A rule by its name in the verdict. `looked` and `threshold` are 0 where the verdict does not say."""

    rule: str
    withheld: int = 0
    looked: int = 0
    threshold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about one cell, or about the whole result, in Korean and English."""

    rule: str
    outcome: Outcome
    cell: Pair
    words: Pair


def findings_of(result: ResultBase, rules: Sequence[RuleAsked]) -> tuple[Finding, ...]:
    """One finding for each rule, in the verdict's order, then one for each number withheld, then rounding."""
    return (*map(_of_rule, rules), *withheld_findings(result), *_rounding(result))


def withheld_findings(result: ResultBase) -> Iterator[Finding]:
    """Each withheld number's cell and reason, table by table."""
    for sheet in sheets_of(result):
        for row in sheet.rows:
            for at, value in enumerate(row):
                if isinstance(value, Hidden):
                    words = _filled(_WHY[value.why], minimum=result.minimum_persons)
                    yield Finding(
                        rule=SMALL_CELLS, outcome="withheld", cell=_cell(sheet, row, at), words=words
                    )


def refusal_finding(rule: str) -> Finding:
    """A job that a rule ended. The cell is known to the hospitals alone."""
    name = find_rule_words(rule) or (rule, rule)
    words = _REFUSED[0].format(rule=name[0]), _REFUSED[1].format(rule=name[1])
    return Finding(rule=rule, outcome="refused", cell=_WHOLE, words=words)


def _of_rule(asked: RuleAsked) -> Finding:
    if asked.withheld:
        words = (
            f"기준보다 적은 인원이 드러날 칸을 비공개 처리했습니다. 칸 수: {asked.withheld}",
            f"Cells that would show too few persons are withheld: {asked.withheld}.",
        )
        return Finding(rule=asked.rule, outcome="withheld", cell=_WHOLE, words=words)
    found = find_rule_words(asked.rule)
    words = _PASSED.get(asked.rule) or _minimum_words(asked.rule) or found or (asked.rule, asked.rule)
    if asked.looked:
        words = (
            f"{words[0]} 살핀 수: {asked.looked} / 기준: {asked.threshold}",
            f"{words[1]} Numbers looked at: {asked.looked}; threshold: {asked.threshold}.",
        )
    return Finding(rule=asked.rule, outcome="passed", cell=_WHOLE, words=words)


def _minimum_words(rule: str) -> Pair | None:
    number = rule.removeprefix("at least ").removesuffix(" persons")
    return _filled(_AT_LEAST, minimum=int(number)) if number.isascii() and number.isdigit() else None


def _rounding(result: ResultBase) -> Iterator[Finding]:
    base = getattr(result, "rounded_to", 1)
    if base > 1:
        words = (
            f"비공개 처리한 뒤 {base}의 배수로 반올림했습니다.",
            f"Rounded to multiples of {base}, after numbers were withheld.",
        )
        yield Finding(rule=SMALL_CELLS, outcome="rounded", cell=_EVERY_COUNT, words=words)


def _cell(sheet: Sheet, row: Sequence[Value], at: int) -> Pair:
    """The table, the row's first value and the column, as a reader sees them. Names are foreign text."""
    ko, en = (_cell_in(sheet, row, at, language) for language in LANGUAGES)
    return ko, en


def _cell_in(sheet: Sheet, row: Sequence[Value], at: int, language: Language) -> str:
    parts = [said(sheet.title, language), said(sheet.columns[at].title, language)]
    if not sheet.is_upright:
        parts.insert(1, shown_value(row[0], language))
    return plain_line(" / ".join(parts))


def _filled(words: Pair, *, minimum: int) -> Pair:
    return words[0].format(minimum=minimum), words[1].format(minimum=minimum)
