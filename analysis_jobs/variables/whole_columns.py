"""Names the whole-number columns of a staged table that stand beside the variables.

``cohort_step`` has always had its name. The others begin with an underscore, as no variable can.
"""

from __future__ import annotations

from onggi.spec.job import JobSpec
from onggi.spec.kinds import CountParameters


def step_column(funnel: int) -> str:
    """How far a person gets in a further funnel, counted from 1."""
    return f"step_{funnel}"


def events_column(step: int) -> str:
    """How many events of a person met the first `step` rules in order."""
    return f"events_{step}"


def member_column(cohort: int) -> str:
    """Whether a person is in a cohort of an overlap, counted from 0."""
    return f"in_{cohort}"


def further_columns(spec: JobSpec) -> tuple[str, ...]:
    """What a count stages beside ``cohort_step``."""
    asked = spec.parameters
    if not isinstance(asked, CountParameters):
        return ()
    rules = spec.cohort.get("InclusionRules")
    steps = 1 + (len(rules) if isinstance(rules, list) else 0)
    events = [events_column(step) for step in range(steps)] if asked.events else []
    return (*(step_column(at) for at in range(1, len(asked.funnels) + 1)), *events)


def staged_name(name: str) -> str:
    """The column's name in the staged table."""
    return name if name == "cohort_step" else f"_{name}"
