"""The committee's second look at decided exports."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.samples": Phrase("반출심의 표본 확인", "Sampled exports"),
    "desk.samples": Phrase(
        "확인하지 않은 반출심의 표본: {number}건", "Sampled exports not looked at: {number}"
    ),
    "samples.words": Phrase(
        "심사자가 결정한 반출의 {one_in}건 중 1건, 적어도 매월 1건을 우연으로 골라 위원회가 다시 봅니다. "
        "누구도 고를 수 없고 미리 알 수 없습니다.",
        "Of the exports that checkers decided, chance chooses one in {one_in}, and at least one of each "
        "month, for the committee to look at again. Nobody chooses or foresees them.",
    ),
    "samples.unseen": Phrase("아직 확인하지 않은 표본", "Not looked at yet"),
    "samples.unseen_empty": Phrase("확인할 표본이 없습니다.", "No sample waits for the committee."),
    "samples.seen": Phrase("확인한 표본", "Looked at"),
    "sample.outcome": Phrase("결정", "Decision"),
    "sample.decided": Phrase("결정 시각", "Decided"),
    "sample.job": Phrase("작업 내용 보기", "What the job asked"),
    "sample.votes": Phrase("심사자들의 의견과 사유", "The checkers' votes and reasons"),
    "sample.opinions": Phrase("위원의 확인 의견", "Members' opinions"),
    "sample.nobody": Phrase("아직 없음", "nobody yet"),
    "sample.judge": Phrase("확인 의견 남기기", "Give an opinion"),
    "sample.opinion": Phrase("확인 의견", "Opinion"),
    "opinion.agrees": Phrase("동의", "Agrees"),
    "opinion.agrees_more": Phrase("같은 근거로 같은 결정을 했을 것입니다.", "I would have decided the same."),
    "opinion.disagrees": Phrase("동의하지 않음", "Disagrees"),
    "opinion.disagrees_more": Phrase("다른 결정을 했을 것입니다.", "I would have decided otherwise."),
    "sample.reason": Phrase("사유", "Reason"),
    "sample.reason_hint": Phrase(
        "심사자들과 감사자가 무엇을 배워야 하는지 알 수 있게 씁니다. 환자 정보는 쓰지 마십시오.",
        "So that checkers and auditors can learn from it. Write nothing about patients.",
    ),
    "sample.check": Phrase("입력 내용 확인", "Check your answers"),
    "sample.stays": Phrase(
        "의견은 바꾸거나 지울 수 없고, 이미 결정된 반출을 바꾸지도 않습니다.",
        "An opinion cannot be changed or taken back, and changes no decided export.",
    ),
    "sample.keep": Phrase("의견 남기기", "Record this opinion"),
    "sample.change": Phrase("고치기", "Change it"),
}
