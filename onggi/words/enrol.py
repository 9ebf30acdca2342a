"""Words for enrolling a node, and for its certificate and key."""

from __future__ import annotations

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "enrol.token_malformed": Words(
        ko="등록 토큰의 형식이 올바르지 않습니다. 복사하면서 잘렸을 수 있습니다.",
        en="This is not an enrolment token; it may have been cut while copying.",
        next_ko="토큰 전체를 한 줄로 다시 붙여 넣으십시오: `onggi-node enrol <토큰>`",
        next_en="Paste the whole token on one line: `onggi-node enrol <token>`",
        status=422,
        exit=165,
    ),
    "enrol.token_unknown": Words(
        ko="등록 토큰을 찾을 수 없습니다.",
        en="The enrolment token is not known.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.token_expired": Words(
        ko="등록 토큰의 기한이 지났습니다.",
        en="The enrolment token has expired.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.token_used": Words(
        ko="등록 토큰이 다른 키로 이미 사용되었습니다.",
        en="The enrolment token was already used by another key.",
        next_ko=(
            "직접 사용한 것이 아니라면 운영기관에 즉시 알리고, 새 토큰으로 `onggi-node enrol <토큰>` 명령을 "
            "실행하십시오."
        ),
        next_en=(
            "If that was not you, tell the operating body at once; then run `onggi-node enrol <token>` "
            "with a new token."
        ),
        status=403,
        exit=165,
    ),
    "enrol.token_for_other_site": Words(
        ko="다른 기관의 등록 토큰입니다. 토큰의 기관: {token_site}, 이 노드: {site}",
        en="The token is for another site. Token: {token_site}, this node: {site}",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.bad_request": Words(
        ko="인증서 신청서를 읽을 수 없거나 서명이 맞지 않습니다.",
        en="The signing request cannot be read or its signature is wrong.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=400,
        exit=165,
    ),
    "enrol.bad_key": Words(
        ko="허용되지 않는 종류의 키입니다. P-256 키만 받습니다.",
        en="This kind of key is not accepted; only P-256 is.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=400,
        exit=165,
    ),
    "enrol.wrong_site": Words(
        ko="신청서의 기관 이름이 토큰 또는 인증서의 기관과 다릅니다.",
        en="The request names another site than the token or certificate.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.renewal_not_proved": Words(
        ko="만료된 인증서의 주인임을 확인하지 못했습니다.",
        en="The holder of the expired certificate could not be verified.",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.challenge_expired": Words(
        ko="갱신 절차가 너무 오래 걸려 확인값의 기한이 지났습니다.",
        en="The renewal took too long and its challenge expired.",
        next_ko="다시 시도하십시오: `onggi-node run`",
        next_en="Try again: `onggi-node run`",
        status=409,
        exit=165,
    ),
    "enrol.away_too_long": Words(
        ko="노드가 너무 오래 연결되지 않아 인증서를 되살릴 수 없습니다. 한도(일): {days}",
        en="The node was away too long for its certificate to come back. Limit in days: {days}",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=403,
        exit=165,
    ),
    "enrol.wrong_certificate": Words(
        ko="받은 인증서가 이 노드의 키, 기관 또는 인증기관과 맞지 않습니다.",
        en="The certificate received does not fit this node's key, site or authority.",
        next_ko="운영기관에 알리고 새 토큰으로 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Tell the operating body, then run `onggi-node enrol <token>` with a new token.",
        status=403,
        exit=165,
    ),
    "enrol.not_enrolled": Words(
        ko="이 노드는 아직 등록되지 않았습니다. 폴더: {folder}",
        en="This node is not enrolled yet. Folder: {folder}",
        next_ko="운영기관에서 새 등록 토큰을 받아 `onggi-node enrol <토큰>` 명령을 실행하십시오.",
        next_en="Get a new token from the operating body and run `onggi-node enrol <token>`.",
        status=409,
        exit=166,
    ),
    "enrol.files_damaged": Words(
        ko="연결용 키 또는 인증서 파일이 손상되었습니다. 폴더: {folder}",
        en="The connection's key or certificate file is damaged. Folder: {folder}",
        next_ko=(
            "백업에서 폴더를 복원하거나, 폴더를 비우고 새 토큰으로 실행하십시오: `onggi-node enrol <토큰>`"
        ),
        next_en=(
            "Restore the folder from a backup, or empty it and run `onggi-node enrol <token>` with a new "
            "token."
        ),
        status=409,
        exit=166,
    ),
    "enrol.key_open_to_others": Words(
        ko="연결용 키 파일을 다른 사용자가 읽을 수 있습니다. 파일: {path}",
        en="Other users can read the connection's key file. File: {path}",
        next_ko="권한을 좁히십시오: `chmod 600 {path}`",
        next_en="Narrow its permissions: `chmod 600 {path}`",
        status=409,
        exit=166,
    ),
}
