"""Draws the ledger as one file that prints by itself: the page of the console with its style inside."""

from __future__ import annotations

from functools import partial
from importlib.resources import files

from markupsafe import Markup

from node.console.ledger_csv import ledger_facts
from node.console.ledger_pages import MOST_CONCEPTS
from node.console.site import console_pages
from node.papers.ledger import Ledger
from pages.drawing import Frame
from pages.languages import Language


def draw_ledger(ledger: Ledger, *, language: Language) -> bytes:
    """A whole HTML document that loads nothing."""
    pages = console_pages()
    style = (files("pages") / "static" / "onggi.css").read_text(encoding="utf-8")
    whole = "".join(line for line in style.splitlines(keepends=True) if not line.startswith("@font-face"))
    frame = Frame(language=language, path=f"/{language}/papers/ledger", site="site.node")
    drawn = pages.draw(
        "console/ledger_file.html",
        frame,
        ledger=ledger,
        facts=ledger_facts(ledger, partial(pages.phrases.say, language=language)),
        most_concepts=MOST_CONCEPTS,
        style=Markup(whole),  # noqa: S704 - our own style sheet, read from our own sources
    )
    return drawn.encode()
