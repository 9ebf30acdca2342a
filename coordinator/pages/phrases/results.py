"""Answers as tables, and the output checkers' votes."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "export.title": Phrase("반출심의", "Export review"),
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
    "result.value": Phrase("값", "Value"),
}
