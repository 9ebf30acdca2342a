"""Words for what a hospital's own people do at their node: stop a run, change the policy, read papers."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_decision = partial(Words, status=409, exit=149)
_run = partial(Words, status=409, exit=198)

WORDS: dict[str, Words] = {
    "run.stopped": _run(
        ko="기관이 이 실행을 중단했습니다.",
        en="The hospital stopped this run.",
        next_ko="다시 하려면 새 작업을 제출하십시오. 기관의 실행 목록: onggi-node runs",
        next_en="To do it again takes a new job. The hospital's runs: onggi-node runs",
    ),
    "run.stop_reason": _run(
        ko="사유는 한 줄이며 {maximum}자 이하여야 합니다.",
        en="A reason is one line of at most {maximum} signs.",
        next_ko="사유를 줄여 다시 실행하십시오: onggi-node stop <실행> --reason <사유>",
        next_en="Run it again with a shorter reason: onggi-node stop <run> --reason <text>",
        status=422,
    ),
    "policy.changed_meanwhile": _decision(
        ko="보시는 동안 다른 사람이 정책을 바꾸었습니다. 저장하지 않았습니다.",
        en="Somebody else changed the policy while you looked at it. Nothing was saved.",
        next_ko="지금의 정책과 비교한 내용을 확인한 뒤 다시 저장하십시오: onggi-node policy show",
        next_en="Compare with the policy as it is now, then save again: onggi-node policy show",
    ),
    "policy.below_floor": _decision(
        ko="최소 인원은 연합의 기준보다 낮출 수 없습니다. 입력: {minimum}명, 연합의 기준: {floor}명",
        en="The minimum number of persons cannot go below the federation's. Given: {minimum}, floor: {floor}",
        next_ko="연합의 기준 이상으로 정하십시오: onggi-node policy set --minimum-persons <수>",
        next_en="Set at least the federation's: onggi-node policy set --minimum-persons <number>",
        status=422,
    ),
    "policy.rule_wrong": _decision(
        ko="기본값보다 느슨하거나 알 수 없는 값입니다. 기본값: {usual}",
        en="The value is looser than the default or cannot be understood. Default: {usual}",
        next_ko="기본값이나 그보다 엄격한 값을 적으십시오.",
        next_en="Enter the default or something stricter.",
        status=422,
    ),
    "policy.entry_wrong": _decision(
        ko="정책의 항목이 올바르지 않습니다. 항목: {entry}",
        en="This entry of the policy cannot be understood: {entry}",
        next_ko="쓸 수 있는 값을 확인하십시오: onggi-node policy set --help",
        next_en="See which values there are: onggi-node policy set --help",
        status=422,
    ),
    "papers.not_kept": _decision(
        ko="이 실행의 승인 문서와 증명은 이 기관 노드에 보관되어 있지 않습니다.",
        en="This node keeps no approvals and proofs of this run.",
        next_ko="이 기능이 생기기 전의 실행입니다. 운영기관의 투명성 로그에서 확인하십시오.",
        next_en="The run is older than this record. See the transparency log at the coordinator.",
        status=404,
    ),
}
