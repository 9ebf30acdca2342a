"""What records, columns and comparisons are called: Korean and English side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from onggi.spec.circe.plan import Computed, Domain, Place, RangeOp, Side, TextOp

Pair: TypeAlias = tuple[str, str]
Scope: TypeAlias = Literal["record", "entry", "above"]
"""Whose days and person a condition reads: its own record's, the entry event's, or the record's above it."""

DOMAINS: Final[Mapping[Domain, Pair]] = {
    "ConditionEra": ("진단 기간(condition era)", "condition era"),
    "ConditionOccurrence": ("진단(condition occurrence)", "condition occurrence"),
    "Death": ("사망(death)", "death"),
    "DeviceExposure": ("의료기기 사용(device exposure)", "device exposure"),
    "DoseEra": ("용량 기간(dose era)", "dose era"),
    "DrugEra": ("약물 복용 기간(drug era)", "drug era"),
    "DrugExposure": ("약물 노출(drug exposure)", "drug exposure"),
    "Measurement": ("검사(measurement)", "measurement"),
    "Observation": ("관찰(observation)", "observation"),
    "ObservationPeriod": ("관찰기간(observation period)", "observation period"),
    "PayerPlanPeriod": ("보험 기간(payer plan period)", "payer plan period"),
    "ProcedureOccurrence": ("시술(procedure occurrence)", "procedure occurrence"),
    "Specimen": ("검체(specimen)", "specimen"),
    "VisitDetail": ("방문 상세(visit detail)", "visit detail"),
    "VisitOccurrence": ("방문(visit occurrence)", "visit occurrence"),
}

_RECORD: Final[Mapping[str, Pair]] = {
    "anatomic_site_concept_id": ("채취 부위", "anatomic site"),
    "condition_occurrence_count": ("진단 횟수", "number of conditions in the era"),
    "condition_status_concept_id": ("진단 상태", "condition status"),
    "condition_type_concept_id": ("진단 기록 유형", "condition type"),
    "days_supply": ("처방 일수", "days of supply"),
    "death_type_concept_id": ("사망 기록 유형", "death type"),
    "device_type_concept_id": ("의료기기 기록 유형", "device type"),
    "disease_status_concept_id": ("질병 상태", "disease status"),
    "dose_value": ("용량", "dose"),
    "drug_exposure_count": ("노출 횟수", "number of exposures in the era"),
    "drug_type_concept_id": ("약물 기록 유형", "drug type"),
    "gap_days": ("복용하지 않은 일수", "days of gaps in the era"),
    "lot_number": ("제조 번호", "lot number"),
    "measurement_type_concept_id": ("검사 기록 유형", "measurement type"),
    "modifier_concept_id": ("수식어", "modifier"),
    "observation_type_concept_id": ("관찰 기록 유형", "observation type"),
    "operator_concept_id": ("부등호", "operator"),
    "payer_concept_id": ("보험자", "payer"),
    "payer_source_concept_id": ("보험자 원본 개념", "source concept of the payer"),
    "period_type_concept_id": ("관찰기간 유형", "type of the period"),
    "plan_concept_id": ("보험 상품", "plan"),
    "plan_source_concept_id": ("보험 상품 원본 개념", "source concept of the plan"),
    "procedure_type_concept_id": ("시술 기록 유형", "procedure type"),
    "qualifier_concept_id": ("한정어", "qualifier"),
    "quantity": ("수량", "quantity"),
    "range_high": ("정상 범위 상한", "upper end of the normal range"),
    "range_low": ("정상 범위 하한", "lower end of the normal range"),
    "refills": ("재처방 횟수", "refills"),
    "route_concept_id": ("투여 경로", "route"),
    "specimen_source_id": ("검체 원본 번호", "source id of the specimen"),
    "specimen_type_concept_id": ("검체 기록 유형", "specimen type"),
    "sponsor_concept_id": ("보험료 부담자", "sponsor"),
    "sponsor_source_concept_id": ("보험료 부담자 원본 개념", "source concept of the sponsor"),
    "stop_reason": ("중단 사유", "stop reason"),
    "stop_reason_concept_id": ("종료 사유", "reason for the end"),
    "stop_reason_source_concept_id": ("종료 사유 원본 개념", "source concept of the reason for the end"),
    "unique_device_id": ("기기 고유 번호", "unique device id"),
    "unit_concept_id": ("단위", "unit"),
    "value_as_concept_id": ("값(개념)", "value as concept"),
    "value_as_number": ("값(숫자)", "value as number"),
    "value_as_string": ("값(글자)", "value as text"),
    "visit_detail_id": ("방문 상세 번호", "id of the visit detail"),
    "visit_detail_type_concept_id": ("방문 상세 기록 유형", "visit detail type"),
    "visit_type_concept_id": ("방문 기록 유형", "visit type"),
}
COLUMNS: Final[Mapping[tuple[Place, str], Pair]] = {
    **{("record", name): pair for name, pair in _RECORD.items()},
    ("person", "gender_concept_id"): ("성별", "gender"),
    ("person", "race_concept_id"): ("인종", "race"),
    ("person", "ethnicity_concept_id"): ("민족", "ethnicity"),
    ("provider", "specialty_concept_id"): ("의료진 전문 분야", "specialty of the provider"),
    ("visit", "visit_concept_id"): ("기록이 속한 방문의 종류", "kind of the record's visit"),
    ("care_site", "place_of_service_concept_id"): ("진료 장소", "place of service"),
}

