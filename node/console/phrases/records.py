"""Runs and their states, deletion records, the audit log and its verification."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "runs.empty": Phrase("받은 실행 지시가 없습니다.", "No order has been received."),
    "runs.title": Phrase("제목", "Title"),
    "runs.state": Phrase("상태", "State"),
    "runs.since": Phrase("상태 시작", "Since"),
    "runs.reason": Phrase("사유", "Reason"),
    "run.asked": Phrase("동의 대기", "Waiting for consent"),
    "run.accepted": Phrase("수락됨", "Accepted"),
    "run.running": Phrase("실행 중", "Running"),
    "run.finished": Phrase("완료", "Finished"),
    "run.failed": Phrase("실패", "Failed"),
    "run.cancelled": Phrase("중단됨", "Stopped"),
    "run.declined": Phrase("거절됨", "Declined"),
    "deletions.words": Phrase(
        "실행이 끝날 때마다 작업 폴더와 그 열쇠를 없애고, 그 사실에 기관의 열쇠로 서명합니다. "
        "지운 바이트 수는 대상자 수를 짐작하게 하므로 이곳에만 남습니다.",
        "After a run its workspace and key are destroyed, and the hospital's key signs that it was done. "
        "How many bytes lay there is kept here alone: it hints at how many persons were read.",
    ),
    "deletions.empty": Phrase("삭제 기록이 없습니다.", "There is no deletion record."),
    "deletions.at": Phrase("시각", "At"),
    "deletions.outcome": Phrase("실행의 결과", "How the run ended"),
    "deletions.bytes": Phrase("지운 바이트", "Bytes destroyed"),
    "deletions.signature": Phrase("서명", "Signature"),
    "deletions.verified": Phrase("확인됨", "verified"),
    "deletions.unverified": Phrase("맞지 않음", "does not verify"),
    "audit.empty": Phrase("아직 기록이 없습니다.", "Nothing has been recorded yet."),
    "audit.number": Phrase("번호", "Number"),
    "audit.at": Phrase("시각", "At"),
    "audit.who": Phrase("누가", "Who"),
    "audit.act": Phrase("무엇을", "Did what"),
    "audit.about": Phrase("대상", "About"),
    "audit.facts": Phrase("내용", "Facts"),
    "verify.title": Phrase("기록 검증", "Verification of the books"),
    "verify.act": Phrase("검증", "Verify"),
    "verify.words": Phrase(
        "감사 기록, 반출 관리대장, 프라이버시 예산, 이전 결과의 대상자 기록의 연결과 보관된 내용을 "
        "처음부터 다시 확인합니다. 아무것도 바뀌지 않습니다.",
        "Checks the chains of audit log, release register, privacy budget and register of released persons, "
        "and every stored content, from the first on. Nothing is changed.",
    ),
    "verify.at": Phrase("확인한 시각", "Checked at"),
    "verify.well": Phrase(
        "모두 온전합니다. 바뀌거나 빠진 기록이 없습니다.",
        "All is whole: nothing was altered and nothing is missing.",
    ),
    "verify.wrong": Phrase("온전하지 않은 기록이 있습니다.", "Something is not whole."),
    "verify.part": Phrase("기록", "Part"),
    "verify.number": Phrase("확인한 수", "Checked"),
    "verify.outcome": Phrase("결과", "Outcome"),
    "verify.whole": Phrase("온전함", "Whole"),
    "verify.broken": Phrase("온전하지 않음", "Not whole"),
    "verify.part.audit": Phrase("감사 기록", "Audit log"),
    "verify.part.register": Phrase("반출 관리대장", "Release register"),
    "verify.part.budget": Phrase("프라이버시 예산 관리대장", "Register of privacy budgets"),
    "verify.part.sets": Phrase("이전 결과의 대상자 기록", "Register of released persons"),
    "verify.part.objects": Phrase("보관된 내용", "Stored contents"),
}
