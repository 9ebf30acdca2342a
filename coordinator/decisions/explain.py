"""Says of a job in plain words whose turn it is, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.states import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose turn it is: one of our short names, and a sentence in each language."""

    whose: str
    ko: str
    en: str


_TURNS: dict[JobState, Turn] = {
    JobState.SUBMITTED: Turn(
        whose="coordinator",
        ko="중앙 서버가 작업을 점검하고 있습니다.",
        en="The coordinator is checking the job.",
    ),
    JobState.WAITING_FOR_APPROVAL: Turn(
        whose="committee",
        ko="데이터심의위원회의 건별 승인을 기다리고 있습니다.",
        en="The data review committee has to approve this job.",
    ),
    JobState.READY: Turn(
        whose="coordinator",
        ko="승인되었습니다. 곧 기관 노드에 실행을 지시합니다.",
        en="Approved; orders to the hospitals' nodes are about to be sent.",
    ),
    JobState.RUNNING: Turn(
        whose="hospitals",
        ko="기관 노드에서 실행 중이거나 기관의 결정을 기다리고 있습니다.",
        en="Running at the hospitals' nodes, or waiting for a hospital's own decision.",
    ),
    JobState.HELD: Turn(
        whose="output_checker",
        ko="결과가 준비되었습니다. 반출 심사자들의 의견을 기다리고 있습니다.",
        en="The result is ready; output checkers have to vote on its export.",
    ),
    JobState.RELEASED: Turn(
        whose="researcher",
        ko="반출이 승인되어 결과를 볼 수 있습니다.",
        en="Released: the result can be read.",
    ),
    JobState.REFUSED: Turn(
        whose="nobody", ko="심의에서 거부되어 끝났습니다.", en="Ended: refused in review."
    ),
    JobState.FAILED: Turn(
        whose="researcher", ko="실행하지 못하고 끝났습니다.", en="Ended without an answer."
    ),
    JobState.CANCELLED: Turn(
        whose="nobody", ko="연구자가 취소하여 끝났습니다.", en="Ended: cancelled by the researcher."
    ),
    JobState.EXPIRED: Turn(
        whose="researcher",
        ko="기한이 지나 끝났습니다. 새 기한으로 다시 제출할 수 있습니다.",
        en="Ended: its time ran out. It can be submitted again with a later expiry.",
    ),
}


def whose_turn(state: JobState) -> Turn:
    """Every state has its words; a test asks for each."""
    return _TURNS[state]


def reason_code(*, state: JobState, outside: str | None, code: str | None) -> str | None:
    """The code that says why: what ended the job, or which bound it oversteps while it waits for a vote."""
    if code is not None:
        return code
    return outside if state is JobState.WAITING_FOR_APPROVAL else None
