"""How a report on concepts is told: whole sets, then each concept."""

from __future__ import annotations

from onggi.report.bar_panels import bar_panels, told_bars
from onggi.report.figure import Figure
from onggi.report.sheet import Column, Pair, Sheet
from onggi.spec.results import ConceptReport

SET = Column("set", ("개념 집합", "Concept set"))
CONCEPT = Column("concept", ("개념", "Concept"))

_TITLE: Pair = ("개념별 기관 수", "Hospitals that know each concept")


def sheets(result: ConceptReport) -> tuple[Sheet, ...]:
    """Concepts with numbers of hospitals, then what hospitals make of each set."""
    return (
        Sheet(
            "concepts",
            _TITLE,
            (
                CONCEPT,
                SET,
                Column("known", ("있음", "Known")),
                Column("standard", ("표준", "Standard")),
                Column("valid", ("유효", "Valid")),
            ),
            # A concept's number is a name: nobody adds it up or reads it in thousands.
            tuple(
                (str(at.concept), each.name, at.known, at.standard, at.valid)
                for each in result.sets
                for at in each.concepts
            ),
        ),
        Sheet(
            "sets",
            ("개념 집합별 비교", "Concept sets compared"),
            (
                SET,
                Column("same", ("모든 기관에서 같음", "The same everywhere")),
                Column("mean_size", ("평균 개념 수", "Concepts on average")),
                Column("size_spread", ("기관 간 표준편차", "Standard deviation over hospitals")),
            ),
            tuple((each.name, each.same, each.mean_size, each.size_spread) for each in result.sets),
        ),
    )


def figure(result: ConceptReport) -> Figure | None:
    """Bars of hospitals for each concept: known, standard, valid."""
    concepts = sheets(result)[:1]
    # The set's name stands in the table; three bars for each concept are enough.
    shown = tuple(_without_set(each) for each in concepts)
    panels = bar_panels(shown, x=("기관 수", "Hospitals"))
    return Figure(_TITLE, told_bars(shown, minimum=result.minimum_persons), panels) if panels else None


def methods(result: ConceptReport) -> tuple[Pair, ...]:  # noqa: ARG001 - part of every result's telling
    """What is compared, and how sure it is."""
    return (
        (
            "개념마다 용어 사전에 가진 기관, 표준으로 둔 기관, 유효로 둔 기관의 수를 세었습니다.",
            "For each concept the hospitals that hold it, as standard and as valid, were counted.",
        ),
        ("사람은 세지 않았습니다.", "No person was counted."),
        (
            "개념 집합은 SHA-256 여섯 바이트로 비교하였고, 같다는 판정이 틀릴 확률은 2의 -48제곱입니다.",
            "Sets were compared by six bytes of SHA-256: sameness is wrong with a chance of 2 to the -48th.",
        ),
    )


def _without_set(sheet: Sheet) -> Sheet:
    columns = tuple(column for column in sheet.columns if column is not SET)
    return Sheet(sheet.name, sheet.title, columns, tuple((row[0], *row[2:]) for row in sheet.rows))
