"""Words for what can go wrong while the coordinator leads a job."""

from __future__ import annotations

from onggi.words.entry import Words

_EXPLAIN_KO = "`onggi job explain`을 실행해 주십시오."
_EXPLAIN_EN = "Run `onggi job explain`."
_AGAIN_KO = "잠시 후 작업을 다시 제출해 주십시오."
_AGAIN_EN = "Submit the job again later."
_VERIFY_KO = "`onggi log verify`를 실행하고 운영기관에 알려 주십시오."
_VERIFY_EN = "Run `onggi log verify` and tell the operating body."

WORDS: dict[str, Words] = {
    "deletion.not_signed": Words(
        ko="파기 기록에 해당 기관의 서명이 없습니다.",
        en="A deletion record is not signed by the hospital it speaks for.",
        next_ko=_VERIFY_KO,
        next_en=_VERIFY_EN,
        exit=251,
    ),
    "job.cancelled": Words(
        ko="작업이 취소되었습니다.",
        en="The job was cancelled.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        exit=252,
    ),
    "log.too_few_witnesses_connected": Words(
        ko="투명성 로그를 확인해 줄 기관이 충분히 연결되어 있지 않습니다.",
        en="Too few hospitals are connected to witness the transparency log.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=503,
        exit=253,
    ),
    "reply.changed": Words(
        ko="같은 차례의 답이 이전과 다르게 도착했습니다.",
        en="A hospital's reply came a second time with other content.",
        next_ko=_VERIFY_KO,
        next_en=_VERIFY_EN,
        exit=251,
    ),
    "run.no_result": Words(
        ko="분석 앱이 정해진 형식의 결과를 남기지 않았습니다.",
        en="The job's app left no result of a known type.",
        next_ko=_EXPLAIN_KO,
        next_en=_EXPLAIN_EN,
        exit=254,
    ),
    "run.not_resumable": Words(
        ko="중앙 서버가 다시 시작된 뒤 같은 계산이 이어지지 않아 작업을 중단했습니다.",
        en="After a restart the job asked other questions than before, so it was ended.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        exit=254,
    ),
    "run.site_silent": Words(
        ko="참여 기관의 답이 기한 안에 도착하지 않았습니다.",
        en="A participating hospital did not answer in time.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=503,
        exit=253,
    ),
    "run.sum_not_finished": Words(
        ko="가림 합산을 여러 번 시도했으나 끝내지 못했습니다. 시도 횟수: {attempts}",
        en="The masked sum could not be finished in {attempts} attempts.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=503,
        exit=253,
    ),
    "run.too_few_accepted": Words(
        ko="작업을 수락한 기관이 너무 적습니다. 사유: {reason}",
        en="Too few hospitals accepted the job. Reason given: {reason}.",
        next_ko=_EXPLAIN_KO,
        next_en=_EXPLAIN_EN,
        exit=252,
    ),
    "run.too_few_answered": Words(
        ko="기한 안에 응답한 기관이 너무 적습니다. 필요한 기관 수: {minimum}",
        en="Fewer than {minimum} hospitals answered in time.",
        next_ko=_AGAIN_KO,
        next_en=_AGAIN_EN,
        status=503,
        exit=253,
    ),
    "run.uneven_messages": Words(
        ko="분석 앱이 기관마다 다른 질문을 보내려 했습니다.",
        en="The job's app tried to ask hospitals different questions.",
        next_ko=_EXPLAIN_KO,
        next_en=_EXPLAIN_EN,
        exit=254,
    ),
}
