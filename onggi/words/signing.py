"""What a person reads when signing with a passkey is not possible."""

from __future__ import annotations

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "signing.no_passkey_here": Words(
        ko="연합 루트에 이 서명 화면에서 쓸 수 있는 패스키가 없습니다. 주소: {origin} 역할: {role}",
        en="The federation root names no passkey that may sign here. Address: {origin}. Role: {role}.",
        next_ko="패스키를 등록한 서명 화면을 열거나 `onggi review sign --key` 명령으로 열쇠파일을 쓰십시오.",
        next_en="Open the page where your passkey was registered, or sign with `onggi review sign --key`.",
        status=409,
        exit=300,
    ),
    "signing.several_parties": Words(
        ko="연합 루트가 이 주소의 패스키를 서로 다른 이름으로 등록했습니다. 주소: {origin}",
        en="The federation root registers passkeys of this address under different names. Address: {origin}.",
        next_ko="운영기관에 연합 루트의 수정을 요청하십시오.",
        next_en="Ask the operator to correct the federation root.",
        status=409,
        exit=300,
    ),
    "signing.ticket_unknown": Words(
        ko="이 서명 요청을 찾을 수 없거나 기한이 지났습니다.",
        en="This request to sign is unknown or has run out.",
        next_ko="중앙 서버의 문서 페이지에서 서명을 다시 시작하십시오.",
        next_en="Start signing again from the statement's page at the coordinator.",
        status=404,
        exit=231,
    ),
    "signing.other_paper": Words(
        ko="서명이 이 요청의 문서에 대한 것이 아닙니다. 아무것도 기록되지 않았습니다.",
        en="The signature is not over this request's paper. Nothing has been kept.",
        next_ko="중앙 서버의 문서 페이지에서 서명을 다시 시작하십시오.",
        next_en="Start signing again from the statement's page at the coordinator.",
        status=422,
        exit=231,
    ),
    "signing.port_taken": Words(
        ko="서명 화면을 열 포트를 이미 다른 프로그램이 쓰고 있습니다. 포트: {port}",
        en="Another program uses the port of the signing page. Port: {port}.",
        next_ko="그 프로그램을 끝내거나, 루트에 등록된 다른 포트를 `--port` 값으로 주십시오.",
        next_en="End that program, or give another port with `--port`, one that the root names.",
        status=409,
        exit=300,
    ),
    "signing.nobody_signed": Words(
        ko="정해진 시간 안에 서명하지 않았습니다. 시간(분): {minutes}",
        en="Nobody signed in time. Minutes: {minutes}.",
        next_ko="준비가 되면 같은 명령을 다시 실행하십시오.",
        next_en="Run the same command again when you are ready.",
        status=409,
        exit=300,
    ),
    "signing.how": Words(
        ko="열쇠파일과 패스키 가운데 하나로 서명합니다.",
        en="A signature is given with a key file or with a passkey: one of them.",
        next_ko="`--key 열쇠파일` 또는 `--passkey` 가운데 하나만 주십시오.",
        next_en="Give either `--key FILE` or `--passkey`.",
        status=422,
        exit=300,
    ),
}
