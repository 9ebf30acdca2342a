"""Recovery of an account by two operators."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.recoveries": Phrase("계정 복구", "Recoveries"),
    "account.recovery_banner": Phrase(
        "이 계정의 복구에 관한 알림이 있습니다. ‘내 계정’ 페이지에서 확인하십시오.",
        "There is news about a recovery of this account: see “My account”.",
    ),
    "account.recovery_used": Phrase(
        "운영자 두 명이 이 계정에 새 비밀번호를 정하게 했습니다.",
        "Two operators let a new password be set for this account.",
    ),
    "account.recovery_under_way": Phrase(
        "운영자가 이 계정의 복구를 시작했습니다. 요청하지 않으셨다면 중단하십시오.",
        "An operator has opened a recovery of this account. Stop it if you did not ask for it.",
    ),
    "account.recovery_seen": Phrase("읽었습니다", "I have read this"),
    "account.recovery_stop": Phrase("복구 중단", "Stop the recovery"),
    "recovery.title": Phrase("계정 복구", "Recovery of an account"),
    "recovery.words": Phrase(
        "로그인 수단을 모두 잃은 사람에게 운영자 두 명이 함께 새 비밀번호를 정하게 합니다. "
        "전화나 대면으로 본인임을 먼저 확인하십시오.",
        "Two operators together let somebody who lost every way to sign in set a new password. "
        "Make sure first, by telephone or in person, that it is them.",
    ),
    "recovery.open": Phrase("복구 시작", "Open a recovery"),
    "recovery.account": Phrase("계정 이름", "Account name"),
    "recovery.reason": Phrase("사유", "Reason"),
    "recovery.reason_hint": Phrase(
        "본인 확인 방법을 포함한 한 줄. 본인과 감사자가 읽습니다.",
        "One line, with how you made sure. The person and auditors read it.",
    ),
    "recovery.list": Phrase("복구 목록", "Recoveries so far"),
    "recovery.list_empty": Phrase("복구가 없습니다.", "There is none."),
    "recovery.state": Phrase("상태", "State"),
    "recovery.opened": Phrase("시작 시각", "Opened at"),
    "recovery.opened_by": Phrase("시작한 운영자", "Opened by"),
    "recovery.confirmed_by": Phrase("확인한 운영자", "Confirmed by"),
    "recovery.nobody": Phrase("아직 없음", "nobody yet"),
    "recovery.expires": Phrase("기한", "Until"),
    "recovery.confirm": Phrase("복구 확인", "Confirm the recovery"),
    "recovery.confirm_words": Phrase(
        "확인하면 복구 암호가 한 번만 나타납니다. 본인에게 직접 또는 전화로 전하십시오.",
        "A secret is shown once. Give it to the person yourself, face to face or by telephone.",
    ),
    "recovery.cancel": Phrase("복구 중단", "Stop the recovery"),
    "recovery.is_opened": Phrase("두 번째 운영자의 확인을 기다림", "Waits for a second operator"),
    "recovery.is_confirmed": Phrase("본인의 사용을 기다림", "Waits for the person"),
    "recovery.is_used": Phrase("사용됨", "Used"),
    "recovery.is_cancelled": Phrase("중단됨", "Stopped"),
    "recovery.is_expired": Phrase("기한 지남", "Expired"),
    "recovery.secret_title": Phrase("복구 암호", "The recovery secret"),
    "recovery.secret_words": Phrase(
        "지금 한 번만 보입니다. 한 시간 동안 아래 주소에서 쓸 수 있습니다.",
        "It is shown this once. For an hour it can be used at the address below.",
    ),
    "recovery.secret": Phrase("복구 암호", "Secret"),
    "recovery.secret_address": Phrase("사용할 주소", "Where to use it"),
    "recover.title": Phrase("새 비밀번호 정하기", "Set a new password"),
    "recover.words": Phrase(
        "운영자에게서 받은 복구 암호가 필요합니다. 정하면 이 계정의 모든 로그인이 끝납니다.",
        "You need the secret that an operator gave you. Every session of the account then ends.",
    ),
    "recover.others": Phrase("다른 로그인 수단", "Other ways to sign in"),
    "recover.others_remove": Phrase(
        "패스키와 다른 로그인의 연결도 모두 지우기", "Also remove every passkey and linked log-in"
    ),
    "recover.others_hint": Phrase(
        "기기를 잃었거나 빼앗겼다면 고르십시오.", "Choose this if a device was lost or taken."
    ),
    "recover.act": Phrase("새 비밀번호 정하기", "Set the new password"),
    "history.person:recovery:open": Phrase("복구를 시작함", "opened the recovery"),
    "history.person:recovery:confirm": Phrase("복구를 확인함", "confirmed the recovery"),
    "history.person:recovery:cancel": Phrase("복구를 중단함", "stopped the recovery"),
    "history.person:recovery:use": Phrase("새 비밀번호를 정함", "set a new password"),
    "history.coordinator:recovery:expire": Phrase("기한이 지나 끝남", "ended it at its time"),
    "history.person:recovery:see": Phrase("알림을 읽음", "read of it"),
}
