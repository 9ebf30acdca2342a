"""The committee's meetings, minutes and delegations."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.meetings": Phrase("회의", "Meetings"),
    "meetings.empty": Phrase("회의가 없습니다.", "No meeting yet."),
    "meetings.waiting": Phrase("안건으로 올릴 신청", "Applications that wait for an agenda"),
    "meetings.waiting_empty": Phrase("기다리는 신청이 없습니다.", "None waits."),
    "meeting.planned": Phrase("예정", "Planned"),
    "meeting.open": Phrase("진행 중", "Under way"),
    "meeting.closed": Phrase("마침", "Closed"),
    "meeting.cancelled": Phrase("취소됨", "Cancelled"),
    "meeting.new": Phrase("회의 잡기", "Plan a meeting"),
    "meeting.title": Phrase("회의 이름", "Title"),
    "meeting.track": Phrase("심의 방식", "Kind of review"),
    "track.regular": Phrase("정규 심의", "Regular review"),
    "track.regular_more": Phrase(
        "심의에 참여할 수 있는 위원의 과반수가 참여해야 의결합니다.",
        "More than half of the members who may take part decide.",
    ),
    "track.expedited": Phrase("신속 심의", "Expedited review"),
    "track.expedited_more": Phrase(
        "위임받은 위원이 의결합니다. 부결과 심의 제외는 정규 심의에서만 합니다.",
        "A member to whom it was delegated decides. Rejecting takes a regular review.",
    ),
    "meeting.day": Phrase("날짜", "Day"),
    "meeting.hour": Phrase("시각", "Time"),
    "meeting.hour_hint": Phrase("예: 14:00", "For example 14:00"),
    "meeting.held": Phrase("일시", "Held"),
    "meeting.place": Phrase("장소", "Place"),
    "meeting.items": Phrase("안건 {number}건", "{number} items"),
    "meeting.present": Phrase("출석 위원", "Present"),
    "meeting.agenda": Phrase("안건", "Agenda"),
    "meeting.agenda_empty": Phrase(
        "안건이 없습니다. 신청 화면에서 안건으로 올리십시오.",
        "Nothing yet: put applications on it from their pages.",
    ),
    "meeting.undecided": Phrase("의결 전", "Undecided"),
    "meeting.attendance": Phrase("출석", "Attendance"),
    "meeting.who": Phrase("누가 참석했습니까?", "Who is there?"),
    "meeting.who_hint": Phrase(
        "자리를 뜬 위원은 표시를 지우고 다시 기록하십시오.", "Untick a member who left, and record again."
    ),
    "meeting.record_attendance": Phrase("출석 기록", "Record the attendance"),
    "meeting.open_act": Phrase("회의 시작", "Open the meeting"),
    "meeting.open_more": Phrase(
        "시작한 뒤에 안건을 의결할 수 있습니다.", "Items can be decided once it is open."
    ),
    "meeting.close_act": Phrase("회의 마치기", "Close the meeting"),
    "meeting.close_more": Phrase(
        "마치면 회의록이 확정되어 고칠 수 없습니다.", "Its minutes are final then and cannot be changed."
    ),
    "meeting.cancel_act": Phrase("회의 취소", "Cancel the meeting"),
    "meeting.cancel_more": Phrase(
        "올라온 안건은 다시 제출 상태가 되어 다른 회의를 기다립니다.",
        "What stood on its agenda waits for another one.",
    ),
    "meeting.notes": Phrase("논의 내용", "Discussion"),
    "meeting.notes_hint": Phrase("회의록에 그대로 실립니다.", "The minutes carry these words."),
    "meeting.read_application": Phrase("신청서 읽기", "Read the application"),
    "meeting.took_part": Phrase("참여한 위원", "Took part"),
    "meeting.taking_part": Phrase("참여하는 위원", "Taking part"),
    "meeting.stood_back": Phrase("이해관계로 빠진 위원", "Stood back"),
    "meeting.quorum": Phrase("의사정족수", "Quorum"),
    "meeting.quorum_regular": Phrase("{have}명 참여, 필요 {need}명", "{have} take part, {need} are needed"),
    "meeting.quorum_expedited": Phrase("위임받은 위원: {delegates}", "Delegates: {delegates}"),
    "meeting.verdict": Phrase("의결", "Verdict"),
    "verdict_means.approved": Phrase(
        "이어서 서명할 문서를 작성합니다.", "What is to be signed is drafted next."
    ),
    "verdict_means.conditional": Phrase(
        "조건이 충족되었음을 위원이 확인한 뒤에 문서를 작성합니다.",
        "A member confirms that the conditions are met; only then is it drafted.",
    ),
    "verdict_means.returned": Phrase(
        "신청자가 고쳐 다시 제출하고, 위원회가 다시 심의합니다.",
        "The applicant changes it and hands it in again; the committee reviews it again.",
    ),
    "verdict_means.rejected": Phrase(
        "신청이 끝납니다. 되돌릴 수 없습니다.", "It ends here and cannot be undone."
    ),
    "verdict_means.excluded": Phrase(
        "위원회가 심의할 일이 아니어서 끝납니다. 데이터 이용승인은 생기지 않습니다.",
        "It is not for this committee and ends here. No permit comes of it.",
    ),
    "meeting.words": Phrase("이유나 조건", "Reason or conditions"),
    "meeting.words_hint": Phrase(
        "승인이 아니면 반드시 쓰십시오. 신청자에게 그대로 보입니다.",
        "Needed unless it is approved. The applicant reads these words.",
    ),
    "meeting.decide": Phrase("의결 기록", "Record the verdict"),
    "meeting.not_begun": Phrase("회의가 진행 중일 때 의결합니다.", "Only while the meeting is under way."),
    "meeting.take_off": Phrase("안건에서 내리기", "Take off the agenda"),
    "minutes.title": Phrase("회의록", "Minutes"),
    "minutes.not_final": Phrase("아직 확정되지 않은 회의록입니다.", "These minutes are not final yet."),
    "minutes.to_print": Phrase("인쇄하여 출석 위원이 서명합니다.", "To print, for those present to sign."),
    "minutes.to_meeting": Phrase("회의로 돌아가기", "Back to the meeting"),
    "minutes.of": Phrase("재적 {members}명 가운데 {number}명: {present}", "{number} of {members}: {present}"),
    "minutes.item": Phrase("안건 {number}.", "Item {number}."),
    "minutes.recorded": Phrase("기록", "Recorded by"),
    "minutes.signatures": Phrase("출석 위원 서명", "Signatures"),
    "minutes.member": Phrase("위원", "Member"),
    "minutes.affiliation": Phrase("소속", "Affiliation"),
    "minutes.signature": Phrase("서명", "Signature"),
    "minutes.proof": Phrase("감사 기록 {entry}번째 항목의 해시", "Hash of entry {entry} of the audit trail"),
    "minutes.printed": Phrase("인쇄", "printed"),
    "delegations.title": Phrase("신속 심의 위임", "Delegations of expedited review"),
    "delegations.more": Phrase(
        "위임받은 위원은 회의 없이 신속 심의를 의결할 수 있습니다. 서명과 의결권이 늘지는 않습니다.",
        "A delegate may decide expedited reviews without a meeting. It gives no second signature or voice.",
    ),
    "delegations.empty": Phrase("위임이 없습니다.", "No delegation."),
    "delegations.from": Phrase("위임한 위원", "Delegated by"),
    "delegations.to": Phrase("위임받은 위원", "Delegated to"),
    "delegations.period": Phrase("기간", "Period"),
    "delegations.state": Phrase("상태", "State"),
    "delegations.act": Phrase("할 일", "Act"),
    "delegations.in_force": Phrase("유효", "In force"),
    "delegations.ended": Phrase("끝남", "Ended"),
    "delegations.end": Phrase("위임 끝내기", "End the delegation"),
    "delegations.give": Phrase("위임하기", "Delegate"),
    "delegations.receiver": Phrase("누구에게 위임합니까?", "To whom?"),
    "delegations.until": Phrase("언제까지 위임합니까?", "Until when?"),
    "history.person:meeting:plan": Phrase("회의를 잡음", "planned it"),
    "history.person:meeting:open": Phrase("회의 시작", "opened it"),
    "history.person:meeting:close": Phrase("회의 마침", "closed it"),
    "history.person:meeting:cancel": Phrase("회의 취소", "cancelled it"),
    "history.person:meeting:record_attendance": Phrase("출석 기록", "recorded the attendance"),
}
