"""Held replies and consent: what waits for the hospital, what a decision means, and the decision."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "held.words": Phrase(
        "정책에 따라 기관이 직접 결정할 때까지 나가지 않는 답입니다.",
        "By your policy these replies leave only when you decide so.",
    ),
    "held.open": Phrase("결정을 기다리는 답", "Waiting for your decision"),
    "held.past": Phrase("최근에 결정한 답", "Decided lately"),
    "held.empty": Phrase("결정을 기다리는 답이 없습니다.", "No reply waits for your decision."),
    "held.past_empty": Phrase("결정한 답이 없습니다.", "No reply has been decided."),
    "held.title": Phrase("보류된 답 {number}번: {title}", "Held reply {number}: {title}"),
    "held.number": Phrase("보류 번호", "Held reply"),
    "held.since": Phrase("보류 시작", "Held since"),
    "held.state": Phrase("상태", "State"),
    "held.waiting": Phrase("결정 대기", "Waiting"),
    "held.approved": Phrase("승인됨: 곧 나감", "Approved: about to leave"),
    "held.refused": Phrase("거부됨", "Refused"),
    "held.done": Phrase("처리 완료", "Carried out"),
    "held.object": Phrase("나갈 내용의 지문", "Fingerprint of what would leave"),
    "held.numbers": Phrase("나갈 수치", "The numbers that would leave"),
    "held.file": Phrase("나갈 바이트를 파일로 받기", "Get the bytes that would leave as a file"),
    "held.approve": Phrase("기관 외 전송 승인", "Let it leave"),
    "held.refuse": Phrase("기관 외 전송 거부", "Keep it here"),
    "held.approve_words": Phrase(
        "이 답은 곧 기관 밖으로 나가며 되돌릴 수 없습니다. 반출 관리대장에 기록됩니다.",
        "The reply leaves this hospital shortly, and that cannot be undone. It enters the release register.",
    ),
    "held.refuse_words": Phrase(
        "이 답은 나가지 않으며 실행은 답 없이 끝납니다. 되돌릴 수 없습니다.",
        "The reply never leaves, and the run goes without it. This cannot be undone.",
    ),
    "held.decide": Phrase("결정", "Your decision"),
    "consents.words": Phrase(
        "정책에 따라 기관이 동의해야 시작하는 실행입니다.",
        "By your policy these runs begin only when you consent.",
    ),
    "consents.empty": Phrase("동의를 기다리는 실행이 없습니다.", "No run waits for your consent."),
    "consents.since": Phrase("접수", "Received"),
    "consents.hospitals": Phrase("참여 기관 수", "Hospitals"),
    "consent.title": Phrase("실행: {title}", "Run: {title}"),
    "consent.what": Phrase("작업 내용", "What is asked"),
    "consent.cohort": Phrase("대상자 정의", "Who is counted"),
    "consent.exact": Phrase("작업 명세 전문", "The specification, word for word"),
    "consent.decide": Phrase("결정", "Your decision"),
    "consent.give": Phrase("실행 동의", "Consent to the run"),
    "consent.refuse": Phrase("실행 거절", "Refuse the run"),
    "consent.give_words": Phrase(
        "이 작업을 우리 기관의 데이터로 실행합니다. 나가는 것은 규칙과 정책을 통과한 결과뿐입니다.",
        "The job runs on this hospital's data. Only a result that passes the rules and your policy leaves.",
    ),
    "consent.refuse_words": Phrase(
        "이 작업은 우리 기관에서 실행되지 않습니다. 되돌릴 수 없으며, 다시 하려면 새 작업이 필요합니다.",
        "The job does not run at this hospital. This cannot be undone: it would take a new job.",
    ),
}
