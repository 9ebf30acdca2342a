"""Words for privacy budgets and noise: why an answer with noise cannot be planned, or may not be paid for."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_question = partial(Words, status=422, exit=350)
_hospital = partial(Words, status=409, exit=192)

_RESUBMIT_KO = "작업 명세의 프라이버시 예산을 고쳐 onggi submit 명령으로 다시 제출하십시오."
_RESUBMIT_EN = "Correct the job's privacy budget and submit it again with `onggi submit`."
_COARSER_KO = "변수의 범위를 좁히거나 예산을 늘려 작업을 다시 제출하십시오."
_COARSER_EN = "Narrow the ranges of the variables or ask for a larger budget, and submit the job again."
_SHOW_KO = "남은 예산을 확인하십시오: onggi-node budget show"
_SHOW_EN = "See what is left: onggi-node budget show"

WORDS: dict[str, Words] = {
    "budget.request_too_small": _question(
        ko="요청한 프라이버시 예산이 너무 작아 어떤 잡음으로도 답을 만들 수 없습니다.",
        en="The privacy budget that is asked for is so small that no noise could keep within it.",
        next_ko=_RESUBMIT_KO,
        next_en=_RESUBMIT_EN,
    ),
    "budget.request_too_large": _question(
        ko="요청한 프라이버시 예산이 너무 커서 아무도 보호하지 못합니다.",
        en="The privacy budget that is asked for is so large that it would protect nobody.",
        next_ko=_RESUBMIT_KO,
        next_en=_RESUBMIT_EN,
    ),
    "budget.exhausted": _hospital(
        ko="기관이 정한 프라이버시 예산 상한을 넘게 되어 이 답을 낼 수 없습니다.",
        en="The answer would go beyond the ceiling that the hospital set for its privacy budget.",
        next_ko=_SHOW_KO,
        next_en=_SHOW_EN,
    ),
    "budget.ceiling_wrong": _hospital(
        ko="엡실론은 0보다 크고 1000 이하인 수이며 소수 여섯째 자리까지 쓸 수 있습니다.",
        en="Epsilon is a number above zero, 1000 at most, with six decimal places at most.",
        next_ko="3과 같은 수로 고치십시오.",
        next_en="Type a number such as 3.",
    ),
    "budget.delta_wrong": _hospital(
        ko="델타는 0과 1 사이의 수이며 소수 열다섯째 자리까지 쓸 수 있습니다.",
        en="Delta is a number between zero and one, with fifteen decimal places at most.",
        next_ko="1e-6과 같은 수로 고치십시오.",
        next_en="Type a number such as 1e-6.",
    ),
    "budget.reason_wrong": _hospital(
        ko="까닭이 비었거나 너무 깁니다. 최대 {maximum}자, 한 줄로 쓸 수 있습니다.",
        en="This is decided for a reason: one line of at most {maximum} characters.",
        next_ko="까닭을 한 줄로 적으십시오. 기관의 감사 기록에 남습니다.",
        next_en="Write the reason in one line; it stays in this hospital's audit log.",
    ),
    "budget.ceiling_changed": _hospital(
        ko="보시는 동안 다른 사람이 상한을 바꾸었습니다.",
        en="Somebody else set another ceiling while you looked at it.",
        next_ko="지금의 상한과 비교한 뒤 다시 정하십시오.",
        next_en="Compare with the ceiling of now, then set yours again if it still should be so.",
    ),
    "budget.populations_changed": _hospital(
        ko="보시는 동안 다른 사람이 상한이나 대상 집단을 바꾸었습니다.",
        en="Somebody else changed a ceiling or a population while you looked at it.",
        next_ko="지금의 집단과 비교한 뒤 다시 정하십시오.",
        next_en="Compare with how they stand now, then decide again if it still should be so.",
    ),
    "budget.dataset_elsewhere": _hospital(
        ko="이 집단에 속한 데이터셋이 아닙니다. 속한 집단: {population}",
        en="This data set belongs to another population: {population}",
        next_ko="그 집단의 쪽에서 옮기십시오.",
        next_en="Move it from that population's page.",
    ),
    "budget.population_not_found": Words(
        ko="그런 대상 집단이 없거나 다른 집단에 합쳐졌습니다.",
        en="There is no such population, or it was joined to another one.",
        next_ko=_SHOW_KO,
        next_en="See the populations: onggi-node budget show",
        status=404,
        exit=192,
    ),
    "budget.name_wrong": _hospital(
        ko="이름이 올바르지 않습니다. 소문자로 시작하고 소문자, 숫자, 붙임표만 쓸 수 있습니다.",
        en="This cannot be a name: it begins with a small letter and has small letters, digits and hyphens.",
        next_ko=_SHOW_KO,
        next_en="See the names: onggi-node budget show",
    ),
    "budget.loss_unreadable": _hospital(
        ko="예산 관리대장의 한 항목을 읽을 수 없습니다.",
        en="An entry of the budget register cannot be read.",
        next_ko="백업에서 되돌린 뒤 확인하십시오: onggi-node budget show",
        next_en="Restore it from a backup, then run: onggi-node budget show",
    ),
    "budget.no_ceiling": _hospital(
        ko="기관이 프라이버시 예산 상한을 정하지 않아 예산을 쓸 수 없습니다. 대상 집단: {population}",
        en="The hospital has set no ceiling, so nothing may be spent. Population: {population}",
        next_ko="상한을 정하십시오: onggi-node budget set --epsilon <값> --delta <값> --reason <까닭>",
        next_en="Set one: onggi-node budget set --epsilon <number> --delta <number> --reason <words>",
    ),
    "budget.not_reserved": _hospital(
        ko="예약하지 않은 예산으로는 답을 내보낼 수 없습니다. 답의 번호: {ordinal}",
        en="Nothing is reserved for this answer, so it does not leave. Number of the answer: {ordinal}",
        next_ko=_SHOW_KO,
        next_en=_SHOW_EN,
    ),
    "budget.given_back": _hospital(
        ko="이 답의 예약은 이미 취소되었습니다. 답의 번호: {ordinal}",
        en="What was reserved for this answer was given back. Number of the answer: {ordinal}",
        next_ko="같은 질문을 새 작업으로 제출하십시오.",
        next_en="Submit the question again as another job.",
    ),
    "budget.other_cost": _hospital(
        ko="예약한 것과 다른 크기의 예산을 쓰려고 했습니다. 답의 번호: {ordinal}",
        en="The answer costs another amount than was reserved for it. Number of the answer: {ordinal}",
        next_ko=_SHOW_KO,
        next_en=_SHOW_EN,
    ),
    "budget.behind": _hospital(
        ko="예산 관리대장에 빠진 항목이 있어 예산을 모두 쓴 것으로 봅니다. 필요: {kept}, 현재: {here}",
        en="The budget register lacks entries, so all of it counts as spent. Expected: {kept}, here: {here}",
        next_ko="더 최근의 백업을 복원한 뒤 실행하십시오: onggi-node budget show",
        next_en="Restore a later backup, then run: onggi-node budget show",
    ),
    "budget.chain_broken": _hospital(
        ko="예산 관리대장의 연결이 끊겨 있습니다. 항목: {entry}",
        en="An entry of the budget register was altered or removed. Entry: {entry}",
        next_ko="백업과 비교해 바뀐 곳을 확인하십시오: onggi-node audit list --json",
        next_en="Compare with the backup what changed: onggi-node audit list --json",
    ),
    "budget.head_forged": Words(
        ko="밖에 보관된 예산 관리대장 기록에 이 기관의 서명이 없습니다.",
        en="The head of the budget register that was kept outside is not signed by this hospital.",
        next_ko="onggi-node audit list --json 결과를 운영기관에 보내 원인을 함께 확인하십시오.",
        next_en="Send the output of onggi-node audit list --json to the coordinator's operator.",
        status=403,
        exit=192,
    ),
    "budget.dataset_used": _hospital(
        ko="이미 예산을 쓴 데이터셋은 다른 집단으로 옮길 수 없습니다. 데이터셋: {dataset}",
        en="A data set whose budget was used cannot be moved to another population. Data set: {dataset}",
        next_ko="두 집단을 합칠 수는 있습니다: onggi-node budget join <집단> <합칠 집단> --reason <까닭>",
        next_en="Two populations can be joined: onggi-node budget join <population> <into> --reason <words>",
    ),
    "budget.ceiling_unreadable": _hospital(
        ko="예산 관리대장의 상한을 읽을 수 없습니다. 대상 집단: {population}",
        en="A ceiling in the budget register cannot be read. Population: {population}",
        next_ko="백업에서 되돌린 뒤 확인하십시오: onggi-node budget show",
        next_en="Restore it from a backup, then run: onggi-node budget show",
    ),
    "noise.events_unbounded": _question(
        ko="한 사람의 사건 수에는 상한이 없어 사건 수에는 잡음의 크기를 정할 수 없습니다.",
        en="One person may have any number of events, so no noise can be large enough for a count of them.",
        next_ko="사건 수를 빼고 작업을 다시 제출하십시오.",
        next_en="Submit the job again without `events`.",
    ),
    "noise.sum_impossible": Words(
        ko="잡음을 더한 합계가 정수가 아닙니다.",
        en="A sum of noisy counts is not a whole number.",
        next_ko="결과를 쓰지 말고 운영기관에 알려 기록을 조사하게 하십시오.",
        next_en="Do not use the result; ask the operating body to examine the log.",
        status=403,
        exit=255,
    ),
    "noise.lost": _hospital(
        ko="이미 나갔을 수 있는 답의 잡음이 남아 있지 않아 답을 다시 낼 수 없습니다. 답의 번호: {ordinal}",
        en="The answer may have left, and its noise is not here any more. Number of the answer: {ordinal}",
        next_ko="같은 질문을 새 작업으로 제출하십시오. 예산을 새로 씁니다.",
        next_en="Submit the question again as another job; that costs budget anew.",
    ),
    "noise.range_wrong": _question(
        ko="잡음을 정하는 값의 범위가 올바르지 않습니다.",
        en="The declared range from which noise is worked out is not a range.",
        next_ko=_RESUBMIT_KO,
        next_en=_RESUBMIT_EN,
    ),
    "noise.no_room": _question(
        ko="값의 범위에 견주어 잡음이 너무 커서 64비트 정수에 담을 수 없습니다.",
        en="Values of the declared range with so much noise do not fit into 64 bits.",
        next_ko=_COARSER_KO,
        next_en=_COARSER_EN,
    ),
    "noise.nobody_left": _question(
        ko="모든 기관의 잡음이 빠질 수 있는 계획이어서 합계를 보호하지 못합니다.",
        en="The noise of every hospital might be missing, so nothing would protect the sum.",
        next_ko="최소 기관 수를 늘려 작업을 다시 제출하십시오.",
        next_en="Raise the minimum number of hospitals and submit the job again.",
    ),
    "noise.grid_too_coarse": _question(
        ko="예산이 너무 커서 기관마다 나눈 잡음이 눈금 하나보다 그다지 크지 않습니다.",
        en="With so large a budget the noise that each hospital adds would be too small for whole numbers.",
        next_ko="더 작은 예산으로 작업을 다시 제출하십시오: onggi budget cost <파일>",
        next_en="Submit the job again with a smaller budget: onggi budget cost <file>",
    ),
}
