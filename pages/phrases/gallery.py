"""The sentences of the gallery of parts."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "gallery.title": Phrase("화면 부품", "Parts"),
    "gallery.words": Phrase(
        "모든 화면은 이 부품으로 만듭니다. 여기의 이름과 숫자는 지어낸 것입니다.",
        "All pages are made of these parts. Names and numbers here are made up.",
    ),
    "gallery.tags": Phrase("꼬리표", "Tags"),
    "gallery.tag": Phrase("상태", "State"),
    "gallery.buttons": Phrase("단추", "Buttons"),
    "gallery.primary": Phrase("심사 요청 제출", "Submit for review"),
    "gallery.secondary": Phrase("돌아가기", "Back"),
    "gallery.danger": Phrase("작업 중단", "Stop the job"),
    "gallery.no_act": Phrase("반출 승인", "Approve the export"),
    "gallery.no_act_reason": Phrase("두 번째 심사자가 필요합니다.", "A second checker is needed."),
    "gallery.fields": Phrase("입력란", "Fields"),
    "gallery.field": Phrase("제목", "Title"),
    "gallery.hint": Phrase("한 줄로 씁니다.", "One line."),
    "gallery.area": Phrase("설명", "Explanation"),
    "gallery.choice": Phrase("의견", "Verdict"),
    "gallery.yes": Phrase("승인", "Approve"),
    "gallery.no": Phrase("보완 후 재심의", "Return for changes"),
    "gallery.no_more": Phrase("무엇을 고쳐야 하는지 씁니다.", "Say what has to change."),
    "gallery.wrong": Phrase("제목을 입력하십시오.", "Enter a title."),
    "gallery.summary": Phrase("요약", "Summary list"),
    "gallery.table": Phrase("표", "Table"),
    "gallery.step": Phrase("단계", "Step"),
    "gallery.persons": Phrase("인원", "Persons"),
    "gallery.empty": Phrase("아직 없습니다.", "Nothing yet."),
    "gallery.steps": Phrase("진행 단계", "Steps"),
    "gallery.turn": Phrase("데이터심의위원회의 차례입니다.", "It is the committee's turn."),
    "gallery.cards": Phrase("카드", "Cards"),
    "gallery.notices": Phrase("알림", "Notices"),
    "gallery.notice": Phrase("이 작업은 승인 범위 밖입니다.", "This job lies outside the bounds."),
    "gallery.budget": Phrase("개인정보 보호 예산(ε, 엡실론)", "Privacy budget (ε, epsilon)"),
    "gallery.act": Phrase("작업을 제출함", "submitted the job"),
    "gallery.digests": Phrase("지문과 전문", "Fingerprints and exact text"),
    "gallery.more": Phrase("자세히", "More"),
    "gallery.lines": Phrase("줄 번호가 있는 글", "Text with numbered lines"),
    "gallery.further": Phrase("다음", "Further"),
}
