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
    "penalised.too_large": _question(
        "한 작업에서 함께 구할 수 있는 것보다 많습니다. 적합의 수: {fits}, 계수의 수: {terms}",
        "This asks for more than one job can hold: {fits} fits of {terms} coefficients.",
        "path_length나 folds를 줄이거나 항을 빼서 다시 제출하십시오.",
        "Use a smaller `path_length`, fewer `folds` or fewer terms, and submit again.",
    ),
    "penalised.not_converged": _data(
        "벌점 회귀가 허용된 반복 횟수 안에 수렴하지 않았습니다. 반복: {iterations}",
        "The penalised fits did not settle within the allowed iterations ({iterations}).",
        "path_ratio나 maximum_iterations를 늘려 다시 제출하십시오.",
        "Raise `path_ratio` or `maximum_iterations`, and submit again.",
    ),
    "meta.masked": _question(
        "메타분석은 기관별 추정값을 그대로 내보내므로 가림 합산과 함께 쓸 수 없습니다.",
        "A meta-analysis shows each hospital's own estimate: it cannot run under masks.",
        "masked를 끄고 다시 제출하거나, site_effects를 켠 회귀로 가린 채 구하십시오.",
        "Submit again without masks, or ask for a regression with `site_effects`, which works under masks.",
    ),
    "meta.unknown_term": _question(
        "회귀모형에 그런 계수가 없습니다. 계수: {term}",
        "The regression has no coefficient of that name: {term}.",
        "항의 이름, 범주형이면 변수와 수준의 이름(예: group_b)을 적어 다시 제출하십시오.",
        "Name a term, or for a category the variable and its level (such as group_b), and submit again.",
    ),
    "meta.too_few_estimates": _data(
        "추정값을 낸 기관이 {minimum}곳보다 적습니다.",
        "Fewer than {minimum} hospitals gave an estimate.",
        "항을 줄이거나 대상자를 넓혀 다시 제출하십시오.",
        "Use fewer terms or a wider cohort, and submit again.",
    ),
    "meta.not_converged": _data(
        "기관 간 분산을 구하는 반복이 수렴하지 않았습니다.",
        "The variance between hospitals did not settle.",
        "다른 추정법(DL)을 선택해 다시 제출하십시오.",
        "Choose another method (DL), and submit again.",
    ),
    "meta.sum_impossible": Words(
        ko="합산된 추정값이 있을 수 없는 값입니다.",
        en="The hospitals' estimates do not fit together: two of them filled one place.",
        next_ko="결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        next_en="Do not use the result; ask the operating body to examine the log.",
        status=403,
        exit=255,
    ),
    "glm.leverage": _data(
        "한 사람이 계수를 혼자 정하여 HC3 표준오차를 구할 수 없습니다.",
        "One person decides a coefficient alone: HC3 standard errors have no value.",
        "드문 수준을 합치거나 HC1을 선택해 다시 제출하십시오.",
        "Merge rare levels, or ask for HC1, and submit again.",
    ),
}
