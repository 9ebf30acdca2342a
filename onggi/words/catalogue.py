"""Gathers every area's words into one catalogue and renders them with an error's facts."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Literal

import onggi.words as _package
from onggi.errors import NotTrusted, OnggiError, Unreachable
from onggi.words.entry import Words

Language = Literal["ko", "en"]
_NOT_AREAS = {"__main__", "catalogue", "entry"}


class _Facts(dict[str, object]):
    """Shows an absent fact as an ellipsis: a missing detail must never hide the cause."""

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def all_words() -> MappingProxyType[str, Words]:
    """Every code's words. Raises RuntimeError when two areas claim one code."""
    merged: dict[str, Words] = {}
    for found in pkgutil.iter_modules(_package.__path__):
        if found.name in _NOT_AREAS:
            continue
        area: dict[str, Words] = importlib.import_module(f"{_package.__name__}.{found.name}").WORDS
        if twice := merged.keys() & area.keys():
            raise RuntimeError(f"codes with words in two places: {sorted(twice)}")
        merged |= area
    return MappingProxyType(merged)


def find_words(code: str) -> Words | None:
    """The words of a code, or None where it has none."""
    return all_words().get(code)


def public_words(error: OnggiError, language: Language) -> tuple[str, str]:
    """(cause, next act) for a person. An unknown code is shown as itself rather than hidden."""
    words = find_words(error.code)
    if words is None:
        return str(error), ""
    facts = _Facts(error.facts)
    cause, following = (words.ko, words.next_ko) if language == "ko" else (words.en, words.next_en)
    return cause.format_map(facts), following.format_map(facts)


def http_status(error: OnggiError) -> int:
    """The HTTP status of a refusal: its words', else that of its kind."""
    words = find_words(error.code)
    if words is not None:
        return words.status
    match error:
        case NotTrusted():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case Unreachable():
            return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.CONFLICT
