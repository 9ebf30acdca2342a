"""Words for counts beyond the plain funnel: choices of rules, groups, overlaps and concept reports."""

from __future__ import annotations

from onggi.words.entry import Words


def _question(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The job as written cannot be counted; it is found before anything runs."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=422, exit=350)


def _table(ko: str, en: str) -> Words:
    return Words(
        ko=ko,
        en=en,
        next_ko="기관 노드에서 onggi-node doctor 명령을 실행해 저장소와 작업 환경을 점검하십시오.",
        next_en="Run `onggi-node doctor` at the node to check its store and workspace.",
        status=500,
        exit=195,
    )


def _impossible(ko: str, en: str) -> Words:
    return Words(
        ko=ko,
        en=en,
        next_ko="결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        next_en="Do not use the result; ask the operating body to examine the log.",
        status=403,
        exit=255,
    )


_RESUBMIT_KO = "작업 명세를 고쳐 onggi submit 명령으로 다시 제출하십시오."
_RESUBMIT_EN = "Correct the job and submit it again with `onggi submit`."
_SPLIT_KO = "선택을 줄이거나 나누어 작업을 다시 제출하십시오."
_SPLIT_EN = "Ask for fewer of them in one job, and submit again."

WORDS: dict[str, Words] = {
    "count.rule_unknown": _question(
        "추가 단계표가 코호트에 없는 규칙을 가리킵니다. 단계표: {funnel}번째, 규칙 위치: {rule}",
        "Further funnel number {funnel} names a rule that the cohort does not have: position {rule}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "count.too_many_selections": _question(
        "한 작업에서 서로 비교할 수 있는 규칙 조합 수를 넘었습니다. 최대: {maximum}",
        "The funnels ask for more different choices of rules than one job compares; at most {maximum}.",
        _SPLIT_KO,
        _SPLIT_EN,
    ),
    "count.episodes_cut_off": _question(
        "등록 기간을 달력 날짜나 사건 종료일로 자르는 코호트에서는 규칙 조합과 사건을 셀 수 없습니다.",
        "Choices of rules and events cannot be counted where episodes are cut off at calendar days or end "
        "by the event's own end.",
        "CensorWindow와 종료일 기준 EndStrategy를 빼거나, 단계표 하나로 다시 제출하십시오.",
        "Leave out CensorWindow and an EndStrategy counted from the end, or ask for the one funnel alone.",
    ),
    "count.unknown_variable": _question(
        "나누어 셀 변수가 작업의 변수 목록에 없습니다. 변수: {variable}",
        "The groups name a variable that the job does not define: {variable}.",
        _RESUBMIT_KO,
        _RESUBMIT_EN,
    ),
    "count.not_grouped_by": _question(
        "나이, 성별, 기준 연도 변수로만 나누어 셀 수 있습니다. 변수: {variable}",
        "Persons are grouped by age, sex and index year alone; {variable} is none of these.",
        "규칙으로 나타낼 수 있는 조건은 코호트의 규칙으로 넣어 다시 제출하십시오.",
        "Put other conditions into the cohort as rules, and submit again.",
    ),
    "count.grouped_twice": _question(
        "나이, 성별, 기준 연도는 한 작업에서 한 번씩만 나눌 수 있습니다. 변수: {variable}",
        "Age, sex and index year can each be grouped by once in a job; {variable} is a second time.",
        "한쪽을 빼고 작업을 다시 제출하십시오.",
        "Leave one of the two out and submit the job again.",
    ),
    "count.edges_wrong": _question(
        "구간 경계가 없거나 변수의 범위를 벗어납니다. 변수: {variable}",
        "The edges of {variable} are missing, do not belong to it, or lie outside its range.",
        "low보다 크고 high 이하인 경계를 오름차순으로 적어 다시 제출하십시오.",
        "Give rising edges above `low` and up to `high`; none for a category.",
    ),
    "overlap.variables_asked": _question(
        "코호트 겹침 작업에는 변수를 쓸 수 없습니다.",
        "An overlap of cohorts has no variables.",
        "변수 목록을 비우고 작업을 다시 제출하십시오.",
        "Leave the variables out and submit the job again.",
    ),
    "overlap.table_wrong": _table(
        "준비된 자료의 코호트 소속 정보가 없거나 형식이 다릅니다.",
        "The staged table does not say who is in which cohort.",
    ),
    "overlap.sum_impossible": _impossible(
        "합산된 코호트 조합별 인원수가 있을 수 없는 값입니다.",
        "The summed numbers of persons in each combination of cohorts cannot be true.",
    ),
    "concepts.matches_nobody": _question(
        "모든 개념이 제외되어 이 개념 집합에는 아무것도 남지 않습니다.",
        "Every concept is excluded, so the set holds nothing.",
        "제외하지 않은 개념을 하나 이상 넣어 다시 저장하십시오.",
        "Add a concept that is not excluded, and save it again.",
    ),
    "concept_set.not_found": Words(
        ko="그 이름과 버전의 개념 집합을 찾을 수 없습니다. 이름: {label}",
        en="No concept set of that name and version can be read: {label}.",
        next_ko="onggi concept-set list 명령으로 이름과 버전을 확인하십시오.",
        next_en="Look up names and versions with `onggi concept-set list`.",
        status=404,
        exit=350,
    ),
    "concepts.none_named": _question(
        "코호트 정의가 개념을 하나도 쓰지 않아 살펴볼 것이 없습니다.",
        "The cohort definition uses no concept, so there is nothing to report on.",
        "개념 집합이 있는 코호트 정의로 다시 제출하십시오.",
        "Submit it again with a definition that uses concept sets.",
    ),
    "concepts.too_many": _question(
        "한 작업에서 살펴볼 수 있는 개념 수를 넘었습니다. 최대: {maximum}",
        "The definition names more concepts than one report tells of; at most {maximum}.",
        _SPLIT_KO,
        _SPLIT_EN,
    ),
    "concepts.variables_asked": _question(
        "개념 보고 작업에는 변수를 쓸 수 없습니다.",
        "A report on concepts has no variables.",
        "변수 목록을 비우고 작업을 다시 제출하십시오.",
        "Leave the variables out and submit the job again.",
    ),
    "concepts.table_wrong": _table(
        "준비된 개념 정보가 작업의 개념 목록과 다릅니다.",
        "The staged facts about concepts do not fit the job's concepts.",
    ),
    "concepts.sum_impossible": _impossible(
        "합산된 개념 보고의 값이 있을 수 없는 값입니다.",
        "The summed report on concepts cannot be true.",
    ),
}
