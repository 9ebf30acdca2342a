"""Words for `onggi cohort`: fetching a definition, and what is told beside one that can be read."""

from __future__ import annotations

from onggi.words.entry import Words


def _say(exit_code: int, *, ko: str, en: str, next_ko: str, next_en: str, status: int = 422) -> Words:
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=exit_code)


_SOURCES = {
    "cohort.source_address": _say(
        380,
        ko="정의를 가져올 수 있는 주소가 아닙니다. https 주소만 사용합니다.",
        en="No definition can be fetched from this address. Only https is used.",
        next_ko="형식: `onggi cohort import https://<주소>/WebAPI/cohortdefinition/<번호>`",
        next_en="Write it so: `onggi cohort import https://<host>/WebAPI/cohortdefinition/<id>`",
    ),
    "cohort.source_page": _say(
        381,
        ko="ATLAS 화면의 주소이며 정의 자체의 주소가 아닙니다. 호스트: {host}",
        en="This is the address of a page of ATLAS, not of the definition itself. Host: {host}",
        next_ko="같은 번호로 WebAPI 주소를 사용하십시오: https://{host}/WebAPI/cohortdefinition/<번호>",
        next_en="Use WebAPI's address with the same number: https://{host}/WebAPI/cohortdefinition/<id>",
    ),
    "cohort.source_unreachable": _say(
        382,
        ko="WebAPI에서 제때 응답을 받지 못했습니다. 호스트: {host}",
        en="WebAPI did not answer in time, or could not be reached. Host: {host}",
        next_ko="주소와 프록시 설정(HTTPS_PROXY)을 확인한 뒤 다시 실행하십시오.",
        next_en="Check address and proxy (HTTPS_PROXY), and run it again.",
        status=503,
    ),
    "cohort.source_certificate": _say(
        383,
        ko="WebAPI 서버의 인증서를 신뢰할 수 없습니다. 호스트: {host}, 사유: {reason}",
        en="The certificate of the WebAPI server is not trusted. Host: {host}. Reason: {reason}",
        next_ko="그 서버의 CA 파일을 지정하십시오: `onggi cohort import ... --ca-file <파일>`",
        next_en="Name the server's CA file: `onggi cohort import ... --ca-file <file>`",
        status=502,
    ),
    "cohort.source_status": _say(
        384,
        ko="WebAPI가 정의를 내주지 않았습니다. 호스트: {host}, HTTP 상태: {status}",
        en="WebAPI did not give the definition. Host: {host}. HTTP status: {status}",
        next_ko="번호를 확인하고, 로그인이 필요한 서버이면 `--secret-env` 옵션으로 토큰을 주십시오.",
        next_en="Check the number; if the server asks for a login, give its token with `--secret-env`.",
        status=502,
    ),
    "cohort.source_too_large": _say(
        385,
        ko="응답이 너무 커서 읽지 않았습니다. 호스트: {host}, 한도(바이트): {limit}",
        en="The answer is larger than {limit} bytes and was not read. Host: {host}",
        next_ko="주소가 코호트 정의 하나를 가리키는지 확인하십시오.",
        next_en="Check that the address names one cohort definition.",
        status=502,
    ),
    "cohort.source_malformed": _say(
        386,
        ko="응답이 코호트 정의가 아닙니다. 호스트: {host}, 사유: {why}",
        en="The answer is not a cohort definition. Host: {host}. Reason: {why}",
        next_ko="주소가 WebAPI의 코호트 정의를 가리키는지 확인하십시오.",
        next_en="Check that the address names a cohort definition of WebAPI.",
        status=502,
    ),
    "cohort.dataset_unclear": _say(
        387,
        ko="이 이용승인에서 사용할 데이터셋을 하나로 정할 수 없습니다. 이용승인의 데이터셋: {datasets}",
        en="Which dataset of the permit is meant cannot be told. The permit's datasets: {datasets}",
        next_ko="`--dataset` 옵션으로 하나를 지정하십시오.",
        next_en="Name one with `--dataset`.",
    ),
}

_REMARKS = {
    "cohort.limit_without_effect": _say(
        388,
        ko="추가 조건이 없어 QualifiedLimit 설정이 적용되지 않습니다. 위치: {place}",
        en="Without additional criteria this limit has no effect; every event counts. Place: {place}",
        next_ko="사건을 하나만 쓰려면 PrimaryCriteriaLimit 또는 ExpressionLimit 값을 바꾸십시오.",
        next_en="To use one event only, change PrimaryCriteriaLimit or ExpressionLimit.",
        status=200,
    ),
    "cohort.concept_set_unused": _say(
        388,
        ko="정의에서 사용하지 않는 개념 집합이 있습니다. 번호: {id}, 위치: {place}",
        en="Nothing in the definition uses this concept set. Id: {id}. Place: {place}",
        next_ko="필요 없으면 지우고, 필요하면 조건에 연결하십시오.",
        next_en="Remove it, or use it in a criterion.",
        status=200,
    ),
    "cohort.concept_set_empty": _say(
        388,
        ko="포함하는 개념이 없어 어떤 기록도 해당하지 않는 개념 집합입니다. 번호: {id}, 위치: {place}",
        en="This concept set includes no concept and matches no record. Id: {id}. Place: {place}",
        next_ko="개념을 추가하십시오.",
        next_en="Add a concept.",
        status=200,
    ),
    "cohort.rule_name_twice": _say(
        388,
        ko="같은 이름의 포함 기준이 앞에 있습니다. 위치: {place}",
        en="An earlier inclusion rule has the same name. Place: {place}",
        next_ko="결과 표에서 구별되도록 이름을 바꾸십시오.",
        next_en="Rename it, so that the two can be told apart in the result.",
        status=200,
    ),
    "cohort.always_holds": _say(
        388,
        ko="누구나 항상 충족하는 조건입니다. 위치: {place}",
        en="This condition holds for everybody. Place: {place}",
        next_ko="뜻한 조건이 맞는지 횟수와 종류를 확인하십시오.",
        next_en="Check its count and type.",
        status=200,
    ),
    "cohort.window_reversed": _say(
        388,
        ko="시작이 끝보다 늦어 해당하는 날이 없는 기간입니다. 위치: {place}",
        en="This window begins after its end: no day lies in it. Place: {place}",
        next_ko="앞뒤 날수를 바꾸십시오.",
        next_en="Exchange its two ends.",
        status=200,
    ),
    "cohort.range_reversed": _say(
        388,
        ko="작은 값과 큰 값의 순서가 바뀐 범위입니다. 범위: {range}, 위치: {place}",
        en="The first value of this range lies above its last. Range: {range}. Place: {place}",
        next_ko="두 값을 바꾸십시오.",
        next_en="Exchange the two values.",
        status=200,
    ),
    "cohort.first_before_conditions": _say(
        388,
        ko="가장 이른 기록을 먼저 고른 다음 다른 조건을 확인합니다. 위치: {place}",
        en="The earliest record is chosen before the other conditions are asked of it. Place: {place}",
        next_ko="조건을 충족하는 첫 기록을 뜻하면 First 대신 PrimaryCriteriaLimit 값을 사용하십시오.",
        next_en="If the first record that meets them is meant, use PrimaryCriteriaLimit instead of First.",
        status=200,
    ),
}

WORDS: dict[str, Words] = {**_SOURCES, **_REMARKS}
