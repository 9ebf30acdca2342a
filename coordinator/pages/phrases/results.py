"""Answers as tables, the evidence beside them, and the output checkers' votes."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "export.title": Phrase("반출심의", "Export review"),
    "export.evidence": Phrase("근거: 공개 규칙의 판정", "Evidence: what the disclosure rules said"),
    "export.some_withheld": Phrase(
        "규칙에 따라 비공개된 칸이 있습니다. 칸 수: {cells}", "The rules withheld cells: {cells}"
    ),
    "export.rule": Phrase("규칙", "Rule"),
    "export.outcome": Phrase("판정", "Outcome"),
    "export.cells": Phrase("칸 수", "Cells"),
    "rule_name.at_least": Phrase("적어도 {minimum}명", "At least {minimum} persons"),
    "rule_name.nobody_counted": Phrase("사람을 세지 않는 결과", "No person is counted"),
    "rule_name.cells": Phrase("기준보다 작은 칸", "Cells under the threshold"),
    "rule_name.degrees": Phrase("잔차 자유도", "Residual degrees of freedom"),
    "rule.passed": Phrase("통과", "Passed"),
    "rule.withheld": Phrase("비공개 처리", "Withheld"),
    "export.result": Phrase("반출될 결과", "The result that would leave"),
    "export.digest": Phrase("결과의 지문:", "Fingerprint of the result:"),
    "export.verdict": Phrase("의견", "Your verdict"),
    "export.own_vote": Phrase("내 의견:", "You voted:"),
    "export.decided": Phrase("심의가 끝났습니다.", "The review has ended."),
    "export.how": Phrase(
        "위의 근거와 결과를 본 뒤, 서명하는 컴퓨터에서 둘 중 하나를 입력하십시오. 의견은 바꿀 수 없습니다.",
        "When you have read evidence and result, type one of these on the computer where you sign. A vote "
        "cannot be changed.",
    ),
    "export.blind": Phrase(
        "다른 심사자의 의견은 내 의견을 낸 뒤에 보입니다.", "Others' votes are shown once you have voted."
    ),
    "vote.approve": Phrase("반출 승인", "Approve"),
    "vote.refuse": Phrase("반출 거부", "Refuse"),
    "result.row": Phrase("항목", "Row"),
    "result.persons": Phrase("인원", "Persons"),
    "result.events_number": Phrase("사건 수", "Events"),
    "result.funnel": Phrase("선정 단계별 인원", "Persons at each step"),
    "result.events": Phrase("선정 단계별 사건", "Events at each step"),
    "result.further_funnel": Phrase("추가 단계표", "A further choice of steps"),
    "result.groups": Phrase("구분별 인원", "Persons by group"),
    "result.cohorts": Phrase("코호트별 인원", "Persons in each cohort"),
    "result.combinations": Phrase("겹치는 인원", "Persons in exactly these cohorts"),
    "result.concepts": Phrase("개념을 아는 기관 수", "Hospitals that know each concept"),
    "result.known": Phrase("있음", "Known"),
    "result.standard": Phrase("표준", "Standard"),
    "result.valid": Phrase("유효", "Valid"),
    "result.coefficients": Phrase("계수", "Coefficients"),
    "result.estimate": Phrase("추정값", "Estimate"),
    "result.standard_error": Phrase("표준오차", "Standard error"),
    "result.described": Phrase("기술통계", "Descriptive statistics"),
    "result.fit": Phrase("모형 적합", "Fit"),
    "result.value": Phrase("값", "Value"),
    "result.n": Phrase("인원", "Persons"),
    "result.dof": Phrase("잔차 자유도", "Residual degrees of freedom"),
    "result.deviance": Phrase("이탈도", "Deviance"),
    "result.log_likelihood": Phrase("로그가능도", "Log-likelihood"),
    "result.aic": Phrase("AIC(아카이케 정보기준)", "AIC (Akaike's information criterion)"),
    "result.iterations": Phrase("반복 횟수", "Iterations"),
    "withheld.too_few_persons": Phrase("비공개({minimum}명 미만)", "withheld (under {minimum})"),
    "withheld.secondary": Phrase("비공개(다른 칸을 드러내므로)", "withheld (it would reveal another cell)"),
    "withheld.difference_too_small": Phrase(
        "비공개(차이가 {minimum}명 미만)", "withheld (a difference under {minimum})"
    ),
    "withheld.small_alone_or_by_difference": Phrase(
        "비공개({minimum}명 미만이거나 차이가 그러함)", "withheld (under {minimum}, alone or by difference)"
    ),
}
