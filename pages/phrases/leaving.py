"""The sentences of the card that says what will leave: few, plain, and true of each kind of job."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "leaving.title": Phrase("무엇이 나가는가", "What will leave"),
    "leaving.what": Phrase("나가는 것", "What leaves"),
    "leaving.what.count": Phrase(
        "선정 단계별 인원 표(단계 수: {steps})",
        "A table of persons at each step of the selection (steps: {steps})",
    ),
    "leaving.more.funnels": Phrase("추가 단계표의 수: {number}", "Further choices of steps: {number}"),
    "leaving.more.risk_groups": Phrase(
        "같은 대상자에서의 판별력과 보정, 사건 유무별 인원(위험군의 수: {number})",
        "How well it predicts its own persons, with numbers with and without the event "
        "(groups of risk: {number})",
    ),
    "leaving.more.groups": Phrase("구분표의 수: {number}", "Tables by group: {number}"),
    "leaving.what.glm": Phrase(
        "회귀모형의 계수, 표준오차, 공분산과 인원(계수의 수: {terms})",
        "A regression model's coefficients, standard errors, covariance and number of persons "
        "(coefficients: {terms})",
    ),
    "leaving.what.evaluation": Phrase(
        "예측모형의 판별력과 보정, 위험군마다 사건 유무별 인원"
        "(위험군의 수: {groups}, 대상 집단의 수: {populations})",
        "How well a model predicts, and persons by group of risk with and without the event "
        "(groups: {groups}; populations: {populations})",
    ),
    "leaving.what.penalised": Phrase(
        "벌점마다의 회귀계수와 이탈도, 교차검증 손실, 인원(벌점의 수: {penalties}, 계수의 수: {terms})",
        "A regression's coefficients, deviance and cross-validated loss at each penalty, and number of "
        "persons (penalties: {penalties}, coefficients each: {terms})",
    ),
    "leaving.what.meta": Phrase(
        "기관마다의 회귀계수 하나와 표준오차(기관 이름과 함께), 합친 값(기관 수: {hospitals})",
        "One regression coefficient and its standard error of each hospital, by name, and the pooled values "
        "(hospitals: {hospitals})",
    ),
    "leaving.what.table_one": Phrase(
        "변수별 인원, 결측, 평균, 표준편차, 수준별 비율과 집단 간 비교(변수의 수: {variables})",
        "For each variable persons, missing values, mean and standard deviation or shares, and how groups "
        "differ (variables: {variables})",
    ),
    "leaving.what.distribution": Phrase(
        "한 변수의 구간별 인원과 그 구간에서 읽은 분위수(구간의 수: {intervals})",
        "One variable's persons in each interval, and quantiles read from these (intervals: {intervals})",
    ),
    "leaving.what.cross_table": Phrase(
        "두세 변수의 수준별로 나눈 인원 표와 관련성 지표(변수의 수: {variables})",
        "Persons by the levels of two or three variables, and how these go together (variables: {variables})",
    ),
    "leaving.what.correlation": Phrase(
        "숫자 변수 둘씩의 상관계수와 신뢰구간, 인원(변수의 수: {variables})",
        "Correlations of every two numbers, their intervals, and how many persons (variables: {variables})",
    ),
    "leaving.what.rates": Phrase(
        "집단과 층별 인원, 사건 수, 관찰 인년, 발생률(층의 수: {strata})",
        "Persons, events, person-years and rates of each group and stratum (ways to divide: {strata})",
    ),
    "leaving.what.overlap": Phrase(
        "코호트별 인원과 서로 겹치는 인원(코호트 수: {cohorts})",
        "Persons in each cohort and in each combination of them (cohorts: {cohorts})",
    ),
    "leaving.what.concepts": Phrase(
        "용어 개념을 아는 기관의 수. 사람은 세지 않음(개념집합 수: {sets})",
        "How many hospitals' vocabularies know each concept; nobody is counted (concept sets: {sets})",
    ),
    "leaving.what.survival": Phrase(
        "구간별 사건·중도절단 인원과 생존 곡선(구간 수: {steps})",
        "Persons with the event and censored at each step, and survival curves (steps: {steps})",
    ),
    "leaving.what.cox": Phrase(
        "콕스 회귀모형의 계수, 표준오차, 공분산, 검정과 인원(설명 변수: {terms})",
        "A Cox regression's coefficients, standard errors, covariance, tests and number of persons "
        "(terms: {terms})",
    ),
    "leaving.form.masked": Phrase(
        "기관별 수치는 아무도 볼 수 없고 합계만 나갑니다.",
        "Nobody sees a single hospital's numbers: only the sum leaves.",
    ),
    "leaving.form.clear": Phrase("기관별 집계가 나갑니다.", "Each hospital's own aggregate leaves."),
    "leaving.persons": Phrase("인원", "Persons"),
    "leaving.persons.least": Phrase(
        "최소 {minimum}명을 합친 수치", "every number rests on at least {minimum}"
    ),
    "leaving.persons.found": Phrase("약 {persons}명", "about {persons}"),
    "leaving.persons.whole": Phrase("각 기관의 자료 전체 인원:", "in each hospital's whole dataset:"),
    "leaving.hospitals": Phrase("기관", "From"),
    "leaving.hospitals.least": Phrase(
        "최소 {minimum}개 기관이 참여해야 함", "at least {minimum} must take part"
    ),
    "leaving.to": Phrase("받는 사람", "To"),
    "leaving.countries": Phrase("접속 국가: {countries}", "Country of access: {countries}"),
    "leaving.withheld": Phrase("비공개", "Withheld"),
    "leaving.withheld.rule": Phrase(
        "{minimum}명 미만인 칸과, 그 칸을 계산해 낼 수 있는 칸",
        "Cells under {minimum} persons, and cells from which such a cell could be computed",
    ),
    "leaving.withheld.found": Phrase("비공개된 칸: {cells}", "Cells withheld: {cells}"),
    "leaving.rounded": Phrase("나머지 인원은 반올림합니다.", "Other numbers of persons are rounded."),
    "leaving.exact": Phrase(
        "승인서에 따라 반올림하지 않습니다.", "The permit states exact numbers: nothing is rounded."
    ),
    "leaving.worst": Phrase("최악의 경우", "The worst case"),
    "leaving.worst.count": Phrase(
        "집단의 거의 모두를 이미 아는 사람은 한 명이 더 그 집단에 속하는지 짐작할 수 있습니다. "
        "이름이나 개인별 값은 알 수 없습니다.",
        "Someone who already knows nearly everybody in a group may guess whether one more person belongs to "
        "it. Nobody's name or values can be learned.",
    ),
    "leaving.worst.glm": Phrase(
        "한 명을 뺀 모두의 값을 이미 아는 사람은 그 한 명의 값을 계산할 수 있습니다. "
        "그렇지 않으면 집단의 평균적 경향만 알 수 있습니다.",
        "Someone who already knows the values of everybody but one could compute that one person's. Anyone "
        "else learns only how the group behaves on average.",
    ),
    "leaving.worst.evaluation": Phrase(
        "한 위험군의 사람을 한 명만 빼고 모두 아는 사람은 그 한 명에게 사건이 있었는지 계산할 수 있습니다. "
        "그렇지 않으면 위험군의 평균적 경향만 알 수 있습니다.",
        "Someone who already knows everybody in a group of risk but one could compute whether that one had "
        "the event. Anyone else learns only how groups behave on average.",
    ),
    "leaving.worst.penalised": Phrase(
        "한 명을 뺀 모두의 값을 이미 아는 사람은 그 한 명의 값을 계산할 수 있습니다. "
        "그렇지 않으면 집단의 평균적 경향만 알 수 있습니다.",
        "Someone who already knows the values of everybody but one could compute that one person's. Anyone "
        "else learns only how the group behaves on average.",
    ),
    "leaving.worst.meta": Phrase(
        "누구나 어느 기관의 값인지 압니다. 그 기관의 한 명을 뺀 모두의 값을 이미 아는 사람은 "
        "그 한 명의 값을 계산할 수 있습니다.",
        "Everyone sees which hospital has which value. Someone who already knows the values of all but one "
        "of that hospital's persons could compute that one person's.",
    ),
    "leaving.worst.table_one": Phrase(
        "한 집단에서 한 명을 뺀 모두의 값을 이미 아는 사람은 그 한 명의 값을 어림할 수 있습니다. "
        "그렇지 않으면 집단의 특성만 알 수 있습니다.",
        "Someone who already knows the values of everybody in a group but one could estimate that one "
        "person's. Anyone else learns only what the group is like.",
    ),
    "leaving.worst.distribution": Phrase(
        "한 구간의 사람을 거의 모두 아는 사람은 한 명이 더 그 구간에 속하는지 짐작할 수 있습니다.",
        "Someone who already knows nearly everybody in an interval may guess whether one more is in it.",
    ),
    "leaving.worst.cross_table": Phrase(
        "한 칸의 사람을 거의 모두 아는 사람은 한 명이 더 그 칸에 속하는지 짐작할 수 있습니다.",
        "Someone who already knows nearly everybody in a cell may guess whether one more person is in it.",
    ),
    "leaving.worst.correlation": Phrase(
        "한 명을 뺀 모두의 값을 이미 아는 사람은 그 한 명의 값을 어림할 수 있습니다.",
        "Someone who already knows everybody's values but one person's could estimate that one person's.",
    ),
    "leaving.worst.rates": Phrase(
        "한 칸의 사람을 거의 모두 아는 사람은 한 명에게 사건이 있었는지 짐작할 수 있습니다.",
        "Someone who knows nearly everybody in a cell may guess whether one more person had the event.",
    ),
    "leaving.worst.overlap": Phrase(
        "한 코호트의 사람을 거의 모두 아는 사람은 한 명이 다른 코호트에도 속하는지 짐작할 수 있습니다.",
        "Someone who already knows nearly everybody in one cohort may guess whether one person is in "
        "another one too.",
    ),
    "leaving.worst.concepts": Phrase(
        "환자에 대해서는 아무것도 알 수 없습니다. 용어 사전만 비교합니다.",
        "Nothing about any patient: vocabularies alone are compared.",
    ),
    "leaving.worst.survival": Phrase(
        "한 구간에서 사건이 있었던 사람을 거의 모두 아는 사람은 한 명이 더 그중에 있는지 짐작할 수 있습니다. "
        "사건의 날짜는 알 수 없습니다.",
        "Someone who already knows nearly everybody with the event within a step may guess whether one more "
        "person is among them. The day of an event cannot be learned.",
    ),
    "leaving.worst.cox": Phrase(
        "한 명을 뺀 모두의 값을 이미 아는 사람은 그 한 명의 값을 계산할 수 있습니다. "
        "그렇지 않으면 집단의 평균적 경향만 알 수 있습니다.",
        "Someone who already knows the values of everybody but one could compute that one person's. Anyone "
        "else learns only how the group behaves on average.",
    ),
    "leaving.example": Phrase("지어낸 예시", "A made-up example"),
    "leaving.example.first.count": Phrase("처음 대상", "Everybody who enters"),
    "leaving.example.first.glm": Phrase("절편", "Intercept"),
    "leaving.example.label": Phrase("항목", "Row"),
    "leaving.example.number": Phrase("인원", "Persons"),
    "leaving.example.glm": Phrase(
        "0.42 (표준오차 0.08). 계수마다 이런 한 줄이 나갑니다.",
        "0.42 (standard error 0.08): one such line for each coefficient.",
    ),
}
