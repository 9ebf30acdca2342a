"""Counts in the researcher's hands: funnels, groups, overlaps of cohorts, and reports on concepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onggi.client.answer_forms import Answer, Cell, Rows
from onggi.spec.results import ConceptReport, CountTable, OverlapTable, Withheld
from onggi.words.catalogue import Language

_WITHHELD = {
    "too_few_persons": ("비공개({minimum}명 미만)", "withheld (under {minimum})"),
    "secondary": ("비공개(다른 칸이 드러남)", "withheld (would reveal another cell)"),
    "difference_too_small": ("비공개(이전 결과와의 차이가 작음)", "withheld (too close to a neighbour)"),
    "small_alone_or_by_difference": (
        "비공개(이 수 또는 다른 수와의 차이가 {minimum}명 미만)",
        "withheld (it, or what it differs by, is under {minimum})",
    ),
}


def _reason(why: Withheld | None, *, language: Language, minimum: int) -> str:
    if why is None:
        return ""
    ko, en = _WITHHELD[why]
    return (ko if language == "ko" else en).format(minimum=minimum)


class CountAnswer(CountTable, Answer):
    """Persons at each step of the funnel, and whatever else was counted."""

    def rows(self) -> Rows:
        """Columns step, persons, note; with `events` beside the persons, and `part` first, where asked.

        A withheld count is None and its note says why.
        """
        parts = bool(self.funnels or self.groups)
        columns = ("step", "persons", *(["events"] if self.events else []), "note")
        cells: list[tuple[Cell, ...]] = []
        for part, step, count, events, why in self._lines():
            note = _reason(why, language=self.language, minimum=self.minimum_persons)
            cells.append((*([part] if parts else []), step, count, *([events] if self.events else []), note))
        return Rows((*(["part"] if parts else []), *columns), tuple(cells))

    def _lines(self) -> Iterator[tuple[str, str, int | None, Cell, Withheld | None]]:
        events: Sequence[int | None] = self.events or (None,) * len(self.steps)
        for step, count, occurred, why in zip(self.steps, self.persons, events, self.withheld, strict=True):
            yield "funnel", step, count, occurred, why
        for number, funnel in enumerate(self.funnels, start=1):
            for step, count, why in zip(funnel.steps, funnel.persons, funnel.withheld, strict=True):
                yield f"funnel {number}", step, count, "", why
        for by in self.groups:
            for group, count, why in zip(by.groups, by.persons, by.withheld, strict=True):
                yield by.variable, group, count, "", why

    def columns_fit(self) -> bool:
        """Whether every count has its name and its reason."""
        told: list[tuple[Sequence[object], ...]] = [(self.steps, self.persons, self.withheld)]
        told += [(self.steps, self.events)] if self.events else []
        told += [(each.steps, each.persons, each.withheld) for each in self.funnels]
        told += [(each.groups, each.persons, each.withheld) for each in self.groups]
        return all(len({len(column) for column in columns}) == 1 for columns in told)

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
        cells: list[tuple[Cell, ...]] = []
        every = "전체" if self.language == "ko" else "all"
        for cohort, count, why in zip(self.cohorts, self.totals, self.totals_withheld, strict=True):
            cells.append((f"{cohort} ({every})", count, self._note(why)))
        for inside, count, why in zip(self.combinations, self.persons, self.withheld, strict=True):
            names = [name for name, member in zip(self.cohorts, inside, strict=True) if member]
            cells.append((" + ".join(names), count, self._note(why)))
        return Rows(("persons_in", "persons", "note"), tuple(cells))

    def _note(self, why: Withheld | None) -> str:
        return _reason(why, language=self.language, minimum=self.minimum_persons)

    def columns_fit(self) -> bool:
        """Whether every count has its cohorts and its reason."""
        totals = {len(self.cohorts), len(self.totals), len(self.totals_withheld)}
        cells = {len(self.combinations), len(self.persons), len(self.withheld)}
        wide = all(len(each) == len(self.cohorts) for each in self.combinations)
        return len(totals) == 1 and len(cells) == 1 and wide

    def headline(self) -> str:
        if self.language == "ko":
            return f"코호트 조합별 인원 / 참여 기관 수: {self.sites} / 반올림 단위: {self.rounded_to}"
        return f"Persons in exactly these cohorts; {self.sites} hospitals; rounded to {self.rounded_to}"


class ConceptAnswer(ConceptReport, Answer):
    """What the hospitals' vocabularies know of a definition's concepts."""

    def rows(self) -> Rows:
        """Columns set, concept, known, standard, valid, note: numbers of hospitals; first each whole set."""
        cells: list[tuple[Cell, ...]] = []
        for each in self.sets:
            cells.append((each.name, "", "", "", "", self._resolved(each.same, each.mean_size)))
            for at in each.concepts:
                note = "" if at.valid == self.sites else self._missing(self.sites - at.known)
                cells.append((each.name, str(at.concept), at.known, at.standard, at.valid, note))
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
        return all(
            max(at.standard, at.valid) <= at.known <= self.sites for each in self.sets for at in each.concepts
        )

    def headline(self) -> str:
        if self.language == "ko":
            return f"개념별 기관 수 / 참여 기관 수: {self.sites}"
        return f"At how many of {self.sites} hospitals each concept is known, standard and valid"
