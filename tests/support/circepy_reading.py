"""What a definition must do without so that Circe's Python port (ohdsi-circepy 0.3.0) writes its SQL rightly.

Each omission answers one place where the port leaves Circe's own SQL; docs/cohort-semantics.md names them.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# The port loses `IsExclusion` in these domains, but for the places named.
_LOSES_EXCLUSION = {
    "DrugExposure": set[str](),
    "ProcedureOccurrence": set[str](),
    "DeviceExposure": set[str](),
    "Measurement": {"GenderCS", "ProviderSpecialtyCS"},
    "Observation": {"GenderCS", "ProviderSpecialtyCS"},
    "Specimen": set[str](),
    "Death": set[str](),
}
_LOSES_END_DATE = {"ProcedureOccurrence", "Measurement", "Specimen", "Death"}
_ERAS = {"ConditionEra", "DrugEra", "DoseEra"}
_NUMBERS_OF_SETS = {
    "CodesetId",
    "DrugCodesetId",
    *(
        f"{name}SourceConcept"
        for name in (
            "Condition", "Drug", "Procedure", "Device", "Measurement", "Observation", "Visit", "Death",
        )
    ),
}  # fmt: skip


def as_the_port_reads(definition: Json, *, within: bool) -> Json:
    """The definition without what the port gets wrong; every other part as it was.

    `within`: with criteria inside criteria, which Circe reads otherwise where a person's periods overlap.
    """
    found: Json = _renumbered(definition if within else _without(definition, "CorrelatedCriteria"))
    primary = found["PrimaryCriteria"]
    primary["CriteriaList"] = [_criterion(each) for each in primary["CriteriaList"]]
    # Two told periods over one record differ in their end alone: the port's SQL cannot order them.
    if sum("UserDefinedPeriod" in next(iter(each.values())) for each in primary["CriteriaList"]) > 1:
        del primary["CriteriaList"][1:]
    found["CensoringCriteria"] = [_criterion(each) for each in found["CensoringCriteria"]]
    for rule in found["InclusionRules"]:
        rule["expression"] = _group(rule["expression"])
    if "AdditionalCriteria" in found:
        found["AdditionalCriteria"] = _group(found["AdditionalCriteria"])
    return found


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, name) for key, each in value.items() if key != name}
    return [_without(each, name) for each in value] if isinstance(value, list) else value


def _renumbered(value: Any, name: str = "") -> Any:
    """Concept sets count from one: the port takes number 0 for no number. Numbers have four decimals."""
    if isinstance(value, dict):
        found = {key: _renumbered(each, key) for key, each in value.items()}
        if {"id", "expression"} <= set(found):
            found["id"] += 1
        return found
    if isinstance(value, list):
        return [_renumbered(each) for each in value]
    if name in _NUMBERS_OF_SETS:
        return value + 1
    return round(value, 4) if isinstance(value, float) else value


def _criterion(criterion: Json) -> Json:
    [(name, told)] = criterion.items()
    if name in ("VisitDetail", "PayerPlanPeriod"):
        # The port's SQL of these names columns that it does not select.
        return {"VisitOccurrence": {}}
    wanted = dict(told)
    gone = {"DateAdjustment", "Abnormal"}
    gone |= {"OccurrenceEndDate"} if name in _LOSES_END_DATE else set()
    gone |= {"GapDays"} if name == "DrugEra" else set()
    gone |= {"First"} if name == "DeviceExposure" else set()
    for each in gone:
        wanted.pop(each, None)
    for attribute, value in wanted.items():
        if isinstance(value, dict) and "Text" in value:
            wanted[attribute] = _text(value)
        if attribute.endswith("CS") and attribute not in _LOSES_EXCLUSION.get(name, {attribute}):
            wanted[attribute] = {"CodesetId": value["CodesetId"]}
    group = wanted.pop("CorrelatedCriteria", None)
    if group and _members(group):
        wanted["CorrelatedCriteria"] = _group(group)
    return {name: wanted}


def _text(wanted: Json) -> Json:
    """Without wildcards, and without the turned forms that the port takes for equality."""
    text = "abc" if set("%_") & set(wanted["Text"]) else wanted["Text"]
    op = wanted["Op"]
    return {"Text": text, "Op": op[1:] if op in ("!startsWith", "!endsWith") else op}


def _members(group: Json) -> int:
    return sum(len(group[name]) for name in ("CriteriaList", "DemographicCriteriaList", "Groups"))


def _group(group: Json) -> Json:
    found = group | {"Groups": [_group(each) for each in group["Groups"]], "CriteriaList": []}
    for correlated in group["CriteriaList"]:
        criterion = _criterion(correlated["Criteria"])
        read = correlated | {"Criteria": criterion}
        read["Occurrence"] = _occurrence(correlated["Occurrence"], criterion)
        if "EndWindow" in correlated:  # the port takes silence for no, Circe for yes
            read["EndWindow"] = {"UseEventEnd": True} | correlated["EndWindow"]
        found["CriteriaList"].append(read)
    return found


def _occurrence(wanted: Json, criterion: Json) -> Json:
    """Without distinct counts of columns that the port does not select."""
    [(name, told)] = criterion.items()
    column = wanted.get("CountColumn", "DOMAIN_CONCEPT")
    if column in ("START_DATE", "END_DATE") or (column == "VISIT_ID" and name not in _ERAS):
        return wanted
    if name in ("Measurement", "Observation") or "CorrelatedCriteria" in told or column.startswith("VISIT"):
        return {"Type": wanted["Type"], "Count": wanted["Count"]}
    if name == "VisitOccurrence" and column not in ("DOMAIN_CONCEPT", "DURATION"):
        return {"Type": wanted["Type"], "Count": wanted["Count"]}
    return wanted