DAYS: Final[Mapping[tuple[Scope, Side], Pair]] = {
    ("record", "start"): ("시작일", "its start date"),
    ("record", "end"): ("종료일", "its end date"),
    ("entry", "start"): ("기준일", "the index date"),
    ("entry", "end"): ("시작 사건의 종료일", "the end date of the entry event"),
    ("above", "start"): ("위 기록의 시작일", "the start date of the record above"),
    ("above", "end"): ("위 기록의 종료일", "the end date of the record above"),
}
COMPUTED: Final[Mapping[Computed, Pair]] = {
    "length": ("기간(일)", "length in days"),
    "age_at_start": ("연 나이(세), 기준: {start}", "age in years on {start}"),
    "age_at_end": ("연 나이(세), 기준: {end}", "age in years on {end}"),
    "age_in_days": ("나이(일), 기준: {start}", "age in days on {start}"),
    "low_ratio": ("값 ÷ 정상 범위 하한", "value divided by the lower end of the normal range"),
    "high_ratio": ("값 ÷ 정상 범위 상한", "value divided by the upper end of the normal range"),
}
COUNTED: Final[Mapping[str, Pair]] = {
    "start": ("시작일", "start dates"),
    "end": ("종료일", "end dates"),
    "length": ("기간(일)", "lengths in days"),
    "domain_concept": ("개념", "concepts"),
    "visit": ("방문", "visits"),
}

NUMBERS: Final[Mapping[RangeOp, Pair]] = {
    "lt": ("{a} 미만", "less than {a}"),
    "lte": ("{a} 이하", "at most {a}"),
    "eq": ("정확히 {a}", "exactly {a}"),
    "!eq": ("{a} 아님", "not {a}"),
    "gt": ("{a} 초과", "more than {a}"),
    "gte": ("{a} 이상", "at least {a}"),
    "bt": ("{a} 이상 {b} 이하", "between {a} and {b}"),
    "!bt": ("{a} 미만 또는 {b} 초과", "less than {a} or more than {b}"),
}
CALENDAR: Final[Mapping[RangeOp, Pair]] = {
    "lt": ("{a}보다 앞선 날", "before {a}"),
    "lte": ("{a}까지", "on or before {a}"),
    "eq": ("{a} 당일", "on {a}"),
    "!eq": ("{a} 아닌 날", "not on {a}"),
    "gt": ("{a}보다 뒤의 날", "after {a}"),
    "gte": ("{a}부터", "on or after {a}"),
    "bt": ("{a}부터 {b}까지", "from {a} to {b}"),
    "!bt": ("{a}보다 앞선 날 또는 {b}보다 뒤의 날", "before {a} or after {b}"),
}
TEXTS: Final[Mapping[TextOp, Pair]] = {
    "startsWith": ("앞 글자: {a}", "begins with {a}"),
    "contains": ("들어 있는 글자: {a}", "contains {a}"),
    "eq": ("글 전체: {a}", "is {a}"),
    "!eq": ("글 전체가 아님: {a}", "is not {a}"),
    "endsWith": ("끝 글자: {a}", "ends with {a}"),
    "!startsWith": ("앞 글자가 아님: {a}", "does not begin with {a}"),
    "!contains": ("들어 있지 않은 글자: {a}", "does not contain {a}"),
    "!endsWith": ("끝 글자가 아님: {a}", "does not end with {a}"),
}
