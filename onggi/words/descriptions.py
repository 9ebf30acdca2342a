"""Words for descriptions of persons: Table 1, distributions, cross tables, correlations, rates."""

from __future__ import annotations

from onggi.words.entry import Words


def _question(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The job as written makes no sense; it is found before anything runs."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=422, exit=350)


def _data(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The data of all hospitals together cannot answer the question."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=409, exit=351)


_RESUBMIT_KO = "작업 명세를 고쳐 onggi submit 명령으로 다시 제출하십시오."
_RESUBMIT_EN = "Correct the job and submit it again with `onggi submit`."

WORDS: dict[str, Words] = {
    "describe.unknown_variable": _question(
        "작업의 변수 목록에 없는 변수를 쓰고 있습니다. 변수: {variable}",
        "A variable is asked about that the job does not define: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "describe.needs_levels": _question(
        "예/아니요 또는 범주 변수만 쓸 수 있는 자리입니다. 변수: {variable}",
        "A flag or a category is needed here, and {variable} is a number.",
        "숫자를 구간으로 나눈 범주 변수를 정의하여 다시 제출하십시오.",
        "Define a category instead, and submit the job again.",
    ),
    "describe.needs_number": _question(
        "숫자 변수만 쓸 수 있는 자리입니다. 변수: {variable}",
        "A number is needed here, and {variable} is none.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "describe.cuts_wrong": _question(
        "구간 경계가 없거나, 오름차순이 아니거나, 변수의 범위를 벗어납니다. 변수: {variable}",
        "The cuts of {variable} are missing, do not rise, or lie outside its range.",
        "low와 high 사이의 경계를 오름차순으로 적어 다시 제출하십시오.",
        "Give rising cuts between `low` and `high`, and submit the job again.",
    ),
    "describe.too_many_cells": _question(
        "한 작업에서 서로 비교할 수 있는 칸 수를 넘었습니다. 최대: {maximum}",
        "The table has more cells than one job compares; at most {maximum} in each group.",
        "변수를 나누어 작업을 다시 제출하십시오.",
        "Ask for fewer variables in one job, and submit again.",
    ),
    "describe.table_wrong": Words(
        ko="준비된 자료에 필요한 변수가 없거나 값의 형식이 다릅니다. 변수: {variable}",
        en="The staged table lacks a variable or holds it in another form: {variable}.",
        next_ko="기관 노드에서 onggi-node doctor 명령을 실행해 저장소와 작업 환경을 점검하십시오.",
        next_en="Run `onggi-node doctor` at the node to check its store and workspace.",
        status=500,
        exit=195,
    ),
    "describe.sum_impossible": Words(
        ko="합산된 인원수가 있을 수 없는 값입니다.",
        en="The summed numbers of persons cannot be true.",
        next_ko="결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        next_en="Do not use the result; ask the operating body to examine the log.",
        status=403,
        exit=255,
    ),
    "describe.nobody": _data(
        "필요한 값이 있는 사람이 없습니다.",
        "Nobody has the values that the question needs.",
        "변수의 기간과 범위를 넓히거나 결측이 많은 변수를 빼고 다시 제출하십시오.",
        "Widen the windows and ranges of the variables, or leave out those that are rarely recorded.",
    ),
    "correlation.too_few": _data(
        "모든 값이 있는 사람이 너무 적어 상관계수의 신뢰구간을 구할 수 없습니다.",
        "Too few persons have every value: there is no interval for a correlation.",
        "결측이 많은 변수를 빼고 다시 제출하십시오.",
        "Leave out variables that are rarely recorded, and submit the job again.",
    ),
    "correlation.constant": _data(
        "모든 사람의 값이 같아 상관계수가 없는 변수가 있습니다. 변수: {variable}",
        "Everybody has the same value of {variable}: it has no correlation.",
        "해당 변수를 빼거나 low, high 범위를 좁혀 다시 제출하십시오.",
        "Leave the variable out, or narrow its `low` and `high`, and submit the job again.",
    ),
    "correlation.collinear": _data(
        "한 변수가 다른 변수로 완전히 결정됩니다. 변수: {first} / {second}",
        "One variable determines the other: {first} and {second}.",
        "둘 중 하나를 빼고 다시 제출하십시오.",
        "Leave one of the two out, and submit the job again.",
    ),
    "rates.unknown_outcome": _question(
        "작업에 정의되지 않은 결과를 쓰고 있습니다. 결과: {outcome}",
        "The rates are of an outcome that the job does not define: {outcome}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "rates.weights_wrong": _question(
        "층마다 값이 하나씩 있어야 합니다. 항목: {name}, 적은 값: {given}, 층: {strata}",
        "{name} needs one value for each stratum: {given} given, {strata} strata.",
        "층의 순서대로 값을 하나씩 적어 다시 제출하십시오.",
        "Give one value a stratum, in order (of two variables the second runs fastest), and submit again.",
    ),
    "disclosure.one_value": Words(
        ko="한 칸의 모든 사람이 같은 값을 가지거나, 선언된 범위에 비해 값의 차이가 너무 작습니다. 칸: {cell}",
        en="Everybody of a cell has the same value, or the declared range cannot tell values apart: {cell}.",
        next_ko="해당 변수를 빼거나 low, high 범위를 실제 값에 가깝게 좁혀 다시 제출하십시오.",
        next_en="Leave the variable out, or narrow its `low` and `high` to believable values; submit again.",
        status=409,
        exit=352,
    ),
}
