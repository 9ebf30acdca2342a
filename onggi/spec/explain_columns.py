"""Tells every column of a job in one plain sentence, in Korean and in English: what is read, when, how far.

Concepts stand by their numbers: names depend on a vocabulary, and a signer reads what is signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Domain, Summary, Variable, Window

Pair: TypeAlias = tuple[str, str]

_DOMAINS: Final[Mapping[Domain, Pair]] = {
    "age": ("기준일의 나이(년)", "age in years on the index date"),
    "age_days": ("기준일의 나이(일)", "age in days on the index date"),
    "sex": ("성별", "sex"),
    "race": ("인종", "race"),
    "ethnicity": ("민족", "ethnicity"),
    "index_year": ("기준일의 연도", "calendar year of the index date"),
    "observation_period": ("관찰기간", "observation period"),
    "condition": ("진단", "condition"),
    "drug": ("약물 노출", "drug exposure"),
    "procedure": ("시술", "procedure"),
    "measurement": ("검사", "measurement"),
    "observation": ("관찰", "observation"),
    "visit": ("방문", "visit"),
    "device": ("의료기기 사용", "device exposure"),
    "condition_era": ("진단 기간", "condition era"),
    "drug_era": ("약물 복용 기간", "drug era"),
    "visit_detail": ("방문 상세", "visit detail"),
    "specimen": ("검체", "specimen"),
    "death": ("사망", "death"),
}
_SUMMARIES: Final[Mapping[Summary, Pair]] = {
    "any": ("기록이 있는지", "whether there is any"),
    "count": ("기록 수", "number of records"),
    "distinct_days": ("기록이 있는 날의 수", "number of days with a record"),
    "first": ("첫 값", "first value"),
    "last": ("마지막 값", "last value"),
    "mean": ("평균", "mean"),
    "minimum": ("최솟값", "smallest value"),
    "maximum": ("최댓값", "greatest value"),
    "sum": ("합", "sum"),
    "days_since": ("마지막 기록부터 기준일까지의 일수", "days from the last record to the index date"),
    "days_to_first": ("기준일부터 첫 기록까지의 일수", "days from the index date to the first record"),
    "days_before": ("기준일 이전 관찰 일수", "days under observation before the index date"),
    "days_after": ("기준일 이후 관찰 일수", "days under observation after the index date"),
}
_PLAIN: Final = frozenset({"age", "age_days", "index_year"})
_OF_PERSON: Final = frozenset({"sex", "race", "ethnicity"})


def tell_variable(variable: Variable) -> Pair:
    """One sentence each, without the full stop."""
    parts = [_DOMAINS[variable.domain]]
    if variable.concepts:
        parts.append(_concepts(variable.concepts, below=variable.include_descendants))
    if variable.domain not in _PLAIN | _OF_PERSON:
        shown = "any" if variable.kind == "flag" and not variable.levels else variable.summary
        parts.append(_SUMMARIES[shown])
        if variable.domain != "observation_period":
            parts.append(_window(variable.window))
    if variable.levels:
        names = variable.level_names or ("no", "yes")
        listed = ", ".join(f"{name}={level}" for name, level in zip(names, variable.levels, strict=True))
        parts.append((f"값 {listed}", f"values {listed}"))
    parts += _units(variable)
    if variable.kind == "number":
        shown_range = f"{variable.low:g}..{variable.high:g}"
        parts.append((f"범위 {shown_range}", f"range {shown_range}"))
    return _joined(variable.name, parts)


def tell_outcome(outcome: Outcome) -> Pair:
    """One sentence each, without the full stop."""
    parts = [_event(outcome.event)]
    parts += [(f"경쟁 사건 {ko}", f"competing: {en}") for ko, en in map(_event, outcome.competing)]
    begins, horizon = outcome.starts_after_days, outcome.horizon_days
    parts.append((f"기준일 {begins:+d}일이 지난 뒤부터", f"after day {begins:+d} from the index date"))
    parts.append((f"최대 {horizon}일 동안", f"for at most {horizon} days"))
    if outcome.prior_events == "missing":
        parts.append(("이전에 사건이 있던 사람은 결측", "who had the event before is missing"))
    else:
        parts.append(("이전 사건은 세지 않음", "events before are passed over"))
    if outcome.censor_at_cohort_end:
        parts.append(("코호트 종료일에 중도절단", "censored at the end of the cohort"))
    parts.append(("관찰기간 종료일에 중도절단", "censored at the end of observation"))
    return _joined(f"{outcome.days_name}, {outcome.event_name}", parts)


def _joined(name: str, parts: Sequence[Pair]) -> Pair:
    ko, en = (", ".join(part[side] for part in parts) for side in (0, 1))
    return f"{name}: {ko}", f"{name}: {en}"


def _concepts(concepts: Sequence[int], *, below: bool) -> Pair:
    listed = ", ".join(str(concept) for concept in concepts)
    return (
        f"개념 {listed}" + (" (하위 개념 포함)" if below else ""),
        f"concepts {listed}" + (" with their descendants" if below else ""),
    )


def _event(event: OutcomeEvent) -> Pair:
    ko, en = _DOMAINS[event.domain]
    if not event.concepts:
        return ko, f"any {en}"
    of_ko, of_en = _concepts(event.concepts, below=event.include_descendants)
    return f"{ko} {of_ko}", f"{en} of {of_en}"


def _window(window: Window) -> Pair:
    start, end = window.start_days, window.end_days
    if start is None and end is None:
        return "모든 시점", "at any time"
    if start == end:
        return f"기준일 {start:+d}일", f"on day {start:+d} from the index date"
    if start is None:
        return f"기준일 {end:+d}일까지", f"until day {end:+d} from the index date"
    if end is None:
        return f"기준일 {start:+d}일부터", f"from day {start:+d} from the index date on"
    return f"기준일 {start:+d}일부터 {end:+d}일까지", f"day {start:+d} to day {end:+d} from the index date"


def _units(variable: Variable) -> list[Pair]:
    if variable.unit is None:
        return []
    parts = [(f"단위 {variable.unit}", f"in unit {variable.unit}")]
    if variable.conversions:
        listed = ", ".join(
            f"{each.recorded}: *{each.factor:g}{each.offset:+g}" for each in variable.conversions
        )
        parts.append((f"환산 {listed}", f"converted from {listed}"))
    return parts
