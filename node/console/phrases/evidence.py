"""What stands beside a release: approvals, proof in the log, the report of the disclosure rules."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "papers.title": Phrase("승인 문서와 로그 증명", "Approvals and proof in the log"),
    "papers.none": Phrase(
        "이 실행의 승인 문서와 로그 증명은 이 기관 노드에 보관되어 있지 않습니다. "
        "보관을 시작하기 전의 실행이거나 거절된 지시입니다.",
        "This node keeps no approvals and no proof of this run: it is older than that record, or the order "
        "was declined.",
    ),
    "papers.basis.bounds": Phrase(
        "데이터 이용승인의 범위 안에 있는 작업이라 건별 승인 없이 실행되었습니다.",
        "The job lies within the bounds of its permit and needed no vote of its own.",
    ),
    "papers.basis.approval": Phrase(
        "데이터 이용승인의 범위 밖이라 위원회가 이 작업을 따로 승인했습니다.",
        "The job lies outside the bounds of its permit: the committee approved this very job.",
    ),
    "papers.withdrawn": Phrase(
        "이 승인은 그 뒤에 철회되었습니다. 철회 전에 나간 것은 그대로 기록에 남습니다.",
        "This approval has been withdrawn since. What left before stays on the record.",
    ),
    "papers.expired": Phrase(
        "승인 기한이 지났습니다. 나갈 때에는 유효했습니다.",
        "The approval has run out by now. It was in force when this left.",
    ),
    "papers.permit": Phrase("데이터 이용승인", "Permit"),
    "papers.approval": Phrase("이 작업의 승인", "Approval of this job"),
    "papers.id": Phrase("문서 번호", "Statement"),
    "papers.issued": Phrase("발행", "Issued"),
    "papers.expires": Phrase("기한", "Valid until"),
    "papers.index": Phrase("로그에서의 차례", "Place in the log"),
    "papers.signers": Phrase("서명한 위원", "Signed by"),
    "papers.nobody": Phrase("서명이 없습니다.", "Nobody signed."),
    "papers.member": Phrase("위원", "Member"),
    "papers.affiliation": Phrase("소속", "Affiliation"),
    "papers.role": Phrase("역할", "Role"),
    "papers.role.committee": Phrase("데이터심의위원", "Committee member"),
    "papers.role.output_checker": Phrase("반출 심사자", "Output checker"),
    "papers.from": Phrase("내부/외부", "From"),
    "papers.external": Phrase("외부", "outside"),
    "papers.internal": Phrase("내부", "inside"),
    "papers.text": Phrase("위원이 읽고 서명한 글", "The text that they read and signed"),
    "papers.log": Phrase("투명성 로그", "Transparency log"),
    "papers.included": Phrase(
        "위 문서는 모두 로그에 들어 있습니다. 체크포인트의 크기: {size}, 함께 서명한 기관 수: {witnesses}",
        "All of these are included in the log under the checkpoint of size {size}, signed by {witnesses} "
        "witnesses.",
    ),
    "papers.witnesses": Phrase("함께 서명한 기관", "Witnesses"),
    "papers.origin": Phrase("로그", "Log"),
    "papers.root": Phrase("연합 루트 버전", "Version of the federation root"),
    "papers.verified_at": Phrase("우리 기관 노드가 확인한 시각", "Verified by this node at"),
    "papers.digest": Phrase("문서 전체의 지문", "Fingerprint of all of it"),
    "papers.head": Phrase("체크포인트 원문", "The checkpoint, word for word"),
    "papers.verify": Phrase("다시 검증", "Verify again"),
    "papers.verify_words": Phrase(
        "보관된 바이트에서 지문, 서명, 로그 증명을 다시 계산합니다. 밖에 묻지 않으며 아무것도 바뀌지 "
        "않습니다.",
        "Computes fingerprints, signatures and proofs again from the stored bytes. Nobody outside is "
        "asked, "
        "and nothing is changed.",
    ),
    "papers.file": Phrase("근거 전체를 파일로 받기", "Get all of the evidence as a file"),
    "judged.title": Phrase("노출 심사 결과", "Disclosure report"),
    "judged.words": Phrase(
        "나가기 전에 적용된 규칙입니다. 개별 값은 여기에 기록되지 않습니다. 규칙 하나라도 어기면 "
        "답 전체가 나가지 않으므로 일부만 가려진 답은 없습니다.",
        "The rules that were asked before anything left. No single value is recorded here. If one rule "
        "refuses, nothing of the answer leaves, so that no answer leaves with a part withheld.",
    ),
    "judged.none": Phrase(
        "이 답의 노출 심사 결과는 보관되어 있지 않습니다. 보관을 시작하기 전의 항목입니다.",
        "No disclosure report of this answer is kept: the entry is older than that record.",
    ),
    "judged.none_masked": Phrase(
        "마스킹된 값은 합계가 풀리기 전에 합계에 대해 심사합니다. 이 합계는 우리 기관에서 풀리지 않았거나, "
        "보관을 시작하기 전의 항목입니다.",
        "Masked values are judged as a sum, before it is unmasked. This hospital gave no share to unmask "
        "this sum, or the entry is older than that record.",
    ),
    "judged.of": Phrase("심사 대상", "What was judged"),
    "judged.of.site": Phrase("우리 기관의 답", "this hospital's answer"),
    "judged.of.pooled": Phrase("여러 기관의 합계", "the sum over all hospitals"),
    "judged.at": Phrase("심사 시각", "Judged at"),
    "judged.minimum": Phrase("작업의 최소 인원", "The job's minimum number of persons"),
    "judged.noise": Phrase("차분 프라이버시 잡음", "Noise of differential privacy"),
    "judged.noise_none": Phrase("없음", "none"),
    "judged.noise_some": Phrase("있음, ε {epsilon}", "yes, ε {epsilon}"),
    "judged.rules": Phrase("적용된 규칙", "Rules that were asked"),
    "judged.rule": Phrase("규칙", "Rule"),
    "judged.threshold": Phrase("기준", "Threshold"),
    "judged.cells": Phrase("살핀 칸 수", "Cells looked at"),
    "judged.verdict": Phrase("판정", "Verdict"),
    "judged.kept": Phrase("지켜짐", "kept"),
    "judged.broken": Phrase("어긋남", "refused"),
    "judged.no_rules": Phrase(
        "이 종류의 답은 사람에 대한 값을 담지 않아 적용할 규칙이 없습니다.",
        "An answer of this kind describes no person: no rule applies.",
    ),
    "judged.rules_noise": Phrase(
        "규칙을 적용하지 않았습니다. 참값에 대한 판정은 참값을 알려 주므로 잡음이 대신 지킵니다.",
        "No rule was asked: a verdict on the true numbers would tell of them. The noise protects instead.",
    ),
    "judged.rule.disclosure.small_cell": Phrase("작은 칸 없음", "No small cell"),
    "judged.rule.disclosure.small_difference": Phrase(
        "빼서 드러나는 작은 집단 없음", "No small group by subtraction"
    ),
    "judged.rule.disclosure.small_step": Phrase("생존 곡선에 작은 구간 없음", "No small step of a curve"),
    "judged.rule.disclosure.low_dof": Phrase("잔차 자유도 충분", "Enough residual degrees of freedom"),
    "judged.rule.disclosure.one_value": Phrase("모두 같은 값은 아님", "Not one value for everybody"),
    "judged.rule.disclosure.effective_sample": Phrase("소수에게 치우치지 않음", "Not dominated by a few"),
    "judged.rule.disclosure.few_differ": Phrase("차이가 소수에게서 오지 않음", "Not only a few differ"),
    "verify.release": Phrase("기관 외 전송 {entry}번 검증", "Verification of release {entry}"),
    "verify.release_well": Phrase(
        "모두 맞습니다. 보관된 바이트에서 다시 계산했습니다.",
        "All of it holds, computed again from the stored bytes.",
    ),
    "verify.release_wrong": Phrase("맞지 않는 것이 있습니다.", "Something does not hold."),
    "verify.what": Phrase("확인한 것", "What was checked"),
    "verify.counts": Phrase("센 것", "What is counted"),
    "verify.part.content": Phrase("나간 내용", "What left"),
    "verify.part.papers": Phrase("승인 문서, 서명, 로그 증명", "Statements, signatures, proofs"),
    "verify.part.judged": Phrase("노출 심사 결과", "Disclosure reports"),
    "verify.counts.register": Phrase("항목", "entries"),
    "verify.counts.content": Phrase("바이트", "bytes"),
    "verify.counts.papers": Phrase("서명", "signatures"),
    "verify.counts.judged": Phrase("결과", "reports"),
}
