"""What leaves with one job: researcher, committee and hospital decide on the same object.

Facts alone; the sentences stand in the pages' phrase book. `example` is made up: it shows the shape of the
answer and rests on no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, assert_never

from onggi.spec.job import JobSpec
from onggi.spec.kinds import (
    ConceptsParameters,
    CorrelationParameters,
    CountParameters,
    CoxParameters,
    CrossTableParameters,
    DistributionParameters,
    EvaluationParameters,
    GlmParameters,
    MetaParameters,
    OverlapParameters,
    PenalisedParameters,
    RatesParameters,
    SurvivalParameters,
    TableOneParameters,
)
from onggi.spec.results import (
    ConceptReport,
    Correlation,
    CountTable,
    CoxFit,
    CrossTable,
    Distribution,
    MetaAnalysis,
    ModelEvaluation,
    ModelFit,
    OverlapTable,
    Rates,
    RegularisedPath,
    Result,
    SurvivalCurves,
    TableOne,
)

_MADE_UP_PERSONS: Final = (1240, 860, 615, 430, 255, 120)
_MOST_ROWS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingCard:
    """The answer's shape, who gets it, and how many persons it must rest on at least.

    Args:
        facts: the numbers of the sentence that says what leaves, by kind.
        more: how many tables beside it, by what they are.
        persons_about: persons in each hospital's whole dataset, as bands that its card tells; the job's
            own persons are fewer. Empty where no card is known.
        persons: how many persons the answer rests on, once it is there and says so.
        withheld_cells: how many cells are withheld, once the answer is there.
        example: rows of label and number; None is the kind's own first row, or a withheld number.
    """

    kind: str
    facts: Mapping[str, int]
    more: Mapping[str, int]
    masked: bool
    exact_counts: bool
    minimum_persons: int
    minimum_sites: int
    hospitals: tuple[str, ...]
    people: tuple[str, ...]
    organisation: str
    countries: tuple[str, ...]
    persons_about: Mapping[str, str]
    persons: int | None
    withheld_cells: int | None
    example: tuple[tuple[str | None, int | None], ...]


def card_before(
    spec: JobSpec,
    *,
    hospitals: Sequence[str],
    people: Sequence[str],
    organisation: str,
    countries: Sequence[str],
    exact_counts: bool,
    persons_about: Mapping[str, str],
) -> LeavingCard:
    """The card of a job that has not been answered yet. `hospitals` are the participants' names."""
    facts, labels = _shape(spec)
    more = _further_tables(spec)
    return LeavingCard(
        kind=spec.kind,
        facts=facts,
        more=more,
        masked=spec.privacy.masked,
        exact_counts=exact_counts,
        minimum_persons=spec.privacy.minimum_persons,
        minimum_sites=spec.minimum_sites,
        hospitals=tuple(hospitals),
        people=tuple(people),
        organisation=organisation,
        countries=tuple(sorted(set(countries))),
        persons_about=persons_about,
        persons=None,
        withheld_cells=None,
        example=_made_up(labels, some_withheld=not isinstance(spec.parameters, EvaluationParameters)),
    )


def _shape(spec: JobSpec) -> tuple[dict[str, int], list[str | None]]:
    """The numbers of the sentence, and the labels of the answer's first rows."""
    match spec.parameters:
        case CountParameters():
            rules = _rule_names(spec)
            return {"steps": len(rules) + 1}, [None, *rules]
        case GlmParameters(terms=terms):
            return {"terms": len(terms) + 1}, [None, *terms]
        case EvaluationParameters() as asked:
            bounds = (0.0, *asked.edges, 1.0)
            facts = {"groups": len(asked.edges) + 1, "populations": _populations(spec, asked)}
            return facts, [f"{low:g}..{high:g}" for low, high in pairwise(bounds)]
        case PenalisedParameters(terms=terms, length=length):
            return {"terms": len(terms) + 1, "penalties": length}, [None, *terms]
        case MetaParameters():
            return {"hospitals": len(spec.participants)}, [*spec.participants]
        case OverlapParameters() as overlap:
            return {"cohorts": len(overlap.names)}, [*overlap.names]
        case SurvivalParameters(steps=steps):
            return {"steps": len(steps)}, []
        case CoxParameters(terms=terms):
            return {"terms": len(terms)}, [*terms]
        case ConceptsParameters():
            sets = spec.cohort.get("ConceptSets")
            found = sets if isinstance(sets, list) else []
            names = [str(each.get("name", "")) for each in found if isinstance(each, dict)]
            return {"sets": len(names)}, [*names]
        case DistributionParameters() as asked:
            return {"intervals": len(asked.cuts) + 1}, [asked.variable]
        case CrossTableParameters() as asked:
            return {"variables": len(asked.names)}, [*asked.names]
        case CorrelationParameters() as asked:
            return {"variables": len(asked.variables)}, [*asked.variables]
        case RatesParameters() as asked:
            return {"strata": len(asked.strata)}, [each.variable for each in asked.strata]
        case TableOneParameters(variables=variables):
            return {"variables": len(variables)}, [*variables]
        case _:
            assert_never(spec.parameters)


def _further_tables(spec: JobSpec) -> dict[str, int]:
    match spec.parameters:
        case CountParameters(funnels=funnels, by=by):
            return {
                name: number for name, number in (("funnels", len(funnels)), ("groups", len(by))) if number
            }
        case GlmParameters(risk_edges=edges) if edges:
            return {"risk_groups": len(edges) + 1}
        case _:
            return {}


def _populations(spec: JobSpec, asked: EvaluationParameters) -> int:
    """Everybody, and each level or band. A variable that the job lacks has none: the job is refused."""
    if asked.by is None:
        return 1
    if asked.by_edges:
        return len(asked.by_edges) + 2
    by = next((column for column in spec.columns if column.name == asked.by), None)
    return 1 + (0 if by is None else len(by.level_names) or 2)


def _rule_names(spec: JobSpec) -> list[str]:
    rules = spec.cohort.get("InclusionRules")
    found = rules if isinstance(rules, list) else []
    return [str(each.get("name", "")) if isinstance(each, dict) else "" for each in found]


def _made_up(
    labels: Sequence[str | None], *, some_withheld: bool
) -> tuple[tuple[str | None, int | None], ...]:
    """Falling numbers, the last of several withheld where that can be: what a reader must expect to see."""
    shown = labels[:_MOST_ROWS]
    numbers: list[int | None] = list(_MADE_UP_PERSONS[: len(shown)])
    if some_withheld and len(shown) > 2:
        numbers[-1] = None
    return tuple(zip(shown, numbers, strict=True))


def persons_behind(result: Result) -> int | None:
    """The number of persons that the answer as a whole rests on, where it tells it."""
    match result:
        case CountTable(persons=persons):
            return persons[0] if persons else None
        case ModelFit(n=n) | CoxFit(n=n) | RegularisedPath(n=n) | MetaAnalysis(n=n):
            return n
        case ModelEvaluation(populations=populations):
            return populations[0].persons
        case SurvivalCurves(curves=curves):
            return sum(curve.n for curve in curves)
        case Distribution() as found:
            return sum(found.groups[0].persons) if found.groups else None
        case CrossTable() as found:
            return found.tables[0].total if found.tables else None
        case Correlation(n=n):
            return n
        case Rates(groups=groups):
            return groups[0].persons if groups else None
        case TableOne(persons=persons):
            return persons[0]
        case OverlapTable() | ConceptReport():
            return None
        case _:
            assert_never(result)
