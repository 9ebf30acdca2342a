"""The hospital's policy: in sentences, as a form, and tried on the past."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "policy.title": Phrase("기관의 정책", "This hospital's policy"),
    "policy.words": Phrase(
        "무엇을 묻지 않고 실행하고 내보낼지를 우리 기관이 정합니다. 연합의 기준과 위원회의 승인은 "
        "그대로 적용되며, "
        "이 정책은 그보다 엄격하게만 할 수 있습니다.",
        "What runs and what leaves without asking is this hospital's decision. The federation's floors "
        "and the "
        "committee's approvals hold in any case; this policy can only be stricter.",
    ),
    "policy.floor": Phrase(
        "연합의 최소 인원: {floor}명. 이보다 낮출 수 없습니다.",
        "The federation's minimum number of persons: {floor}. It cannot be lowered here.",
    ),
    "policy.from_file": Phrase(
        "지금은 설정 파일의 정책입니다. 여기에서 저장하면 저장한 정책이 적용되고, 그 뒤에 설정 파일의 "
        "정책을 손으로 "
        "고치면 다음 시작 때 그것이 적용됩니다.",
        "This is the policy of the settings file. Once one is saved here, that one counts; a policy "
        "written "
        "into the file by hand afterwards counts from the node's next start.",
    ),
    "policy.versions": Phrase("정책의 버전", "Versions of the policy"),
    "policy.by_command": Phrase("명령줄 또는 설정 파일", "command line or settings file"),
    "policy.digest": Phrase("지문", "Fingerprint"),
    "policy.edit": Phrase("정책 변경", "Change the policy"),
    "policy.consent": Phrase("실행 동의", "Consent to runs"),
    "policy.consent_ask": Phrase("승인된 작업이 오면", "When an approved job arrives"),
    "policy.consent.automatic": Phrase("묻지 않고 실행합니다.", "It runs without asking."),
    "policy.consent.ask": Phrase("우리 기관에 먼저 묻습니다.", "It waits for this hospital's consent."),
    "policy.consent.never": Phrase("실행하지 않습니다.", "It never runs."),
    "policy.short.automatic": Phrase("묻지 않음", "Without asking"),
    "policy.short.ask": Phrase("먼저 물음", "Ask first"),
    "policy.short.never": Phrase("실행 안 함", "Never"),
    "policy.short.usual": Phrase("기본대로", "As usual"),
    "policy.short.send": Phrase("바로 보냄", "Send"),
    "policy.short.hold": Phrase("보류", "Hold"),
    "policy.by_kind": Phrase("분석 종류별", "By kind of analysis"),
    "policy.by_project": Phrase("연구과제별", "By project"),
    "policy.of_kind": Phrase("분석 종류: {kind}", "Kind: {kind}"),
    "policy.of_project": Phrase("연구과제: {project}", "Project: {project}"),
    "policy.of_result": Phrase("결과: {result}", "Result: {result}"),
    "policy.of_others": Phrase("따로 정하지 않은 결과", "Results without a rule of their own"),
    "policy.new_project": Phrase("다른 연구과제(선택)", "Another project (optional)"),
    "policy.new_project_hint": Phrase(
        "과제의 식별자. 예: heart-1. 가장 구체적인 규칙이 앞섭니다: 과제, 종류, 기본의 순서.",
        "The project's id, such as heart-1. The most specific rule wins: project, then kind, then the "
        "default.",
    ),
    "policy.new_rule": Phrase("그 연구과제의 작업이 오면", "When a job of that project arrives"),
    "policy.release": Phrase("기관 외 전송", "What leaves"),
    "policy.masked": Phrase("마스킹된 값", "Masked values"),
    "policy.masked.send": Phrase("규칙을 통과하면 바로 보냅니다.", "They are sent when they pass the rules."),
    "policy.masked.hold": Phrase(
        "보내지 않습니다. 마스킹된 값은 기다릴 수 없으므로 그 실행은 우리 기관의 답 없이 진행됩니다.",
        "They are not sent. Masked values cannot wait, so such runs go on without this hospital.",
    ),
    "policy.by_result": Phrase("결과의 종류별(마스킹하지 않은 값)", "By kind of result (values in clear)"),
    "policy.release.send": Phrase("규칙을 통과하면 바로 보냅니다.", "It is sent when it passes the rules."),
    "policy.release.hold": Phrase(
        "우리 기관이 결정할 때까지 보류합니다.", "It waits for this hospital's decision."
    ),
    "policy.release_usual": Phrase(
        "모델 가중치와 파일은 보류하고, 그 밖의 결과는 규칙을 통과하면 바로 보냅니다.",
        "Model weights and files are held; any other result is sent when it passes the rules.",
    ),
    "policy.result.count_table": Phrase("인원표", "Count table"),
    "policy.result.table": Phrase("표", "Table"),
    "policy.result.curve": Phrase("곡선", "Curve"),
    "policy.result.histogram": Phrase("히스토그램", "Histogram"),
    "policy.result.overlap_table": Phrase("겹침표", "Overlap table"),
    "policy.result.concept_report": Phrase("개념 보고서", "Concept report"),
    "policy.result.distribution": Phrase("분포", "Distribution"),
    "policy.result.cross_table": Phrase("교차표", "Cross table"),
    "policy.result.correlation": Phrase("상관계수", "Correlation"),
    "policy.result.rates": Phrase("발생률", "Incidence rates"),
    "policy.result.table_one": Phrase("기저 특성표", "Baseline characteristics"),
    "policy.result.model_fit": Phrase("모형 적합 결과", "Model fit"),
    "policy.result.model_evaluation": Phrase("예측모형 평가", "Evaluation of a model"),
    "policy.result.survival_curves": Phrase("생존 곡선", "Survival curves"),
    "policy.result.cox_fit": Phrase("콕스 회귀 결과", "Cox regression"),
    "policy.result.regularised_path": Phrase("벌점 회귀의 경로", "Path of penalised regressions"),
    "policy.result.meta_analysis": Phrase("메타분석(기관별 수치 공개)", "Meta-analysis (site-visible)"),
    "policy.result.model_weights": Phrase("모델 가중치", "Model weights"),
    "policy.result.file_bundle": Phrase("파일 묶음", "Files"),
    "policy.minimum": Phrase("최소 인원", "Minimum number of persons"),
    "policy.persons": Phrase("{number}명", "{number}"),
    "policy.minimum_hint": Phrase(
        "작업이 이보다 적은 사람을 기준으로 삼으면 거절합니다. 연합의 기준: {floor}명 이상.",
        "A job with a lower minimum is refused. At least the federation's: {floor}.",
    ),
    "policy.small": Phrase(
        "우리 기관 안의 소수 칸을 마스킹된 합산에 넣기", "Cells that are small here, within masked sums"
    ),
    "policy.small_hint": Phrase(
        "희귀질환 연구처럼 허가서가 허용한 작업에만 해당하며, 합산된 값만 보입니다. "
        "아니요이면 그런 작업을 거절합니다.",
        "Only for jobs whose permit allows it, for rare diseases as a rule; only the sum is seen. "
        "No: such jobs are refused.",
    ),
    "policy.quota": Phrase("과제당 한 달 거절 횟수", "Refusals of one project within a month"),
    "policy.quota_number": Phrase("{number}회까지", "{number} at most"),
    "policy.quota_hint": Phrase(
        "소수를 드러낼 위험으로 거절된 결과의 수입니다. 이 수에 이르면 그 과제의 작업을 더 받지 않습니다.",
        "Answers that were refused because they would tell of few persons. Once there are so many, no "
        "further job of the project is taken.",
    ),
    "policy.rules": Phrase("공개 규칙", "Disclosure rules"),
    "policy.rule": Phrase("규칙", "Rule"),
    "policy.rule_federation": Phrase("연합", "Federation"),
    "policy.rule_own": Phrase("우리 기관", "This hospital"),
    "policy.rule_counts": Phrase("적용되는 값", "What counts"),
    "policy.rules_words": Phrase(
        "연합의 규칙과 우리 기관의 규칙 가운데 더 엄격한 쪽이 적용되며, 그보다 느슨한 규칙을 적은 작업은 "
        "거절합니다. 기본값보다 느슨하게 할 수는 없습니다.",
        "Of the federation's rules and this hospital's the stricter ones count: a job that states looser "
        "ones is refused. Nothing can be looser than the defaults.",
    ),
    "policy.rule_hint": Phrase("연합의 값: {federation}", "The federation's: {federation}"),
    "policy.yes": Phrase("예", "Yes"),
    "policy.no": Phrase("아니요", "No"),
    "policy.check": Phrase("지난 실행에 적용해 보기", "Try it on the past"),
    "policy.check_title": Phrase("저장하기 전에 확인", "Check before saving"),
    "policy.changes": Phrase("달라지는 것", "What changes"),
    "policy.no_changes": Phrase("지금의 정책과 같습니다.", "It is the policy in force already."),
    "policy.about": Phrase("항목", "About"),
    "policy.now": Phrase("지금 정책", "Policy now"),
    "policy.new": Phrase("새 정책", "New policy"),
    "policy.no_rule": Phrase("따로 정한 규칙 없음", "no rule of its own"),
    "policy.past": Phrase("최근 {days}일에 적용했다면", "Over the last {days} days"),
    "policy.would": Phrase(
        "최근 {days}일의 작업 {jobs}건 가운데 거절: {refused}, 동의를 물음: {asked}, 보류되는 답: {held}",
        "In the last {days} days this policy would have refused {refused} of {jobs} jobs, asked you for "
        "{asked}, "
        "and held {held} replies.",
    ),
    "policy.would_block": Phrase(
        "나가지 못했을 마스킹된 답의 수: {blocked}", "Masked replies that would not have left: {blocked}"
    ),
    "policy.changed": Phrase("지금 정책과 달라지는 작업", "Jobs that fare otherwise"),
    "policy.none_changed": Phrase(
        "달라지는 작업이 없습니다.", "No job of that time fares otherwise than under the policy now."
    ),
    "policy.past_words": Phrase(
        "서명이나 승인이 맞지 않아 거절된 지시는 세지 않습니다. 저장하면 다음 지시와 다음 답부터 적용되고, "
        "이미 나간 것은 바뀌지 않습니다.",
        "Orders that were declined for their signatures or approvals are not counted. Saved, the policy "
        "counts "
        "from the next order and the next reply on; what has left stays as it is.",
    ),
    "policy.fate.runs": Phrase("실행", "runs"),
    "policy.fate.asks": Phrase("동의를 물음", "asks"),
    "policy.fate.refuses": Phrase("거절", "refused"),
    "policy.fate.held": Phrase("답 보류", "replies held"),
    "policy.save": Phrase("정책 저장", "Save the policy"),
    "policy.again": Phrase("고치기", "Change it"),
}
