"""Makes a hospital's dataset card: the one place where a card meets the data, by counting statements alone.

What the statements return is put into bands at once; no exact number stays in the card.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp

from analysis_jobs.card.statements import RECORD_TABLES, CardStatements
from analysis_jobs.cohort.cdm_tables import Cdm, RecordTable
from analysis_jobs.cohort.engines import StreamingEngine
from catalog.bands import count_band, share_band, value_band
from catalog.dataset_card import (
    FIRST_OWN_CONCEPT,
    MINIMUM_FOR_NUMBERS,
    MINIMUM_PERSONS,
    Ancestor,
    ConceptCard,
    ConceptShare,
    DatasetCard,
    LengthShare,
    NumberCard,
    TableCard,
    VocabularyEntry,
    YearShare,
)
from node.dataset_version import DatasetVersion
from node.store.cdm_tables import VOCABULARY_TABLES, get_cdm_tables
from node.store.private_duckdb import engine_errors_as_codes
from onggi.errors import Refused
from onggi.spec.ids import SiteId

_MOST_UNITS: Final = 20
_MOST_ANSWERS: Final = 100
_NOT_A_CODE: Final = re.compile(r"[^A-Za-z0-9 ._/-]")
_NOT_A_LINE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CardBuilder:
    """Reads one version. `minimum` may be above the floor of 10 persons, never below.

    `columns` are those of each table that is there: one that is not has no rows.
    """

    engine: StreamingEngine
    minimum: int
    cdm: Cdm
    columns: Mapping[str, Iterable[str]]

    def build(self, *, site: SiteId, dataset: str, version: DatasetVersion) -> DatasetCard:
        """The card. Raises Refused(``card.too_few_persons``) where nothing could be told."""
        persons = self._count(self._say.persons())
        if persons < max(self.minimum, MINIMUM_PERSONS):
            raise Refused("card.too_few_persons", minimum=max(self.minimum, MINIMUM_PERSONS))
        concepts = [card for table in RECORD_TABLES for card in self._concepts(table)]
        sexes = self._shares(self._say.sexes(), persons)
        vocabulary, ancestors = self._vocabulary(concepts, sexes)
        return DatasetCard(
            site=site,
            dataset=dataset,
            generation=version.number,
            cdm_version=version.cdm_version,
            vocabulary_version=_line(version.vocabulary_version),
            minimum_persons=max(self.minimum, MINIMUM_PERSONS),
            persons=count_band(persons),
            sexes=tuple(ConceptShare(concept=one, percent=percent) for one, percent in sexes),
            births=self._years(self._say.births(), persons),
            starts=self._years(self._say.starts(), persons),
            lengths=tuple(
                LengthShare(days=count_band(days), percent=share)
                for days, share in self._shares(self._say.lengths(), persons)
            ),
            deaths=self._deaths(persons),
            tables=tuple(self._tables()),
            concepts=tuple(concepts),
            vocabulary=vocabulary,
            ancestors=ancestors,
        )

    @property
    def _say(self) -> CardStatements:
        return CardStatements(cdm=self.cdm, minimum=max(self.minimum, MINIMUM_PERSONS))

    def _ask(self, query: exp.Query) -> list[Row]:
        if any(table.db and table.name not in self.columns for table in query.find_all(exp.Table)):
            return []
        try:
            with engine_errors_as_codes("card.not_counted"):
                return self.engine.fetch(query)
        except self.engine.errors:
            raise Refused("card.not_counted") from None

    def _count(self, query: exp.Query) -> int:
        return sum(int(row[0]) for row in self._ask(query))

    def _shares(self, query: exp.Query, persons: int) -> list[tuple[int, int]]:
        return [(int(level), share_band(count, persons)) for level, count in sorted(self._ask(query))]

    def _years(self, query: exp.Query, persons: int) -> tuple[YearShare, ...]:
        shares = self._shares(query, persons)
        return tuple(
            YearShare(first=first, percent=share) for first, share in shares if 1800 <= first <= 2100
        )

    def _deaths(self, persons: int) -> int:
        dead = self._count(self._say.deaths())
        return share_band(dead, persons) if dead >= self._say.minimum else 0

    def _tables(self) -> Iterable[TableCard]:
        """Every table about persons in which enough persons have a record."""
        for name, table in get_cdm_tables().items():
            if name in VOCABULARY_TABLES or table.person_column != "person_id" or name not in self.columns:
                continue
            known = [column for column in table.column_names if column in self.columns[name]]
            persons, each, *used = self._ask(self._say.table_use(name, known))[0]
            if persons < self._say.minimum:
                continue
            columns = [
                column for column, count in zip(known, used, strict=True) if count >= self._say.minimum
            ]
            yield TableCard(
                name=name,
                columns=tuple(columns),
                persons=count_band(persons),
                records_each=count_band(each),
            )

    def _concepts(self, table: RecordTable) -> list[ConceptCard]:
        rows = self._ask(self._say.concepts(table))
        concepts = [int(row[0]) for row in rows]
        numbers, missing, answers = {}, {}, {}
        if table.has_values and concepts:
            numbers = self._numbers(table, concepts)
            missing = {int(one): count for one, count in self._ask(self._say.missing(table, concepts))}
            answers = self._answers(table, concepts)
        return [
            ConceptCard.model_validate(
                {
                    "table": table.name,
                    "concept": concept,
                    "persons": count_band(persons),
                    "records_each": count_band(each),
                    "numbers": numbers.get(concept, ())[:_MOST_UNITS],
                    "missing": share_band(missing.get(concept, 0), persons) if concept in numbers else 0,
                    "answers": [
                        ConceptShare(concept=answer, percent=share_band(count, persons))
                        for answer, count in answers.get(concept, ())[:_MOST_ANSWERS]
                    ],
                }
            )
            for concept, persons, each in rows
        ]

    def _numbers(self, table: RecordTable, concepts: list[int]) -> dict[int, list[NumberCard]]:
        found: dict[int, list[NumberCard]] = {}
        for concept, unit, persons, *found_values in self._ask(self._say.numbers(table, concepts)):
            values = [float(value) for value in found_values]
            if all(math.isfinite(value) for value in values) and persons >= MINIMUM_FOR_NUMBERS:
                bands = tuple(value_band(value) for value in values)
                card = NumberCard.model_validate(
                    {"unit": unit, "persons": count_band(persons), "bands": bands}
                )
                found.setdefault(int(concept), []).append(card)
        return found

    def _answers(self, table: RecordTable, concepts: list[int]) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for concept, answer, persons in sorted(self._ask(self._say.answers(table, concepts))):
            found.setdefault(int(concept), []).append((int(answer), persons))
        return found

    def _vocabulary(
        self, concepts: list[ConceptCard], sexes: list[tuple[int, int]]
    ) -> tuple[tuple[VocabularyEntry, ...], tuple[Ancestor, ...]]:
        """What the card names, the concepts above it, and where each stands."""
        recorded = {card.concept for card in concepts}
        beside = {sex for sex, _ in sexes}
        beside |= {number.unit for card in concepts for number in card.numbers if number.unit is not None}
        beside |= {answer.concept for card in concepts for answer in card.answers}
        above = self._ask(self._say.ancestors(sorted(recorded))) if recorded else []
        wanted = sorted(recorded | beside | {int(row[0]) for row in above})
        entries = [_entry(row) for row in self._ask(self._say.vocabulary(wanted))]
        known = {entry.concept for entry in entries}
        kept = sorted({(int(one), int(other)) for one, other in above if {int(one), int(other)} <= known})
        return (
            tuple(sorted(entries, key=lambda entry: entry.concept)),
            tuple(Ancestor(ancestor=one, descendant=other) for one, other in kept),
        )


def _entry(row: Row) -> VocabularyEntry:
    concept, name, domain, vocabulary, concept_class, standard = row
    return VocabularyEntry.model_validate(
        {
            "concept": concept,
            "name": _line(name) if concept >= FIRST_OWN_CONCEPT else None,
            "domain": _code(domain),
            "vocabulary": _code(vocabulary),
            "concept_class": _code(concept_class),
            "standard": standard if standard in ("S", "C") else None,
        }
    )


def _code(text: str | None) -> str:
    return _NOT_A_CODE.sub("", text or "")[:50]


def _line(text: str | None) -> str | None:
    return _NOT_A_LINE.sub("", text or "")[:300] or None
