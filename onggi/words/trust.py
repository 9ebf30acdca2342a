"""Words for keys, signatures, passkeys, votes and the one form in which statements are written."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_format = partial(Words, status=400, exit=340)
_key = partial(Words, status=400, exit=341)
_signature = partial(Words, status=403, exit=140)
_quorum = partial(Words, status=403, exit=141)
_passkey = partial(Words, status=403, exit=144)

_RESEND_KO = "보낸 쪽에 원본 파일을 다시 요청하십시오."
_RESEND_EN = "Ask the sender for the original file again."
_SIGN_AGAIN_KO = "지정된 서명 페이지를 새로 열어 다시 서명하십시오."
_SIGN_AGAIN_EN = "Open the designated signing page afresh and sign again."

_CANONICAL = {
    "canonical.not_representable": _format(
        ko="정확히 적을 수 없는 값이 있습니다. 종류: {kind}",
        en="A value has no exact written form. Kind: {kind}.",
        next_ko="NaN, 무한대, 2^53 이상의 정수, 집합을 다른 값으로 바꾸십시오.",
        next_en="Replace NaN, infinity, integers of 2^53 or more, and sets.",
    ),
    "canonical.too_large": _format(
        ko="문서가 너무 큽니다. 크기: {size} 바이트, 한도: {limit} 바이트",
        en="The document has {size} bytes; at most {limit} are read.",
        next_ko="문서를 나누어 보내십시오.",
        next_en="Send it in smaller parts.",
        status=413,
    ),
    "canonical.too_deep": _format(
        ko="문서의 중첩이 너무 깊습니다. 한도: {deepest} 단계",
        en="The document is nested deeper than {deepest} levels.",
        next_ko="중첩을 줄여 다시 보내십시오.",
        next_en="Flatten it and send it again.",
    ),
    "canonical.duplicate_key": _format(
        ko="한 객체에 같은 이름의 항목이 두 번 있습니다.",
        en="One object holds the same name twice.",
        next_ko="중복된 항목을 하나만 남기십시오.",
        next_en="Keep only one of them.",
    ),
    "canonical.not_utf8": _format(
        ko="UTF-8 문자가 아닌 바이트가 있습니다. 위치: {at}",
        en="The text is not valid UTF-8. Position: {at}.",
        next_ko="파일을 UTF-8로 저장하여 다시 보내십시오.",
        next_en="Save the file as UTF-8 and send it again.",
    ),
    "canonical.not_json": _format(
        ko="JSON 문서가 아닙니다. 위치: {at}",
        en="This is not JSON. Position: {at}.",
        next_ko="해당 위치의 문법을 고치십시오.",
        next_en="Correct the syntax at that position.",
    ),
    "canonical.not_base64": _format(
        ko="표준 base64 표기가 아닙니다.",
        en="This is not base64 in its standard spelling.",
        next_ko=_RESEND_KO,
        next_en=_RESEND_EN,
    ),
}

_ENVELOPES = {
    "envelope.malformed": _format(
        ko="서명 봉투의 형식이 올바르지 않습니다. 사유: {why}",
        en="The signed envelope is malformed. Reason: {why}.",
        next_ko=_RESEND_KO,
        next_en=_RESEND_EN,
    ),
    "envelope.not_canonical": _format(
        ko="봉투 안의 문서가 정해진 표기로 적혀 있지 않습니다.",
        en="The statement inside the envelope is not in its canonical spelling.",
        next_ko="`onggi` 명령으로 문서를 다시 만들어 서명하십시오.",
        next_en="Write and sign the statement again with the `onggi` command.",
    ),
    "envelope.too_many_signatures": _format(
        ko="한 봉투의 서명 수 한도를 넘었습니다. 한도: {most}",
        en="An envelope holds at most {most} signatures.",
        next_ko="필요한 서명만 남긴 봉투를 새로 만드십시오.",
        next_en="Start a new envelope with the signatures that are needed.",
    ),
    "signature.invalid": _signature(
        ko="서명이 문서와 맞지 않습니다. 열쇠 지문: {key}",
        en="A signature does not match the document. Key: {key}.",
        next_ko="서명한 사람에게 다른 경로로 확인하십시오.",
        next_en="Ask the signer, by another way than this one.",
    ),
    "signature.wrong_form": _signature(
        ko="이 열쇠에 허용되지 않은 방식의 서명입니다. 열쇠 지문: {key}",
        en="This key may not sign in this way (passkey or key file). Key: {key}.",
        next_ko="연합 신뢰 문서에 등록된 방식으로 다시 서명하십시오.",
        next_en="Sign again in the way that the federation root lists for this key.",
    ),
}

_KEYS = {
    "key.not_p256": _key(
        ko="P-256 곡선의 열쇠가 아니거나 표준 표기가 아닙니다.",
        en="This is not a P-256 key in its standard encoding.",
        next_ko="`openssl ecparam -name prime256v1 -genkey` 명령으로 열쇠를 새로 만드십시오.",
        next_en="Make a new key with `openssl ecparam -name prime256v1 -genkey`.",
    ),
    "key.malformed": _key(
        ko="공개 열쇠 파일의 형식이 올바르지 않습니다.",
        en="The public key is not a single PEM block.",
        next_ko="`openssl ec -in <개인 열쇠 파일> -pubout` 명령으로 다시 만드십시오.",
        next_en="Write it again with `openssl ec -in <private key file> -pubout`.",
    ),
    "key.file_missing": _key(
        ko="열쇠 파일을 열 수 없습니다. 경로: {path}, 사유: {reason}",
        en="The key file cannot be opened. Path: {path}. Reason: {reason}.",
        next_ko="`ls -l {path}` 명령으로 경로와 소유자를 확인하십시오.",
        next_en="Check the path and its owner with `ls -l {path}`.",
    ),
    "key.file_open_to_others": _key(
        ko="열쇠 파일을 다른 사용자가 읽을 수 있습니다. 경로: {path}, 권한: {mode}",
        en="Others than this service could read the key file. Path: {path}. Mode: {mode}.",
        next_ko="`chmod 600 {path}` 명령을 실행하십시오.",
        next_en="Run `chmod 600 {path}`.",
    ),
    "key.unreadable": _key(
        ko="개인 열쇠 파일이 아닙니다.",
        en="This is not a private key file.",
        next_ko="PEM 형식의 개인 열쇠 파일을 지정하십시오.",
        next_en="Name a private key file in PEM form.",
    ),
    "key.passphrase_needed": _key(
        ko="열쇠 파일이 암호로 잠겨 있습니다.",
        en="The key file is locked with a passphrase.",
        next_ko="암호를 함께 입력하십시오.",
        next_en="Give its passphrase.",
    ),
    "key.not_encrypted": _key(
        ko="암호를 받았으나 열쇠 파일이 잠겨 있지 않습니다.",
        en="A passphrase was given, but the key file is not locked.",
        next_ko="`openssl ec -aes256 -in <열쇠 파일>` 명령으로 열쇠를 잠그십시오.",
        next_en="Lock the key with `openssl ec -aes256 -in <key file>`.",
    ),
    "key.wrong_passphrase": _key(
        ko="암호가 맞지 않거나 열쇠 파일이 손상되었습니다.",
        en="The passphrase is wrong, or the key file is damaged.",
        next_ko="암호를 확인하여 다시 입력하십시오.",
        next_en="Check the passphrase and enter it again.",
    ),
}

_PASSKEYS = {
    "passkey.malformed": _passkey(
        ko="패스키 서명의 형식이 올바르지 않습니다. 사유: {why}",
        en="The passkey's answer is malformed. Reason: {why}.",
        next_ko=_SIGN_AGAIN_KO,
        next_en=_SIGN_AGAIN_EN,
    ),
    "passkey.scope_wrong": _passkey(
        ko="패스키의 서명 페이지 주소와 등록 대상이 맞지 않습니다. 주소: {origin}, 대상: {rp}",
        en="The passkey's origin does not belong to its relying party. Origin: {origin}. Party: {rp}.",
        next_ko="연합 신뢰 문서의 해당 항목을 고치십시오.",
        next_en="Correct that entry of the federation root.",
    ),
    "passkey.wrong_type": _passkey(
        ko="패스키가 서명이 아닌 다른 일에 쓰였습니다.",
        en="The passkey was used for something other than signing.",
        next_ko=_SIGN_AGAIN_KO,
        next_en=_SIGN_AGAIN_EN,
    ),
    "passkey.wrong_challenge": _passkey(
        ko="패스키 서명이 다른 문서에 대한 것입니다.",
        en="The passkey signed another document than this one.",
        next_ko="이 문서를 읽은 뒤 다시 서명하십시오.",
        next_en="Read this document and sign it again.",
    ),
    "passkey.wrong_origin": _passkey(
        ko="지정되지 않은 페이지에서 서명했습니다. 지정된 페이지: {expected}",
        en="It was signed on another page than the designated one: {expected}",
        next_ko="지정된 페이지 {expected} 주소에서 다시 서명하십시오.",
        next_en="Sign again at {expected}",
    ),
    "passkey.cross_origin": _passkey(
        ko="서명 페이지가 다른 페이지 안에 띄워져 있었습니다.",
        en="The signing page was shown inside another page.",
        next_ko="서명 페이지를 새 창에서 열어 다시 서명하십시오.",
        next_en="Open the signing page in a window of its own and sign again.",
    ),
    "passkey.wrong_relying_party": _passkey(
        ko="다른 사이트용 패스키입니다. 등록된 사이트: {expected}",
        en="The passkey was made for another site than {expected}.",
        next_ko="등록된 사이트의 패스키를 선택하십시오.",
        next_en="Choose the passkey of the registered site.",
    ),
    "passkey.user_absent": _passkey(
        ko="서명할 때 사람이 기기를 만지지 않았습니다.",
        en="Nobody touched the device when it signed.",
        next_ko=_SIGN_AGAIN_KO,
        next_en=_SIGN_AGAIN_EN,
    ),
    "passkey.user_not_verified": _passkey(
        ko="서명할 때 지문, 얼굴 또는 PIN 확인이 없었습니다.",
        en="The device did not verify the person (finger, face or PIN).",
        next_ko="기기의 화면 잠금을 켠 뒤 다시 서명하십시오.",
        next_en="Turn on the device's screen lock and sign again.",
    ),
    "passkey.signature_invalid": _passkey(
        ko="패스키 서명이 맞지 않습니다. 열쇠 지문: {key}",
        en="The passkey's signature does not match. Key: {key}.",
        next_ko="등록된 패스키를 선택하여 다시 서명하십시오.",
        next_en="Choose the registered passkey and sign again.",
    ),
}

_QUORUMS = {
    "quorum.too_few": _quorum(
        ko="승인한 위원이 부족합니다. 현재: {have}명, 필요: {need}명",
        en="{have} members approved; {need} are needed.",
        next_ko="다른 위원에게 검토를 요청하십시오.",
        next_en="Ask further members to review it.",
    ),
    "quorum.no_external": _quorum(
        ko="승인한 외부 위원이 부족합니다. 현재: {have}명, 필요: {need}명",
        en="{have} external members approved; {need} are needed.",
        next_ko="외부 위원에게 검토를 요청하십시오.",
        next_en="Ask an external member to review it.",
    ),
    "quorum.own_approval": _quorum(
        ko="자신의 연구과제를 승인한 위원이 있습니다. 위원: {member}",
        en="A member approved a project of their own. Member: {member}.",
        next_ko="이해관계가 없는 위원의 서명만 담은 봉투를 새로 만드십시오.",
        next_en="Start a new envelope, signed by members outside the project alone.",
    ),
}

WORDS: dict[str, Words] = {**_CANONICAL, **_ENVELOPES, **_KEYS, **_PASSKEYS, **_QUORUMS}
