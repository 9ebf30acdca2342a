"""The viewer of the code that a job's digests name: files, installed packages, the sandbox's rules."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "held.digest": Phrase("지문", "Fingerprint"),
    "held.checked": Phrase(
        "이 서버가 가진 것에서 지문을 다시 계산하여 같음을 확인하고 보입니다.",
        "This server computed the fingerprint again from what it holds, and it is the same.",
    ),
    "held.trust": Phrase(
        "이 서버를 믿지 않는다면 같은 판을 직접 내려받아 아래 명령으로 계산해 보십시오.",
        "Whoever does not trust this server takes the same version from elsewhere and computes it:",
    ),
    "held.files": Phrase("파일", "Files"),
    "held.file": Phrase("파일", "File"),
    "held.lines": Phrase("줄 수", "Lines"),
    "held.sha256": Phrase("SHA-256 지문", "SHA-256"),
    "held.packages": Phrase("파이썬과 설치된 패키지", "Python and the installed packages"),
    "held.back": Phrase("파일 목록", "All files"),
    "held.not_title": Phrase("이 서버에 없는 코드", "Code that this server does not hold"),
    "held.not": Phrase(
        "이 지문의 코드는 이 서버에 없습니다. 다른 판의 코드이거나 지문이 틀렸습니다. "
        "보지 못한 코드를 승인하지 마십시오.",
        "This server does not hold the code of this fingerprint: it is another version's, or the fingerprint "
        "is wrong. Approve no code that you could not see.",
    ),
    "held.not_how": Phrase(
        "해당하는 판을 직접 내려받은 폴더에서 아래 명령을 실행하면 그 판의 지문 세 개가 나옵니다. "
        "위의 지문과 비교하십시오.",
        "In a folder with the version in question, this command prints its three fingerprints. Compare them "
        "with the one above.",
    ),
    "room.words": Phrase(
        "작업은 아래 규칙의 격리된 방에서 실행됩니다. 규칙의 전문은 끝에 있습니다.",
        "A job runs in a closed room with these rules. Word for word they stand at the end.",
    ),
    "room.rules": Phrase("방의 규칙", "Rules of the room"),
    "room.rule": Phrase("규칙", "Rule"),
    "room.setting": Phrase("설정", "Setting"),
    "room.unshare-user": Phrase("기관 노드의 사용자 권한이 없음", "None of the node's user rights"),
    "room.unshare-all": Phrase(
        "네트워크, 다른 프로세스, 공유 메모리를 볼 수 없음", "No network, no other process, no shared memory"
    ),
    "room.disable-userns": Phrase("새로운 권한 영역을 만들 수 없음", "It can make no new area of rights"),
    "room.die-with-parent": Phrase("노드가 멈추면 함께 끝남", "It ends when the node ends"),
    "room.new-session": Phrase("노드의 터미널에 입력할 수 없음", "It cannot type into the node's terminal"),
    "room.cap-drop": Phrase("모든 특권을 버림", "Every privilege is dropped"),
    "room.hostname": Phrase("기관의 컴퓨터 이름을 알 수 없음", "It does not learn the machine's name"),
    "room.clearenv": Phrase(
        "노드의 환경변수를 볼 수 없음", "It sees none of the node's environment variables"
    ),
    "room.limits": Phrase("자원 한도(표준 설정)", "Limits (standard setting)"),
    "room.resource": Phrase("자원", "Resource"),
    "room.most": Phrase("한도", "At most"),
    "room.limit.core": Phrase("메모리 덤프(바이트)", "Core dump (bytes)"),
    "room.limit.nofile": Phrase("열린 파일 수", "Open files"),
    "room.limit.fsize": Phrase("파일 하나(바이트)", "One file (bytes)"),
    "room.limit.data": Phrase("메모리(바이트)", "Memory (bytes)"),
    "room.limit.as": Phrase("주소 공간(바이트)", "Address space (bytes)"),
    "room.limit.msgqueue": Phrase("메시지 큐(바이트)", "Message queues (bytes)"),
    "room.limit.memlock": Phrase("고정 메모리(바이트)", "Locked memory (bytes)"),
    "room.limit.other": Phrase("그 밖의 한도 {number}", "Another limit, number {number}"),
    "room.calls": Phrase("운영체제에 할 수 있는 요청", "What it may ask of the operating system"),
    "room.group": Phrase("분류", "Group"),
    "room.verdict": Phrase("처리", "What happens"),
    "room.names": Phrase("요청", "Requests"),
    "room.files": Phrase("보이는 파일을 읽고 자기 폴더에 쓰기", "Read the files that it sees, write its own"),
    "room.waiting": Phrase("기다리기와 시계", "Wait, and read the clock"),
    "room.inherited_socket": Phrase(
        "물려받은 통로 하나로 주고받기", "Read and write the one socket that it was given"
    ),
    "room.memory": Phrase("메모리", "Memory"),
    "room.processes": Phrase("자기 프로세스", "Its own processes"),
    "room.conditional": Phrase("정해진 값으로만 할 수 있는 요청", "Possible with some values alone"),
    "room.refused": Phrase("라이브러리가 시도하지만 필요 없는 요청", "Tried by libraries, not needed"),
    "room.killed": Phrase("정직한 작업이 하지 않는 요청", "What no honest job asks"),
    "room.rest": Phrase("그 밖의 모든 요청", "Everything else"),
    "verdict.allowed": Phrase("허용", "Allowed"),
    "verdict.some": Phrase("일부만 허용", "Allowed in part"),
    "verdict.refused": Phrase("거절", "Refused"),
    "verdict.killed": Phrase("작업을 곧바로 끝냄", "The job is ended at once"),
    "verdict.unknown": Phrase("없는 요청으로 답함", "Answered as if it did not exist"),
    "room.exact": Phrase("격리 규칙 전문", "The rules, word for word"),
}
