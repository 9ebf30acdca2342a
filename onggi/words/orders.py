"""Words for what a node judges: statements, orders, permits and their bounds, and the messages of a run."""

from __future__ import annotations

from functools import partial

from onggi.words.entry import Words

_statement = partial(Words, status=403, exit=156)
_permit = partial(Words, status=403, exit=157)
_message = partial(Words, status=403, exit=158)
_reply = partial(Words, status=422, exit=158)

_OPERATOR_KO = "운영기관에 작업 번호를 알려 확인을 요청하십시오."
_OPERATOR_EN = "Ask the coordinator's operator to look into it, naming the job."
_AUDIT_KO = "거절 기록을 확인하고 운영기관에 알려 주십시오: onggi-node audit list"
_AUDIT_EN = "See the refusal and tell the coordinator's operator: onggi-node audit list"
_VOTE_KO = "이 작업 자체에 대한 위원회의 승인을 요청하십시오."
_VOTE_EN = "Ask the committee to approve this very job."
_PERMIT_KO = "이용승인의 변경을 위원회에 신청하십시오."
_PERMIT_EN = "Ask the committee to change the permit."
_SIGN_KO = "문서를 새로 만들어 다시 서명하십시오."
_SIGN_EN = "Make the statement anew and have it signed again."

_STATEMENTS = {
    "statement.other_type": _statement(
        ko="서명된 문서의 종류가 다릅니다. 필요한 종류: {wanted}",
        en="The signed statement is of another kind. Needed: {wanted}",
        next_ko=_SIGN_KO,
        next_en=_SIGN_EN,
    ),
    "statement.malformed": _statement(
        ko="서명된 문서의 형식이 올바르지 않습니다. 필요한 종류: {wanted}",
        en="The signed statement does not have the form it must have. Needed: {wanted}",
        next_ko=_SIGN_KO,
        next_en=_SIGN_EN,
    ),
    "statement.other_federation": _statement(
        ko="다른 연합의 문서입니다.",
        en="The statement belongs to another federation.",
        next_ko=_SIGN_KO,
        next_en=_SIGN_EN,
    ),
    "statement.summary_differs": _statement(
        ko="서명한 사람이 읽은 요약과 문서의 내용이 다릅니다.",
        en="The statement says something else than the summary that its signers read.",
        next_ko=_SIGN_KO,
        next_en=_SIGN_EN,
    ),
    "statement.expired": _statement(
        ko="문서의 유효 기간이 지났습니다. 문서: {statement}",
        en="The statement has expired: {statement}",
        next_ko=_SIGN_KO,
        next_en=_SIGN_EN,
    ),
    "statement.not_yet_valid": _statement(
        ko="문서의 유효 기간이 아직 시작되지 않았습니다. 문서: {statement}",
        en="The statement is not valid yet: {statement}",
        next_ko="서버의 시계를 확인하십시오: timedatectl status",
        next_en="Check the machine's clock: timedatectl status",
    ),
    "statement.replayed": _statement(
        ko="이미 사용된 번호로 다른 내용의 문서가 왔습니다. 문서: {statement}",
        en="A statement came under a number that was used before with other content: {statement}",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "approval.other_spec": _statement(
        ko="승인서가 다른 작업을 승인하고 있습니다.",
        en="The approval is for another job.",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
    "approval.other_project": _statement(
        ko="승인서가 다른 연구과제나 이용승인에 속합니다.",
        en="The approval belongs to another project or permit.",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
    "revocation.not_signed": _statement(
        ko="철회 통지에 위원회 위원의 서명이 없습니다.",
        en="No committee member signed the withdrawal.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "log.other_view": _statement(
        ko="투명성 로그의 증명이 이 기관이 마지막으로 본 지점에서 시작하지 않습니다. 본 지점: {known}, "
        "제시된 지점: {offered}",
        en="The log's proof begins elsewhere than where this hospital is. Seen: {known}, offered: {offered}",
        next_ko="잠시 후 자동으로 다시 시도합니다. 계속되면 확인하십시오: onggi-node doctor",
        next_en="It is tried again by itself. If it goes on, run: onggi-node doctor",
    ),
}

_ORDERS = {
    "quorum.key_twice": _statement(
        ko="한 열쇠의 서명이 한 문서에 두 번 들어 있습니다.",
        en="One key signed the same statement twice.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.other_result": _permit(
        ko="작업이 알리는 결과의 종류가 분석 종류와 맞지 않습니다. 분석 종류: {kind}",
        en="The result that the job announces is not what its kind gives. Kind: {kind}",
        next_ko="결과의 종류를 고쳐 작업을 새로 신청하십시오.",
        next_en="Correct the type of result and submit the job again.",
    ),
    "privacy.no_noise_here": _permit(
        ko="이 종류의 분석에는 잡음을 더할 수 없습니다. 분석 종류: {kind}, 잡음을 더할 수 있는 종류: {kinds}",
        en="Noise cannot be added to this kind of job: {kind}. Kinds that can carry noise: {kinds}",
        next_ko="차분 프라이버시 항목을 빼거나 잡음을 더할 수 있는 종류로 작업을 새로 신청하십시오.",
        next_en="Submit the job again without differential privacy, or as one of those kinds.",
    ),
    "order.malformed": _statement(
        ko="실행 지시의 형식이 올바르지 않습니다.",
        en="The order does not have the form it must have.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.not_signed": _statement(
        ko="실행 지시에 로그 열쇠의 서명이 없습니다.",
        en="The order is not signed with the log's key.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.other_site": _statement(
        ko="다른 기관에 대한 실행 지시입니다.",
        en="The order is for another hospital.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.other_spec": _statement(
        ko="실행 지시와 함께 온 작업이 지시된 작업과 다릅니다.",
        en="The job that came with the order is not the one it names.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.run_twice": _statement(
        ko="같은 실행 번호로 두 번째 지시가 왔습니다.",
        en="A second order came for the same run.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.not_a_participant": _statement(
        ko="작업의 참여 기관 목록에 이 기관이 없습니다.",
        en="This hospital is not among the job's participants.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "order.unknown_participant": _statement(
        ko="연합에 속하지 않은 기관이 작업에 있습니다. 기관: {site}",
        en="The job names a hospital that is not in the federation: {site}",
        next_ko="참여 기관을 고쳐 작업을 새로 신청하십시오.",
        next_en="Correct the participants and submit the job again.",
    ),
    "order.other_dataset": _permit(
        ko="이 기관에 없는 데이터셋입니다. 데이터셋: {dataset}",
        en="This hospital does not hold that dataset: {dataset}",
        next_ko="데이터셋 이름을 확인하여 작업을 새로 신청하십시오.",
        next_en="Check the dataset's name and submit the job again.",
    ),
    "order.code_differs": _permit(
        ko="승인된 코드와 이 기관에 설치된 코드가 다릅니다. 부분: {part}",
        en="The code installed at this hospital is not the one approved. Part: {part}",
        next_ko="설치된 버전을 확인하십시오: onggi-node --version",
        next_en="Compare the installed version: onggi-node --version",
    ),
    "floor.minimum_persons": _permit(
        ko="작업의 최소 인원이 연합의 기준보다 낮습니다. 기준: {minimum}명",
        en="The job's minimum number of persons is below the federation's: {minimum}",
        next_ko="작업의 최소 인원을 기준 이상으로 올려 다시 신청하십시오.",
        next_en="Submit the job again with at least that minimum.",
    ),
    "floor.minimum_hospitals": _permit(
        ko="작업의 최소 기관 수가 연합의 기준보다 적습니다. 기준: {minimum}개 이상",
        en="The job's minimum number of hospitals is below the federation's: {minimum}",
        next_ko="작업의 최소 기관 수를 기준 이상으로 올려 다시 신청하십시오.",
        next_en="Submit the job again with at least that minimum.",
    ),
    "permit.below_floor": _permit(
        ko="승인서의 하한이 연합의 하한보다 낮습니다. 항목: {what}, 연합의 하한: {floor}",
        en="The permit's bound lies below the federation's floor. Bound: {what}. Floor: {floor}.",
        next_ko="위원회에 연합의 하한 이상으로 승인서를 다시 내도록 요청하십시오.",
        next_en="Ask the committee for a permit at the floor or above.",
    ),
    "job.expired": _permit(
        ko="작업의 유효 기간이 지났습니다.",
        en="The job has expired.",
        next_ko="작업을 새로 신청하십시오.",
        next_en="Submit the job again.",
    ),
    "job.withdrawn": _permit(
        ko="위원회가 이 작업을 철회했습니다.",
        en="The committee withdrew this job.",
        next_ko="위원회에 사유를 문의하십시오.",
        next_en="Ask the committee for the reason.",
    ),
}

_PERMITS = {
    "permit.withdrawn": _permit(
        ko="위원회가 데이터 이용승인을 철회했습니다.",
        en="The committee withdrew the permit.",
        next_ko="위원회에 사유를 문의하십시오.",
        next_en="Ask the committee for the reason.",
    ),
    "permit.replaced": _permit(
        ko="이 데이터 이용승인은 변경된 새 승인으로 대체되었습니다.",
        en="Another permit has come in this one's place.",
        next_ko="새 승인 번호로 작업을 다시 제출하십시오.",
        next_en="Submit the job again under the new permit.",
    ),
    "permit.expired": _permit(
        ko="데이터 이용승인의 유효 기간이 지났습니다.",
        en="The permit has expired.",
        next_ko="이용승인의 연장을 위원회에 신청하십시오.",
        next_en="Ask the committee to renew the permit.",
    ),
    "permit.not_yet_valid": _permit(
        ko="데이터 이용승인의 유효 기간이 아직 시작되지 않았습니다.",
        en="The permit is not valid yet.",
        next_ko="유효 기간이 시작된 뒤 작업을 다시 신청하십시오.",
        next_en="Submit the job again when the permit has begun.",
    ),
    "permit.small_hospitals_not_granted": _permit(
        ko="이용승인은 한 기관에서 인원이 적은 칸을 허용하지 않습니다.",
        en="The permit does not allow cells that are small at one hospital.",
        next_ko="작업에서 small_hospitals를 빼거나, 허용하는 이용승인을 위원회에 신청하십시오.",
        next_en="Leave small_hospitals out of the job, or ask the committee for a permit that allows it.",
    ),
    "permit.other_permit": _permit(
        ko="작업이 다른 이용승인을 가리키고 있습니다.",
        en="The job names another permit.",
        next_ko="이용승인 번호를 고쳐 작업을 새로 신청하십시오.",
        next_en="Correct the permit's number and submit the job again.",
    ),
    "permit.other_project": _permit(
        ko="작업이 다른 연구과제를 가리키고 있습니다.",
        en="The job names another project.",
        next_ko="연구과제를 고쳐 작업을 새로 신청하십시오.",
        next_en="Correct the project and submit the job again.",
    ),
    "permit.dataset_not_granted": _permit(
        ko="이용승인에 없는 데이터셋입니다. 데이터셋: {dataset}",
        en="The permit does not grant this dataset: {dataset}",
        next_ko=_PERMIT_KO,
        next_en=_PERMIT_EN,
    ),
    "permit.concept_not_granted": _permit(
        ko="이용승인에 없는 개념을 사용합니다. 개념: {concept}",
        en="The job uses a concept that the permit does not grant: {concept}",
        next_ko=_PERMIT_KO,
        next_en=_PERMIT_EN,
    ),
    "permit.domain_not_granted": _permit(
        ko="이용승인에 없는 영역 전체를 읽습니다. 영역: {domain}",
        en="The job reads a whole domain that the permit does not grant: {domain}",
        next_ko=_PERMIT_KO,
        next_en=_PERMIT_EN,
    ),
    "permit.demographic_not_granted": _permit(
        ko="이용승인에 없는 인구학 변수를 사용합니다. 변수: {variable}",
        en="The job uses a demographic variable that the permit does not grant: {variable}",
        next_ko=_PERMIT_KO,
        next_en=_PERMIT_EN,
    ),
    "bounds.none": _permit(
        ko="이용승인에 허용 범위가 없어 작업마다 위원회의 승인이 필요합니다.",
        en="The permit states no bounds, so each job needs a vote.",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
    "bounds.kind": _permit(
        ko="허용 범위 밖의 분석 종류입니다. 종류: {kind}",
        en="This kind of job lies outside the permit's bounds: {kind}",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
    "bounds.masks_required": _permit(
        ko="이 종류의 분석은 마스킹해야만 허용됩니다. 종류: {kind}",
        en="This kind of job is allowed only with masks: {kind}",
        next_ko="마스킹을 켜서 작업을 새로 신청하십시오.",
        next_en="Submit the job again with masks on.",
    ),
    "bounds.minimum_persons": _permit(
        ko="작업의 최소 인원이 허용 범위보다 낮습니다. 허용 범위: {minimum}명 이상",
        en="The job's minimum number of persons is below the permit's bound: {minimum}",
        next_ko="최소 인원을 올려 작업을 새로 신청하십시오.",
        next_en="Submit the job again with a higher minimum.",
    ),
    "bounds.minimum_sites": _permit(
        ko="작업의 최소 기관 수가 허용 범위보다 적습니다. 허용 범위: {minimum}개 이상",
        en="The job's minimum number of hospitals is below the permit's bound: {minimum}",
        next_ko="최소 기관 수를 올려 작업을 새로 신청하십시오.",
        next_en="Submit the job again with a higher minimum.",
    ),
    "bounds.jobs_used_up": _permit(
        ko="허용 범위의 작업 수를 모두 사용했습니다. 한도: {maximum}건",
        en="The number of jobs that the permit allows without a vote is used up: {maximum}",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
    "bounds.budget": _permit(
        ko="이용승인의 작업들이 요청한 프라이버시 예산의 합이 한도를 넘습니다. 한도(백만분의 1 엡실론): "
        "{maximum_micro_epsilon}",
        en="The permit's jobs together ask for more than its privacy budget, in millionths of epsilon: "
        "{maximum_micro_epsilon}",
        next_ko="요청된 예산을 확인하고 예산을 줄여 다시 신청하십시오: onggi budget show <이용승인>",
        next_en="See what was asked for and submit the job with less: onggi budget show <permit>",
    ),
    "bounds.result_type": _permit(
        ko="허용 범위 밖의 결과 종류입니다. 종류: {result}",
        en="This type of result lies outside the permit's bounds: {result}",
        next_ko=_VOTE_KO,
        next_en=_VOTE_EN,
    ),
}

_MESSAGES = {
    "message.malformed": _message(
        ko="메시지의 형식이 올바르지 않습니다. 종류: {kind}",
        en="A message does not have the form it must have. Kind: {kind}",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "message.unexpected": _message(
        ko="이 방향으로 올 수 없는 종류의 메시지입니다. 종류: {kind}",
        en="This kind of message does not travel in this direction: {kind}",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "message.replayed": _message(
        ko="이미 답한 차례에 다른 내용의 메시지가 왔습니다. 차례: {ordinal}",
        en="A message with other content came for a turn that was answered before: {ordinal}",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "message.out_of_order": _message(
        ko="메시지의 차례가 맞지 않습니다. 다음 차례: {expected}",
        en="A message came out of turn. Next turn: {expected}",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "message.none_expected": _message(
        ko="작업이 이미 끝나서 더 받을 메시지가 없습니다.",
        en="The job is finished: no further message follows from it.",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "message.not_derived": _message(
        ko="메시지의 값이 검증된 합계에서 계산한 값과 다릅니다. 차례: {ordinal}",
        en="The message's numbers do not follow from the verified sums. Turn: {ordinal}",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "message.not_our_sum": _message(
        ko="제시된 합계에 이 기관이 보낸 값이 들어 있지 않습니다.",
        en="The sum shown does not contain what this hospital sent.",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "message.other_participants": _message(
        ko="합계에 참여한 기관이 앞선 합계와 다릅니다.",
        en="The hospitals in this sum are not those of the sums before.",
        next_ko="작업을 처음부터 다시 신청하십시오.",
        next_en="Submit the job again from the beginning.",
    ),
    "masks.exchange_lost": _message(
        ko="마스킹 합산이 중단되어 이 차례를 이어갈 수 없습니다. 차례: {ordinal}",
        en="The masked sum was interrupted and this turn cannot go on: {ordinal}",
        next_ko="중앙 서버가 새로 시도합니다. 상태를 확인하십시오: onggi-node runs",
        next_en="The coordinator tries anew. See the state: onggi-node runs",
    ),
    "masks.other_survivors": _message(
        ko="이미 다른 기관 집합에 대해 마스크를 공개했으므로 다시 공개하지 않습니다. 차례: {ordinal}",
        en="Masks were revealed for another set of hospitals and are not revealed again. Turn: {ordinal}",
        next_ko=_AUDIT_KO,
        next_en=_AUDIT_EN,
    ),
    "masks.same_inputs_other_set": _message(
        ko="같은 질문을 다른 기관 집합으로 합산하면 한 기관의 값이 드러나므로 거절했습니다.",
        en="The same question was summed over other hospitals before: two sums would show one alone.",
        next_ko="처음과 같은 참여 기관으로 작업을 신청하십시오.",
        next_en="Submit the job with the same hospitals as before.",
    ),
    "reply.other_arrays": _reply(
        ko="분석 코드의 답이 약속된 형식과 다릅니다.",
        en="The job's reply does not have the agreed form.",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "reply.other_shape": _reply(
        ko="답의 배열 크기가 약속된 것과 다릅니다.",
        en="An array of the reply does not have the agreed shape.",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
    "reply.nothing_to_sum": _reply(
        ko="합산할 값이 없습니다.",
        en="There is nothing to sum.",
        next_ko=_OPERATOR_KO,
        next_en=_OPERATOR_EN,
    ),
}

WORDS: dict[str, Words] = {**_STATEMENTS, **_ORDERS, **_PERMITS, **_MESSAGES}
