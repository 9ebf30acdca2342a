"""Words for statistics: why a question could not be answered, or its answer may not be shown."""

from __future__ import annotations

from onggi.words.entry import Words


def _question(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The job as written makes no sense; it is found before anything runs."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=422, exit=350)


def _data(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The data of all hospitals together cannot answer the question."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=409, exit=351)


def _disclosure(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The answer would describe too few persons."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=409, exit=352)


def _table(ko: str, en: str) -> Words:
    """A hospital's staged table is not what the job asks for."""
    return Words(
        ko=ko,
        en=en,
        next_ko="기관 노드에서 onggi-node doctor 명령을 실행해 저장소와 작업 환경을 점검하십시오.",
        next_en="Run `onggi-node doctor` at the node to check its store and workspace.",
        status=500,
        exit=195,
    )


def _run(ko: str, en: str, next_ko: str, next_en: str, *, status: int = 409) -> Words:
    """The conversation between hospitals and coordinator did not come to its end."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=255)


_RESUBMIT_KO = "작업 명세를 고쳐 onggi submit 명령으로 다시 제출하십시오."
_RESUBMIT_EN = "Correct the job and submit it again with `onggi submit`."
_LEAVE_OUT_KO = "해당 항목을 빼거나 다른 항목과 합쳐 작업을 다시 제출하십시오."
_LEAVE_OUT_EN = "Leave the term out, or merge it with another, and submit the job again."

WORDS: dict[str, Words] = {
    "glm.unknown_variable": _question(
        "회귀식에 쓰인 변수가 작업의 변수 목록에 없거나 범위가 없습니다. 변수: {variable}",
        "The regression names a variable that the job does not define, or that has no range: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "glm.outcome_kind": _question(
        "결과 변수의 종류가 분포에 맞지 않습니다. 변수: {variable}, 분포: {family}",
        "The outcome {variable} is of a kind that the family {family} cannot model.",
        "이항 분포에는 예/아니요 변수를, 그 밖에는 숫자 변수를 결과로 지정하십시오.",
        "Use a flag as the outcome of a binomial model, and a number for the others.",
    ),
    "glm.outcome_not_count": _question(
        "포아송 회귀의 결과 변수는 0 이상의 정수여야 합니다. 변수: {variable}",
        "The outcome of a Poisson regression must be whole and not negative: {variable}.",
        "횟수를 세는 변수를 결과로 지정하거나 다른 분포를 선택하십시오.",
        "Use a variable that counts something, or choose another family.",
    ),
    "glm.offset_kind": _question(
        "오프셋에는 숫자 변수만 쓸 수 있습니다. 변수: {variable}",
        "An offset must be a number: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "glm.reference_unknown": _question(
        "기준 수준이 변수의 수준 목록에 없습니다. 변수: {variable}, 수준: {level}",
        "The reference {level} is not a level of {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "glm.name_twice": _question(
        "두 항의 이름이 같습니다. 이름: {term}",
        "Two terms would have the same name: {term}.",
        "변수나 수준의 이름을 바꾸어 작업을 다시 제출하십시오.",
        "Rename a variable or a level and submit the job again.",
    ),
    "glm.table_wrong": _table(
        "준비된 자료에 필요한 변수가 없거나 값의 형식이 다릅니다. 변수: {variable}",
        "The staged table lacks a variable or holds it in another form: {variable}.",
    ),
    "glm.no_complete_cases": _data(
        "필요한 값이 모두 있는 사람이 없습니다.",
        "Nobody has a value for the outcome and for every term.",
        "변수의 기간과 범위를 넓히거나 결측이 많은 항을 빼고 다시 제출하십시오.",
        "Widen the windows and ranges of the variables, or leave out terms that are rarely recorded.",
    ),
    "glm.too_few_rows": _data(
        "값이 모두 있는 사람 수가 계수의 개수보다 많지 않습니다. 계수: {parameters}",
        "There are not more complete persons than coefficients ({parameters}).",
        "항의 수를 줄여 작업을 다시 제출하십시오.",
        "Use fewer terms and submit the job again.",
    ),
    "glm.one_class": _data(
        "결과 변수의 값이 모두 같아 회귀식을 구할 수 없습니다. 변수: {variable}",
        "The outcome {variable} is the same for everybody: there is nothing to explain.",
        "대상자나 결과의 정의를 바꾸어 작업을 다시 제출하십시오.",
        "Change the cohort or the definition of the outcome and submit the job again.",
    ),
    "glm.collinear": _data(
        "한 항이 앞의 항들로 완전히 결정되어 계수를 구할 수 없습니다. 항: {term}",
        "The term {term} is constant, or is determined by the terms before it.",
        _LEAVE_OUT_KO,
        _LEAVE_OUT_EN,
    ),
    "glm.separable": _data(
        "항들의 조합이 결과를 완전히(또는 거의 완전히) 갈라 계수가 무한히 커집니다.",
        "Some combination of terms predicts a group's outcome (almost) perfectly: its coefficient has no "
        "finite value.",
        "드문 수준을 합치거나 해당 항을 빼고 작업을 다시 제출하십시오.",
        "Merge rare levels or leave such a term out, and submit the job again.",
    ),
    "glm.perfect_fit": _data(
        "회귀선이 모든 사람의 값과 일치하여 표준오차를 추정할 수 없습니다.",
        "The line meets every person's outcome: nothing is left to estimate standard errors from.",
        "결과를 그대로 정하는 항을 빼고 작업을 다시 제출하십시오.",
        "Leave out the terms that define the outcome and submit the job again.",
    ),
    "glm.not_converged": _data(
        "허용된 반복 횟수 안에 수렴하지 않았습니다. 반복: {iterations}",
        "The fit did not settle within the allowed iterations ({iterations}).",
        "maximum_iterations 값을 늘리거나 항을 줄여 작업을 다시 제출하십시오.",
        "Raise `maximum_iterations` or use fewer terms, and submit the job again.",
    ),
    "glm.out_of_range": _data(
        "계산 중의 합이 표현할 수 있는 범위를 넘었습니다.",
        "A sum left the range of numbers that hospitals can add up.",
        "변수의 low, high 범위와 오프셋의 단위를 확인하고 작업을 다시 제출하십시오.",
        "Check `low` and `high` of the variables and the unit of the offset, and submit the job again.",
    ),
    "count.cohort_unreadable": _question(
        "코호트 정의의 단계를 읽을 수 없습니다. 위치: {place}",
        "The steps of the cohort definition cannot be read at {place}.",
        "ATLAS에서 코호트 정의를 다시 내보내 작업을 제출하십시오.",
        "Export the cohort definition from ATLAS again and submit the job.",
    ),
    "count.table_wrong": _table(
        "준비된 자료의 단계 정보가 없거나 코호트 정의와 다릅니다.",
        "The staged table holds no cohort steps, or other steps than the cohort definition.",
    ),
    "count.sum_impossible": _run(
        "합산된 인원수가 있을 수 없는 값입니다.",
        "The summed numbers of persons cannot be true.",
        "결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        "Do not use the result; ask the operating body to examine the log.",
        status=403,
    ),
    "disclosure.small_cell": _disclosure(
        "한 칸의 인원이 공개 기준({threshold}명)보다 적습니다. 칸: {cell}",
        "A cell holds fewer persons than may be shown ({threshold}): {cell}.",
        "수준을 합치거나 대상자를 넓히고, 병원별 값이면 가림 합산을 켜서 다시 제출하십시오.",
        "Merge levels, widen the cohort, or (for values of single hospitals) use masked sums; submit again.",
    ),
    "disclosure.small_difference": _disclosure(
        "이어진 두 단계의 차이가 공개 기준({threshold}명)보다 적거나, 작은 단계에서 빠진 사람이 없습니다. "
        "단계: {cell}",
        "A step differs from the one before it by fewer persons than may be shown ({threshold}), or by none "
        "although it is small: {cell}.",
        "해당 단계를 앞 단계와 합쳐 작업을 다시 제출하십시오.",
        "Merge the step with the one before it and submit the job again.",
    ),
    "disclosure.low_dof": _disclosure(
        "인원에 비해 계수가 너무 많아 개인의 값이 드러날 수 있습니다. "
        "계수: {parameters} / 필요한 잔차 자유도: {minimum}",
        "There are too many coefficients ({parameters}) for so few persons: at least {minimum} residual "
        "degrees of freedom are needed.",
        "항의 수를 줄여 작업을 다시 제출하십시오.",
        "Use fewer terms and submit the job again.",
    ),
    "disclosure.effective_sample": _disclosure(
        "가중치가 너무 적은 사람에게 몰려 있습니다. 기준: {threshold}명",
        "Nearly all the weight of a sum lies on fewer persons than may be shown ({threshold}).",
        "극단적인 값을 만드는 항을 빼고 변수의 범위를 확인해 다시 제출하십시오.",
        "Leave out terms that produce extreme predictions, check the ranges, and submit the job again.",
    ),
    "kinds.unknown": _question(
        "지원하지 않는 분석 종류입니다. 종류: {kind}",
        "This kind of analysis is not known here: {kind}.",
        "분석 종류는 onggi.study의 질문 이름으로 알 수 있습니다. 그중에서 골라 다시 제출하십시오.",
        "Choose one of the questions that `onggi.study` has, and submit again.",
    ),
    "kinds.wrong_kind": _question(
        "작업의 매개변수가 분석 종류와 맞지 않습니다. 종류: {kind}",
        "The job's parameters belong to another kind of analysis: {kind}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "kinds.ask_unknown": _run(
        "중앙 서버의 질문이 이 분석의 규칙에 맞지 않습니다. 질문: {ask}",
        "The coordinator asked something that this analysis does not ask: {ask}.",
        "작업을 중지하고 onggi-node releases 명령으로 보낸 기록을 확인하십시오.",
        "Stop the job and check what was sent with `onggi-node releases`.",
        status=403,
    ),
    "kinds.record_wrong": _run(
        "받은 메시지의 이름, 형식 또는 값의 범위가 명세와 다릅니다. 위치: {record}",
        "A message differs from the job in names, form or range: {record}.",
        "보낸 쪽의 소프트웨어 판을 onggi-node doctor 명령으로 확인하십시오.",
        "Check the sender's software version with `onggi-node doctor`.",
        status=403,
    ),
    "kinds.out_of_layout": _run(
        "병원의 응답이 선언된 범위를 벗어났습니다.",
        "A hospital's reply left its declared range.",
        "변수의 low, high 범위를 확인하고 작업을 다시 제출하십시오.",
        "Check `low` and `high` of the variables and submit the job again.",
    ),
    "kinds.no_data_path": _run(
        "작업에 자료 폴더(data-path)가 전달되지 않았습니다.",
        "The app was started without the folder of its data (`data-path`).",
        "onggi-node doctor 명령으로 작업 환경을 점검하십시오.",
        "Run `onggi-node doctor` to check the workspace.",
        status=500,
    ),
    "kinds.too_few_sites": _run(
        "응답한 병원이 작업에 정한 최소 수({minimum})보다 적습니다.",
        "Fewer hospitals answered than the job asks for ({minimum}).",
        "onggi job explain 명령으로 기다리는 곳을 확인한 뒤 다시 제출하십시오.",
        "See whose turn it is with `onggi job explain`, then submit again.",
        status=503,
    ),
    "kinds.site_lost": _run(
        "계산 도중 참여 병원이 달라져 합계를 이어 갈 수 없습니다.",
        "The set of hospitals changed during the computation; its sums do not belong together.",
        "작업을 다시 제출하십시오.",
        "Submit the job again.",
        status=503,
    ),
    "kinds.too_many_rounds": _run(
        "작업에 정한 최대 회차({rounds})를 넘었습니다.",
        "The computation needs more rounds than the job allows ({rounds}).",
        "limits.rounds 값을 늘려 작업을 다시 제출하십시오.",
        "Raise `limits.rounds` and submit the job again.",
    ),
}
