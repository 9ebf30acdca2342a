"""The numbers of the disclosure rules, by value: a job carries them, so that everybody judges by the same.

* The defaults are the loosest: nobody writes a looser set. A federation tightens them in its root, which its
  keepers sign and number; a hospital tightens them in its policy; a job may state stricter ones still.
* `version` says what the numbers mean. A rule that comes to mean something else is another version; a default
  that changes is one too, for jobs written before leave their rules out where these are the defaults.
* The fewest persons of a cell are not here: `Privacy.minimum_persons` is that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from onggi.errors import Refused
from onggi.spec.base import Frozen

RuleName = Literal[
    "residual_dof",
    "effective_contributors",
    "effective_event_holders",
    "rounding_base",
    "shown_digits",
    "zero_drop_is_small",
    "empty_step_is_small",
    "empty_combination_is_small",
]
Whose = Literal["federation", "hospital"]
_MOST: Final = 1_000


class DisclosureRules(Frozen):
    """One set of rules. Unless said otherwise, a larger number or a yes is stricter."""

    version: Literal[1] = 1
    residual_dof: Annotated[int, Field(ge=10, le=_MOST)] = 10
    """Residual degrees of freedom that a model leaves."""
    effective_contributors: Annotated[int, Field(ge=5, le=_MOST)] = 5
    """Effective number of contributors to the sum of a number; stands for p % (0.10) and top-2 (0.90)."""
    effective_event_holders: Annotated[int, Field(ge=4, le=_MOST)] = 4
    """Effective number of persons with further events; of four none has more than half."""
    rounding_base: Annotated[int, Field(ge=5, le=_MOST)] = 5
    """Counts are shown as multiples of it, unless the permit says exact."""
    shown_digits: Annotated[int, Field(ge=1, le=4)] = 4
    """Significant digits of a sum beside rounded counts. Fewer is stricter."""
    zero_drop_is_small: bool = False
    """Whether "everybody who came so far meets this rule too" counts as a small group."""
    empty_step_is_small: bool = False
    """Whether a step of a survival curve at which nobody's follow-up ended counts as a small one."""
    empty_combination_is_small: bool = False
    """Whether a combination of cohorts in which nobody is counts as a small one."""


CODES: Final[Mapping[RuleName, Mapping[Whose, str]]] = {
    "residual_dof": {"federation": "floor.residual_dof", "hospital": "floor.site_residual_dof"},
    "effective_contributors": {
        "federation": "floor.effective_contributors",
        "hospital": "floor.site_effective_contributors",
    },
    "effective_event_holders": {
        "federation": "floor.effective_event_holders",
        "hospital": "floor.site_effective_event_holders",
    },
    "rounding_base": {"federation": "floor.rounding_base", "hospital": "floor.site_rounding_base"},
    "shown_digits": {"federation": "floor.shown_digits", "hospital": "floor.site_shown_digits"},
    "zero_drop_is_small": {
        "federation": "floor.zero_drop_is_small",
        "hospital": "floor.site_zero_drop_is_small",
    },
    "empty_step_is_small": {
        "federation": "floor.empty_step_is_small",
        "hospital": "floor.site_empty_step_is_small",
    },
    "empty_combination_is_small": {
        "federation": "floor.empty_combination_is_small",
        "hospital": "floor.site_empty_combination_is_small",
    },
}
"""Every rule, with the code of a job that is looser than whose: a decision travels as its code alone."""
_FEWER_IS_STRICTER: Final = frozenset({"shown_digits"})
DEFAULT_RULES: Final = DisclosureRules()


def are_default(rules: object) -> bool:
    """Whether rules say nothing beyond the defaults: they are then left out of what is signed."""
    return rules == DEFAULT_RULES


def stated_value(rules: DisclosureRules, rule: RuleName) -> int:
    """A rule's number; 0 and 1 for no and yes."""
    return int(getattr(rules, rule))


def find_looser(rules: DisclosureRules, floor: DisclosureRules) -> RuleName | None:
    """The first rule in which `rules` are looser than `floor`; None without one."""
    for rule in CODES:
        has, needed = stated_value(rules, rule), stated_value(floor, rule)
        if (has > needed) if rule in _FEWER_IS_STRICTER else (has < needed):
            return rule
    return None


def check_not_looser(rules: DisclosureRules, floor: DisclosureRules, *, whose: Whose) -> None:
    """Raises Refused(``floor.*``, by the rule and whose floor it is): what the rules have, what is needed."""
    if (rule := find_looser(rules, floor)) is not None:
        has, needed = stated_value(rules, rule), stated_value(floor, rule)
        raise Refused(CODES[rule][whose], has=has, needed=needed)


def strictest(one: DisclosureRules, other: DisclosureRules) -> DisclosureRules:
    """Of each rule the stricter number."""
    picked = {
        rule: (min if rule in _FEWER_IS_STRICTER else max)(getattr(one, rule), getattr(other, rule))
        for rule in CODES
    }
    return DisclosureRules.model_validate(picked)
