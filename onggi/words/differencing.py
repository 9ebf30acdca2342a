"""Words for the guard between answers: why one so like an earlier answer is not given, or not as asked."""

from __future__ import annotations

from onggi.words.entry import Words


def _near(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The difference of two answers would tell of a few persons, or of one hospital."""
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=409, exit=352)


def _turn(ko: str, en: str) -> Words:
    """Not the end of a run: the coordinator tries once more."""
    return Words(
        ko=ko,
        en=en,
        next_ko="중앙 서버가 새로 시도합니다. 상태를 확인하십시오: onggi-node runs",
        next_en="The coordinator tries anew. See the state: onggi-node runs",
        status=409,
        exit=191,
    )


WORDS: dict[str, Words] = {
    "differencing.too_near": _near(
        "이전 결과와 거의 같은 사람들이 대상이라 두 결과의 차이에서 소수가 드러납니다. 대상: {set}",
        "Nearly the same persons were described before: the difference of both answers would tell of a few. "
        "Set: {set}",
        "이전 결과를 쓰거나, 이전과 똑같은 정의로 묻거나, 더 많은 사람이 다른 대상을 고르십시오.",
        "Use the earlier answer, ask by the very same definition, or choose persons of whom more differ.",
    ),
    "differencing.one_hospital": _near(
        "거의 같은 사람들에 대한 이전 결과와 참여 기관이 달라, 몇 기관의 값이 드러날 수 있습니다.",
        "An earlier answer on nearly the same persons had other hospitals: differences of such answers would "
        "show single hospitals' own numbers.",
        "이전과 같은 기관들로 묻거나, 더 많은 사람이 다른 대상을 고르십시오.",
        "Ask the same hospitals as before, or choose persons of whom more differ.",
    ),
    "differencing.leave_out": _turn(
        "이전 결과와 너무 가까워 몇 사람을 더 제외하고 다시 계산합니다.",
        "The answer comes near to an earlier one: it is computed again without some further persons.",
    ),
    "differencing.work_out": _turn(
        "이전 결과와 너무 가까운 인원수를 이전 결과에서 얻은 값으로 바꾸어 다시 합산합니다.",
        "Numbers that come near to earlier ones are taken from these, and added up again.",
    ),
    "differencing.busy": _turn(
        "다른 작업의 합산이 끝나기를 기다립니다.",
        "The sum of another run is being opened; this one waits for it.",
    ),
    "differencing.register_damaged": Words(
        ko="이전 결과의 대상자 기록을 열 수 없거나 바뀌거나 빠진 기록이 있어 아무 결과도 내보내지 않습니다.",
        en="The register of who was in earlier answers cannot be opened, or rows are altered or missing: "
        "nothing leaves.",
        next_ko="데이터 키와 상태 DB를 백업에서 함께 복원하고 onggi-node doctor로 점검하십시오.",
        next_en="Restore data key and state database together from a backup, then run `onggi-node doctor`.",
        status=500,
        exit=195,
    ),
}
