"""Runs under way, what they use, and the stop of a single one."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "stop.act": Phrase("이 실행 중단", "Stop this run"),
    "stop.warning": Phrase(
        "이 실행에서는 더 이상 아무것도 나가지 않습니다. 작업 폴더와 그 열쇠는 곧 없어지고 삭제 기록이 "
        "남습니다. "
        "되돌릴 수 없으며, 다시 하려면 연구자가 새 작업을 제출해야 합니다. 다른 실행은 계속됩니다. "
        "운영기관은 기관이 중단했다는 것만 압니다.",
        "Nothing of this run leaves any more. Its workspace and key are destroyed within moments and a "
        "deletion "
        "record says so. This cannot be undone: it would take a new job. Other runs go on. The coordinator "
        "learns that the hospital stopped it, and nothing else.",
    ),
    "stop.already": Phrase(
        "이미 중단하도록 했습니다. 기관 노드가 실행 중이면 곧 끝나고, 아니면 다음에 시작할 때 끝납니다.",
        "It is being stopped. A running node ends it within moments, one that is off at its next start.",
    ),
    "stop.reason": Phrase("사유(선택)", "Reason (optional)"),
    "stop.reason_hint": Phrase(
        "{most}자까지. 우리 기관의 감사 기록에만 남습니다. 환자에 대한 내용은 쓰지 마십시오.",
        "Up to {most} signs. It stays in this hospital's audit log. Write nothing about patients.",
    ),
    "stop.stopping": Phrase("중단하는 중", "Stopping"),
    "under_way.title": Phrase("지금 진행 중", "Under way now"),
    "under_way.none": Phrase("진행 중인 실행이 없습니다.", "No run is under way."),
    "under_way.took": Phrase("걸린 시간", "Time used"),
    "under_way.memory": Phrase("메모리(MiB)", "Memory (MiB)"),
    "under_way.cpu": Phrase("CPU(초)", "CPU (s)"),
    "under_way.workspace": Phrase("작업 폴더(MiB)", "Workspace (MiB)"),
    "under_way.act": Phrase("할 일", "Act"),
    "under_way.all": Phrase("모든 실행", "All runs"),
    "under_way.unknown": Phrase(
        "메모리와 CPU는 기관 노드가 실행 중일 때만 보입니다.",
        "Memory and CPU are shown while the node is running.",
    ),
}
