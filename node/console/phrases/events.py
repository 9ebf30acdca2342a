"""What the audit log tells, event by event."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "who.node": Phrase("기관 노드", "Node"),
    "who.hospital": Phrase("기관", "Hospital"),
    "who.committee": Phrase("데이터심의위원회", "Committee"),
    "event.node:root:pin": Phrase("연합 루트를 고정함", "pinned the federation root"),
    "event.node:root:advance": Phrase("새 연합 루트를 받음", "took a new federation root"),
    "event.node:data:load": Phrase("데이터를 적재함", "loaded data"),
    "event.node:card:make": Phrase("데이터셋 카드를 만듦", "made a dataset card"),
    "event.node:twin:make": Phrase("합성데이터를 만듦", "made synthetic twins"),
    "event.hospital:quality:check": Phrase("데이터 품질을 점검함", "checked data quality"),
    "event.hospital:quality:write_card": Phrase("품질 카드를 씀", "wrote a quality card"),
    "event.node:vocabulary:load": Phrase("용어집을 적재함", "loaded a vocabulary"),
    "event.node:order:accept": Phrase("실행 지시를 수락함", "accepted an order"),
    "event.node:order:ask": Phrase("실행 동의를 요청함", "asked for consent to an order"),
    "event.node:order:decline": Phrase("실행 지시를 거절함", "declined an order"),
    "event.hospital:order:consent": Phrase("실행에 동의함", "consented to the run"),
    "event.hospital:order:refuse": Phrase("실행을 거절함", "refused the run"),
    "event.node:run:start": Phrase("실행을 시작함", "started the run"),
    "event.hospital:run:stop": Phrase("이 실행을 중단하도록 함", "had the run stopped"),
    "event.node:run:end": Phrase("실행을 끝냄", "ended the run"),
    "event.node:workspace:destroy": Phrase("작업 폴더를 없앰", "destroyed the workspace"),
    "event.node:reply:release": Phrase("기관 밖으로 전송함", "released a reply"),
    "event.node:reply:hold": Phrase("답을 보류함", "held a reply"),
    "event.node:reply:withhold": Phrase("답을 내보내지 않음", "withheld a reply"),
    "event.hospital:reply:approve": Phrase("보류된 답의 전송을 승인함", "let a held reply leave"),
    "event.hospital:reply:refuse": Phrase("보류된 답의 전송을 거부함", "kept a held reply"),
    "event.node:sum:unmask": Phrase("합계의 마스킹을 풂", "gave its share to unmask a sum"),
    "event.committee:permit:withdraw": Phrase("승인을 철회함", "withdrew a permit or a job"),
    "event.hospital:node:pause": Phrase("모두 멈춤", "paused everything"),
    "event.hospital:node:resume": Phrase("다시 시작함", "resumed"),
    "event.hospital:policy:change": Phrase("정책을 바꿈", "changed the policy"),
    "event.hospital:budget:set_ceiling": Phrase(
        "프라이버시 예산 상한을 정함", "set a ceiling of the privacy budget"
    ),
    "event.hospital:budget:assign_dataset": Phrase(
        "데이터셋의 대상 집단을 정함", "said whose persons a data set holds"
    ),
    "event.hospital:budget:join_populations": Phrase("두 대상 집단을 합침", "joined two populations"),
    "event.node:budget:reserve": Phrase("예산을 예약함", "reserved budget"),
    "event.node:budget:charge": Phrase("예산을 사용함", "charged budget"),
    "event.node:budget:give_back": Phrase("예약한 예산을 되돌림", "gave reserved budget back"),
    "event.node:checkpoint:cosign": Phrase("투명성 로그에 함께 서명함", "cosigned the transparency log"),
    "event.node:message:refuse": Phrase("메시지를 거부함", "refused a message"),
    "event.hospital:letter:write": Phrase("주간 확인서를 씀", "wrote a weekly letter"),
    "event.hospital:account:add": Phrase("콘솔 계정을 만듦", "added a console account"),
    "event.hospital:account:close": Phrase("콘솔 계정을 닫음", "closed a console account"),
    "event.hospital:account:set_password": Phrase("비밀번호를 새로 정함", "set a new password"),
    "event.hospital:session:begin": Phrase("콘솔에 로그인함", "signed in to the console"),
    "event.hospital:session:end": Phrase("콘솔에서 로그아웃함", "signed out of the console"),
    "event.node:session:refuse": Phrase("로그인을 거부함", "refused a sign-in"),
}
