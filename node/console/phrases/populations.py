"""Whose persons a data set holds, and which populations are one."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "population.assign": Phrase("데이터셋을 다른 집단에 넣기", "Put a data set into another population"),
    "population.join": Phrase("다른 집단에 합치기", "Join it to another population"),
    "population.assign.words": Phrase(
        "이 집단에 속한 데이터셋이 실제로는 다른 사람들의 것일 때 씁니다. 그 데이터셋에서 잡음을 더한 답을 "
        "처음 예약하기 전에만 할 수 있습니다.",
        "Where a data set of this population in fact holds other persons. Only before the first noisy answer "
        "on it is reserved.",
    ),
    "population.join.words": Phrase(
        "두 집단에 같은 사람이 있을 때 씁니다. 그때부터 한 상한 아래 함께 세며 되돌릴 수 없습니다.",
        "Where two populations share persons. From then on both count under one ceiling, for good.",
    ),
    "population.dataset": Phrase("데이터셋", "Data set"),
    "population.dataset_hint": Phrase(
        "이 노드에서 지금 옮길 수 있는 것: {names}", "At this node, and can be moved now: {names}"
    ),
    "population.into": Phrase("넣을 집단", "Into the population"),
    "population.into_hint": Phrase(
        "소문자, 숫자, 붙임표로 된 이름. 새 이름도 됩니다. 지금 있는 다른 집단: {names}",
        "A name of small letters, digits and hyphens; it may be a new one. There are also: {names}",
    ),
    "population.remains": Phrase("남는 집단", "The population that remains"),
    "population.remains_hint": Phrase(
        "그 집단의 상한이 둘에 함께 적용됩니다.", "Its ceiling counts for both."
    ),
    "population.only_one": Phrase("다른 집단이 없습니다.", "There is no other population."),
    "population.reason": Phrase("까닭", "Reason"),
    "population.whose": Phrase("속한 집단", "Population"),
    "population.assign.title": Phrase("데이터셋을 옮기기 전에 확인", "Check before the data set is moved"),
    "population.join.title": Phrase("집단을 합치기 전에 확인", "Check before the populations are joined"),
    "population.same": Phrase("이미 그 집단입니다.", "It is that population already."),
    "population.assign.no_ceiling": Phrase(
        "그 집단에는 상한이 없습니다. 정할 때까지 이 데이터셋에서 잡음을 더하는 작업을 모두 거절합니다.",
        "That population has no ceiling. Until one is set, every job that asks for noise on this data set is "
        "declined.",
    ),
    "population.join.no_ceiling": Phrase(
        "남는 집단에는 상한이 없습니다. 정할 때까지 두 집단에서 잡음을 더하는 작업을 모두 거절하고, 예약한 "
        "답도 나가지 않습니다.",
        "The population that remains has no ceiling. Until one is set, every job of both that asks for noise "
        "is declined, and no reserved answer leaves.",
    ),
    "population.join.stops": Phrase(
        "합치면 두 집단에서 잡음을 더하는 새 작업을 받지 않습니다.",
        "Once they are joined, no further job that asks for noise is taken of either.",
    ),
    "population.unknown": Phrase(
        "이 노드에 아직 그런 이름의 데이터셋이 없습니다.", "This node has no data set of that name yet."
    ),
    "population.assign.consequence": Phrase(
        "두 집단에 모두 있는 사람의 예산은 두 번 쓰일 수 있습니다. 겹치는 사람이 없을 때만 옮기십시오.",
        "Whoever is in both populations could be spent on twice: only move it where nobody is in both.",
    ),
    "population.join.consequence": Phrase(
        "합친 집단은 다시 나눌 수 없습니다. 이미 나간 답은 돌아오지 않으며 쓴 것은 쓴 대로 남습니다.",
        "Joined populations cannot be parted again. What has left does not come back, and what was spent "
        "stays spent.",
    ),
    "population.assign.save": Phrase("데이터셋 옮기기", "Move the data set"),
    "population.join.save": Phrase("집단 합치기", "Join the populations for good"),
}
