"""The sentences of signing in."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "sign_in.title": Phrase("로그인", "Sign in"),
    "sign_in.account": Phrase("계정 이름", "Account name"),
    "sign_in.password": Phrase("비밀번호", "Password"),
    "sign_in.act": Phrase("로그인", "Sign in"),
    "sign_in.kept": Phrase(
        "로그인 시간이 끝났습니다. 입력하신 내용은 남아 있습니다. "
        "로그인하면 확인한 뒤 다시 보낼 수 있습니다.",
        "Your session has ended. What you entered is kept: sign in, look at it and send it again.",
    ),
    "sign_in.trouble": Phrase("로그인할 수 없을 때", "If you cannot sign in"),
    "sign_in.trouble_words": Phrase(
        "소속 기관의 담당자 또는 운영기관에 연락하십시오. 비밀번호를 전화나 전자우편으로 묻는 일은 없습니다.",
        "Contact your organisation's person in charge or the operator. Nobody will ask for your password by "
        "phone or mail.",
    ),
    "send_again.title": Phrase("다시 보내기 전에 확인하십시오", "Look before you send it again"),
    "send_again.words": Phrase(
        "로그인 시간이 끝나기 전에 입력하신 내용입니다. 아직 아무것도 보내지 않았습니다.",
        "This is what you had entered before your session ended. Nothing has been sent yet.",
    ),
    "send_again.act": Phrase("다시 보내기", "Send again"),
    "send_again.drop": Phrase("보내지 않고 처음으로", "Start over without sending"),
}
