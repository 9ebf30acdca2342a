"""This node itself: data and quality, what of permits was used, and the set-up."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "door.node": Phrase("우리 노드", "This node"),
    "node.policy": Phrase("기관의 정책", "Policy"),
    "node.data": Phrase("데이터와 품질", "Data and quality"),
    "node.budget": Phrase("프라이버시 예산", "Privacy budget"),
    "node.bounds": Phrase("이용승인의 사용", "Use of permits"),
    "node.setup": Phrase("설치 도우미", "Set-up"),
    "node.words.policy": Phrase(
        "무엇을 묻지 않고 실행하고 내보내는지", "What runs and what leaves without asking"
    ),
    "node.words.data": Phrase(
        "데이터셋, 적재한 때, 품질 점검 결과", "Data sets, when they were loaded, and their quality"
    ),
    "node.words.budget": Phrase(
        "잡음을 더한 답에 쓰고 예약한 예산과 그 상한",
        "What answers with noise spent or reserved, and the ceiling",
    ),
    "node.words.bounds": Phrase(
        "이용승인마다 우리 기관에서 쓴 작업 수와 ε", "Jobs and ε of each permit, as used at this hospital"
    ),
    "node.words.setup": Phrase("설치의 각 단계와 다음 명령", "Each step of the set-up, and the next command"),
    "node.see.policy": Phrase("정책 보기", "See the policy"),
    "node.see.data": Phrase("데이터 보기", "See the data"),
    "node.see.budget": Phrase("예산 보기", "See the budget"),
    "node.see.bounds": Phrase("사용 내역 보기", "See what was used"),
    "node.see.setup": Phrase("설치 단계 보기", "See the steps"),
    "data.words": Phrase(
        "우리 기관만 보는 정확한 수입니다. 밖으로는 데이터 카드의 구간만 알려집니다.",
        "Exact numbers, for this hospital alone. Others learn the bands of the dataset card and no more.",
    ),
    "data.dataset": Phrase("데이터셋: {name}", "Data set: {name}"),
    "data.generation": Phrase("세대", "Generation"),
    "data.loaded_at": Phrase("적재한 때", "Loaded at"),
    "data.cdm": Phrase("CDM 버전", "CDM version"),
    "data.source_cdm": Phrase("원천의 CDM 버전", "CDM version of the source"),
    "data.vocabulary": Phrase("용어집 버전", "Vocabulary version"),
    "data.synthetic": Phrase("연습용 합성데이터", "Synthetic twin"),
    "data.yes": Phrase("예", "yes"),
    "data.no": Phrase("아니요", "no"),
    "data.digest": Phrase("세대의 지문", "Fingerprint of the generation"),
    "data.no_warnings": Phrase("적재할 때의 경고 기록이 없습니다.", "No warning of the load is on record."),
    "data.tables": Phrase("테이블과 행 수", "Tables and rows"),
    "data.table": Phrase("테이블", "Table"),
    "data.rows": Phrase("행 수", "Rows"),
    "data.empty": Phrase("아직 데이터를 적재하지 않았습니다.", "No data has been loaded yet."),
    "data.in_place": Phrase(
        "데이터베이스를 제자리에서 읽습니다. 이 콘솔은 그 데이터베이스를 열지 않으므로 행 수를 보이지 "
        "않습니다.",
        "The database is read in place. This console does not open it, and shows no numbers of rows.",
    ),
    "data.quality": Phrase("데이터 품질", "Data quality"),
    "data.not_checked": Phrase(
        "지금 세대의 품질 점검 결과가 없습니다.", "The present generation has not been checked."
    ),
    "data.checked_at": Phrase("점검한 때", "Checked at"),
    "data.status.failed": Phrase("기준을 넘음", "Failed"),
    "data.status.error": Phrase("점검하지 못함", "Could not be checked"),
    "data.status.passed": Phrase("통과", "Passed"),
    "data.status.not_applicable": Phrase("해당 없음", "Not applicable"),
    "data.failures": Phrase("통과하지 못한 점검", "Checks that did not pass"),
    "data.no_failures": Phrase("통과하지 못한 점검이 없습니다.", "Every check passed or does not apply."),
    "data.check": Phrase("점검", "Check"),
    "data.violated": Phrase("어긋난 행", "Rows violating"),
    "data.percent": Phrase("비율(%)", "Per cent"),
    "data.threshold": Phrase("기준(%)", "Threshold (%)"),
    "data.more": Phrase("어긋난 비율이 높은 {most}개까지만 보입니다.", "Only the {most} worst are shown."),
    "data.card": Phrase("데이터 카드", "Dataset card"),
    "data.card_digest": Phrase("마지막으로 만든 카드의 지문", "Fingerprint of the card made last"),
    "data.card_words": Phrase(
        "운영기관에 등록된 카드의 지문과 같은지 비교하십시오.",
        "Compare it with the fingerprint of the card that the coordinator shows.",
    ),
    "data.no_card": Phrase("아직 데이터 카드를 만들지 않았습니다.", "No dataset card has been made yet."),
    "bounds.words": Phrase(
        "이용승인마다 이 기관 노드가 받아들인 작업을 센 것입니다. 다른 기관에서 쓴 것은 여기에 없습니다.",
        "Counted from the jobs that this node accepted under each permit. What other hospitals counted "
        "is not "
        "here.",
    ),
    "bounds.empty": Phrase("받아들인 작업이 없습니다.", "No job has been accepted."),
    "bounds.accepted": Phrase("받아들인 작업 수", "Jobs accepted"),
    "bounds.jobs": Phrase("범위 안의 작업 수", "Jobs within the bounds"),
    "bounds.epsilon": Phrase(
        "범위 안의 작업이 쓰거나 예약한 ε(백만분의 일)",
        "ε spent or reserved within the bounds, in millionths",
    ),
    "bounds.epsilon_words": Phrase(
        "이용승인의 ε은 건별 승인 없이 실행되는 작업을 모두 합한 상한입니다. 되돌린 예약은 세지 않습니다.",
        "A permit's ε is the limit of all jobs together that run without a vote of their own. What was given "
        "back does not count.",
    ),
    "bounds.no_noise": Phrase("차분 프라이버시를 쓰는 작업이 없습니다.", "No job uses differential privacy."),
    "bounds.none": Phrase(
        "범위가 없는 이용승인입니다. 모든 작업이 건별로 승인되었습니다.",
        "A permit without bounds: every job was approved by a vote of its own.",
    ),
    "bounds.withdrawn": Phrase("철회됨", "Withdrawn"),
    "bounds.expired": Phrase("기한이 지남", "Expired"),
    "bounds.not_counted": Phrase(
        "환자 단위의 프라이버시 예산은 이용승인과 따로, 기관의 상한에 대해 셉니다.",
        "Beside permits, what patients' privacy has cost is counted against the hospital's own ceiling.",
    ),
    "setup.words": Phrase(
        "각 단계는 기관 노드가 있는 컴퓨터의 명령줄에서 합니다. 토큰, 열쇠, 비밀번호는 이 화면에 "
        "입력하지 않습니다.",
        "Each step is taken at the command line of the node's own computer. No token, key or password "
        "is ever "
        "typed into this page.",
    ),
    "setup.next": Phrase("다음 단계: {step}", "Next: {step}"),
    "setup.command": Phrase("명령", "Command"),
    "setup.all_done": Phrase("설치를 마쳤습니다.", "The set-up is complete."),
    "setup.steps": Phrase("설치 단계", "Steps of the set-up"),
    "setup.step": Phrase("단계", "Step"),
    "setup.told": Phrase("내용", "What is known"),
    "setup.state.done": Phrase("완료", "Done"),
    "setup.state.next": Phrase("다음", "Next"),
    "setup.state.later": Phrase("아직", "Not yet"),
    "setup.step.init": Phrase("폴더와 열쇠 만들기", "Folder and keys"),
    "setup.step.trust": Phrase("연합 루트 고정", "Federation root"),
    "setup.step.enrol": Phrase("중앙 서버에 등록", "Enrolment"),
    "setup.step.load": Phrase("데이터 적재", "Data"),
    "setup.step.card": Phrase("데이터 카드", "Dataset card"),
    "setup.step.run": Phrase("기관 노드 시작", "Service started"),
    "setup.step.account": Phrase("콘솔 계정", "Console account"),
    "setup.step.doctor": Phrase("점검", "Doctor"),
    "setup.help.init": Phrase(
        "기관의 식별자와 중앙 서버의 주소를 정합니다.", "Names the hospital and its coordinator."
    ),
    "setup.help.trust": Phrase(
        "루트 파일과, 다른 길로 받은 지문이 필요합니다.",
        "Takes the file of the root, and the fingerprint that came to you another way.",
    ),
    "setup.help.enrol": Phrase(
        "운영기관에서 받은 일회용 토큰이 필요합니다. 토큰은 명령줄에만 입력하십시오.",
        "Takes the one-time token from the coordinator's operator. Type it at the command line alone.",
    ),
    "setup.help.load": Phrase("OMOP CDM 파일이 있는 폴더를 적재합니다.", "Loads a folder of OMOP CDM files."),
    "setup.help.card": Phrase(
        "밖에 알려질 내용을 구간으로만 담은 카드를 만듭니다.",
        "Makes the card that others see, in bands alone.",
    ),
    "setup.help.run": Phrase("서비스로 계속 실행합니다.", "Keeps running, as a service."),
    "setup.help.account": Phrase(
        "비밀번호는 명령줄에서 묻습니다.", "The password is asked for at the command line."
    ),
    "setup.help.doctor": Phrase("아래의 문제를 먼저 해결하십시오.", "Solve first what stands below."),
    "setup.doctor": Phrase("점검 결과", "What the doctor finds"),
    "setup.well": Phrase(
        "여기에서 볼 수 있는 것은 모두 정상입니다.", "All that can be seen from here is well."
    ),
    "setup.doctor_words": Phrase(
        "이 콘솔에는 데이터의 열쇠가 없습니다. 저장소, 격리 실행, 연결은 다음 명령이 점검합니다.",
        "This console holds no key of the data. Store, sandbox and link are examined by this command:",
    ),
    "setup.group.keys": Phrase("열쇠와 파일 권한:", "Keys and file modes:"),
    "setup.group.disk": Phrase("디스크:", "Disk:"),
    "setup.group.state": Phrase("상태 데이터베이스:", "State database:"),
    "setup.group.clock": Phrase("시계:", "Clock:"),
    "setup.group.trust": Phrase("연합 루트:", "Federation root:"),
}
