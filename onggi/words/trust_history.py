"""Words for the federation root and the transparency log: who decides, and what was decided before."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_PAUSE = {
    "next_ko": "`onggi-node pause` 명령으로 멈춘 뒤 위원회에 알리십시오.",
    "next_en": "Run `onggi-node pause`, then tell the committee.",
}
_AMEND = {
    "next_ko": "신뢰 문서를 고친 뒤 다시 서명을 받으십시오.",
    "next_en": "Correct the root and have it signed again.",
}
_DOCTOR = {
    "next_ko": "`onggi-node doctor` 명령으로 연결과 시각을 점검하십시오.",
    "next_en": "Check the link and the clock with `onggi-node doctor`.",
}
_history = partial(Words, status=409, exit=142, **_PAUSE)
_content = partial(Words, status=400, exit=145, **_AMEND)
_log = partial(Words, status=409, exit=143, **_PAUSE)
_late = partial(Words, status=409, exit=146, **_DOCTOR)

_ROOT_STEPS = {
    "root.wrong_fingerprint": _history(
        ko="연합 신뢰 문서의 지문이 받은 지문과 다릅니다. 문서의 지문: {found}",
        en="The federation root is not the one whose fingerprint you were given. It has: {found}.",
        next_ko="지문을 알려 준 사람에게 전화로 다시 확인하십시오.",
        next_en="Check the fingerprint again with the person who gave it to you, by telephone.",
    ),
    "root.not_first": _history(
        ko="처음 등록에는 첫 번째 신뢰 문서가 필요합니다. 받은 버전: {version}",
        en="Trust starts from version 1 of the root; this is version {version}.",
        next_ko="버전 1 문서로 `onggi-node init` 명령을 실행하십시오.",
        next_en="Run `onggi-node init` with version 1.",
    ),
    "root.quorum_missing": _history(
        ko="신뢰 문서의 서명자가 부족합니다. 현재: {have}명, 필요: {need}명",
        en="{have} keepers signed the root; {need} are needed.",
        next_ko="나머지 서명자의 서명을 받으십시오.",
        next_en="Collect the missing signatures.",
    ),
    "root.old_quorum_missing": _history(
        ko="새 신뢰 문서에 기존 서명자의 동의가 부족합니다. 현재: {have}명, 필요: {need}명",
        en="{have} of the previous root's keepers signed the new one; {need} are needed.",
    ),
    "root.new_quorum_missing": _history(
        ko="새 신뢰 문서에 새 서명자의 서명이 부족합니다. 현재: {have}명, 필요: {need}명",
        en="{have} of the new root's own keepers signed it; {need} are needed.",
        next_ko="새 서명자의 서명을 받으십시오.",
        next_en="Collect the new keepers' signatures.",
    ),
    "root.other_federation": _history(
        ko="다른 연합의 신뢰 문서입니다. 이 기관의 연합: {expected}",
        en="This root belongs to another federation than {expected}.",
    ),
    "root.forked": _history(
        ko="같은 버전의 서로 다른 신뢰 문서가 있습니다. 버전: {version}",
        en="Two different roots claim to be version {version}.",
    ),
    "root.rolled_back": _history(
        ko="예전 신뢰 문서로 되돌리려 했습니다. 현재 버전: {known}, 받은 버전: {offered}",
        en="An older root was offered. Known: version {known}. Offered: version {offered}.",
    ),
    "root.version_skipped": _history(
        ko="중간 버전의 신뢰 문서가 빠졌습니다. 현재 버전: {known}, 받은 버전: {offered}",
        en="A version between is missing. Known: version {known}. Offered: version {offered}.",
        next_ko="빠진 버전의 문서를 차례대로 받으십시오.",
        next_en="Fetch the missing versions in order.",
    ),
    "root.issued_backwards": _history(
        ko="새 신뢰 문서의 작성 시각이 이전 문서보다 앞섭니다. 버전: {version}",
        en="Version {version} of the root is dated before the one that it replaces.",
    ),
    "root.revocation_dropped": _history(
        ko="새 신뢰 문서에서 폐기된 열쇠가 폐기 목록에서 빠졌습니다. 버전: {version}",
        en="Version {version} of the root no longer lists a key that was revoked.",
    ),
    "root.expired": _history(
        ko="연합 신뢰 문서의 유효 기간이 지났습니다. 버전: {version}, 만료: {expired}",
        en="The federation root has expired. Version {version}, expired {expired}.",
        next_ko="운영기관에 갱신된 신뢰 문서를 요청하십시오.",
        next_en="Ask the coordinating body for the renewed root.",
    ),
    "root.from_the_future": _late(
        ko="연합 신뢰 문서의 작성 시각이 이 기관의 시계보다 늦습니다. 버전: {version}, 작성: {issued}",
        en="The federation root is dated ahead of this clock. Version {version}, issued {issued}.",
    ),
    "root.unknown_log": _history(
        ko="신뢰 문서에 없는 로그입니다. 로그: {origin}",
        en="The federation root does not list this log: {origin}.",
    ),
}

_ROOT_CONTENTS = {
    "root.malformed": _content(
        ko="연합 신뢰 문서의 형식이 올바르지 않습니다. 항목: {why}",
        en="The federation root is malformed. Entry: {why}.",
    ),
    "root.dates_reversed": _content(
        ko="신뢰 문서의 만료 시각이 작성 시각보다 앞섭니다.",
        en="The root expires before it was issued.",
    ),
    "root.member_twice": _content(
        ko="같은 위원이 두 번 등록되어 있습니다. 위원: {name}",
        en="A member is listed twice. Member: {name}.",
    ),
    "root.site_twice": _content(
        ko="같은 기관이 두 번 등록되어 있습니다. 기관: {name}",
        en="A hospital is listed twice. Site: {name}.",
    ),
    "root.log_twice": _content(
        ko="같은 로그가 두 번 등록되어 있습니다. 로그: {name}",
        en="A log is listed twice. Log: {name}.",
    ),
    "root.legal_entity_ambiguous": _content(
        ko="같은 법인의 이름이 서로 다르게 적혀 있습니다. 법인: {entity}",
        en="One legal entity is spelled in two ways. Entity: {entity}.",
    ),
    "root.identity_key_twice": _content(
        ko="두 기관이 같은 열쇠를 쓰고 있습니다. 열쇠 지문: {name}",
        en="Two hospitals share one identity key. Key: {name}.",
    ),
    "root.key_twice": _content(
        ko="하나의 열쇠가 두 곳에 등록되어 있습니다. 열쇠 지문: {name}",
        en="One key is listed in two places. Key: {name}.",
    ),
    "root.root_key_twice": _content(
        ko="신뢰 문서를 서명하는 열쇠가 두 번 적혀 있습니다. 열쇠 지문: {name}",
        en="A key that signs the root is named twice. Key: {name}.",
    ),
    "root.revoked_twice": _content(
        ko="폐기 목록에 같은 열쇠가 두 번 있습니다. 열쇠 지문: {name}",
        en="The list of revoked keys names one twice. Key: {name}.",
    ),
    "root.revoked_key_listed": _content(
        ko="폐기된 열쇠가 아직 등록되어 있습니다. 열쇠 지문: {key}",
        en="A revoked key is still listed. Key: {key}.",
    ),
    "root.unknown_root_key": _content(
        ko="신뢰 문서를 서명하는 열쇠가 어느 위원의 것도 아닙니다. 열쇠 지문: {key}",
        en="A key that signs the root belongs to no member. Key: {key}.",
    ),
    "root.rule_unreachable": _content(
        ko="아무도 충족할 수 없는 규칙이 있습니다. 규칙: {rule}",
        en="A rule asks for more people than there are. Rule: {rule}.",
    ),
}

_LOG = {
    "log.checkpoint_malformed": _log(
        ko="로그 확인서의 형식이 올바르지 않습니다.",
        en="The log's checkpoint is malformed.",
    ),
    "log.wrong_origin": _log(
        ko="다른 로그의 확인서입니다. 이 연합의 로그: {expected}",
        en="The checkpoint belongs to another log than {expected}.",
    ),
    "log.signature_missing": _log(
        ko="확인서에 로그의 서명이 없습니다. 로그: {origin}",
        en="The log did not sign the checkpoint. Log: {origin}.",
    ),
    "log.signature_invalid": _log(
        ko="확인서에 있는 로그의 서명이 맞지 않습니다. 로그: {origin}",
        en="The log's signature on the checkpoint is wrong. Log: {origin}.",
    ),
    "log.cosignature_invalid": _log(
        ko="확인서에 있는 기관의 서명이 맞지 않습니다. 기관: {witness}",
        en="A hospital's signature on the checkpoint is wrong. Hospital: {witness}.",
    ),
    "log.too_few_witnesses": _late(
        ko="확인서에 서명한 기관이 부족합니다. 현재: {have}, 필요: {need}",
        en="{have} hospitals signed the checkpoint; {need} are needed.",
    ),
    "log.stale": _late(
        ko="로그 확인서가 오래되었습니다. 가장 최근 서명 시각: {newest} (유닉스 초)",
        en="The log's checkpoint is too old. Newest signature: {newest} (Unix seconds).",
    ),
    "log.from_the_future": _late(
        ko="로그 확인서의 시각이 이 기관의 시계보다 늦습니다. 차이: {seconds}초",
        en="The log's checkpoint is dated {seconds} seconds ahead of this clock.",
        next_ko="`timedatectl status` 명령으로 시각 동기화를 확인하십시오.",
        next_en="Check the clock with `timedatectl status`.",
    ),
    "log.forked": _log(
        ko="로그의 과거가 이 기관이 본 것과 다릅니다. 알던 크기: {known}, 받은 크기: {offered}",
        en="The log's past differs from what was seen here. Known size: {known}. Offered: {offered}.",
    ),
    "log.cut_short": _log(
        ko="로그가 이 기관이 본 것보다 짧아졌습니다. 알던 크기: {known}, 받은 크기: {offered}",
        en="The log is shorter than what was seen here. Known size: {known}. Offered: {offered}.",
    ),
    "log.not_included": _log(
        ko="문서가 로그에 들어 있다는 증명이 맞지 않습니다. 위치: {index}, 로그 크기: {size}",
        en="The proof that the entry is in the log is wrong. Place: {index}. Log size: {size}.",
    ),
}

WORDS: dict[str, Words] = {**_ROOT_STEPS, **_ROOT_CONTENTS, **_LOG}
