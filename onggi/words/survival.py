"""Words for survival curves and Cox regressions: why a question makes no sense, or may not be answered."""

from __future__ import annotations

from onggi.words.entry import Words


def _question(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The job as written makes no sense; it is found before anything runs."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=422, exit=350)


WORDS: dict[str, Words] = {
    "survival.unknown_outcome": _question(
        "분석에 쓰인 결과 사건이 작업의 목록에 없습니다. 결과 사건: {outcome}",
        "The analysis names an outcome that the job does not define: {outcome}.",
        "variables.outcome 함수로 결과 사건을 정의하여 outcomes 목록에 넣고 다시 제출하십시오.",
        "Define it with `variables.outcome`, hand it over in `outcomes`, and submit again.",
    ),
    "survival.unknown_variable": _question(
        "집단이나 층으로 쓰인 변수가 작업의 변수 목록에 없습니다. 변수: {variable}",
        "A group or stratum names a variable that the job does not define: {variable}.",
        "변수를 작업의 변수 목록에 넣어 다시 제출하십시오.",
        "Add the variable to the job and submit it again.",
    ),
    "survival.group_kind": _question(
        "집단과 층에는 예/아니요 변수나 범주 변수만 쓸 수 있습니다. 변수: {variable}",
        "Groups and strata are made of flags and categories, not of a number: {variable}.",
        "숫자를 범주로 나눈 변수를 정의하여 다시 제출하십시오.",
        "Use a flag or a category instead, and submit the job again.",
    ),
    "survival.step_beyond": _question(
        "마지막 구간 끝이 결과 사건의 관찰 기간({horizon}일)보다 늦습니다.",
        "The last step lies after the end of the outcome's follow-up ({horizon} days).",
        "steps 값을 관찰 기간 안으로 줄이거나 horizon_days 값을 늘려 다시 제출하십시오.",
        "End `steps` within the follow-up, or lengthen `horizon_days`, and submit again.",
    ),
    "survival.too_many_cells": _question(
        "집단, 층, 구간을 곱한 칸의 수가 한도({most})를 넘습니다.",
        "Groups, strata and steps make more cells than one answer may have ({most}).",
        "구간을 넓히거나 집단과 층의 수를 줄여 다시 제출하십시오.",
        "Use wider steps, or fewer groups and strata, and submit the job again.",
    ),
    "survival.no_complete_cases": Words(
        ko="결과 사건과 집단의 값이 모두 있는 사람이 없습니다.",
        en="Nobody has a value for the outcome and for every group and stratum.",
        next_ko="결과 사건의 정의와 변수의 기간을 넓혀 작업을 다시 제출하십시오.",
        next_en="Widen the definition of the outcome and the windows of the variables, and submit again.",
        status=409,
        exit=351,
    ),
    "survival.table_wrong": Words(
        ko="준비된 자료에 필요한 열이 없거나 값의 형식이 다릅니다. 열: {variable}",
        en="The staged table lacks a column or holds it in another form: {variable}.",
        next_ko="기관 노드에서 onggi-node doctor 명령을 실행해 저장소와 작업 환경을 점검하십시오.",
        next_en="Run `onggi-node doctor` at the node to check its store and workspace.",
        status=500,
        exit=195,
    ),
    "disclosure.small_step": Words(
        ko="생존 곡선의 한 구간에서 인원이 공개 기준({threshold}명)보다 적거나, "
        "남은 모두에게 사건이 있었습니다. 곡선: {cell}",
        en="At some step of a survival curve fewer persons were counted than may be shown ({threshold}), or "
        "everybody left had the event: {cell}.",
        next_ko="구간을 넓히거나 곡선을 더 일찍 끝내고, 집단이나 층의 수를 줄여 다시 제출하십시오.",
        next_en="Use wider steps, end the curve earlier, or use fewer groups and strata, and submit again.",
        status=409,
        exit=352,
    ),
}
