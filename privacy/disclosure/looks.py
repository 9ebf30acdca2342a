"""Remembers which disclosure rules looked at an answer, at how many numbers and with what outcome.

For the hospital's own report beside each release. A look holds a rule's code, its threshold and a number of
cells: neither a cell's name nor a value. Nothing is decided here, and where nobody listens nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """One rule that was asked once. `kept`: it did not refuse."""

    code: str
    cells: int
    threshold: int
    kept: bool


_LISTENING: ContextVar[list[Look] | None] = ContextVar("disclosure_looks", default=None)


@contextmanager
def listen_to_looks() -> Iterator[list[Look]]:
    """Every look taken inside the block, in order."""
    heard: list[Look] = []
    token = _LISTENING.set(heard)
    try:
        yield heard
    finally:
        _LISTENING.reset(token)


@contextmanager
def look(code: str, *, cells: int, threshold: int) -> Iterator[None]:
    """Around one rule: a refusal inside is the rule's own, and goes on."""
    kept = False
    try:
        yield
        kept = True
    finally:
        heard = _LISTENING.get()
        if heard is not None and cells:
            heard.append(Look(code, cells, threshold, kept))
