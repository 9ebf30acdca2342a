"""The privacy budget: what is spent, reserved and left, by whom, and its ceiling."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "budget.title": Phrase("프라이버시 예산", "Privacy budget"),
    "budget.words": Phrase(
        "잡음을 더한 답은 나갈 때마다 환자의 프라이버시를 조금씩 씁니다. 과제, 이용승인, 데이터셋이 달라도 "
        "같은 사람들의 예산은 하나이고, 그 상한은 우리 기관만 정합니다.",
        "Every answer with noise uses up a little of what a patient's privacy allows. Whatever the project, "
        "permit or data set, the same persons have one budget, and this hospital alone sets its ceiling.",
    ),
    "budget.whole": Phrase("우리 기관의 환자", "Patients of this hospital"),
    "budget.population": Phrase("대상 집단:", "Population:"),
    "budget.bar": Phrase("예산", "Budget"),
    "budget.shares": Phrase(
        "나간 답 {charged}, 예약 {reserved}, 남음 {left}",
        "answers that left {charged}, reserved {reserved}, free {left}",
    ),
    "budget.all_spent": Phrase("모두 쓴 것으로 봄", "all of it counts as spent"),
    "budget.ceiling": Phrase("상한", "Ceiling"),
    "budget.no_ceiling": Phrase("정하지 않음", "not set"),
    "budget.joined": Phrase("합친 집단", "Joined to it"),
    "budget.charged": Phrase("나간 답", "Answers that left"),
    "budget.reserved": Phrase("예약한 답", "Answers reserved"),
    "budget.answers": Phrase("{number}건", "{number}"),
    "budget.tells": Phrase("나간 답을 모두 합한 ε", "ε of all that has left"),
    "budget.used": Phrase("쓰거나 예약한 비율", "Used or reserved"),
    "budget.left": Phrase("남은 비율", "Free"),
    "budget.further": Phrase("새 작업", "Further jobs"),
    "budget.reserved_ones": Phrase("예약한 답", "Reserved answers"),
    "budget.state.no_ceiling": Phrase(
        "상한을 정할 때까지 잡음을 더하는 작업을 모두 거절합니다.",
        "Until a ceiling is set, every job that asks for noise is declined.",
    ),
    "budget.state.more": Phrase(
        "남은 예산 안에서 새 작업을 받습니다.", "Further jobs are taken as far as they fit."
    ),
    "budget.state.full": Phrase(
        "남은 예산이 없어 잡음을 더하는 새 작업을 거절합니다.",
        "Nothing is left: further jobs that ask for noise are declined.",
    ),
    "budget.state.reserved_all": Phrase(
        "예약한 답은 모두 나갈 수 있습니다.", "All reserved answers can leave."
    ),
    "budget.state.reserved_some": Phrase(
        "예약한 답 가운데 먼저 나가는 것만 나갈 수 있습니다.",
        "Of the reserved answers those that come first can leave, not all of them.",
    ),
    "budget.state.reserved_none": Phrase(
        "예약한 답은 하나도 나가지 않습니다.", "None of the reserved answers can leave."
    ),
    "budget.behind": Phrase(
        "관리대장에 빠진 항목이 있어 예산을 모두 쓴 것으로 봅니다. 더 최근의 백업을 복원하십시오.",
        "The register lacks entries, so all of it counts as spent. Restore a later backup.",
    ),
    "budget.behind_act": Phrase(
        "관리대장에 빠진 항목이 있습니다.", "The register lacks entries, so nothing can be written into it."
    ),
    "budget.by_project": Phrase("연구과제와 이용승인별", "By project and permit"),
    "budget.permit": Phrase("이용승인", "Permit"),
    "budget.runs": Phrase("실행", "Runs"),
    "budget.share": Phrase("예산의 비율", "Share of the budget"),
    "budget.last": Phrase("마지막", "Last"),
    "budget.nobody": Phrase("아직 예산을 쓴 작업이 없습니다.", "No job has spent anything yet."),
    "budget.see_runs": Phrase("작업별로 보기", "See it job by job"),
    "budget.by_run": Phrase("작업별 예산 사용", "What each job spent"),
    "budget.reserved_at": Phrase("예약한 때", "Reserved at"),
    "budget.became": Phrase("답", "Answers"),
    "budget.run.charged": Phrase("나감", "left"),
    "budget.run.reserved": Phrase("예약", "reserved"),
    "budget.run.returned": Phrase("되돌림", "given back"),
    "budget.share_words": Phrase(
        "비율은 지금 상한에 대한 것이며 올림한 값입니다. "
        "작업마다 따로 올림하므로 더하면 전체보다 클 수 있습니다.",
        "Shares are of the present ceiling and rounded up one by one: together they may exceed the whole.",
    ),
    "budget.change": Phrase("예산 상한 변경", "Change the ceiling"),
    "budget.epsilon": Phrase("엡실론(ε)", "Epsilon (ε)"),
    "budget.epsilon_hint": Phrase(
        "한 사람이 모든 답에서 잃을 수 있는 양. 작을수록 엄격합니다. 예: 3",
        "What one person may lose by all answers together; smaller is stricter. For example 3.",
    ),
    "budget.delta": Phrase("델타(δ)", "Delta (δ)"),
    "budget.delta_hint": Phrase(
        "엡실론이 지켜지지 않을 수 있는 아주 작은 확률. 예: 1e-6",
        "The tiny probability with which epsilon may not hold. For example 1e-6.",
    ),
    "budget.reason": Phrase("변경하는 까닭", "Reason for the change"),
    "budget.reason_hint": Phrase(
        "한 줄, {most}자까지. 이 기관의 감사 기록에 남고 밖으로 나가지 않습니다.",
        "One line of at most {most} characters. It stays in this hospital's audit log.",
    ),
    "budget.check": Phrase("달라지는 것 확인", "See what would follow"),
    "budget.check_title": Phrase("상한을 바꾸기 전에 확인", "Check before changing the ceiling"),
    "budget.changes": Phrase("달라지는 것", "What follows"),
    "budget.now": Phrase("지금", "Now"),
    "budget.then": Phrase("바꾼 뒤", "Afterwards"),
    "budget.same": Phrase("지금의 상한과 같습니다.", "It is the present ceiling already."),
    "budget.stops": Phrase(
        "이 상한에서는 잡음을 더하는 새 작업을 받지 않습니다.",
        "Under this ceiling no further job that asks for noise is taken.",
    ),
    "budget.caught.some": Phrase(
        "일부만 나갈 수 있는, 답을 예약한 작업", "Jobs with reserved answers, of which some can leave"
    ),
    "budget.caught.none": Phrase(
        "나가지 못하게 되는 답을 예약한 작업", "Jobs whose reserved answers could not leave"
    ),
    "budget.stays": Phrase(
        "이미 나간 답은 돌아오지 않으며 쓴 것은 쓴 대로 남습니다. 상한을 나중에 다시 바꿀 수 있습니다.",
        "What has left does not come back, and what was spent stays spent. The ceiling can be changed again.",
    ),
    "budget.save": Phrase("예산 상한 정하기", "Set the ceiling"),
}
