"""Trackers over two generations of the data, in which somebody came, went or was corrected."""

from __future__ import annotations

from typing import Final

from tests.trackers.corpus.town import asks
from tests.trackers.questions import EVERYBODY, Question, Selection, count, groups, having, model
from tests.trackers.tracker import NEXT, Family, Step, Tracker, lives_of
from tests.trackers.world import Group, World, people, selected

_ILL, _OLD, _TARGET, _NEW = having("ill"), having("old"), having("target"), having("new")

_THERE = Group("there from the first generation to the last", lambda life: None not in life.course)
_SAME = Group("the same in every generation", lambda life: len(set(life.course)) == 1)
_CAME = Group("there only later", lambda life: life.course[0] is None)
_WENT = Group("no longer there", lambda life: life.course[-1] is None)
_HER = Group("the target", lambda life: any(traits and "target" in traits for traits in life.course))


def _changed() -> Group:
    return Group("changed", lambda life: _THERE.test(life) and not _SAME.test(life))


def _except_her(group: Group) -> Group:
    return Group(f"{group.text}, but not the target", lambda life: group.test(life) and not _HER.test(life))


def _stays(*groups_of: tuple[str, int]) -> list[tuple[str, int]]:
    return [(f"{words} -> {words}", number) for words, number in groups_of]


_NOTHING_MOVED: Final = (_CAME, _WENT, _changed())
_OTHERS: Final = _stays(("ill old", 41), ("ill", 33), ("old", 68), ("", 104))


def _her(*courses: str, others: list[tuple[str, int]] = _OTHERS) -> tuple[World, ...]:
    return tuple(people(*others, (course, 1)) for course in courses)


_NOBODY_ELSE: Final = tuple(_except_her(group) for group in (_CAME, _WENT, _changed()))


def _of_her(
    name: str,
    family: Family,
    truths: tuple[World, ...],
    *steps: Step,
    secret: Selection = _ILL & _TARGET,
    known: tuple[Group, ...] = (),
    always_there: bool = False,
    traits: str = "ill old target",
) -> Tracker:
    return Tracker(
        name=name,
        family=family,
        truths=truths,
        secret=selected(secret, at=1),
        steps=steps,
        lives=lives_of(traits, generations=2, fixed="target", always_there=always_there),
        known=(_HER, *_NOBODY_ELSE, *known),
    )


def _before_and_after(*questions: Question) -> tuple[Step, ...]:
    return (*asks(*questions), NEXT, *asks(*questions))


_JOINED: Final = _her("- -> ill target", "- -> target")
_LEFT: Final = _her("ill target -> -", "target -> -")


def _newcomers(number: int, ill: int) -> World:
    return people(*_stays(("ill", 74), ("", 150)), ("- -> ill new", ill), ("- -> new", number - ill))


def _of_newcomers(name: str, number: int, *steps: Step) -> Tracker:
    """All that came were one ward's patients, and the reader wants to know how many of them are ill."""
    return Tracker(
        name=name,
        family=Family.REFRESHES,
        truths=tuple(_newcomers(number, ill) for ill in (3, 0)),
        secret=selected(_ILL & _NEW, at=1),
        steps=steps,
        lives=lives_of("ill new", generations=2, fixed="new"),
        known=(_CAME, _WENT, _changed(), _CAME & selected(_NEW, at=1), selected(_NEW, at=0)),
    )


REFRESHES: Final = (
    _of_her("one person joined", Family.REFRESHES, _JOINED, *_before_and_after(count(_ILL)), known=(_CAME,)),
    _of_her(
        "one person joined, by model",
        Family.REFRESHES,
        _JOINED,
        *_before_and_after(model(EVERYBODY, _ILL)),
        known=(_CAME,),
    ),
    _of_her(
        "one person joined, by groups",
        Family.REFRESHES,
        _JOINED,
        *_before_and_after(groups(_ILL, _OLD)),
        known=(_CAME,),
    ),
    Tracker(
        name="one person left",
        family=Family.REFRESHES,
        truths=_LEFT,
        secret=selected(_ILL & _TARGET, at=0),
        steps=_before_and_after(count(_ILL)),
        lives=lives_of("ill old target", generations=2, fixed="target"),
        known=(_HER, *_NOBODY_ELSE, _WENT),
    ),
    _of_her(
        "refused before, asked again after",
        Family.REFRESHES,
        _her("ill target -> ill target", "target -> target"),
        *asks(count(_ILL), count(_ILL & ~_TARGET)),
        NEXT,
        *asks(count(_ILL & ~_TARGET)),
        known=_NOTHING_MOVED,
    ),
    _of_her(
        "without her before, with her after",
        Family.REFRESHES,
        _her("ill target -> ill target", "target -> target"),
        *asks(count(_ILL & ~_TARGET)),
        NEXT,
        *asks(count(_ILL)),
        known=_NOTHING_MOVED,
    ),
    _of_newcomers("three joined", 3, *_before_and_after(count(_ILL))),
    _of_newcomers("twelve joined, three of them ill", 12, *_before_and_after(count(_ILL))),
    _of_newcomers("twelve joined, by models", 12, *_before_and_after(model(EVERYBODY, _ILL))),
)

_CORRECTED: Final = _her("target -> ill target", "target -> target")
_BACK: Final = _her("ill target -> target", "ill target -> ill target")


def _corrected(
    name: str, *steps: Step, truths: tuple[World, ...] = _CORRECTED, before: Selection = ~_ILL
) -> Tracker:
    return _of_her(
        name,
        Family.CORRECTIONS,
        truths,
        *steps,
        known=(selected(before & _TARGET, at=0),),
        always_there=True,
    )


CORRECTIONS: Final = (
    _corrected("ill after a correction", *_before_and_after(count(_ILL))),
    _corrected("healthy after a correction", *_before_and_after(count(_ILL)), truths=_BACK, before=_ILL),
    _corrected("a correction, by models", *_before_and_after(model(EVERYBODY, _ILL))),
    _corrected("a correction, by groups", *_before_and_after(groups(EVERYBODY, _ILL))),
    _corrected("a correction, in other words", *asks(count(_ILL)), NEXT, *asks(count(~~_ILL), count(_ILL))),
    _corrected(
        "a correction that moves her between groups",
        *_before_and_after(groups(_ILL, _OLD), groups(~_ILL, _OLD)),
    ),
    _of_her(
        "an age that is corrected tells that she is ill",
        Family.CORRECTIONS,
        _her("ill target -> ill old target", "target -> old target"),
        *_before_and_after(count(_ILL & _OLD)),
        known=(selected(_OLD & _TARGET, at=1), selected(~_OLD & _TARGET, at=0)),
        always_there=True,
    ),
)
