"""Builds pages and drawings of elements: text is always written as text, whoever typed it."""

from __future__ import annotations

import html
from typing import Final

from onggi.report.plain_text import plain_text

_VOID: Final = frozenset({"meta", "br"})
_NO_LETTERS: Final = str.maketrans("", "", "\ufffe\uffff")
"""Not even a reference may name them in XML."""


class Markup(str):
    """Text that is markup already, made here and nowhere else."""

    __slots__ = ()


def text(content: str) -> Markup:
    """Somebody's text, escaped, without signs that turn it around, hide it or end the document."""
    return Markup(html.escape(plain_text(content).translate(_NO_LETTERS), quote=True))


def element(name: str, /, *content: str, **attributes: str | float | None) -> Markup:
    """``element("td", "5 < 6", class_="number")``: an attribute of None is left out.

    Underscores of attribute names are hyphens, the last one apart; numbers have at most two decimals.
    """
    told = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{told}>")
    inner = joined(*content)
    return Markup(f"<{name}{told}>{inner}</{name}>")


def joined(*content: str) -> Markup:
    """One after the other; what is not markup is escaped."""
    return Markup("".join(each if isinstance(each, Markup) else text(each) for each in content))


def own_style(rules: str) -> Markup:
    """Our own style sheet. Never call it with anything that comes from elsewhere."""
    return Markup(f"<style>{rules}</style>")


def drawn_here(drawing: str) -> Markup:
    """A drawing of `draw_svg`, whose text is escaped already. Never call it with anything else."""
    return Markup(drawing)


def _attribute(value: str | float) -> str:
    return text(value) if isinstance(value, str) else short_number(value)


def short_number(value: float) -> str:
    """Two decimals at most, and one spelling for each: 0, not -0."""
    told = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if told == "-0" else told
