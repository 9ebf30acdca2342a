"""The names of a cohort's steps, read from its definition: who enters, then each inclusion rule in order."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from onggi.errors import Refused

FIRST_STEP = "Primary events"
_LONGEST = 200


def step_names(cohort: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """One name for the cohort's start and one per inclusion rule, all different.

    Raises:
        Refused: ``count.cohort_unreadable`` when InclusionRules is not a list of rules.
    """
    rules = cohort.get("InclusionRules")
    if rules is not None and not isinstance(rules, list):
        raise Refused("count.cohort_unreadable", place="InclusionRules")
    names = [FIRST_STEP]
    for position, rule in enumerate(rules or [], start=1):
        if not isinstance(rule, dict):
            raise Refused("count.cohort_unreadable", place=f"InclusionRules[{position - 1}]")
        given = rule.get("name")
        name = given.strip()[:_LONGEST] if isinstance(given, str) and given.strip() else f"Rule {position}"
        # Definitions in the wild repeat rule names; a number keeps two lines of a table apart.
        names.append(name if name not in names else f"{name[: _LONGEST - 10]} ({position})")
    return tuple(names)
