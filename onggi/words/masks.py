"""Words for masked sums: why a sum was not started, was stopped, or revealed nothing."""

from __future__ import annotations

from onggi.words.entry import Words


def _said(ko: str, en: str, next_ko: str, next_en: str, *, status: int, exit: int) -> Words:
    return Words(ko=ko, en=en, next_ko=next_ko, next_en=next_en, status=status, exit=exit)


def _setup(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """The sum as asked for cannot be run."""
    return _said(ko, en, next_ko, next_en, status=422, exit=150)


def _stopped(ko: str, en: str, next_ko: str, next_en: str) -> Words:
    """A rule ended the sum; nothing was revealed."""
    return _said(ko, en, next_ko, next_en, status=409, exit=151)


def _distrust(ko: str, en: str) -> Words:
    """Something that another side sent is wrong: the sum ended and the log tells who is to be asked."""
    next_ko = (
        "합산은 중단되었습니다. onggi-node releases 명령으로 보낸 기록을 확인하고 운영기관에 알려 주십시오."
    )
    next_en = (
        "The sum was stopped. Check what was sent with `onggi-node releases` and tell the operating body."
    )
    return _said(ko, en, next_ko, next_en, status=403, exit=152)


WORDS: dict[str, Words] = {
    "masks.too_few_entities": _setup(
        "가림 합산에는 서로 다른 법인이 {needed}곳 이상 필요하지만 {have}곳뿐입니다.",
        "A masked sum needs at least {needed} distinct legal entities; there are {have}.",
        "다른 법인의 병원을 참여 기관에 더한 뒤 작업을 다시 제출하십시오.",
        "Add hospitals of other legal entities to the participants and submit the job again.",
    ),
    "masks.threshold_low": _setup(
        "가림 합산의 복원 기준이 맞지 않습니다. 지정된 기준: {threshold}, 필요한 최소 기준: {needed}.",
        "The threshold of the masked sum is {threshold}; for these participants it must be at least {needed} "
        "and at most their number.",
        "복원 기준을 최소 기준 이상으로 올린 뒤 작업을 다시 제출하십시오.",
        "Set the threshold in that range and submit the job again.",
    ),
    "masks.site_twice": _setup(
        "같은 기관이 참여 목록에 두 번 있습니다.",
        "One site is listed twice among the participants.",
        "참여 목록에서 중복을 없앤 뒤 다시 제출하십시오.",
        "Remove the repetition from the participants and submit again.",
    ),
    "masks.identity_key_twice": _setup(
        "같은 신원 키가 두 기관의 이름으로 등록되어 있습니다.",
        "One identity key stands for two sites.",
        "연합 신뢰 목록에서 두 기관의 신원 키를 확인하십시오.",
        "Check the identity keys of the two sites in the federation root.",
    ),
    "masks.identity_key_wrong": _setup(
        "신원 키가 P-256 공개키가 아닙니다. 기관: {site}.",
        "The identity key of {site} is not a P-256 public key.",
        "연합 신뢰 목록에 있는 그 기관의 신원 키를 확인하십시오.",
        "Check that site's identity key in the federation root.",
    ),
    "masks.context_wrong": _setup(
        "가림 합산의 설정이 올바르지 않습니다(이름, 키, 벡터 길이, 소수 자릿수 가운데 하나).",
        "The masked sum is described wrongly (a name, a key, the vector's length or the fraction bits).",
        "작업 명세의 가림 합산 설정을 확인하십시오.",
        "Check the masked sum in the job's specification.",
    ),
    "masks.not_a_participant": _setup(
        "이 기관은 가림 합산의 참여 기관이 아닙니다. 기관: {site}.",
        "{site} is not a participant of this masked sum.",
        "작업의 참여 기관 목록을 확인하십시오.",
        "Check the job's list of participants.",
    ),
    "masks.range_wrong": _setup(
        "값의 범위나 참여 기관 수의 선언이 올바르지 않습니다.",
        "The declared ranges or the number of participants are not valid.",
        "작업 명세의 값 범위를 확인하십시오.",
        "Check the declared ranges in the job's specification.",
    ),
    "masks.range_overflow": _setup(
        "선언된 범위로는 {participants}곳의 합이 64비트 안에 들어가지 않습니다(소수 비트 {fraction_bits}).",
        "With the declared range, the sum of {participants} sites does not fit into 64 bits "
        "({fraction_bits} fraction bits).",
        "값을 표준화하거나 범위를 좁힌 뒤 다시 제출하십시오.",
        "Standardise the values or narrow the range, then submit again.",
    ),
    "masks.value_out_of_range": _stopped(
        "이 병원의 값 가운데 하나가 선언된 범위를 벗어나거나 숫자가 아닙니다.",
        "One of this hospital's values is outside its declared range, or is not a number.",
        "자료의 단위와 이상값을 확인하고, 필요하면 연구자에게 범위를 넓혀 달라고 요청하십시오.",
        "Check the units and outliers of the data; if they are right, ask the researcher for a wider range.",
    ),
    "masks.vector_wrong": _stopped(
        "합산할 벡터의 모양이나 형식이 합산의 선언과 다릅니다.",
        "The vector to be summed does not have the declared shape or type.",
        "작업 종류의 버전이 모든 기관에서 같은지 확인하십시오.",
        "Check that all sites run the same version of this kind of job.",
    ),
    "masks.below_threshold": _stopped(
        "남은 기관이 부족해 합산을 멈추었고 아무것도 공개하지 않았습니다. "
        "남은 기관: {have}, 필요한 기관: {needed}.",
        "Too few sites remain ({have} of the {needed} needed). The sum was stopped and nothing was revealed.",
        "빠진 기관이 다시 연결되면 새 라운드로 다시 실행하십시오.",
        "Run it again as a new round once the missing sites are back.",
    ),
    "masks.not_included": _stopped(
        "이 병원의 공개키가 받은 목록에 없어 이번 합산에 참여하지 않습니다.",
        "This hospital's own keys are not in the list that it was shown; it takes no part in this sum.",
        "onggi-node status 명령으로 연결 상태를 확인한 뒤 다음 라운드를 기다리십시오.",
        "Check the connection with `onggi-node status` and wait for the next round.",
    ),
    "masks.out_of_order": _stopped(
        "가림 합산의 단계 순서가 맞지 않아 요청을 거절했습니다.",
        "This step of the masked sum was asked for out of order.",
        "이미 마친 단계라면 저장된 답을 다시 보내십시오.",
        "If the step was already taken, send its stored answer again.",
    ),
    "masks.already_revealed": _stopped(
        "이 합산은 이미 공개되었습니다. 같은 입력을 다른 기관 집합으로 다시 합산하지 않습니다.",
        "This sum was already revealed. The same inputs are never summed over another set of sites.",
        "새 합산이 필요하면 새 라운드로 시작하십시오.",
        "Start a new round if another sum is needed.",
    ),
    "masks.state_of_other_sum": _stopped(
        "저장된 상태가 다른 합산의 것입니다.",
        "The stored state belongs to another sum.",
        "onggi-node doctor 명령으로 노드의 저장 상태를 점검하십시오.",
        "Check the node's stored state with `onggi-node doctor`.",
    ),
    "masks.share_index_wrong": _stopped(
        "비밀 조각의 번호나 개수가 올바르지 않습니다.",
        "The number of a share, or the number of shares, is not valid.",
        "참여 기관 목록과 복원 기준을 확인하십시오.",
        "Check the participants and the threshold.",
    ),
    "masks.sum_out_of_range": _distrust(
        "복원된 합이 참여 기관들이 선언한 범위를 벗어납니다. 어느 기관이 범위 밖의 값을 보냈습니다.",
        "The sum is outside what its contributors declared: one of them sent values out of range.",
    ),
    "masks.message_malformed": _distrust(
        "가림 합산 메시지의 형식이 올바르지 않습니다. 종류: {kind}.",
        "A message of the masked sum is malformed ({kind}).",
    ),
    "masks.message_too_large": _distrust(
        "가림 합산 메시지가 너무 큽니다. 종류: {kind}, 한도: {most}.",
        "A message of the masked sum is too large ({kind}, at most {most}).",
    ),
    "masks.input_wrong_length": _distrust(
        "가려진 벡터의 길이가 다릅니다. 선언된 길이: {expected}.",
        "A masked vector does not have the declared {expected} entries.",
    ),
    "masks.other_sum": _distrust(
        "다른 작업이나 다른 라운드의 메시지를 받았습니다.",
        "A message of another job or another round was received.",
    ),
    "masks.sender_unknown": _distrust(
        "참여 기관이 아닌 곳의 메시지를 받았습니다.",
        "A message came from outside the participants.",
    ),
    "masks.sender_twice": _distrust(
        "한 기관의 이름으로 메시지가 두 번 왔습니다. 기관: {site}.",
        "Two messages came in the name of {site}.",
    ),
    "masks.key_not_signed": _distrust(
        "합산용 공개키에 그 기관의 서명이 없습니다. 중간에서 키를 바꾼 것일 수 있습니다. 기관: {site}.",
        "The keys shown for {site} are not signed by it: somebody in between may have exchanged them.",
    ),
    "masks.key_wrong": _distrust(
        "합산용 공개키가 올바른 P-256 점이 아닙니다. 기관: {site}.",
        "A public key of {site} is not a point on P-256.",
    ),
    "masks.signature_wrong": _distrust(
        "메시지의 서명이 맞지 않습니다. 기관: {site}.",
        "The signature on a message of {site} does not verify.",
    ),
    "masks.share_unreadable": _distrust(
        "받은 비밀 조각을 열 수 없습니다. 변조되었거나 서로 다른 키 목록을 받은 것입니다. 기관: {site}.",
        "A share from {site} cannot be opened: it was altered, or the sites were shown different keys.",
    ),
    "masks.share_wrong": _distrust(
        "복원한 비밀이 서로 다르거나 서명된 공개키, 약속값과 다릅니다.",
        "Shares disagree, or a rebuilt secret does not match what was advertised and signed.",
    ),
    "masks.reveal_wrong": _distrust(
        "공개된 비밀 조각의 구성이 확정된 참여 집합과 다릅니다. 기관: {site}.",
        "The shares revealed by {site} are not those that the confirmed set of sites asks for.",
    ),
    "masks.input_altered": _distrust(
        "가려진 벡터가 서명된 요약값과 다릅니다. 기관: {site}.",
        "The masked vector of {site} does not match its signed digest.",
    ),
    "masks.survivors_disagree": _distrust(
        "기관마다 서로 다른 참여 집합이 제시되어 아무것도 공개하지 않았습니다. 관련 기관: {site}.",
        "The sites were shown different sets of survivors (seen at {site}); nothing was revealed.",
    ),
}
