"""Several hospitals under masks as a desk of the corpus: the reader sees sums over all of them alone.

People who live at one place are spread over three hospitals, in a way that the reader does not know. Each
has a register and a secret order of its own, and says of its sets what a node does (`decisions.masked_sets`).

* What stands together in one answer is judged by each kind's own rules. So each count is a job of its own
  here, and a description's numbers are one.
* A number that is small over all hospitals is withheld by these rules. What is small at one hospital is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis_jobs.kinds.contract import PersonSet
from analysis_jobs.kinds.guarded import PooledVerdict, evidence_of, judge_pooled
from node.decisions.masked_sets import Here, decide_turn, look_here, to_stand_apart_from
from node.decisions.told_sets import NewSet, Sites, Standing
from privacy.differencing.guard import Answered, AskedSet, Fresh, judge
from privacy.differencing.leaving_out import MOST_TIMES_THRESHOLD, Order, leave_out
from privacy.differencing.released_sets import Members, pack
from tests.trackers.desk import THRESHOLD, Answer, Shown
from tests.trackers.guarded_desk import MOST_TURNS
from tests.trackers.questions import Question, is_description
from tests.trackers.world import Persons, Population

_SPREAD_OVER = 3
_MOST_ATTEMPTS = 8


@dataclass(slots=True)
class _Hospital:
    """What one hospital keeps: who its persons are, what it told before, and its secret order."""

    persons: Persons
    order: Order
    standing: Standing = field(default_factory=lambda: Standing(Answered()))

    def members(self, chosen: Persons) -> Members:
        return np.isin(self.persons, chosen)


@dataclass(slots=True)
class _Run:
    """One job: its sets at each hospital, and what its turns have led to so far."""

    name: str
    participants: Sites
    survivors: Sites
    told: list[PersonSet]
    sets: dict[str, list[Members]]
    """Of each hospital; those beyond the told ones are sums, for which no set stands."""
    definitions: list[str]
    work_out: frozenset[int] = frozenset()
    turns: int = 0
    left: dict[str, Members] = field(default_factory=dict)
    """Whom each hospital goes without."""

    @property
    def described(self) -> bool:
        return self.told[0].described

    def asked(self, hospital: str) -> list[AskedSet]:
        return [
            AskedSet(self.definition(hospital, at), members, described=each.described)
            for at, (members, each) in enumerate(zip(self.sets[hospital], self.told, strict=False))
        ]

    def definition(self, hospital: str, at: int, *, further: Members | None = None) -> str:
        left = [each for each in (self.left.get(hospital), further) if each is not None]
        without = np.flatnonzero(np.any(left, axis=0)).tolist() if left else []
        return self.definitions[at] + (f", but for {without}" if without else "")

    def number(self, at: int) -> int:
        """The pooled one."""
        return sum(int(np.count_nonzero(self.sets[each][at])) for each in self.survivors)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One attempt's evidence: of each hospital what it says, and what it keeps to itself."""

    here: dict[str, Here]
    verdict: PooledVerdict


