"""The papers: the legal ledger, the weekly letters, the bundle for support."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.papers": Phrase("대장과 증명", "Papers"),
    "papers.words": Phrase(
        "이 기관의 기록에서 만드는 문서입니다. 만들거나 인쇄해도 기록은 바뀌지 않습니다.",
        "Papers made from this hospital's books. Printing them changes nothing in the books.",
    ),
    "papers.about.ledger": Phrase(
        "개인정보 보호법이 기관에 요구하는 대장을 기간을 정해 인쇄하거나 파일로 받습니다.",
        "The register that Korean law asks of the hospital, for any period, to print or to keep as a file.",
    ),
    "papers.about.letters": Phrase(
        "한 주에 무엇이 나갔고 그 밖에는 나가지 않았음을 기관의 열쇠로 서명한 문서입니다.",
        "What left in a week, and that nothing else did, signed with the hospital's own key.",
    ),
    "papers.about.diagnostics": Phrase(
        "문제가 있을 때 지원 담당자에게 보내는 묶음입니다. 환자의 값이 들어갈 자리가 없습니다.",
        "What support needs when something is wrong. It has no place that could hold a patient's value.",
    ),
    "papers.see.ledger": Phrase("관리대장 보기", "See the ledger"),
    "papers.see.letters": Phrase("주간 확인서 보기", "See the letters"),
    "papers.see.diagnostics": Phrase("진단 묶음 보기", "See the bundle"),
    "ledger.title": Phrase(
        "가명정보 처리 관리대장", "Register of the processing of pseudonymised information"
    ),
    "ledger.law": Phrase(
        "개인정보 보호법 제28조의4에 따른 기록입니다.",
        "Kept under Article 28-4 of the Personal Information Protection Act.",
    ),
    "ledger.show": Phrase("이 기간 보기", "Show this period"),
    "ledger.print_words": Phrase(
        "브라우저의 인쇄 기능으로 인쇄하면 A4 가로로 나옵니다.",
        "Your browser's own print command prints it on A4, landscape.",
    ),
    "ledger.file": Phrase("CSV 파일로 받기", "Get it as a CSV file"),
    "ledger.empty": Phrase(
        "이 기간에 처리한 가명정보가 없습니다.", "No pseudonymised information was processed in this period."
    ),
    "ledger.unknown": Phrase("이 노드에 남아 있지 않음", "no longer known to this node"),
    "ledger.dataset": Phrase("데이터셋", "Data set"),
    "ledger.tables": Phrase("표", "Tables"),
    "ledger.sets": Phrase("개념 집합", "Concept sets"),
    "ledger.concepts": Phrase("개념 번호", "Concepts"),
    "ledger.more_concepts": Phrase(
        "(그 밖의 개념 수: {number}. 파일에는 모두 있습니다.)",
        "(further concepts: {number}; the file has all)",
    ),
    "ledger.demographics": Phrase("인구학 항목", "Of the person"),
    "ledger.nothing_left": Phrase("나간 것 없음", "nothing left"),
    "ledger.bytes": Phrase("{number} 바이트", "{number} bytes"),
    "ledger.permitted": Phrase("승인", "Permitted"),
    "ledger.used": Phrase("이용", "Used"),
    "ledger.under_way": Phrase("진행 중", "under way"),
    "ledger.not_destroyed": Phrase("아직 파기하지 않음", "not destroyed yet"),
    "ledger.keep_open": Phrase("파기 뒤 3년", "three years after destruction"),
    "ledger.sent_words": Phrase(
        "제공받는 자에게 간 것은 집계와 마스킹된 값이며 운영기관의 중앙 서버를 거칩니다. "
        "행 단위의 가명정보는 제공하지 않습니다.",
        "What went to the recipients are aggregates and masked values, by way of the coordinator. No row of "
        "pseudonymised information is provided to anybody.",
    ),
    "ledger.keep_words": Phrase(
        "각 기록은 파기한 날부터 3년이 되는 날까지 보관해야 합니다. 기관 노드는 이 기록을 지우지 않습니다.",
        "Each line must be kept until three years after its destruction. The node deletes none.",
    ),
    "ledger.check_words": Phrase(
        "인쇄물은 이 지문들로 확인합니다. 반출 관리대장의 같은 번호에 같은 지문이 있고, "
        "같은 기간을 다시 인쇄했을 때 내용의 지문이 같아야 합니다.",
        "A print is checked by these digests: the register has the same one at that number, and printing the "
        "period again gives the same digest of the lines unless a run went on since.",
    ),
    "ledger.hospital": Phrase("기관", "Hospital"),
    "ledger.period": Phrase("기간", "Period"),
    "ledger.number": Phrase("기록 수", "Lines"),
    "ledger.printed_by": Phrase("인쇄한 사람", "Printed by"),
    "ledger.printed_at": Phrase("인쇄한 시각", "Printed at"),
    "ledger.register_head": Phrase(
        "반출 관리대장의 마지막 번호와 지문", "Release register, last entry and hash"
    ),
    "ledger.audit_head": Phrase("감사 기록의 마지막 번호와 지문", "Audit log, last event and hash"),
    "ledger.digest": Phrase("내용의 지문", "Digest of the lines"),
    "ledger.column.project": Phrase("과제 번호", "Project id"),
    "ledger.column.title": Phrase("연구과제와 작업", "Project and job"),
    "ledger.column.purpose": Phrase("처리 목적", "Purpose"),
    "ledger.column.job": Phrase("분석 작업", "Job"),
    "ledger.column.kind": Phrase("분석 종류", "Kind"),
    "ledger.column.run": Phrase("실행", "Run"),
    "ledger.column.items": Phrase("처리한 항목", "Items processed"),
    "ledger.column.dataset": Phrase("데이터셋", "Data set"),
    "ledger.column.tables": Phrase("읽은 표", "Tables read"),
    "ledger.column.concept_sets": Phrase("개념 집합", "Concept sets"),
    "ledger.column.concepts": Phrase("읽은 개념 번호", "Concepts read"),
    "ledger.column.demographics": Phrase("인구학 항목", "Read of the person"),
    "ledger.column.left": Phrase("이용 내역과 나간 것", "Use, and what left"),
    "ledger.column.recipients": Phrase("제공받는 자", "Recipients"),
    "ledger.column.organisation": Phrase("제공받는 기관", "Receiving organisation"),
    "ledger.column.people": Phrase("제공받는 사람", "Receiving people"),
    "ledger.column.permit": Phrase("이용승인 번호", "Permit id"),
    "ledger.column.permit_since": Phrase("승인 시작", "Permitted from"),
    "ledger.column.permit_until": Phrase("승인 기한", "Permitted until"),
    "ledger.column.period": Phrase("처리 기간", "Period"),
    "ledger.column.began": Phrase("이용 시작", "Used from"),
    "ledger.column.ended": Phrase("이용 끝", "Used until"),
    "ledger.column.destroyed": Phrase("파기", "Destruction"),
    "ledger.column.record": Phrase("파기 기록", "Record of destruction"),
    "ledger.column.verified": Phrase("파기 기록의 서명", "Signature of the record"),
    "ledger.column.keep_until": Phrase("보관 기한", "Keep until"),
    "ledger.column.spec": Phrase("작업 명세의 지문", "Digest of the job"),
    "letters.title": Phrase("주간 반출 확인서", "Weekly letters"),
    "letters.week": Phrase("주", "Week"),
    "letters.state": Phrase("상태", "State"),
    "letters.written": Phrase("씀", "Written"),
    "letters.not_written": Phrase("아직 쓰지 않음", "Not written yet"),
    "letters.written_at": Phrase("쓴 시각", "Written at"),
    "letters.empty": Phrase("아직 끝난 주가 없습니다.", "No week is over yet."),
    "letter.title": Phrase("주간 반출 확인서: {week}", "Weekly letter: {week}"),
    "letter.fits": Phrase(
        "이 기관의 열쇠로 서명되었고 지금의 기록과 같습니다.",
        "Signed with this hospital's key, and the books still tell the same.",
    ),
    "letter.draft": Phrase(
        "아직 서명하지 않았습니다. 지금의 기록으로 쓰면 다음과 같습니다.",
        "Not signed yet. Written from the books as they stand, it reads:",
    ),
    "letter.wrong": Phrase(
        "서명한 확인서와 지금의 기록이 맞지 않습니다.", "The signed letter and the books do not fit."
    ),
    "letter.cannot": Phrase(
        "기록에 문제가 있어 확인서를 쓸 수 없습니다.",
        "Something is wrong with the books: no letter can be written.",
    ),
    "letter.exact": Phrase("서명되는 글 전체", "The whole text that is signed"),
    "letter.file": Phrase("서명된 확인서를 파일로 받기", "Get the signed letter as a file"),
    "letter.verify_words": Phrase(
        "연합 루트가 있는 사람은 누구나 확인할 수 있습니다: onggi letter verify <파일> --root <연합 루트>",
        "Whoever has the federation root can verify it: onggi letter verify <file> --root <root>",
    ),
    "letter.write": Phrase("확인서에 서명", "Sign the letter"),
    "letter.write_words": Phrase(
        "기관의 열쇠로 서명하여 보관합니다. 한 주의 확인서는 하나이며 다시 쓸 수 없습니다.",
        "It is signed with the hospital's key and kept. A week has one letter, written once.",
    ),
    "letter.already": Phrase("이미 쓴 확인서입니다.", "This letter has been written."),
    "diagnostics.title": Phrase("진단 묶음", "Bundle for support"),
    "diagnostics.words": Phrase(
        "아래가 묶음에 든 파일 전부입니다. 받는 파일은 지금 보고 계신 바이트 그대로입니다. "
        "이름, 주소, 비밀번호, 제목은 들어가지 않으며 수는 구간으로만 적습니다. "
        "데이터의 열쇠가 필요한 점검은 명령줄에서만 합니다.",
        "Below stands every file of the bundle, and what you get are the very bytes that you see. Names, "
        "addresses, passwords and titles are not in it, and numbers stand as bands. Parts that need a key of "
        "the data are examined at the command line alone.",
    ),
    "diagnostics.number": Phrase("파일 수", "Files"),
    "diagnostics.digest": Phrase("묶음의 지문", "Digest of the bundle"),
    "diagnostics.file": Phrase("묶음 받기", "Get the bundle"),
}
