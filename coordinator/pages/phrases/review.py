"""The review of one job: its terms, what changed, what it reads and costs, and what was decided before."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "review.contents": Phrase("이 페이지의 차례", "On this page"),
    "review.to_job": Phrase("작업을 자세히 검토", "Review the job in full"),
    "review.job": Phrase("승인할 작업", "The job to be approved"),
    "job_terms.parameters": Phrase("분석 방법", "What is computed"),
    "job_terms.privacy": Phrase("개인정보 보호", "Privacy"),
    "job_terms.hospitals": Phrase("기관과 자료", "Hospitals and data"),
    "job_terms.time": Phrase("기한과 한도", "Time and limits"),
    "job_terms.releases": Phrase("나가는 결과", "What leaves"),
    "compare.title": Phrase("지난 승인 작업과의 차이", "Compared with the last approved job"),
    "compare.none": Phrase(
        "비교할 작업이 없습니다. 이 과제에는 이전에 승인된 같은 종류의 작업이 없거나, 볼 수 없는 작업입니다.",
        "There is nothing to compare with: no earlier job of this kind was approved in this project, or none "
        "that you may see.",
    ),
    "compare.with": Phrase("비교한 작업", "Compared with"),
    "compare.same_title": Phrase(
        "이 과제에서 승인된 같은 종류, 같은 제목의 작업 가운데 가장 최근의 것입니다.",
        "The newest approved job of this project with the same kind and title.",
    ),
    "compare.newest": Phrase(
        "제목이 같은 작업이 없어, 이 과제에서 승인된 같은 종류의 작업 가운데 가장 최근의 것과 비교합니다.",
        "None has the same title: this is the newest approved job of this kind in the project.",
    ),
    "compare.nothing": Phrase(
        "날짜와 번호, 뜻이 없는 순서 말고는 아무것도 다르지 않습니다.",
        "Nothing differs but dates, ids and orders that mean nothing.",
    ),
    "compare.fields": Phrase("달라진 항목", "What differs"),
    "compare.fields_empty": Phrase(
        "대상자 정의 밖에서는 달라진 것이 없습니다.", "Nothing differs outside the cohort definition."
    ),
    "compare.ids": Phrase("달라진 날짜와 번호", "Dates and ids that differ"),
    "compare.wording": Phrase("대상자 정의의 달라진 줄", "Lines of the cohort definition that differ"),
    "compare.wording_of": Phrase(
        "대상자 정의의 달라진 줄: {name}", "Lines of the cohort definition that differ: {name}"
    ),
    "compare.wording_same": Phrase(
        "쉬운 말로 쓴 대상자 정의는 한 줄도 다르지 않습니다.",
        "The cohort definition reads the same, line by line.",
    ),
    "compare.wording_long": Phrase(
        "너무 길어 줄 단위로 비교하지 않았습니다. 아래 항목별 비교를 보십시오.",
        "Too long to be compared line by line: see the fields below.",
    ),
    "compare.structure": Phrase(
        "대상자 정의의 항목별 차이(항목 수: {number})",
        "The cohort definition field by field (differences: {number})",
    ),
    "compare.cut": Phrase(
        "보이지 않는 차이가 더 있습니다. 개수: {number}", "Further differences that are not shown: {number}"
    ),
    "compare.field": Phrase("항목", "Field"),
    "compare.how": Phrase("변화", "Change"),
    "compare.old": Phrase("이전", "Before"),
    "compare.new": Phrase("이번", "Now"),
    "compare.line": Phrase("줄", "Line"),
    "compare.absent": Phrase("없음", "none"),
    "compare.yes": Phrase("예", "yes"),
    "compare.no": Phrase("아니요", "no"),
    "how.added": Phrase("추가됨", "Added"),
    "how.removed": Phrase("빠짐", "Removed"),
    "how.changed": Phrase("바뀜", "Changed"),
    "scope.title": Phrase("읽는 자료와 승인 범위", "What it reads, and what the permit grants"),
    "scope.covered": Phrase(
        "이 작업이 읽는 자료는 모든 참여 기관에서 이용승인에 들어 있습니다.",
        "The permit grants everything that this job reads, at each of its hospitals.",
    ),
    "scope.not_covered": Phrase(
        "이용승인에 없는 자료를 읽으려는 작업입니다. 해당 기관은 실행을 거부합니다.",
        "This job asks for data that the permit does not grant. Those hospitals refuse to run it.",
    ),
    "scope.unknown": Phrase(
        "이 서버가 읽을 수 없는 정의라서 무엇을 읽는지 말할 수 없습니다.",
        "This server cannot read the definition and cannot say what it reads.",
    ),
    "scope.dataset": Phrase("데이터셋과 기관", "Dataset and hospitals"),
    "scope.what": Phrase("종류", "What"),
    "scope.name": Phrase("번호 또는 이름(기관이 부르는 이름)", "Id or name (as hospitals call it)"),
    "scope.read": Phrase("이 작업", "This job"),
    "scope.is_read": Phrase("읽음", "reads it"),
    "scope.not_read": Phrase("읽지 않음", "does not"),
    "scope.granted": Phrase("이용승인", "The permit"),
    "scope.everywhere": Phrase("모든 참여 기관에서 승인", "grants it at every hospital"),
    "scope.at": Phrase("승인한 기관: {sites}", "grants it at: {sites}"),
    "scope.not_at": Phrase("승인하지 않은 기관: {sites}", "does not grant it at: {sites}"),
    "scope.lines": Phrase("읽는 자료", "What is read"),
    "scope.lines_empty": Phrase("아무 자료도 읽지 않습니다.", "It reads nothing."),
    "scope.beyond": Phrase(
        "승인되었으나 이 작업이 읽지 않는 자료(항목 수: {number})",
        "Granted, but not read by this job (things: {number})",
    ),
    "scope.nothing_beyond": Phrase(
        "이용승인에는 이 작업이 읽는 것보다 더 들어 있는 자료가 없습니다.",
        "The permit grants nothing beyond what this job reads.",
    ),
    "scope.cut": Phrase(
        "보이지 않는 항목이 더 있습니다. 개수: {number}", "Further things not shown: {number}"
    ),
    "scope.concept": Phrase("개념", "Concept"),
    "scope.domain": Phrase("테이블 전체", "Whole table"),
    "scope.demographic": Phrase("인구학 정보", "Demographic"),
    "cost.title": Phrase("이 작업이 쓰는 것", "What it costs"),
    "cost.jobs": Phrase("건별 승인 없이 실행되는 작업 수", "Jobs that run without a vote of their own"),
    "cost.jobs_not": Phrase(
        "이 작업은 건별 승인을 받으므로 이 수에 들어가지 않습니다.",
        "This job needs its own vote and does not count towards them.",
    ),
    "cost.no_bounds": Phrase(
        "이 이용승인에서는 모든 작업이 건별 승인을 받습니다. 작업 수의 한도가 없습니다.",
        "Under this permit every job needs its own vote; it sets no number of jobs.",
    ),
    "cost.budget": Phrase("개인정보 보호 예산(엡실론)", "Privacy budget (epsilon)"),
    "cost.budget_none": Phrase(
        "요청하지 않음: 차분 프라이버시를 쓰지 않는 작업입니다.",
        "none asked: the job uses no differential privacy",
    ),
    "cost.budget_asked": Phrase(
        "{asked} 요청. 건별 승인 없는 작업의 한도는 합하여 {most}이며, 다른 작업의 요청은 {others}입니다.",
        "{asked} asked. Without a vote all jobs together may ask for {most}; others asked for {others}.",
    ),
    "cost.noise": Phrase(
        "기관들이 각 인원 수에 이산 가우스 잡음을 더합니다. 합산한 수의 표준편차는 약 {deviation}명입니다.",
        "Hospitals add discrete Gaussian noise to each count; standard deviation of a pooled one: about "
        "{deviation} persons.",
    ),
    "cost.budget_kept": Phrase(
        "지금까지 사용한 예산은 기관마다 스스로 기록하고 지킵니다. 이 서버는 알지 못합니다.",
        "What was used so far each hospital keeps for itself; this server does not know it.",
    ),
    "cost.persons": Phrase("기관별 전체 인원", "Persons in each hospital's whole dataset"),
    "cost.persons_unknown": Phrase("데이터 카드 없음", "no dataset card"),
    "cost.limits": Phrase("기관마다의 한도", "Limits at each hospital"),
    "cost.limits_told": Phrase(
        "최대 {seconds}초, 메모리 {memory} MiB, 주고받기 {rounds}회",
        "{seconds} seconds, {memory} MiB of memory, {rounds} rounds at most",
    ),
    "precedents.title": Phrase("같은 종류의 이전 작업", "Earlier jobs of this kind"),
    "precedents.words": Phrase(
        "같은 데이터셋에 같은 종류의 분석을 요청한 작업입니다. 최근 것부터 최대 10개를 보입니다.",
        "Jobs that asked the same kind of question of the same dataset: the ten newest that you may see.",
    ),
    "precedents.empty": Phrase("같은 종류의 이전 작업이 없습니다.", "There is no earlier job of this kind."),
    "precedents.waited": Phrase("결정까지 기다린 날", "Days to the decision"),
    "precedents.no_wait": Phrase("기다리지 않음(승인 범위 안)", "none (inside the bounds)"),
    "precedents.still": Phrase("{days} (아직 대기 중)", "{days} (still waiting)"),
    "precedents.outcome": Phrase("결과", "How it ended"),
    "precedents.why": Phrase("사유", "Why"),
    "code.title": Phrase("실행될 코드", "The code that runs"),
    "code.today": Phrase(
        "이 서버가 지금 가진 코드와 같습니다.", "It is the code that this server holds now."
    ),
    "code.other": Phrase(
        "이 서버가 지금 가진 코드가 아닌 부분이 있습니다.",
        "In part it is not the code that this server holds now.",
    ),
    "code.source": Phrase("소스 코드", "Source"),
    "code.environment": Phrase("설치된 패키지", "Installed packages"),
    "code.sandbox": Phrase("격리 규칙", "The sandbox's rules"),
}
