"""Leads the checks of one table to their verdicts, reading the table a few times however many checks it has.

* Emptiness and missing values come first: most checks of an unused field then need no reading.
* A statement that the engine refuses is taken apart into its checks: the one that fails has the status
  "error", the others keep their verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlglot import exp

from analysis_jobs.quality import completeness, conformance, plausibility
from analysis_jobs.quality.applicability import TableContent, find_empty, find_missing, needed_vocabulary
from analysis_jobs.quality.asking import Asking
from analysis_jobs.quality.cdm_shape import CdmShape
from analysis_jobs.quality.checks import Check
from analysis_jobs.quality.concept_level import concept_level_scan
from analysis_jobs.quality.measures import Measure, Tally, key_scan, read_tallies, read_tally, row_scan
from analysis_jobs.quality.person_level import era_query, overlap_query, persons_query, read_persons
from analysis_jobs.quality.results import CheckResult, TableQuality, judged, without_verdict

_ROW_CHECKS: Final[Mapping[str, Callable[[Check, CdmShape], Measure]]] = {
    "standardConceptRecordCompleteness": completeness.concept_is_zero,
    "sourceConceptRecordCompleteness": completeness.concept_is_zero,
    "sourceValueCompleteness": completeness.unmapped_source_values,
    "cdmDatatype": conformance.not_whole_number,
    "isForeignKey": conformance.unknown_reference,
    "plausibleValueLow": plausibility.below,
    "plausibleValueHigh": plausibility.above,
    "plausibleTemporalAfter": plausibility.before_other,
    "plausibleDuringLife": plausibility.outside_life,
    "plausibleStartBeforeEnd": plausibility.start_after_end,
    "plausibleAfterBirth": plausibility.before_birth,
    "plausibleBeforeDeath": plausibility.after_death,
    "withinVisitDates": plausibility.outside_visit,
}
_MISSING_VALUES: Final = frozenset({"isRequired", "measureValueCompleteness"})
_PERSON_CHECKS: Final[Mapping[str, Callable[[CdmShape], exp.Select]]] = {
    "measureConditionEraCompleteness": era_query,
    "measureObservationPeriodOverlap": overlap_query,
}
_THERE: Final = Tally(0, 1, None, None)
_NOT_THERE: Final = Tally(1, 1, None, None)
_Tallies: TypeAlias = dict[str, Tally]


@dataclass(slots=True)
class TableRun:
    """One table's checks on their way to results."""

    asking: Asking
    table: str
    checks: Sequence[Check]
    left_out: Collection[str]
    found: dict[str, CheckResult] = field(default_factory=dict)
    content: TableContent | None = None

    @property
    def shape(self) -> CdmShape:
        return self.asking.shape

    def run(self) -> TableQuality:
        """Every check gets a result: what nothing could judge is an error."""
        self._judge_presence()
        persons = None
        if self.shape.has(self.table):
            self.content = self._judge_missing_values()
        if self.content is not None:
            persons = self._count_persons()
            self._judge_values(self.content)
        return TableQuality(
            table=self.table,
            rows=None if self.content is None else self.content.rows,
            persons=persons,
            results=tuple(
                self.found.get(check.id) or without_verdict(check, "engine_failed", status="error")
                for check in self.checks
            ),
        )

    def _left(self, *names: str) -> list[Check]:
        """The checks without a result yet; of those kinds, where kinds are named."""
        return [
            check
            for check in self.checks
            if check.id not in self.found and (not names or check.kind.name in names)
        ]

    def _judge_all(self, tallies: _Tallies) -> None:
        for check in self._left():
            if check.id in tallies:
                self.found[check.id] = judged(check, tallies[check.id])

    def _judge_presence(self) -> None:
        """`cdmTable`, `cdmField`, and whatever lacks a table or field that it reads."""
        for check in self.checks:
            name, here = check.kind.name, self.shape.has(self.table)
            if name == "cdmTable" or (name == "cdmField" and here):
                there = self.shape.has(self.table, check.field)
                self.found[check.id] = judged(check, _THERE if there else _NOT_THERE)
            elif reason := find_missing(check, self.shape):
                self.found[check.id] = without_verdict(check, reason)

    def _judge_missing_values(self) -> TableContent | None:
        """How full the table is, and with it all checks of missing values; None where it cannot be read."""
        example = {check.field: check for check in self._left() if check.field is not None}
        fields = list(example)
        measures = [completeness.missing_value(example[each], self.shape) for each in fields]
        rows = self.asking.rows(row_scan(self.shape, self.table, measures))
        if not rows:
            return None
        told = read_tallies(rows[0], len(measures), persons_known=self._persons_known)
        by_field = dict(zip(fields, told, strict=True))
        filled = {each: tally.denominator - tally.violated for each, tally in by_field.items()}
        content = TableContent(int(rows[0][-1]), filled)
        for check in self._left():
            if reason := find_empty(check, content, left_out=self.left_out):
                self.found[check.id] = without_verdict(check, reason)
        self._judge_all({check.id: by_field[str(check.field)] for check in self._left(*_MISSING_VALUES)})
        return content

    @property
    def _persons_known(self) -> bool:
        return self.shape.person_column(self.table) is not None

    def _count_persons(self) -> int | None:
        """How many known persons have a row, and with it the check of those who have none."""
        column = self.shape.person_column(self.table)
        if column is None or not self.shape.has("person", "person_id"):
            return None
        rows = self.asking.rows(persons_query(self.shape, self.table, column))
        if not rows:
            return None
        tally = read_persons(rows[0])
        self._judge_all({check.id: tally for check in self._left("measurePersonCompleteness")})
        return int(rows[0][2])

    def _judge_values(self, content: TableContent) -> None:
        """Everything that reads values: persons, keys, concepts, rows."""
        for check in self._left():
            needed = needed_vocabulary(check)
            if needed is not None and self.asking.is_empty(needed):
                self.found[check.id] = without_verdict(check, "other_empty")
        for name, query in _PERSON_CHECKS.items():
            for check in self._left(name):
                if rows := self.asking.rows(query(self.shape)):
                    self._judge_all({check.id: read_persons(rows[0])})
        for check in self._left("isPrimaryKey"):
            self._judge_all(self._repeated_keys(check))
        left = [check for check in self._left() if check.kind.level == "FIELD"]
        about_concepts = [check for check in left if conformance.is_about_concepts(check)]
        self._judge_all(self._concepts(about_concepts, content))
        self._judge_all(
            self._rows(
                [
                    _ROW_CHECKS[check.kind.name](check, self.shape)
                    for check in left
                    if check.kind.name in _ROW_CHECKS and check not in about_concepts
                ]
            )
        )
        self._judge_concept_level(sources_kept=content.filled.get("unit_source_value", 0) > 0)

    def _repeated_keys(self, check: Check) -> _Tallies:
        rows = self.asking.rows(key_scan(self.shape, conformance.repeated_key(check, self.shape)))
        return {check.id: read_tally(rows[0], persons_known=self._persons_known)} if rows else {}

    def _rows(self, measures: Sequence[Measure]) -> _Tallies:
        """All in one statement; where the engine fails, one by one."""
        if not measures:
            return {}
        rows = self.asking.rows(row_scan(self.shape, self.table, measures))
        if rows:
            told = read_tallies(rows[0], len(measures), persons_known=self._persons_known)
            return {measure.check.id: tally for measure, tally in zip(measures, told, strict=True)}
        if len(measures) == 1:
            return {}
        return {name: tally for measure in measures for name, tally in self._rows([measure]).items()}

    def _concepts(self, checks: Sequence[Check], content: TableContent) -> _Tallies:
        """As `_rows`, over distinct concepts; rows without a concept count among those that could violate."""
        if not checks:
            return {}
        rows = self.asking.rows(conformance.concept_scan(self.shape, self.table, checks))
        if rows:
            told = read_tallies(rows[0], len(checks), persons_known=self._persons_known)
            return {
                check.id: tally._replace(denominator=content.rows)
                for check, tally in zip(checks, told, strict=True)
            }
        if len(checks) == 1:
            return {}
        return {name: tally for check in checks for name, tally in self._concepts([check], content).items()}

    def _judge_concept_level(self, *, sources_kept: bool) -> None:
        """One statement for all checks of a kind and field; a concept without rows has nothing to judge."""
        groups: dict[tuple[str, str | None], list[Check]] = {}
        for check in self._left():
            if check.kind.level == "CONCEPT":
                groups.setdefault((check.kind.name, check.field), []).append(check)
        for checks in groups.values():
            query = concept_level_scan(self.shape, checks, sources_kept=sources_kept)
            if (rows := self.asking.rows(query)) is not None:
                none = Tally(0, 0, None, None)
                told = {row[-1]: read_tally(row[:-1], persons_known=self._persons_known) for row in rows}
                self._judge_all({check.id: told.get(at, none) for at, check in enumerate(checks)})
