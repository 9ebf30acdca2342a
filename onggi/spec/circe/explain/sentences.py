"""The sentences of which an explanation is made: (Korean, English) side by side.

Korean sentences hold a value after a colon, in brackets or before an unchanging ending, never before a
particle that would have to change with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from onggi.spec.circe.explain.terms import Pair

SENTENCES: Final[Mapping[str, Pair]] = {
    # how to read it
    "title": ("코호트 정의(OHDSI Circe) 설명", "What this cohort definition (OHDSI Circe) asks"),
    "note_days": (
        "기준일(index date)은 시작 사건의 시작일입니다. 모든 날짜 범위는 양쪽 끝 날을 포함합니다.",
        "The index date is the start date of the entry event. Every range includes both of its ends.",
    ),
    "note_observed": (
        (
            "따로 적지 않으면 시작 사건(기록에 딸린 조건에서는 그 기록)의 관찰기간(observation period) "
            "안에서 시작한 기록만 셉니다."
        ),
        (
            "Unless told otherwise, only records that start in the observation period of the entry event (in "
            "a record's own conditions: of that record) are counted."
        ),
    ),
    "note_ages": (
        "연 나이는 그날의 연도에서 출생 연도를 뺀 수입니다. 값이 없는 기록은 조건을 충족하지 않습니다.",
        "Age in years is the year of that day minus the year of birth. A missing value satisfies nothing.",
    ),
    "note_names": (
        "개념 이름은 정의 파일에 적힌 그대로이며, 실제 조건은 괄호 안의 개념 번호로 정해집니다.",
        "Names of concepts are those in the definition's file; the ids in brackets decide.",
    ),
    # entry
    "entry": ("1. 시작 사건(entry event)", "1. Entry events"),
    "entry_any": (
        "다음 중 하나에 해당하는 기록은 모두 시작 사건의 후보입니다.",
        "Every record that is one of these may let a person in:",
    ),
    "observed_both": (
        "관찰기간: 기준일 전 {before} 이상, 기준일 후 {after} 이상이 한 관찰기간에 들어야 합니다.",
        (
            "Observation: at least {before} before and at least {after} after the index date, in one "
            "observation period."
        ),
    ),
    "primary_limit": (
        "한 사람의 시작 사건이 여럿이면: {limit}",
        "If a person has several entry events: {limit}",
    ),
    "ALL": ("모두 사용합니다.", "all of them count."),
    "FIRST": ("가장 이른 것만 사용합니다.", "only the earliest counts."),
    "LAST": ("가장 늦은 것만 사용합니다.", "only the latest counts."),
    # additional criteria and rules
    "additional": ("2. 추가 조건(additional criteria)", "2. Additional criteria"),
    "no_additional": ("추가 조건은 없습니다.", "There are none."),
    "qualified_limit": (
        "추가 조건을 충족하는 사건이 여럿이면: {limit}",
        "If several events meet the additional criteria: {limit}",
    ),
    "rules": ("3. 포함 기준(inclusion rule)", "3. Inclusion rules"),
    "no_rules": ("포함 기준은 없습니다.", "There are none."),
    "rule": ("포함 기준 {number}: {name}", "Rule {number}: {name}"),
    "expression_limit": (
        "모든 기준을 충족하는 사건이 여럿이면: {limit}",
        "If several events meet every rule: {limit}",
    ),
    # groups
    "group_ALL": ("다음을 모두 충족해야 합니다.", "All of these must hold:"),
    "group_ANY": ("다음 중 하나 이상을 충족해야 합니다.", "At least one of these must hold:"),
    "group_AT_LEAST": ("다음 중 {n}개 이상을 충족해야 합니다.", "At least {n} of these must hold:"),
    "group_AT_MOST": ("다음 중 {n}개 이하만 충족해야 합니다.", "At most {n} of these may hold:"),
    "group_empty": ("조건이 없어 항상 충족합니다.", "Nothing is asked: this always holds."),
    "of_this_record": ("이 기록에 대한 조건:", "Asked of this record:"),
    "person": ("사람에 대한 조건(사람 표에 있어야 함)", "the person, who must stand in the person table"),
    # counting
    "at_least": ("{n} 이상", "at least {n}"),
    "exactly": ("정확히 {n}", "exactly {n}"),
    "at_most": ("{n} 이하", "at most {n}"),
    "always": ("{count}(항상 충족)", "{count} (always holds)"),
    "never": ("{count}(없어야 함)", "{count} (none)"),
    "distinct": (
        "세는 것: 기록 수가 아니라 서로 다른 값의 수({of})",
        "counted: different {of}, not records",
    ),
    "distinct_column": ("{of}", "values of {of}"),
    "same_visit_entry": (
        "시작 사건과 같은 방문의 기록만 셉니다.",
        "only in the same visit as the entry event",
    ),
    "same_visit_above": (
        "위 기록과 같은 방문의 기록만 셉니다.",
        "only in the same visit as the record above",
    ),
    "ignore_observation": (
        "관찰기간 밖의 기록도 셉니다.",
        "also outside the observation period",
    ),
    # records
    "any_record": ("모든 기록", "any record"),
    "concept_set": ("개념 집합 {set}", "concept set {set}"),
    "source": ("원본 개념(source concept): 개념 집합 {set}", "source concept: in concept set {set}"),
    "first": (
        "사람마다 가장 이른 기록만 봅니다(아래 조건보다 먼저 고릅니다).",
        "only each person's earliest such record, chosen before the conditions below are asked",
    ),
    "one_of": ("다음 중 하나: {values}", "one of {values}"),
    "none_of": ("값이 있고 다음이 아님: {values}", "recorded, and none of {values}"),
    "in_set": ("다음 개념 집합에 속함: {set}", "in concept set {set}"),
    "not_in_set": ("값이 있고 다음 개념 집합에 속하지 않음: {set}", "recorded, and not in concept set {set}"),
    "abnormal": (
        "값이 정상 범위를 벗어났거나 낮음·높음으로 기록되어야 합니다.",
        "the value lies outside its normal range, or is recorded as low or high",
    ),
    "covers": ("기간에 다음 날이 들어야 합니다: {day}", "the period covers {day}"),
    "shift_start": ("시작일로 보는 날: {day}", "taken as its start date: {day}"),
    "shift_end": ("종료일로 보는 날: {day}", "taken as its end date: {day}"),
    "recorded_start": ("기록된 시작일", "the recorded start date"),
    "recorded_end": ("기록된 종료일", "the recorded end date"),
    "fixed_start": (
        "위 조건을 확인한 뒤 시작일로 보는 날: {day}",
        "once these conditions hold, taken as its start date: {day}",
    ),
    "fixed_end": (
        "위 조건을 확인한 뒤 종료일로 보는 날: {day}",
        "once these conditions hold, taken as its end date: {day}",
    ),
    # windows
    "window_any": ("관찰기간 안 언제든지", "any time in the observation period"),
    "window_ever": ("언제든지", "any time"),
    "window_before": ("{anchor} 전 언제든지", "any time before {anchor}"),
    "window_after": ("{anchor} 후 언제든지", "any time after {anchor}"),
    "window_until": ("{last}까지 언제든지", "any time until {last}"),
    "window_from": ("{first}부터 언제든지", "any time from {first} on"),
    "window_one_day": ("{first}", "{first}"),
    "window_later": ("{anchor} {a} 후부터 {b} 후까지", "between {a} and {b} after {anchor}"),
    "window_earlier": ("{anchor} {a} 전부터 {b} 전까지", "between {a} and {b} before {anchor}"),
    "window_around": ("{anchor} {a} 전부터 {b} 후까지", "between {a} before and {b} after {anchor}"),
    "window_between": ("{first}부터 {last}까지", "from {first} to {last}"),
    "window_empty": ("{window}(해당하는 날이 없음)", "{window} (no day lies in this window)"),
    "day_before": ("{anchor} {days} 전", "{days} before {anchor}"),
    "day_itself": ("{anchor} 당일", "{anchor} itself"),
    "day_after": ("{anchor} {days} 후", "{days} after {anchor}"),
    "period_start": ("관찰기간 시작일", "the start of the observation period"),
    "period_end": ("관찰기간 종료일", "the end of the observation period"),
    # how an episode ends
    "exit": ("4. 코호트 기간의 끝", "4. How an episode ends"),
    "exit_observation": (
        "관찰기간이 끝나는 날에 끝납니다.",
        "It ends with the observation period.",
    ),
    "exit_offset": (
        "다음 날에 끝나며, 늦어도 관찰기간이 끝나는 날에 끝납니다: {day}",
        "It ends on this day, at the latest with the observation period: {day}",
    ),
    "exit_before_entry": (
        "그날이 기준일보다 앞서면 코호트 기간은 시작되지 않습니다.",
        "Where that day lies before the index date, no episode begins.",
    ),
    "exit_drug": (
        "기준일이 속한 약물 복용 기간이 끝나는 날에 끝나며, 늦어도 관찰기간이 끝나는 날에 끝납니다.",
        (
            "It ends with the era of exposures to a drug in which it began, at the latest with the "
            "observation period."
        ),
    ),
    "exit_drug_set": ("약물: 개념 집합 {set}", "drug: concept set {set}"),
    "exit_drug_gap": (
        "한 기간으로 잇는 노출 사이의 간격: {days} 이하",
        "exposures at most {days} apart are one era",
    ),
    "exit_drug_offset": ("기간 끝에 더하는 날: {days}", "added to the end of the era: {days}"),
    "exit_drug_supply": ("노출 하나의 길이: {days}", "each exposure lasts: {days}"),
    "as_recorded": ("기록된 대로", "as recorded"),
    "censoring": (
        "기준일 이후(당일 포함) 다음 기록이 있으면 그 첫날에 먼저 끝납니다(중도절단).",
        "It ends earlier, on the first day from the index date on with one of these records (censoring):",
    ),
    "eras": (
        "한 사람의 코호트 기간이 겹치거나 서로 {days} 이하로 떨어져 있으면 하나로 잇습니다.",
        "Episodes of a person that overlap or lie at most {days} apart become one.",
    ),
    "earliest": (
        "다음 날보다 앞선 부분은 잘라 냅니다: {day}",
        "What lies before {day} is cut off.",
    ),
    "latest": ("다음 날보다 뒤의 부분은 잘라 냅니다: {day}", "What lies after {day} is cut off."),
    # concept sets
    "concept_sets": ("5. 개념 집합(concept set)", "5. Concept sets"),
    "no_concept_sets": ("사용하는 개념 집합은 없습니다.", "None is used."),
    "empty_set": ("개념이 없어 어떤 기록도 해당하지 않습니다.", "It has no concept and matches nothing."),
    "excluded": ("제외: {concept}", "excluding {concept}"),
    "descendants": ("하위 개념 포함", "with descendants"),
    "mapped": ("매핑된 원본 개념 포함", "with mapped source concepts"),
}
