"""A desk with the hospital's quota of refusals before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from node.decisions.refusal_quota import check_quota
from node.decisions.site_policy import SitePolicy
from onggi.errors import Refused
from tests.trackers.desk import Answer, Desk, OpensDesk
from tests.trackers.questions import Question
from tests.trackers.world import Persons, Population

_POLICY = SitePolicy()


class QuotaDesk:
    """Answers nothing more to whoever was refused too often. Each account is a project of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._refused: dict[str, set[tuple[Question, int]]] = {}
        self._generation = 0

    @property
    def left_out(self) -> Counter[int] | None:
        return self._desk.left_out

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        refused = self._refused.setdefault(who, set())
        try:
            check_quota(_POLICY, refused=len(refused))
        except Refused:
            return None
        answer = self._desk.ask(who, question, sets)
        if answer is None or not any(answer):
            refused.add((question, self._generation))
        return answer

    def load_next(self) -> None:
        self._generation += 1
        self._desk.load_next()

    def publish(self, everybody: Persons) -> None:
        self._desk.publish(everybody)


def with_quota(opens: OpensDesk) -> OpensDesk:
    """The desk as hospitals have it."""

    def opened(population: Population) -> QuotaDesk:
        return QuotaDesk(opens(population))

    return opened
