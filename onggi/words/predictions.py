"""Words for evaluations of prediction models."""

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
_WIDEN_KO = "대상자를 넓히거나 나누는 변수(by)를 빼고 작업을 다시 제출하십시오."
_WIDEN_EN = "Widen the cohort, or leave `by` out, and submit the job again."

WORDS: dict[str, Words] = {
    "evaluation.unknown_variable": _question(
        "평가에 쓰인 변수가 작업의 변수 목록에 없습니다. 변수: {variable}",
        "The evaluation names a variable that the job does not define: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "evaluation.outcome_kind": _question(
        "예측 결과는 예/아니요 변수여야 합니다. 변수: {variable}",
        "The outcome of a prediction must be a flag: {variable}.",
        "모형이 예측하는 기간 안에 사건이 있었는지를 나타내는 변수를 지정하십시오.",
        "Use a flag that says whether the event came within the model's horizon.",
    ),
    "evaluation.censored": _question(
        "중도절단이 있는 생존 결과로는 평가하지 않습니다. 변수: {variable}",
        "A time-to-event outcome with censoring is not evaluated: {variable}.",
        "예측 기간 동안 모두 관찰된 사람으로 코호트를 한정하고, 그 기간의 사건 여부 변수를 결과로 쓰십시오.",
        "Restrict the cohort to persons observed for the whole horizon, and use a flag of the event in it.",
    ),
    "evaluation.outcome_predicts": _question(
        "결과 변수가 예측에도 쓰였습니다. 변수: {variable}",
        "The outcome also stands in the model, or divides the persons: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "evaluation.level_unknown": _question(
        "모형의 항이 변수의 수준과 맞지 않습니다. 변수: {variable}, 수준: {level}",
        "A term of the model does not fit its variable: {variable}, level {level}.",
        "범주형 변수의 항에는 수준 이름을 적고, 숫자와 예/아니요 변수의 항에는 적지 마십시오.",
        "Name a level in each term of a category, and none in a term of a number or flag.",
    ),
    "evaluation.risk_range": _question(
        "위험도 변수는 0에서 1 사이의 숫자여야 합니다. 변수: {variable}",
        "A variable that holds a risk must be a number whose range lies within 0 and 1: {variable}.",
        "변수의 low, high 범위를 0과 1 사이로 적어 다시 제출하십시오.",
        "Give the variable a `low` and `high` within 0 and 1, and submit again.",
    ),
    "evaluation.bands_wrong": _question(
        "나눌 구간의 경계가 없거나 변수의 범위를 벗어납니다. 변수: {variable}",
        "The edges of the bands are missing, do not belong to the variable, or lie outside its range: "
        "{variable}.",
        "숫자 변수에는 low보다 크고 high 이하인 경계를 오름차순으로 적고, 그 밖의 변수에는 적지 마십시오.",
        "Give rising edges above `low` and up to `high` for a number; none for a flag or category.",
    ),
    "evaluation.table_wrong": Words(
        ko="준비된 자료에 필요한 변수가 없거나 값의 형식이 다릅니다. 변수: {variable}",
        en="The staged table lacks a variable or holds it in another form: {variable}.",
        next_ko="기관 노드에서 onggi-node doctor 명령을 실행해 저장소와 작업 환경을 점검하십시오.",
        next_en="Run `onggi-node doctor` at the node to check its store and workspace.",
        status=500,
        exit=195,
    ),
    "evaluation.no_complete_cases": _data(
        "필요한 값이 모두 있는 사람이 없습니다. 집단: {population}",
        "Nobody has every value that the evaluation needs. Persons: {population}.",
        "변수의 기간과 범위를 넓히거나 나누는 변수(by)를 빼고 다시 제출하십시오.",
        "Widen the windows and ranges of the variables, or leave `by` out, and submit again.",
    ),
    "evaluation.one_class": _data(
        "결과 변수의 값이 모두 같아 평가할 수 없습니다. 변수: {variable}, 집단: {population}",
        "The outcome {variable} is the same for everybody: there is nothing to tell apart. "
        "Persons: {population}.",
        _WIDEN_KO,
        _WIDEN_EN,
    ),
    "evaluation.predictions_alike": _data(
        "예측 위험도가 모두 같아 평가할 수 없습니다. 집단: {population}",
        "Everybody has the same predicted risk: there is nothing to tell apart. Persons: {population}.",
        "모형의 계수와 변수의 단위를 확인하고 작업을 다시 제출하십시오.",
        "Check the model's coefficients and the units of the variables, and submit the job again.",
    ),
    "evaluation.not_recalibrated": _data(
        "예측 위험도가 결과를 완전히 갈라 보정 기울기를 구할 수 없습니다. 집단: {population}",
        "The predicted risk tells the outcomes apart (almost) perfectly: no calibration slope is finite. "
        "Persons: {population}.",
        "결과를 그대로 담은 변수가 모형에 있는지 확인하고 작업을 다시 제출하십시오.",
        "See whether a variable of the model contains the outcome, and submit the job again.",
    ),
    "evaluation.sum_impossible": Words(
        ko="합산된 위험군별 인원수가 있을 수 없는 값입니다.",
        en="The summed numbers of persons in the groups of risk cannot be true.",
        next_ko="결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        next_en="Do not use the result; ask the operating body to examine the log.",
        status=403,
        exit=255,
    ),
    "disclosure.few_differ": Words(
        ko="한 값의 차이가 너무 적은 사람에게서 나오거나, 선언된 범위가 너무 넓어 이를 확인할 수 없습니다. "
        "공개 기준: {threshold}명, 값: {cell}",
        en="What differs between persons rests on too few of them (rule: {threshold} persons), or the "
        "declared range is too wide to tell: {cell}.",
        next_ko="해당 변수를 빼거나 low, high 범위를 좁히고, 군이나 층이면 이웃한 것과 합쳐 다시 "
        "제출하십시오.",
        next_en="Leave the variable out or narrow its `low` and `high`; merge a group or stratum with a "
        "neighbour; submit again.",
        status=409,
        exit=352,
    ),
}
