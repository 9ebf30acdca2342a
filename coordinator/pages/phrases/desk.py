"""Main menu, queue, the committee's acts, projects and permits."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "site.coordinator": Phrase("옹기 중앙 서버", "Onggi coordinator"),
    "door.desk": Phrase("심의 업무", "Review desk"),
    "door.projects": Phrase("연구과제", "Projects"),
    "door.permits": Phrase("데이터 이용승인", "Permits"),
    "door.jobs": Phrase("분석 작업", "Jobs"),
    "page.further": Phrase("다음", "Further"),
    "page.back": Phrase("돌아가기", "Back"),
    "desk.waiting": Phrase("내 차례", "Waiting for me"),
    "desk.waiting_empty": Phrase("지금 하실 일이 없습니다.", "Nothing waits for you."),
    "desk.approved": Phrase("승인되어 아직 반출되지 않은 작업", "Approved, not yet released"),
    "desk.approved_empty": Phrase("진행 중인 작업이 없습니다.", "No approved job is under way."),
    "desk.export": Phrase("반출심의", "Export review"),
    "desk.job": Phrase("분석 작업", "Job"),
    "act.project-permit": Phrase("데이터 이용승인", "Project permit"),
    "act.feasibility-approval": Phrase("사전 탐색 승인", "Feasibility approval"),
    "act.job-approval": Phrase("분석 작업 승인", "Job approval"),
    "act.revocation": Phrase("승인 철회", "Withdrawal"),
    "statement.open": Phrase("서명 진행 중", "Open for signatures"),
    "statement.complete": Phrase("서명 완료", "Complete"),
    "statement.withdrawn": Phrase("작성자가 취소함", "Taken back"),
    "statement.expired": Phrase("기한 지남", "Expired"),
    "statement.signed_by": Phrase("서명한 위원", "Signed by"),
    "statement.nobody": Phrase("아직 없음", "nobody yet"),
    "statement.needed": Phrase("필요한 서명 수", "Signatures needed"),
    "statement.created_by": Phrase("작성자", "Drafted by"),
    "statement.expires": Phrase("서명 기한", "To be signed by"),
    "statement.digest": Phrase("서명 대상의 지문", "Fingerprint of what is signed"),
    "statement.words": Phrase("서명하는 문장", "The words that are signed"),
    "statement.words_more": Phrase(
        "아래 글의 지문이 서명에 들어갑니다. "
        "서명할 때 보이는 글이 이와 한 글자라도 다르면 서명하지 마십시오.",
        "The fingerprint of this text is part of what is signed. If the text that you see when you sign "
        "differs by one letter, do not sign.",
    ),
    "statement.sign": Phrase("서명", "Sign"),
    "statement.has_signed": Phrase("이미 서명하셨습니다.", "You have signed."),
    "statement.sign_how": Phrase(
        "서명은 이 서버가 만들지 않은 화면에서만 합니다. 서명하는 컴퓨터에서 둘 중 하나를 입력하십시오.",
        "You sign only on a page that this server did not make. Type one of these on the computer where you "
        "sign:",
    ),
    "statement.sign_not": Phrase(
        "서명할 수 있는 위원이 아니거나 더 이상 서명을 받지 않습니다.",
        "You are no member who can sign, or it takes no more signatures.",
    ),
    "statement.withdraw": Phrase("문서 취소", "Take back"),
    "statement.withdraw_not": Phrase(
        "서명이 끝났거나 이미 취소된 문서입니다.", "It is complete, expired or taken back already."
    ),
    "statement.withdraw_words": Phrase(
        "취소하면 지금까지의 서명은 효력이 없고 되돌릴 수 없습니다.",
        "Signatures given so far lose their effect. This cannot be undone.",
    ),
    "to_sign.title": Phrase("서명 화면으로 이동", "To the signing page"),
    "to_sign.words": Phrase(
        "이 서버가 아닌 곳에서 서명합니다. 주소 표시줄의 주소가 아래와 같은지 확인하고, "
        "그곳에 보이는 글을 읽은 뒤 서명하십시오. 15분 동안 유효합니다.",
        "You sign on another host than this server. Check that the address bar shows the address below, and "
        "read the text that is shown there before you sign. Valid for 15 minutes.",
    ),
    "to_sign.host": Phrase("서명 화면의 주소", "Address of the signing page"),
    "to_sign.act": Phrase("서명 화면 열기", "Open the signing page"),
    "to_sign.at": Phrase("패스키로 서명: {host}", "Sign with a passkey at {host}"),
    "to_sign.vote": Phrase("의견에 서명하러 가기", "Go and sign this verdict"),
    "export.reason": Phrase("사유", "Reason"),
    "export.reason_hint": Phrase(
        "한 줄. 거부할 때는 꼭 씁니다. 심의가 끝나면 공개 기록에 남습니다.",
        "One line; needed for a refusal. It becomes public once the review has ended.",
    ),
    "sign.key_file": Phrase("열쇠파일", "KEY_FILE"),
    "permit.valid": Phrase("유효함", "In force"),
    "permit.withdrawn": Phrase("철회됨", "Withdrawn"),
    "permit.expired": Phrase("기한 지남", "Expired"),
    "permit.state": Phrase("상태", "State"),
    "permit.until": Phrase("기한", "Until"),
    "permit.log_index": Phrase("공개 기록 번호", "Place in the public log"),
    "permit.digest": Phrase("지문", "Fingerprint"),
    "permits.empty": Phrase("데이터 이용승인이 없습니다.", "There is no permit."),
    "projects.empty": Phrase("연구과제가 없습니다.", "There is no project."),
    "project.title": Phrase("제목", "Title"),
    "project.purpose": Phrase("목적", "Purpose"),
    "project.organisation": Phrase("소속 기관", "Organisation"),
    "project.people": Phrase("참여자", "People"),
    "project.created": Phrase("등록일", "Registered"),
    "project.id": Phrase("과제 번호", "Project id"),
}
