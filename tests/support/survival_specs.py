"""Short ways to write jobs about time to an event, and the public studies on which they are tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from onggi.spec.job import JobSpec
from onggi.spec.kinds import CoxParameters, SurvivalParameters
from onggi.spec.outcomes import Outcome, OutcomeEvent
from onggi.spec.variables import Variable
from tests.support.shared_data import shared_data
from tests.support.statistics_specs import asking, flag, number

Numbers = npt.NDArray[np.float64]


def death(horizon: int, *, competing: int = 0, starts_after: int = 0) -> Outcome:
    """Death as an outcome, with so many competing events."""
    return Outcome(
        name="death",
        event=OutcomeEvent(domain="death"),
        competing=tuple(OutcomeEvent(domain="condition", concepts=(at + 1,)) for at in range(competing)),
        horizon_days=horizon,
        starts_after_days=starts_after,
        prior_events="ignore",
    )


def survival_spec(
    outcome: Outcome, steps: Sequence[int], *, variables: Sequence[Variable] = (), **more: Any
) -> JobSpec:
    """Curves of that outcome. What is no field of a job is a parameter."""
    return _asking(SurvivalParameters, outcome, variables, {"steps": tuple(steps)}, more)


def cox_spec(outcome: Outcome, variables: Sequence[Variable], **more: Any) -> JobSpec:
    """A regression of that outcome on all variables but the strata."""
    strata = more.get("strata", ())
    terms = tuple(each.name for each in variables if each.name not in strata)
    return _asking(CoxParameters, outcome, variables, {"terms": terms}, more)


def _asking(
    parameters: Any, outcome: Outcome, variables: Sequence[Variable], own: Mapping[str, Any], more: Any
) -> JobSpec:
    given = {name: value for name, value in more.items() if name in parameters.model_fields}
    rest = {name: value for name, value in more.items() if name not in given}
    asked = parameters(outcome=outcome.name, **{**own, **given})
    return asking(asked, outcomes=(outcome,), variables=tuple(variables), **rest)


@dataclass(frozen=True)
class PublicStudy:
    """A public study: days, whether the event happened, two groups, and the terms of a regression."""

    days: Numbers
    event: Numbers
    group: Numbers
    terms: dict[str, Numbers]
    flags: frozenset[str]

    @property
    def columns(self) -> dict[str, Numbers]:
        own = {"death_days": self.days, "death_event": self.event, "group": self.group}
        return own | {name.lower(): values for name, values in self.terms.items()}

    @property
    def variables(self) -> list[Variable]:
        return [
            flag(name.lower())
            if name in self.flags
            else number(name.lower(), float(values.min()), float(values.max()) + 1)
            for name, values in self.terms.items()
        ]


STUDIES = {
    "whas500": ("lenfol", ("fstat", "1"), ("gender", "1"), "age gender? hr bmi chf?"),
    "GBSG2": ("time", ("cens", "1"), ("horTh", "yes"), "horTh? age tsize pnodes progrec"),
    "veteran": (
        "Survival_in_days",
        ("Status", "dead"),
        ("Treatment", "test"),
        "Treatment? Prior_therapy? Karnofsky_score",
    ),
    "flchain": ("futime", ("death", "dead"), ("sex", "M"), "age sex? kappa lambda"),
}
_YES = {"yes", "1", "test", "M"}


def public_study(name: str) -> PublicStudy:
    """A study by the name of its file, without who was followed for no day. Skips where it is absent."""
    columns = read_arff(name)
    days_name, (event_name, event), (group_name, group), terms = STUDIES[name]
    days = np.array(columns[days_name], dtype=float)
    here = days > 0
    found: dict[str, Numbers] = {}
    for term in terms.split():
        values = columns[term.rstrip("?")]
        told = [value in _YES for value in values] if term.endswith("?") else values
        found[term.rstrip("?")] = np.array(told, dtype=float)[here]
    return PublicStudy(
        days=days[here],
        event=np.array([value == event for value in columns[event_name]], dtype=float)[here],
        group=np.array([value == group for value in columns[group_name]], dtype=float)[here],
        terms=found,
        flags=frozenset(term[:-1] for term in terms.split() if term.endswith("?")),
    )


def read_arff(name: str) -> dict[str, list[str]]:
    """The columns of a small ARFF file, as text."""
    names: list[str] = []
    rows: list[list[str]] = []
    for line in shared_data("tabular", "sksurv", f"{name}.arff").read_text().splitlines():
        if line.lower().startswith("@attribute"):
            names.append(line.split()[1])
        elif line and line[0] not in "@%":
            rows.append([cell.strip().strip("'") for cell in line.split(",")])
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}
