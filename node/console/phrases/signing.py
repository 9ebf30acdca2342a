"""The page on which committee members sign with their passkeys."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "sign_paper.title": Phrase("서명", "Sign"),
    "sign_paper.own": Phrase(
        "이 병원의 콘솔이 문서에서 직접 만든 글입니다. 다른 화면에서 본 내용과 다르면 서명하지 마십시오.",
        "This hospital's console made this text from the paper itself. "
        "Do not sign if it differs from what you saw.",
    ),
    "sign_paper.words": Phrase("서명하는 글", "What is signed"),
    "sign_paper.named": Phrase("문서가 가리키는 내용", "What the paper names"),
    "sign_paper.act": Phrase("패스키로 서명", "Sign with a passkey"),
    "sign_paper.failed": Phrase(
        "패스키가 서명하지 않았습니다. 아무것도 보내지 않았습니다. 다시 눌러 보십시오.",
        "The passkey did not sign. Nothing has been sent. Try again.",
    ),
    "sign_paper.script": Phrase(
        "패스키는 스크립트가 있어야 쓸 수 있습니다. 명령줄에서는 열쇠파일로 서명할 수 있습니다.",
        "Passkeys need scripts. The command line signs with a key file.",
    ),
    "sign_paper.done": Phrase("서명했습니다", "Signed"),
    "sign_paper.done_more": Phrase(
        "서명을 확인하여 중앙 서버에 냈습니다. 이 창을 닫으셔도 됩니다.",
        "The signature was verified here and handed in. This window can be closed.",
    ),
    "passkey.title": Phrase("서명용 패스키 만들기", "Make a signing passkey"),
    "passkey.more": Phrase(
        "이 화면에서만 서명하는 패스키를 만듭니다. 로그인에는 쓸 수 없습니다.",
        "It signs on this page alone and signs nobody in.",
    ),
    "passkey.member": Phrase("위원 이름 (연합 루트)", "Member, as the federation root names it"),
    "passkey.make": Phrase("패스키 만들기", "Make the passkey"),
    "passkey.prove_title": Phrase("새 패스키로 등록 문서에 서명", "The new passkey signs its registration"),
    "passkey.prove_more": Phrase(
        "서명하면 파일을 내려받습니다. "
        "다른 위원이 지문을 확인하고 보증한 뒤 연합 루트의 다음 버전에 올립니다.",
        "You then get a file. Another member compares the fingerprint and vouches for it; "
        "the next version of the root takes the key in.",
    ),
    "passkey.prove": Phrase("서명하고 파일 받기", "Sign and get the file"),
}
