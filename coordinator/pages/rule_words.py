"""Tells what a disclosure rule asks, in the reader's language; the verdict keeps its short English name."""

from __future__ import annotations

from markupsafe import Markup

from onggi.report.rule_words import find_rule_words
from onggi.report.shown_values import said
from pages.visit import Visit


def told_rule(visit: Visit, name: str) -> str:
    """A name that has no words is shown as it stands."""
    words = find_rule_words(name)
    return Markup("<code>{}</code>").format(name) if words is None else said(words, visit.language)
