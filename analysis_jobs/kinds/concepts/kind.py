"""Reports what hospitals' vocabularies know of a definition's concepts. No person is counted.

Hospitals add up small whole numbers: who has a concept, who holds it as standard, who as valid, how large a
set is, and six bytes of a digest of the set's concepts. All are the same where, for each byte, the squares
sum to the square of the sum over the number of hospitals; two different sets have equal bytes with a chance
of 2^-48. The sums name no hospital, and vocabularies hold no person, so there is no small number to withhold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis_jobs.kinds.columns import find_whole_column
from analysis_jobs.kinds.contract import Answer, Array, Arrays, Ask, Entry, Layout, PersonSet, Summary, Table
from analysis_jobs.kinds.ranges import SQUARES_UNIT, count_entry, squares_entry
from analysis_jobs.variables.concept_rows import CONCEPT_ROW, DIGEST_BYTES, SET_ROW, named_concepts
from onggi.errors import NotTrusted, Refused
from onggi.spec.circe.plan import CohortPlan
from onggi.spec.circe.read import read_cohort
from onggi.spec.job import JobSpec
from onggi.spec.kinds import ConceptsParameters
from onggi.spec.results import ConceptAtSites, ConceptReport, ConceptSetAtSites

MOST_CONCEPTS = 20_000
_FLAGS = ("known", "standard", "valid")
_BYTE = 255


class ConceptsKind:
    """One ask: the facts that staging found in the vocabulary. Exact whole numbers."""

    name = "concepts"

    def check_spec(self, spec: JobSpec) -> None:
        """Raises Refused ``concepts.*`` where there is nothing to report on, or too much."""
        if not isinstance(spec.parameters, ConceptsParameters):
            raise Refused("kinds.wrong_kind", kind=self.name)
        if spec.columns:
            raise Refused("concepts.variables_asked")
        concepts = named_concepts(read_cohort(spec.cohort))
        if not concepts:
            raise Refused("concepts.none_named")
        if len(concepts) > MOST_CONCEPTS:
            raise Refused("concepts.too_many", maximum=MOST_CONCEPTS)

    def next(self, spec: JobSpec, history: Sequence[Arrays], *, sites: int) -> Ask | Answer:
        """The one ask, then the report."""
        if not history:
            return Ask(ordinal=0, name="facts", arrays={})
        return _report(spec, history[0], sites=sites)

    def layout(self, spec: JobSpec, ask: Ask, *, participants: int) -> Layout:
        """Flags per concept, sizes and digest bytes per set. Nothing about persons, so no evidence of any."""
        _check_ask(ask)
        plan = read_cohort(spec.cohort)
        concepts, sets = len(named_concepts(plan)), len(plan.concept_sets)
        flags = tuple(Entry(name, (concepts,), 0.0, 1.0, whole=True) for name in _FLAGS)
        of_bytes = sets * DIGEST_BYTES
        return Layout(
            arrays=(
                *flags,
                count_entry("size", sets, participants=participants),
                squares_entry("size_squares", sets, participants=participants),
                Entry("digest", (of_bytes,), 0.0, _BYTE, whole=True),
                Entry("digest_squares", (of_bytes,), 0.0, _BYTE**2, whole=True),
            ),
            evidence=(Entry("hospitals", (1,), 1.0, 1.0, whole=True),),
        )

    def local(self, spec: JobSpec, table: Table, ask: Ask) -> Summary:
        """This hospital's facts."""
        _check_ask(ask)
        return Summary(arrays=_facts(read_cohort(spec.cohort), table), evidence={"hospitals": np.ones(1)})

    def sets(self, spec: JobSpec, table: Table) -> tuple[PersonSet, ...]:  # noqa: ARG002 - part of every kind's signature
        """None: no number describes a person."""
        return ()

    def check_site(self, spec: JobSpec, ask: Ask, summary: Summary) -> None:
        """Nothing in it describes a person."""

    def check_pooled(self, spec: JobSpec, ask: Ask, evidence: Arrays) -> None:
        """Nothing in it describes a person."""

    def release(self, spec: JobSpec, answer: Answer, *, exact: bool) -> Answer:  # noqa: ARG002 - part of every kind's signature
        """As it is: numbers of hospitals, of concepts, and no person's."""
        return answer


def _facts(plan: CohortPlan, table: Table) -> dict[str, Array]:
    rows = _column(table, "row", top=SET_ROW)
    concepts, sets = len(named_concepts(plan)), len(plan.concept_sets)
    if rows.tolist() != [CONCEPT_ROW] * concepts + [SET_ROW] * sets:
        raise Refused("concepts.table_wrong")
    found: dict[str, Array] = {name: _column(table, name, top=1)[:concepts] for name in _FLAGS}
    size = _column(table, "size", top=None)[concepts:]
    digest = np.stack(
        [_column(table, f"digest_{at}", top=_BYTE)[concepts:] for at in range(DIGEST_BYTES)], axis=1
    ).ravel()
    return found | {
        "size": size,
        "size_squares": size * size * SQUARES_UNIT,
        "digest": digest,
        "digest_squares": digest * digest,
    }


def _column(table: Table, name: str, *, top: int | None) -> Array:
    found = find_whole_column(table, name, top=top)
    if found is None:
        raise Refused("concepts.table_wrong")
    return found


def _report(spec: JobSpec, sums: Arrays, *, sites: int) -> ConceptReport:
    plan = read_cohort(spec.cohort)
    at = {concept: position for position, concept in enumerate(named_concepts(plan))}
    flags = {name: [_whole(value, top=sites) for value in sums[name]] for name in _FLAGS}
    for name in ("standard", "valid"):
        if any(more > known for known, more in zip(flags["known"], flags[name], strict=True)):
            raise NotTrusted("concepts.sum_impossible")
    sets = []
    for number, each in enumerate(plan.concept_sets):
        named = sorted({item.concept for item in each.items})
        told = tuple(
            ConceptAtSites(concept=concept, **{name: flags[name][at[concept]] for name in _FLAGS})
            for concept in named
        )
        size = float(sums["size"][number])
        squares = float(sums["size_squares"][number]) / SQUARES_UNIT
        sets.append(
            ConceptSetAtSites(
                name=_set_name(spec, each.id),
                concepts=told,
                same=_all_the_same(sums, number, sites=sites),
                mean_size=size / sites,
                size_spread=math.sqrt(max(squares / sites - (size / sites) ** 2, 0.0)),
            )
        )
    return ConceptReport(sites=sites, minimum_persons=spec.privacy.minimum_persons, sets=tuple(sets))


def _whole(value: float, *, top: int) -> int:
    if not (0 <= value <= top and float(value).is_integer()):
        raise NotTrusted("concepts.sum_impossible")
    return int(value)


def _all_the_same(sums: Arrays, number: int, *, sites: int) -> bool:
    """Cauchy and Schwarz: whole numbers whose squares sum to the square of their sum over n are all equal."""
    here = slice(number * DIGEST_BYTES, (number + 1) * DIGEST_BYTES)
    digest, squares = sums["digest"][here], sums["digest_squares"][here]
    return bool((sites * squares == digest * digest).all())


def _set_name(spec: JobSpec, number: int) -> str:
    """The name that the definition gives the set."""
    listed = spec.cohort.get("ConceptSets")
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("id") == number and isinstance(each.get("name"), str):
            return str(each["name"])[:200]
    return f"set {number}"


def _check_ask(ask: Ask) -> None:
    if ask.ordinal != 0 or ask.name != "facts" or ask.arrays:
        raise Refused("kinds.ask_unknown", ask=ask.name)


KIND = ConceptsKind()
