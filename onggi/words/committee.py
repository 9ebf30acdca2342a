"""What a person reads when the committee's work is refused: applications, meetings, reviews."""

from __future__ import annotations

from onggi.words.entry import Words


def _say(ko: str, en: str, next_ko: str, next_en: str, *, status: int = 409) -> Words:
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=231)


WORDS: dict[str, Words] = {
    "permit.review_outdated": _say(
        "승인서가 가리키는 적정성 검토보다 새로운 검토가 있습니다. 기관: {site} / 데이터셋: {dataset}",
        "A newer review of this data set exists than the one named. Site: {site}. Data set: {dataset}.",
        "최신 검토 결과를 확인하고 승인서를 다시 작성하십시오.",
        "Read the newest review and draft the permit again.",
    ),
    "review.risk_unexplained": _say(
        "남은 위험이 보통 이상이면 감수할 수 있는 이유를 적어야 합니다. 항목: {item}",
        "Where the risk left is more than low, say why it can be borne. Item: {item}.",
        "그 항목의 이유를 적거나 결론을 부적정으로 바꾸십시오.",
        "Fill in the reason, or conclude that the treatment is not adequate.",
        status=422,
    ),
    "conflict.stands_back": _say(
        "이 과제와 이해관계가 있는 분은 심의에 참여할 수 없습니다.",
        "Whoever has an interest in this project takes no part in its review.",
        "다른 위원에게 맡기십시오.",
        "Leave it to another member.",
        status=403,
    ),
    "delegation.not_a_member": _say(
        "위임은 다른 심의위원에게만 할 수 있습니다. 이름: {member}",
        "Expedited review can be delegated to another committee member only. Name: {member}.",
        "연합 루트에 있는 위원을 고르십시오.",
        "Choose a member of the federation root.",
        status=422,
    ),
    "delegation.end_date": _say(
        "위임의 마지막 날은 오늘 이후 1년 안이어야 합니다.",
        "A delegation must end after today and within a year.",
        "날짜를 고치십시오.",
        "Correct the date.",
        status=422,
    ),
    "delegation.not_found": _say(
        "위임을 찾을 수 없습니다.",
        "Delegation not found.",
        "본인이 준 위임만 끝낼 수 있습니다.",
        "Only whoever gave a delegation can end it.",
        status=404,
    ),
    "application.not_found": _say(
        "심의 신청을 찾을 수 없습니다.",
        "Application not found.",
        "신청 목록에서 번호를 확인하십시오.",
        "Look it up in the list of applications.",
        status=404,
    ),
    "application.field": _say(
        "신청서의 항목에 빠진 값이나 틀린 값이 있습니다. 항목: {field}",
        "A field of the application is missing or wrong. Field: {field}.",
        "그 항목을 고치십시오.",
        "Correct the field.",
        status=422,
    ),
    "application.not_editable": _say(
        "심의 중이거나 끝난 신청서는 고칠 수 없습니다.",
        "An application under review or decided cannot be changed.",
        "보완 요청을 받은 뒤에 고치거나 새로 신청하십시오.",
        "Change it once it was returned, or write another one.",
    ),
    "application.not_approved": _say(
        "승인된 신청서로만 서명할 문서를 작성할 수 있습니다.",
        "Only an approved application can be drafted for signing.",
        "먼저 회의에서 의결하십시오.",
        "Let a meeting decide on it first.",
    ),
    "application.already_drafted": _say(
        "이 신청서로 작성한 문서가 이미 있습니다.",
        "A statement was already drafted from this application.",
        "신청서 화면에서 그 문서를 여십시오.",
        "Open it from the application's page.",
    ),
    "meeting.not_found": _say(
        "회의를 찾을 수 없습니다.",
        "Meeting not found.",
        "회의 목록에서 고르십시오.",
        "Choose it from the list of meetings.",
        status=404,
    ),
    "meeting.not_open": _say(
        "지금 이 회의에서는 할 수 없는 일입니다. 회의 상태: {state}",
        "This is not possible at the meeting now. It is: {state}.",
        "회의를 시작하거나 다른 회의를 고르십시오.",
        "Open the meeting, or choose another one.",
    ),
    "meeting.already_decided": _say(
        "이 회의에서 이미 의결한 안건입니다.",
        "This meeting has decided on that item.",
        "다시 심의하려면 다른 회의의 안건으로 올리십시오.",
        "Put it on another meeting's agenda to review it again.",
    ),
    "meeting.items_open": _say(
        "의결하지 않은 안건이 있어 회의를 마칠 수 없습니다.",
        "The meeting cannot be closed while an item is undecided.",
        "안건을 의결하거나 다음 회의로 넘기십시오.",
        "Decide on it, or take it off the agenda.",
    ),
    "meeting.not_quorate": _say(
        "의사정족수에 이르지 못했습니다. 참여: {have}명 / 필요: {need}명",
        "Too few members take part. Taking part: {have}. Needed: {need}.",
        "출석을 확인하거나 안건을 다음 회의로 넘기십시오.",
        "Check who is present, or take the item off the agenda.",
    ),
    "meeting.no_external": _say(
        "외부 위원의 참여가 부족합니다. 참여: {have}명 / 필요: {need}명",
        "Too few members from outside take part. Taking part: {have}. Needed: {need}.",
        "출석을 확인하거나 안건을 다음 회의로 넘기십시오.",
        "Check who is present, or take the item off the agenda.",
    ),
    "meeting.no_delegate": _say(
        "신속심의는 위임받은 위원이 참여해야 합니다.",
        "Expedited review needs a member to whom it was delegated.",
        "위임을 기록하거나 정규 회의에 올리십시오.",
        "Record a delegation, or put it on a regular agenda.",
    ),
    "meeting.regular_needed": _say(
        "부결과 심의 제외는 정규 회의에서만 의결할 수 있습니다.",
        "Only a regular meeting rejects an application or leaves it unreviewed.",
        "정규 회의의 안건으로 올리십시오.",
        "Put it on a regular meeting's agenda.",
    ),
    "meeting.no_such_verdict": _say(
        "의결을 고르지 않았습니다.",
        "No verdict was chosen.",
        "다섯 가지 의결 가운데 하나를 고르십시오.",
        "Choose one of the five verdicts.",
        status=422,
    ),
    "meeting.reason_missing": _say(
        "이유나 조건을 적어야 합니다.",
        "A reason or a condition is missing.",
        "신청자가 무엇을 해야 하는지 적으십시오.",
        "Write what the applicant has to do.",
        status=422,
    ),
    "meeting.recorder_absent": _say(
        "이 안건에 참여한 위원만 의결을 기록할 수 있습니다.",
        "Only a member who takes part in the item records its verdict.",
        "출석을 먼저 기록하십시오.",
        "Record the attendance first.",
    ),
    "meeting.not_a_member": _say(
        "심의위원이 아닌 이름이 있습니다. 이름: {member}",
        "Not a committee member. Name: {member}.",
        "연합 루트에 있는 위원만 출석에 적으십시오.",
        "Name members of the federation root alone.",
        status=422,
    ),
}
