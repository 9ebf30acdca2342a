"""Tells what a disclosure rule asks, in the reader's language; the verdict keeps its short English name."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

from pages.visit import Visit

_AT_LEAST: Final = re.compile(r"at least (\d+) persons")
_NAMES: Final = {
    "no person is counted": "rule_name.nobody_counted",
    "cells under the threshold": "rule_name.cells",
    "steps of curves": "rule_name.steps",
    "residual degrees of freedom": "rule_name.degrees",
}


def told_rule(visit: Visit, name: str) -> str:
    """A name that has no words here is shown as it stands."""
    if found := _AT_LEAST.fullmatch(name):
        return visit.say("rule_name.at_least", minimum=found[1])
    if name in _NAMES:
        return visit.say(_NAMES[name])
    return Markup("<code>{}</code>").format(name)
