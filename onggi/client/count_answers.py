"""Counts in the researcher's hands: funnels, groups, overlaps of cohorts, and reports on concepts."""

from __future__ import annotations

from onggi.client.answer_forms import Answer, Cell, Rows, as_cell
from onggi.spec.results import ConceptReport, CountTable, OverlapTable


class CountAnswer(CountTable, Answer):
    """Persons at each step of the funnel, and whatever else was counted."""

    def rows(self) -> Rows:
        """Columns step, persons, note; with `events` beside the persons, and `part` first, where asked.

        A withheld count is None and its note says why.
        """
        parts = ["funnel", *(f"funnel {number}" for number in range(1, len(self.funnels) + 1))]
        parts += [each.variable for each in self.groups]
        has_parts, has_events = len(parts) > 1, bool(self.events)
        cells: list[tuple[Cell, ...]] = []
        for part, sheet in zip(parts, self.sheets(), strict=True):
            for row in sheet.rows:
                step, persons, *events = map(as_cell, row)
                # Only the cohort's own funnel has events: elsewhere their cell is blank, not withheld.
                occurred = (events or [""]) if has_events else []
                told = (step, persons, *occurred, self.note_of(row))
                cells.append((part, *told) if has_parts else told)
        columns = (*(["part"] if has_parts else []), "step", "persons")
        return Rows((*columns, *(["events"] if has_events else []), "note"), tuple(cells))

    def headline(self) -> str:
        if self.language == "ko":
            return f"단계별 인원 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Persons at each step; {self.sites} hospitals; rounded to {self.rounded_to}"


class OverlapAnswer(OverlapTable, Answer):
    """Persons of several cohorts, by the exact cohorts they are in."""

    def rows(self) -> Rows:
        """Columns persons_in, persons, note: each cohort's total, then every combination.

        "A + B" are those in A and B and in none of the others.
        """
        totals, combinations = self.sheets()
        every = "전체" if self.language == "ko" else "all"
        cells: list[tuple[Cell, ...]] = [
            (f"{row[0]} ({every})", as_cell(row[1]), self.note_of(row)) for row in totals.rows
        ]
        cells += [(str(row[0]), as_cell(row[1]), self.note_of(row)) for row in combinations.rows]
        return Rows(("persons_in", "persons", "note"), tuple(cells))

    def headline(self) -> str:
        if self.language == "ko":
            return f"코호트 조합별 인원 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Persons in exactly these cohorts; {self.sites} hospitals; rounded to {self.rounded_to}"


class ConceptAnswer(ConceptReport, Answer):
    """What the hospitals' vocabularies know of a definition's concepts."""

    def rows(self) -> Rows:
        """Columns set, concept, known, standard, valid, note: numbers of hospitals; first each whole set."""
        concepts = iter(self.sheet("concepts").rows)
        cells: list[tuple[Cell, ...]] = []
        for each in self.sets:
            cells.append((each.name, "", "", "", "", self._resolved(each.same, each.mean_size)))
            for at, row in zip(each.concepts, concepts, strict=False):
                concept, name, *hospitals = map(as_cell, row)
                note = "" if at.valid == self.sites else self._missing(self.sites - at.known)
                cells.append((name, concept, *hospitals, note))
        return Rows(("set", "concept", "known", "standard", "valid", "note"), tuple(cells))

    def _resolved(self, same: bool, size: float) -> str:
        if self.language == "ko":
            agreed = "모든 기관에서 같은 개념들" if same else "기관마다 개념이 다름"
            return f"{agreed} / 평균 개념 수: {size:,.1f}"
        agreed = "the same concepts everywhere" if same else "hospitals differ"
        return f"{agreed}; {size:,.1f} concepts on average"

    def _missing(self, lacking: int) -> str:
        if self.language == "ko":
            return f"없는 기관 수: {lacking}" if lacking else "일부 기관에서 더는 유효하지 않음"
        return f"missing at {lacking}" if lacking else "no longer valid somewhere"

    def columns_fit(self) -> bool:
        """Whether no number exceeds the number of hospitals."""
        return super().columns_fit() and all(
            max(at.standard, at.valid) <= at.known <= self.sites for each in self.sets for at in each.concepts
        )

    def headline(self) -> str:
        if self.language == "ko":
            return f"개념별 기관 수 / 참여 기관 수: {self.sites}"
        return f"At how many of {self.sites} hospitals each concept is known, standard and valid"
