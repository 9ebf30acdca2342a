"""All that left: the list, its search, and one entry in full."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "releases.words": Phrase(
        "이 기관 밖으로 나간 것은 모두 여기에 있습니다. 여기에 없는 것은 나가지 않았습니다.",
        "All that left this hospital stands here. What does not stand here did not leave.",
    ),
    "releases.text": Phrase("과제 또는 실행", "Project or run"),
    "releases.first": Phrase("시작일", "From"),
    "releases.last": Phrase("종료일", "Until"),
    "releases.search": Phrase("찾기", "Search"),
    "releases.all": Phrase("모두 보기", "Show all"),
    "releases.number": Phrase("항목 수: {number}", "Entries: {number}"),
    "releases.empty": Phrase("이 기관 밖으로 나간 것이 없습니다.", "Nothing has left this hospital."),
    "releases.none_found": Phrase("찾는 항목이 없습니다.", "No entry fits the search."),
    "release.title": Phrase("기관 외 전송 {entry}번", "Release {entry}"),
    "release.entry": Phrase("번호", "Entry"),
    "release.at": Phrase("나간 시각", "Left at"),
    "release.project": Phrase("연구과제", "Project"),
    "release.run": Phrase("실행", "Run"),
    "release.ordinal": Phrase("실행 안의 차례", "Message of the run"),
    "release.what": Phrase("내용", "What"),
    "release.what.masked_sum": Phrase("마스킹된 값", "Masked values"),
    "release.what.aggregate": Phrase("집계", "Aggregate"),
    "release.result": Phrase("결과의 종류", "Kind of result"),
    "release.size": Phrase("크기(바이트)", "Size in bytes"),
    "release.decision": Phrase("결정", "Decision"),
    "release.decision.sent": Phrase("정책에 따라 전송", "sent by policy"),
    "release.decision.approved": Phrase("기관이 승인", "approved by the hospital"),
    "release.job": Phrase("분석 작업", "Job"),
    "release.kind": Phrase("분석 종류", "Kind"),
    "release.spec": Phrase("작업 명세의 지문", "Fingerprint of the job"),
    "release.object": Phrase("나간 내용의 지문", "Fingerprint of what left"),
    "release.hash": Phrase("관리대장의 지문", "Fingerprint in the register"),
    "release.previous": Phrase("앞 항목의 지문", "Fingerprint of the entry before"),
    "release.evidence": Phrase("근거와 지문", "Grounds and fingerprints"),
    "release.permit": Phrase("데이터 이용승인", "Permit"),
    "release.purpose": Phrase("목적", "Purpose"),
    "release.people": Phrase("받는 사람", "People"),
    "release.until": Phrase("승인 기한", "Permit ends"),
    "release.no_job": Phrase(
        "이 기관 노드에는 이 실행의 작업 명세가 남아 있지 않습니다.",
        "This node no longer holds the specification of this run's job.",
    ),
    "release.numbers": Phrase("나간 수치", "The numbers that left"),
    "release.masked": Phrase(
        "마스킹된 값이라 다른 기관들의 값과 더해지기 전에는 아무도 읽을 수 없습니다. "
        "나간 바이트는 파일로 받을 수 있습니다.",
        "These bytes are masked: nobody can read them before they are summed with other hospitals'. "
        "They can be had as a file.",
    ),
    "release.file": Phrase("나간 바이트를 파일로 받기", "Get the bytes that left as a file"),
    "numbers.place": Phrase("차례", "Place"),
    "numbers.value": Phrase("값", "Value"),
    "numbers.everybody": Phrase("처음 대상", "Everybody who enters"),
    "numbers.caption": Phrase("{name}(모양: {shape})", "{name} (shape: {shape})"),
    "numbers.left_out": Phrase(
        "여기에 없는 값의 수: {number}. 파일에는 모두 있습니다.",
        "Values not shown here: {number}. The file holds all of them.",
    ),
    "numbers.none": Phrase("수치가 없습니다.", "It holds no numbers."),
    "kind.count": Phrase("인원 세기", "Count"),
    "kind.glm": Phrase("회귀분석", "Regression"),
    "kind.distribution": Phrase("분포(히스토그램)", "Distribution (histogram)"),
    "kind.cross_table": Phrase("교차표", "Cross table"),
    "kind.correlation": Phrase("상관계수", "Correlation"),
    "kind.table_one": Phrase("기저 특성표(Table 1)", "Baseline characteristics (Table 1)"),
    "kind.overlap": Phrase("코호트 겹침", "Overlap"),
    "kind.concepts": Phrase("개념 점검", "Concept report"),
}
