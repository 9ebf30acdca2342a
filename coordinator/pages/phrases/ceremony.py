"""The federation root and the printed procedures of its ceremonies."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "root.title": Phrase("연합 루트", "Federation root"),
    "root.words": Phrase(
        "연합의 위원, 기관, 규칙을 정하는 서명된 문서입니다. 이 서버는 보여 주기만 하고 서명하지 않습니다.",
        "The signed document that names the federation's members, hospitals and rules. This "
        "server shows it and signs nothing.",
    ),
    "root.none": Phrase("연합 루트가 설치되지 않았습니다.", "No federation root is installed."),
    "root.federation": Phrase("연합", "Federation"),
    "root.version": Phrase("버전", "Version"),
    "root.issued": Phrase("작성일", "Issued"),
    "root.expires": Phrase("기한", "Expires"),
    "root.first": Phrase(
        "버전 1의 지문(기관이 고정한 값)",
        "Fingerprint of version 1 (pinned by hospitals)",
    ),
    "root.present": Phrase("현재 버전의 지문", "Fingerprint of the present version"),
    "root.rule": Phrase("루트에 서명하는 규칙", "Rule for signing a root"),
    "root.rule_words": Phrase(
        "열쇠 {keys}개 가운데 서로 다른 위원 {threshold}명의 서명",
        "signatures of {threshold} different members with {keys} listed keys",
    ),
    "root.committee_rule": Phrase("심의 정족수", "Quorum of the committee"),
    "root.export_rule": Phrase("반출심의 정족수", "Quorum of export review"),
    "root.quorum_words": Phrase(
        "{threshold}명, 그 가운데 외부 위원 {external}명 이상",
        "{threshold}, at least {external} of them external",
    ),
    "root.witnesses": Phrase("공개 기록의 증인", "Witnesses of the log"),
    "root.witness_words": Phrase(
        "기관 {hospitals}곳 가운데 {quorum}곳",
        "{quorum} of {hospitals} hospitals",
    ),
    "root.members": Phrase("위원", "Members"),
    "root.member": Phrase("이름", "Name"),
    "root.affiliation": Phrase("소속", "Affiliation"),
    "root.role": Phrase("역할", "Role"),
    "root.keeper": Phrase("루트 서명", "Signs roots"),
    "root.keeper_yes": Phrase("서명함", "yes"),
    "root.keeper_no": Phrase("서명하지 않음", "no"),
    "root.procedures": Phrase("절차서(인쇄용)", "Procedures for printing"),
    "procedure.first": Phrase("첫 연합 루트 만들기", "Making the first root"),
    "procedure.members": Phrase("위원을 더하거나 빼기", "Adding or removing a member"),
    "procedure.lost-key": Phrase("열쇠를 잃은 뒤 교체하기", "Rotation after a lost key"),
    "procedure.take-in": Phrase("새 버전을 중앙 서버에 들이기", "Taking a new version in"),
    "procedure.about_first": Phrase(
        "위원들이 한자리에 모여 버전 1을 만들고 서명합니다. 지문은 소리 내어 읽고 종이로 옮깁니다.",
        "Members meet, make version 1 and sign it. Its fingerprint is read aloud and carried on paper.",
    ),
    "procedure.about_members": Phrase(
        "이전 버전의 정족수와 새 버전의 정족수가 모두 서명해야 합니다.",
        "The quorum of the old version and that of the new one both sign.",
    ),
    "procedure.about_lost-key": Phrase(
        "잃은 열쇠는 폐지 목록에 영구히 남기고 새 열쇠로 바꿉니다. 남은 열쇠로 정족수를 채울 수 "
        "있을 때의 절차입니다.",
        "The lost key stays on the list of revoked keys for ever and a new one takes its place. "
        "This works while the remaining keys still reach the quorum.",
    ),
    "procedure.about_take-in": Phrase(
        "다른 곳에서 서명을 마친 새 버전을 확인하고 설치합니다.",
        "A version that was signed elsewhere is checked and installed.",
    ),
    "ceremony.shows_only": Phrase(
        "서명은 위원 각자의 컴퓨터에서만 합니다. 이 서버가 보여 주는 지문도 종이에 적힌 것과 대조하십시오.",
        "Signatures are made on each member's own computer alone. Compare the fingerprints that "
        "this server shows with those on paper.",
    ),
    "ceremony.print": Phrase(
        "브라우저의 인쇄 기능으로 인쇄하여 손으로 채웁니다.",
        "Print this page and fill it in by hand.",
    ),
    "ceremony.facts": Phrase("현재 연합 루트", "The present root"),
    "ceremony.steps": Phrase("순서", "Steps"),
    "ceremony.done_by": Phrase("한 사람:", "Done by:"),
    "ceremony.at": Phrase("시각:", "Time:"),
    "ceremony.read_out": Phrase("읽은 지문", "The fingerprint as read aloud"),
    "ceremony.read_out_words": Phrase(
        "네 글자씩 열여섯 묶음을 받아 적습니다. 한 글자라도 다르면 중단합니다.",
        "Write down sixteen groups of four. Stop if one sign differs.",
    ),
    "ceremony.present": Phrase("참석자 서명", "Signatures of those present"),
    "ceremony.is_present": Phrase("참석", "Present"),
    "ceremony.signature": Phrase("서명", "Signature"),
    "ceremony.who_keepers": Phrase("루트에 서명하는 위원 각자", "Each member who signs the root"),
    "ceremony.who_leader": Phrase("진행자", "The leader of the ceremony"),
    "ceremony.who_hospitals": Phrase(
        "각 기관의 노드 담당자",
        "The person in charge of each hospital's node",
    ),
    "ceremony.who_operator": Phrase("중앙 서버 운영자", "The coordinator's operator"),
    "ceremony.who_everybody": Phrase("참석자 모두", "Everybody present"),
    "ceremony.do_present": Phrase(
        "참석한 위원의 신원을 확인하고, 정족수가 모였는지 아래 표에 표시합니다. 모자라면 시작하지 않습니다.",
        "Check who is present and tick them in the table below. Do not begin without a quorum.",
    ),
    "ceremony.do_new_keys": Phrase(
        "네트워크에 연결하지 않은 자기 컴퓨터에서 열쇠를 만들고, 공개 열쇠 파일만 진행자에게 "
        "건넵니다. 바꾸지 않는 열쇠는 그대로 둡니다.",
        "Make a key on your own computer without network and hand over the public file alone. "
        "Keys that stay need nothing.",
    ),
    "ceremony.do_hospital_keys": Phrase(
        "기관 노드의 신원 공개 열쇠를 진행자에게 건네고, 그 지문을 소리 내어 확인합니다.",
        "Hand over the node's public identity key and read its fingerprint aloud.",
    ),
    "ceremony.do_draft": Phrase(
        "위원, 기관, 규칙, 기한을 적은 문서로 서명 전의 루트를 만듭니다.",
        "Make the unsigned root from the description of members, hospitals, rules and dates.",
    ),
    "ceremony.do_read_aloud": Phrase(
        "각자 자기 컴퓨터에서 지문을 계산하여 소리 내어 읽고, 모두 같은지 확인하여 받아 적습니다.",
        "Each computes the fingerprint on their own computer and reads it aloud; all write it "
        "down and compare.",
    ),
    "ceremony.do_sign": Phrase(
        "화면에 보이는 내용을 읽고 서명한 뒤, 파일을 다음 사람에게 건넵니다.",
        "Read what is shown, sign it, and hand the file to the next.",
    ),
    "ceremony.do_sign_both": Phrase(
        "이전 버전의 위원과 새 버전의 위원이 차례로 읽고 서명합니다. 두 정족수를 모두 채워야 합니다.",
        "Members of the old and of the new version read and sign in turn. Both quorums are needed.",
    ),
    "ceremony.do_verify_first": Phrase(
        "서명이 끝난 파일을 종이의 지문으로 검증합니다.",
        "Verify the finished file against the fingerprint on paper.",
    ),
    "ceremony.do_verify_chain": Phrase(
        "버전 1부터 새 버전까지 이어서 검증합니다. 지문은 버전 1의 것입니다.",
        "Verify all versions from the first to the new one. The fingerprint is that of version 1.",
    ),
    "ceremony.do_pin": Phrase(
        "중앙 서버에 버전 1을 설치합니다. 지문은 종이에서 옮겨 적습니다.",
        "Install version 1 on the coordinator, with the fingerprint from the paper.",
    ),
    "ceremony.do_trust": Phrase(
        "기관 노드에 버전 1을 고정합니다. 지문은 종이나 전화로 받은 것을 씁니다.",
        "Pin version 1 at the node, with the fingerprint from paper or telephone.",
    ),
    "ceremony.do_decide_members": Phrase(
        "더하거나 뺄 위원을 적고, 결정한 회의록의 번호를 남깁니다.",
        "Write down who is added or removed and the number of the minutes that decided it.",
    ),
    "ceremony.do_check_rules": Phrase(
        "새 위원 구성으로 정족수와 외부 위원 수를 채울 수 있는지 확인합니다.",
        "Check that the new members can still reach quorums and external members.",
    ),
    "ceremony.do_report_loss": Phrase(
        "언제 어떤 열쇠를 잃었는지 알립니다. 그 열쇠로 한 서명을 공개 기록에서 확인합니다.",
        "Report which key was lost and when. Look up its signatures in the public log.",
    ),
    "ceremony.do_revoke_key": Phrase(
        "새 버전의 폐지 목록에 잃은 열쇠의 지문을 넣고, 그 위원의 열쇠를 새것으로 바꿉니다.",
        "Put the lost key's fingerprint on the new version's list of revoked keys and replace the "
        "member's key.",
    ),
    "ceremony.do_take_in": Phrase(
        "둘 가운데 한 가지로 새 버전을 중앙 서버에 들입니다.",
        "Hand the new version to the coordinator, one way or the other.",
    ),
    "ceremony.do_spreads": Phrase(
        "노드는 다음에 연결할 때 새 버전을 받아 스스로 검증합니다. 새 버전을 받았는지 확인합니다.",
        "Nodes receive the new version when they connect and verify it themselves. Check that it arrived.",
    ),
    "ceremony.do_receive": Phrase(
        "서명이 끝난 새 버전의 파일을 받고, 지문은 다른 길로 받습니다.",
        "Receive the signed file of the new version, and its fingerprint another way.",
    ),
    "ceremony.do_quorum_lost": Phrase(
        "남은 열쇠로 정족수를 채울 수 없으면 이 절차로는 바꿀 수 없습니다. 첫 루트를 새로 만들고 "
        "기관마다 다시 고정합니다.",
        "If the remaining keys do not reach the quorum, this does not work: make a first root "
        "anew and pin it at every hospital.",
    ),
    "ceremony.do_keep_paper": Phrase(
        "이 종이에 참석자의 서명을 받아 지문과 함께 보관합니다.",
        "Collect signatures on this paper and keep it with the fingerprint.",
    ),
}