class MaskedDesk:
    """Deterministic for a `draw`, which stands for everything secret."""

    def __init__(self, population: Population, *, draw: int = 0) -> None:
        home = _homes(population.sites, draw)
        self._hospitals: dict[str, _Hospital] = {}
        for at, name in enumerate(sorted({*home.tolist()})):
            persons = np.flatnonzero(home == name)
            order = np.random.default_rng([draw, at]).permutation(len(persons)).astype(np.uint64)
            self._hospitals[name] = _Hospital(persons, order)
        self._generation = 0
        self._runs = 0
        self.left_out: Counter[int] = Counter()

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        if is_description(question):
            return self._answer(question, range(len(sets)), sets)
        numbers = [self._answer(question, [at], [persons]) for at, persons in enumerate(sets)]
        return tuple(None if each is None else each[0] for each in numbers)

    def load_next(self) -> None:
        self._generation += 1

    def publish(self, everybody: Persons) -> None:
        """As if they had been counted."""
        for hospital in self._hospitals.values():
            told = NewSet(0, "everybody", 0, bits=pack(hospital.members(everybody)))
            hospital.standing.add(("published", 0), told, tuple(self._hospitals))

    def _answer(self, question: Question, places: Sequence[int], sets: Sequence[Persons]) -> Answer:
        run = self._begin(question, places, sets)
        for _ in range(_MOST_ATTEMPTS):
            if any(run.number(at) < THRESHOLD for at in range(len(run.told))):
                return None
            looked = self._look(run)
            turns = {
                each: decide_turn(
                    looked.verdict,
                    looked.here[each].near,
                    self._hospitals[each].standing,
                    participants=run.participants,
                    survivors=run.survivors,
                    turned=run.turns > 0 or bool(run.work_out),
                )
                for each in run.survivors
            }
            if any(turn.other_hospitals for turn in turns.values()):
                return None
            if any(turn.near for turn in turns.values()):
                if not run.described or run.turns == MOST_TURNS or not self._leave_out(run, looked):
                    return None
            elif any(turn.work_out for turn in turns.values()):
                run.work_out |= {at for turn in turns.values() for at in turn.work_out}
            else:
                return self._open(run, looked)
        return None

    def _begin(self, question: Question, places: Sequence[int], sets: Sequence[Persons]) -> _Run:
        self._runs += 1
        participants = tuple(
            each for each in self._hospitals if not question.sites or each.split("/")[0] in question.sites
        )
        stand = 1 if question.shape == "sum" else len(places)
        nobody = np.zeros(0, dtype=np.bool_)
        return _Run(
            name=f"run {self._runs}",
            participants=participants,
            survivors=tuple(each for each in participants if each not in question.lost),
            told=[
                PersonSet(str(at), nobody, described=is_description(question) and not at)
                for at in range(stand)
            ],
            sets={name: [self._hospitals[name].members(each) for each in sets] for name in participants},
            definitions=[f"{question.numbers[at].text} in {self._generation}" for at in places],
        )

    def _look(self, run: _Run) -> _Looked:
        here: dict[str, Here] = {}
        for each in run.participants:
            here[each] = look_here(
                self._hospitals[each].standing,
                run.asked(each),
                sites=run.participants,
                threshold=THRESHOLD,
                work_out=run.work_out,
            )
        evidence = [evidence_of(here[each].sets) for each in run.survivors]
        pooled = {name: sum(each[name] for each in evidence) for name in evidence[0]}
        verdict = judge_pooled(
            pooled,  # type: ignore[arg-type]
            told=run.told,
            sites=len(run.survivors),
            whole=run.survivors == run.participants,
            threshold=THRESHOLD,
        )
        return _Looked(here, verdict)

    def _leave_out(self, run: _Run, looked: _Looked) -> bool:
        """Each hospital goes without some persons. False where that would be too many at one of them."""
        for name in run.participants:
            hospital = self._hospitals[name]
            beside = to_stand_apart_from(
                looked.verdict, looked.here[name].near, hospital.standing, sites=run.participants
            )
            left = leave_out(
                hospital.standing.answered,
                [each.members for each in run.asked(name)],
                order=hospital.order,
                threshold=THRESHOLD,
                beside=beside,
                is_told=lambda at, further, name=name, hospital=hospital: hospital.standing.is_told(
                    run.definition(name, at, further=further), run.participants
                ),
            )
            if left is None:
                return False
            self.left_out.update(hospital.persons[left].tolist())
            run.left[name] = left | run.left[name] if name in run.left else left
            run.sets[name] = [members & ~left for members in run.sets[name]]
        run.turns += 1
        return True

    def _open(self, run: _Run, looked: _Looked) -> Answer:
        """Writes down at each hospital what the sum describes; the sum."""
        shown = [self._shown(run, looked, at) for at in range(len(next(iter(run.sets.values()))))]
        for name in run.participants:
            hospital = self._hospitals[name]
            asked = run.asked(name)
            for at, each in enumerate(asked):
                bits, number = pack(each.members), int(each.members.sum())
                told = NewSet(at, each.definition, number, bits=bits, shrunk=run.turns > 0)
                if looked.here[name].sets[at].given:
                    near = looked.here[name].near[at]
                    number, within = near.number(hospital.standing), near.within(THRESHOLD - 1)
                    told = NewSet(at, each.definition, number, within)
                sites = run.survivors if name in run.survivors else run.participants
                hospital.standing.add((run.name, 0), told, sites)
        return tuple(shown)

    def _shown(self, run: _Run, looked: _Looked, at: int) -> Shown:
        if at in looked.verdict.worked_out:
            near = {name: looked.here[name].near[at] for name in run.survivors}
            number = sum(each.number(self._hospitals[name].standing) for name, each in near.items())
            apart = looked.verdict.most_apart[at]
            within = max(each.within(apart) for each in near.values())
            return Shown(number, number - within, number + within)
        most = run.turns * len(run.survivors) * MOST_TIMES_THRESHOLD * THRESHOLD
        return Shown(run.number(at), run.number(at), run.number(at) + most)


class TablesDesk(MaskedDesk):
    """Whatever one question asks is one job, and is told whole or not at all.

    For what stands together in it, the rules of a statistic: no two numbers may show few persons.
    """

    def ask(self, who: str, question: Question, sets: Sequence[Persons]) -> Answer:
        size = 1 + max((int(persons.max(initial=0)) for persons in sets), default=0)
        asked = [AskedSet(str(at), np.isin(np.arange(size), persons)) for at, persons in enumerate(sets)]
        judged = judge(Answered(), asked, threshold=THRESHOLD)
        if not is_description(question) and any(each != Fresh() for each in judged.verdicts):
            return None
        return self._answer(question, range(len(sets)), sets)


def _homes(sites: Collection[str], draw: int) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Each person's hospital. A lone site stands for a town with several of them."""
    named = np.array(list(sites), dtype="U8")
    if len({*sites}) > 1:
        return named
    at = np.random.default_rng(draw).integers(_SPREAD_OVER, size=len(named))
    return np.array([f"{site}/{number}" for site, number in zip(named, at, strict=True)], dtype="U8")
