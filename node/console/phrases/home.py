"""Main menu, the first page and the stop button."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "site.node": Phrase("옹기 기관 노드", "Onggi node"),
    "door.home": Phrase("한눈에 보기", "At a glance"),
    "door.releases": Phrase("반출 관리대장", "Release register"),
    "door.held": Phrase("보류된 답", "Held replies"),
    "door.consents": Phrase("실행 동의", "Consent"),
    "door.runs": Phrase("실행", "Runs"),
    "door.deletions": Phrase("삭제 기록", "Deletion records"),
    "door.audit": Phrase("감사 기록", "Audit log"),
    "page.further": Phrase("다음", "Further"),
    "page.back": Phrase("돌아가기", "Back"),
    "page.look_only": Phrase("보기만 할 수 있는 계정입니다.", "This account may look and change nothing."),
    "todo.well": Phrase("정상입니다. 지금 하실 일이 없습니다.", "All is well. There is nothing to do."),
    "todo.first": Phrase("먼저 하실 일", "To do first"),
    "todo.books": Phrase(
        "기록이 손상되었거나 빠진 항목이 있습니다.", "The books are damaged, or entries are missing."
    ),
    "todo.paused": Phrase(
        "모두 멈춘 상태입니다. 아무것도 실행되거나 나가지 않습니다.",
        "Everything is paused: nothing runs and nothing leaves.",
    ),
    "todo.not_running": Phrase("기관 노드가 실행 중이 아닙니다.", "The node is not running."),
    "todo.not_connected": Phrase(
        "기관 노드가 중앙 서버에 연결되어 있지 않습니다.", "The node is not connected to the coordinator."
    ),
    "todo.consents": Phrase(
        "동의를 기다리는 실행이 있습니다. 수: {number}", "Runs wait for your consent: {number}"
    ),
    "todo.held": Phrase(
        "결정을 기다리는 보류된 답이 있습니다. 수: {number}", "Held replies wait for your decision: {number}"
    ),
    "todo.do.audit": Phrase("감사 기록에서 검증", "Verify in the audit log"),
    "todo.do.resume": Phrase("다시 시작", "Resume"),
    "todo.do.consents": Phrase("실행 동의 보기", "See the runs"),
    "todo.do.held": Phrase("보류된 답 보기", "See the replies"),
    "todo.type": Phrase(
        "기관 노드가 있는 컴퓨터에서 다음 명령을 입력하십시오.", "Type this on the node's own computer:"
    ),
    "home.ever": Phrase("지금까지 나간 것", "All that ever left"),
    "home.ever_words": Phrase("반출 관리대장의 모든 항목", "every entry of the release register"),
    "home.ever_see": Phrase("나간 것 모두 보기", "See all that ever left"),
    "home.lately": Phrase("최근 7일", "In the last 7 days"),
    "home.lately_words": Phrase("오늘을 포함하여 나간 항목", "entries, today included"),
    "home.lately_see": Phrase("최근 7일 보기", "See the last 7 days"),
    "home.waiting": Phrase("우리 기관의 결정 대기", "Waiting for this hospital"),
    "home.link": Phrase("중앙 서버 연결", "Link to the coordinator"),
    "home.connected": Phrase("연결됨", "connected"),
    "home.not_connected": Phrase("연결되지 않음", "not connected"),
    "home.not_running": Phrase("기관 노드가 실행 중이 아님", "the node is not running"),
    "home.last_beat": Phrase("마지막 신호", "Last sign of life"),
    "home.site": Phrase("기관", "Hospital"),
    "pause.act": Phrase("모두 멈추기", "Pause everything"),
    "pause.words": Phrase(
        "진행 중인 실행을 모두 중단하고, 다시 시작할 때까지 아무것도 나가지 않습니다.",
        "Ends every run under way; nothing leaves until you resume.",
    ),
    "pause.warning": Phrase(
        "진행 중인 실행은 곧 중단되며 되살릴 수 없습니다. 연구자가 작업을 다시 제출해야 합니다. "
        "이미 나간 것은 돌아오지 않습니다. 언제든지 다시 시작할 수 있습니다.",
        "Runs under way end within moments and cannot be taken up again: researchers have to submit their "
        "jobs anew. What has left does not come back. You can resume at any time.",
    ),
    "pause.running": Phrase("지금 진행 중인 실행", "Runs under way now"),
    "pause.already": Phrase("이미 멈춘 상태입니다.", "Everything is paused already."),
    "resume.act": Phrase("다시 시작", "Resume"),
    "resume.words": Phrase(
        "멈춘 상태입니다. 다시 시작하면 새 실행을 받고 답을 보냅니다.",
        "Everything is paused. Resuming lets new runs start and replies leave.",
    ),
    "resume.warning": Phrase(
        "승인된 작업을 다시 받아 실행하고, 규칙을 통과한 답을 보냅니다. "
        "멈출 때 중단된 실행은 이어지지 않습니다.",
        "Approved jobs are taken and run again, and replies that pass the rules leave. Runs that the pause "
        "ended stay ended.",
    ),
    "resume.already": Phrase("멈춘 상태가 아닙니다.", "Nothing is paused."),
}
