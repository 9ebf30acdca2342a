"""How a count of persons is told: its funnel, further funnels and groups."""

from __future__ import annotations

from collections.abc import Sequence

from onggi.report.bar_panels import bar_panels, told_bars
from onggi.report.figure import Figure
from onggi.report.sheet import Column, Pair, Sheet, Value, number_or_hidden
from onggi.spec.results import CountTable, Withheld

STEP = Column("step", ("단계", "Step"))
PERSONS = Column("persons", ("인원", "Persons"))
EVENTS = Column("events", ("사건 수", "Events"))
GROUP = Column("group", ("구분", "Group"))


def sheets(result: CountTable) -> tuple[Sheet, ...]:
    """The cohort's own funnel, then every further funnel, then every grouping."""
    further = [
        Sheet(
            f"funnel_{number}",
            (f"추가 단계표 {number}", f"Further choice of steps {number}"),
            (STEP, PERSONS),
            _counted(each.steps, each.persons, each.withheld),
        )
        for number, each in enumerate(result.funnels, start=1)
    ]
    groups = [
        Sheet(
            f"groups_{number}",
            (f"구분별 인원: {each.variable}", f"Persons by group: {each.variable}"),
            (GROUP, PERSONS),
            _counted(each.groups, each.persons, each.withheld),
        )
        for number, each in enumerate(result.groups, start=1)
    ]
    return (_funnel(result), *further, *groups)


def figure(result: CountTable) -> Figure | None:
    """Bars of persons, and of events where they were asked for, step by step and group by group."""
    shown = sheets(result)
    panels = bar_panels(shown)
    title: Pair = ("단계별 인원", "Persons at each step")
    return Figure(title, told_bars(shown, minimum=result.minimum_persons), panels) if panels else None


def methods(result: CountTable) -> tuple[Pair, ...]:
    """What is counted, by the definition's own semantics (OHDSI Circe 1.12)."""
    told: list[Pair] = [
        (
            "단계마다 조건을 모두 만족한 서로 다른 사람 수를 세었습니다(OHDSI Circe 1.12의 코호트 의미).",
            "Distinct persons who met all criteria so far were counted (semantics of OHDSI Circe 1.12).",
        ),
        (
            "한 사람은 한 기관에서 한 번 세며, 두 기관을 이용한 사람은 기관마다 셉니다.",
            "A person counts once in each hospital, and in both of two hospitals if known to both.",
        ),
    ]
    if result.events:
        told.append(("기준 사건 수도 함께 세었습니다.", "Index events were counted beside persons."))
    if result.groups:
        told.append(
            (
                "마지막 단계의 사람을 변수별로 나누어 세었습니다.",
                "The persons of the last step were also counted by group.",
            )
        )
    return tuple(told)


def _funnel(result: CountTable) -> Sheet:
    title: Pair = ("선정 단계별 인원", "Persons at each step")
    rows = _counted(result.steps, result.persons, result.withheld)
    if not result.events:
        return Sheet("funnel", title, (STEP, PERSONS), rows)
    # Events are those of the persons: where these are withheld, so are they, and for the same reason.
    events = zip(result.events, result.withheld, strict=True)
    told = tuple((*row, number_or_hidden(count, why)) for row, (count, why) in zip(rows, events, strict=True))
    return Sheet("funnel", title, (STEP, PERSONS, EVENTS), told)


def _counted(
    names: Sequence[str], persons: Sequence[int | None], withheld: Sequence[Withheld | None]
) -> tuple[tuple[Value, ...], ...]:
    told = zip(names, persons, withheld, strict=True)
    return tuple((name, number_or_hidden(count, why)) for name, count, why in told)
