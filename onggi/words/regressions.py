"""Words for regressions beyond the plain one: weights, gamma outcomes, robust errors, penalties."""

from __future__ import annotations

from onggi.words.entry import Words


def _question(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The job as written makes no sense; it is found before anything runs."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=422, exit=350)


def _data(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The data of all hospitals together cannot answer the question."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=409, exit=351)


WORDS: dict[str, Words] = {
    "glm.weights_kind": _question(
        "가중치에는 0 이상인 숫자 변수만 쓸 수 있습니다. 변수: {variable}",
        "Weights must be a number that is never negative: {variable}.",
        "low가 0 이상인 숫자 변수를 가중치로 지정해 다시 제출하십시오.",
        "Name a number whose `low` is 0 or more, and submit again.",
    ),
    "glm.outcome_not_positive": _question(
        "감마 회귀의 결과 변수는 0보다 큰 숫자여야 합니다. 변수: {variable}",
        "The outcome of a gamma regression must be a number above zero: {variable}.",
        "결과 변수의 low를 0보다 크게 정해 다시 제출하십시오.",
        "Declare a `low` above zero for the outcome, and submit again.",
    ),
    "glm.leverage": _data(
        "한 사람이 계수를 혼자 정하여 HC3 표준오차를 구할 수 없습니다.",
        "One person decides a coefficient alone: HC3 standard errors have no value.",
        "드문 수준을 합치거나 HC1을 선택해 다시 제출하십시오.",
        "Merge rare levels, or ask for HC1, and submit again.",
    ),
}
