"""Typed `onggi cohort` commands, a definition, and one with a mistake in each of its parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from onggi import Cohort, concepts, events
from onggi.cli.app import app
from onggi.cli.session import Session

Run = Callable[..., Result]
PAIN = concepts("Chest pain", 312327)
COHORT = Cohort.entering(events.condition(PAIN)).rule("Again", events.condition(PAIN).after(1, 30))


def typing_in(home: Path) -> Run:
    """Types `onggi cohort` with a home of its own."""

    def typed(*words: str, **environment: str) -> Result:
        env = {"ONGGI_HOME": str(home), "LANG": "en"} | environment
        return CliRunner().invoke(app, ["cohort", *words], obj=Session.of(env))

    return typed


def written(folder: Path, value: Any, name: str = "flu.json") -> str:
    """The path of a file that holds the value."""
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def said(result: Result) -> Any:
    """What a command that succeeded wrote, as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def broken() -> dict[str, Any]:
    """A definition with a mistake in each of its parts."""
    value: Any = COHORT.to_dict()
    value["Surprise"] = 1
    value["ConceptSets"][0]["expression"]["items"].append({"concept": {"CONCEPT_NAME": "no id"}})
    value["PrimaryCriteria"]["Odd"] = True
    value["PrimaryCriteria"]["CriteriaList"] += [
        {"LocationRegion": {}},
        {"Specimen": {"SpecimenSourceConcept": 1, "Age": {"Op": "??"}, "CodesetId": 9}},
    ]
    rule = value["InclusionRules"][0]["expression"]
    rule |= {"Type": "AT_LEAST", "Count": 7}
    rule["CriteriaList"][0]["StartWindow"]["Start"]["TimeUnit"] = "hour"
    rule["CriteriaList"][0]["Criteria"]["ConditionOccurrence"]["CorrelatedCriteria"] = {
        "Type": "ALL",
        "Groups": [{"Type": "ALL"}, {"Type": "NONE"}],
        "DemographicCriteriaList": [{"Height": []}, {"Race": "x"}],
    }
    value["EndStrategy"] = {"DateOffset": {"DateField": "StartDate", "Offset": -1}}
    value["CensoringCriteria"] = [{"Death": {}}, {"Observation": {"First": "yes"}}, None]
    return value  # type: ignore[no-any-return]  # walked as Any


_MEMBER = "$.InclusionRules[0].expression.CriteriaList[0]"
_INNER = f"{_MEMBER}.Criteria.ConditionOccurrence.CorrelatedCriteria"
MISTAKES = {
    ("cohort.unsupported", "$"),
    ("cohort.malformed", "$.ConceptSets[0].expression.items[1].concept"),
    ("cohort.unsupported", "$.PrimaryCriteria"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[1]"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[2].Specimen"),
    ("cohort.unsupported", "$.PrimaryCriteria.CriteriaList[2].Specimen.Age.Op"),
    ("cohort.contradictory", "$.ConceptSets"),
    ("cohort.contradictory", "$.InclusionRules[0].expression"),
    ("cohort.unsupported", f"{_MEMBER}.StartWindow.Start"),
    (
        "cohort.unsupported",
        f"{_INNER}.Groups[1].Type",
    ),
    (
        "cohort.malformed",
        f"{_INNER}.DemographicCriteriaList[1].Race",
    ),
    ("cohort.contradictory", "$.EndStrategy.DateOffset"),
    ("cohort.malformed", "$.CensoringCriteria[1].Observation.First"),
    ("cohort.malformed", "$.CensoringCriteria[2]"),
}
