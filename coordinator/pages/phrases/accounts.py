"""A person's own account: ways to sign in, passkeys, another log-in, sessions."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.account": Phrase("내 계정", "My account"),
    "sign_in.by_passkey": Phrase("패스키로 로그인", "Sign in with a passkey"),
    "sign_in.elsewhere": Phrase("다른 로그인: {name}", "Sign in with {name}"),
    "account.name": Phrase("계정 이름", "Account name"),
    "account.organisation": Phrase("소속", "Organisation"),
    "account.password": Phrase("비밀번호", "Password"),
    "account.password_set": Phrase("정해져 있음", "set"),
    "account.password_none": Phrase("없음", "none"),
    "account.passkeys": Phrase("로그인 패스키", "Passkeys for signing in"),
    "account.passkeys_empty": Phrase("등록된 패스키가 없습니다.", "There is no passkey yet."),
    "account.passkey_name": Phrase("이름", "Name"),
    "account.passkey_made": Phrase("등록", "Added"),
    "account.passkey_used": Phrase("마지막 사용", "Last used"),
    "account.never": Phrase("아직 없음", "not yet"),
    "account.passkey_add": Phrase("패스키 추가", "Add a passkey"),
    "account.passkey_remove": Phrase("패스키 지우기", "Remove the passkey"),
    "account.remove": Phrase("지우기", "Remove"),
    "account.other_log_in": Phrase("다른 로그인", "Another log-in"),
    "account.linked": Phrase("연결됨", "Linked"),
    "account.not_linked": Phrase("연결되어 있지 않습니다.", "It is not linked."),
    "account.link": Phrase("다른 로그인 연결", "Link the other log-in"),
    "account.unlink": Phrase("연결 해제", "Unlink"),
    "account.unlink_words": Phrase(
        "연결을 해제하면 그 로그인으로는 더 이상 들어올 수 없습니다.",
        "You can then no longer sign in with that log-in.",
    ),
    "account.needs_confirm": Phrase(
        "비밀번호나 패스키가 없어 본인임을 확인할 수 없습니다.",
        "Without a password or passkey you cannot show here who you are.",
    ),
    "account.sessions": Phrase("지금 로그인되어 있는 곳", "Signed in now"),
    "account.session_kind": Phrase("종류", "Kind"),
    "account.session_began": Phrase("시작", "Since"),
    "account.session_used": Phrase("마지막 사용", "Last used"),
    "account.session_act": Phrase("조치", "Act"),
    "account.kind.page": Phrase("브라우저", "Browser"),
    "account.kind.session": Phrase("명령줄", "Command line"),
    "account.kind.api": Phrase("프로그램 토큰", "Program's token"),
    "account.way.password": Phrase("비밀번호", "password"),
    "account.way.passkey": Phrase("패스키", "passkey"),
    "account.way.oidc": Phrase("다른 로그인", "other log-in"),
    "account.this_one": Phrase("이 브라우저", "this browser"),
    "account.end_this": Phrase("끝내기", "End this one"),
    "account.end_all": Phrase("모든 곳에서 로그아웃", "Sign out everywhere"),
    "account.end_all_words": Phrase(
        "모든 브라우저와 명령줄에서 로그아웃합니다. 프로그램 토큰은 하나씩 끝냅니다.",
        "Ends every browser's and command line's session. Programs' tokens are ended one by one.",
    ),
    "account.done.password": Phrase(
        "비밀번호를 바꾸었습니다. 다른 곳의 로그인은 모두 끝났습니다.",
        "The password is changed. Every other session has ended.",
    ),
    "account.done.passkey": Phrase("패스키를 추가했습니다.", "The passkey is added."),
    "account.done.removed": Phrase("패스키를 지웠습니다.", "The passkey is removed."),
    "account.done.linked": Phrase("다른 로그인을 연결했습니다.", "The other log-in is linked."),
    "account.done.unlinked": Phrase("연결을 해제했습니다.", "The other log-in is unlinked."),
    "account.done.ended": Phrase("로그인을 끝냈습니다.", "That session has ended."),
    "account.done.confirmed": Phrase("본인임을 확인했습니다.", "You have shown who you are."),
    "account.password_change": Phrase("비밀번호 바꾸기", "Change the password"),
    "account.password_choose": Phrase("비밀번호 정하기", "Choose a password"),
    "account.password_old": Phrase("지금 비밀번호", "Present password"),
    "account.password_new": Phrase("새 비밀번호", "New password"),
    "account.password_hint": Phrase("12자에서 200자까지", "12 to 200 characters"),
    "account.password_again": Phrase("새 비밀번호 다시 입력", "New password again"),
    "account.password_ends": Phrase(
        "바꾸면 다른 브라우저, 명령줄, 프로그램의 로그인이 모두 끝납니다.",
        "Every other browser, command line and program is signed out.",
    ),
    "account.confirm": Phrase("본인 확인", "Show that it is you"),
    "account.confirm_words": Phrase(
        "로그인 수단을 바꾸기 전에 본인임을 다시 확인합니다. 10분 동안 유효합니다.",
        "Before ways to sign in are changed, show once more who you are. It counts for ten minutes.",
    ),
    "account.confirm_act": Phrase("비밀번호로 확인", "Confirm with the password"),
    "account.confirm_passkey": Phrase("패스키로 확인", "Confirm with a passkey"),
    "passkey.sign_in": Phrase("패스키로 로그인", "Sign in with a passkey"),
    "passkey.confirm": Phrase("패스키로 확인", "Confirm with a passkey"),
    "passkey.origin": Phrase("이 페이지의 주소", "This page's address"),
    "passkey.origin_words": Phrase(
        "브라우저 주소창이 아래 주소와 같은지 확인하십시오. "
        "이 패스키는 로그인에만 쓰이며 어떤 문서에도 서명하지 않습니다.",
        "Compare the address below with your browser's address bar. "
        "This passkey signs you in; it never signs a paper.",
    ),
    "passkey.ask": Phrase("패스키 사용", "Use the passkey"),
    "passkey.failed": Phrase(
        "브라우저가 패스키를 주지 않았습니다. 다시 누르거나 다른 방법을 쓰십시오.",
        "The browser gave no passkey. Press again, or use another way.",
    ),
    "passkey.script": Phrase(
        "패스키는 스크립트가 있어야 쓸 수 있습니다. 다른 방법으로 계속하십시오.",
        "Passkeys need scripts. Use another way.",
    ),
    "passkey.other_way": Phrase("다른 방법으로", "Another way"),
    "passkey.label": Phrase("패스키의 이름", "Name of the passkey"),
    "passkey.label_hint": Phrase(
        "어느 기기인지 알아볼 수 있게, 예: 연구실 노트북", "So that you know the device, e.g. laptop at work"
    ),
    "passkey.next": Phrase("다음", "Continue"),
    "passkey.make": Phrase("이 기기에 패스키 만들기", "Make a passkey on this device"),
    "passkey.remove_words": Phrase(
        "지운 패스키로는 더 이상 로그인할 수 없습니다. 기기에 남은 것은 기기에서 지우십시오.",
        "It then no longer signs you in. Delete it on the device as well.",
    ),
    "account.last_way": Phrase(
        "하나뿐인 로그인 수단이라 지울 수 없습니다.", "It is the last way to sign in and cannot be removed."
    ),
    "history.person:account:change_password": Phrase("비밀번호를 바꿈", "changed the password"),
    "history.person:account:end_sessions": Phrase("모든 곳에서 로그아웃함", "signed out everywhere"),
    "history.person:passkey:add": Phrase("패스키를 추가함", "added a passkey"),
    "history.person:passkey:remove": Phrase("패스키를 지움", "removed a passkey"),
    "history.person:oidc_link:add": Phrase("다른 로그인을 연결함", "linked another log-in"),
    "history.person:oidc_link:remove": Phrase("다른 로그인의 연결을 해제함", "unlinked another log-in"),
}
