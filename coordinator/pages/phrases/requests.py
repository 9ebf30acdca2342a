"""Requests for accounts, the first password, and what the history tells of both."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.account_requests": Phrase("계정 신청", "Account requests"),
    "requests.words": Phrase(
        "계정은 같은 소속의 다른 사람이 보증하고, 신청과 보증에 관여하지 않은 운영자가 엽니다.",
        "An account is vouched for by another person of the organisation and opened by an "
        "operator who neither asked nor vouched.",
    ),
    "requests.empty": Phrase("계정 신청이 없습니다.", "There is no request."),
    "request.title": Phrase("계정 신청", "Request for an account"),
    "request.act": Phrase("계정 신청", "Ask for an account"),
    "request.account": Phrase("계정 이름", "Account name"),
    "request.account_hint": Phrase(
        "영문 소문자, 숫자, 붙임표. 한 번 쓰인 이름은 다시 쓸 수 없습니다.",
        "Small letters, digits, hyphens. A name once used stays used.",
    ),
    "request.organisation": Phrase("소속 기관", "Organisation"),
    "request.organisation_hint": Phrase("소속의 짧은 이름", "The organisation's short name"),
    "request.roles": Phrase("역할", "Roles"),
    "request.country": Phrase("접속하는 국가", "Country of access"),
    "request.member": Phrase("연합 루트의 위원 이름", "Member in the federation root"),
    "request.member_hint": Phrase(
        "위원과 반출 심사자만 씁니다.",
        "For committee members and output checkers.",
    ),
    "request.site": Phrase("연합 루트의 기관 이름", "Hospital in the federation root"),
    "request.site_hint": Phrase("기관 담당자만 씁니다.", "For hospital staff."),
    "request.state": Phrase("상태", "State"),
    "request.asked": Phrase("신청한 때", "Asked on"),
    "request.asked_by": Phrase("신청한 사람", "Asked by"),
    "request.vouched_by": Phrase("보증한 사람", "Vouched by"),
    "request.none": Phrase("없음", "none"),
    "request.requested": Phrase("보증을 기다림", "Waits for a voucher"),
    "request.vouched": Phrase("보증됨, 개설을 기다림", "Vouched for, waits to be opened"),
    "request.opened": Phrase("열림", "Opened"),
    "request.refused": Phrase("거절됨", "Refused"),
    "request.withdrawn": Phrase("취소됨", "Taken back"),
    "request.vouch": Phrase("이 사람을 보증", "Vouch for this person"),
    "request.vouch_words": Phrase(
        "이 사람이 위의 소속이고 이 역할로 일한다는 것을 확인합니다. 보증한 사람의 계정이 기록에 남습니다.",
        "You confirm that this person belongs to the organisation and works in these roles. Your "
        "account stays on record.",
    ),
    "request.vouched_instead": Phrase(
        "소속에 보증할 사람이 없어 운영자가 보증했습니다. 사유:",
        "Nobody of the organisation could vouch, so an operator did. Reason:",
    ),
    "request.refused_why": Phrase("거절한 사유:", "Refused because:"),
    "request.reason": Phrase("사유", "Reason"),
    "request.reason_hint": Phrase(
        "소속에 보증할 사람이 없습니다. 신원을 어떻게 확인했는지 한 줄로 씁니다.",
        "Nobody of the organisation can vouch. Say in one line how the identity was checked.",
    ),
    "request.refuse_hint": Phrase("신청한 사람이 읽습니다. 한 줄.", "Read by whoever asked. One line."),
    "request.open": Phrase("계정 개설", "Open the account"),
    "request.third": Phrase(
        "신청하거나 보증한 사람은 열 수 없습니다. 다른 운영자가 엽니다.",
        "You asked or vouched; another operator opens it.",
    ),
    "request.refuse": Phrase("신청 거절", "Refuse the request"),
    "request.withdraw": Phrase("신청 취소", "Take the request back"),
    "request.about_open": Phrase(
        "계정이 만들어지고 첫 비밀번호용 설정 코드가 한 번 보입니다. 되돌릴 수 없습니다.",
        "The account is made, and its set-up code is shown once. This cannot be undone.",
    ),
    "request.about_refuse": Phrase(
        "신청이 끝납니다. 되돌릴 수 없고, 필요하면 새로 신청합니다.",
        "The request ends. This cannot be undone; it can be asked for anew.",
    ),
    "request.about_withdraw": Phrase(
        "신청이 끝납니다. 되돌릴 수 없고, 필요하면 새로 신청합니다.",
        "The request ends. This cannot be undone; it can be asked for anew.",
    ),
    "role.researcher": Phrase("연구자", "Researcher"),
    "role.committee": Phrase("위원", "Committee member"),
    "role.output_checker": Phrase("반출 심사자", "Output checker"),
    "role.hospital": Phrase("기관 담당자", "Hospital staff"),
    "role.operator": Phrase("운영자", "Operator"),
    "role.auditor": Phrase("감사자", "Auditor"),
    "setup.issued": Phrase("설정 코드를 만들었습니다", "Set-up code issued"),
    "setup.once": Phrase(
        "이 코드는 지금 한 번만 보입니다. 본인에게 직접 전하십시오.",
        "This code is shown this once. Hand it to the person themselves.",
    ),
    "setup.until": Phrase("기한", "Until"),
    "setup.where": Phrase("첫 비밀번호를 정하는 주소", "Where the password is set"),
    "setup.how": Phrase(
        "본인이 이 코드로 첫 비밀번호를 정합니다. 코드는 한 번만 쓸 수 있습니다.",
        "The person sets the first password with this code. It serves once.",
    ),
    "setup.another": Phrase("설정 코드 다시 만들기", "Issue another set-up code"),
    "setup.another_words": Phrase(
        "아직 비밀번호가 없는 계정입니다. 새 코드를 만들면 앞의 코드는 쓸 수 없습니다.",
        "This account has no password yet. A new code replaces the one before.",
    ),
    "setup.title": Phrase("첫 비밀번호 정하기", "Set your first password"),
    "setup.words": Phrase(
        "운영기관에서 받은 설정 코드로 한 번만 할 수 있습니다.",
        "With the set-up code from the operator; it serves once.",
    ),
    "setup.secret": Phrase("설정 코드", "Set-up code"),
    "setup.password": Phrase("새 비밀번호", "New password"),
    "setup.password_hint": Phrase("12자 이상", "At least 12 characters"),
    "setup.again": Phrase("새 비밀번호 다시", "New password again"),
    "setup.act": Phrase("비밀번호 정하기", "Set the password"),
    "history.person:account_request:create": Phrase("계정을 신청함", "asked for the account"),
    "history.person:account_request:vouch": Phrase("보증함", "vouched"),
    "history.person:account_request:open": Phrase("계정을 개설함", "opened the account"),
    "history.person:account_request:refuse": Phrase("신청을 거절함", "refused the request"),
    "history.person:account_request:withdraw": Phrase("신청을 취소함", "took the request back"),
    "history.person:account:add": Phrase("계정을 만듦", "added the account"),
    "history.person:account:close": Phrase("계정을 닫음", "closed the account"),
    "history.person:account:issue_setup": Phrase("설정 코드를 만듦", "issued a set-up code"),
    "history.person:account:record_pledge": Phrase("서약서 제출일을 등록함", "recorded the pledge"),
    "history.person:account:record_training": Phrase("교육 이수를 등록함", "recorded a training"),
}
