"""Asks pages one by one and notes how long the server takes for each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import APIRouter

from pages.gate import routes_of
from tests.support.page_visitor import Browser

Cases = Mapping[str, tuple[str, ...]]
"""The addresses at which each page is asked for, by its name."""


@dataclass
class Slowest:
    """The slowest address of each page, by its 95th percentile in milliseconds."""

    by_page: dict[str, tuple[float, str]] = field(default_factory=dict)

    def note(self, name: str, address: str, taken: Iterable[float]) -> None:
        ordered = sorted(taken)
        p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
        self.by_page[name] = max(self.by_page.get(name, (0.0, "")), (p95, address))

    @property
    def worst(self) -> tuple[str, float, str]:
        name = max(self.by_page, key=lambda each: self.by_page[each])
        return (name, *self.by_page[name])

    def over(self, budget_ms: float) -> list[str]:
        slow = sorted(
            ((ms, name, at) for name, (ms, at) in self.by_page.items() if ms > budget_ms), reverse=True
        )
        return [f"{name} takes {ms:.0f} ms ({at})" for ms, name, at in slow]


def check_every_page_is_asked(routers: Iterable[APIRouter], cases: Cases, *, left_out: Iterable[str]) -> None:
    """Raises RuntimeError where a page has no case, or a case no page: a new page must not be forgotten."""
    pages = {name for method, _, name in routes_of(routers) if method == "GET"} - set(left_out)
    if pages != cases.keys():
        raise RuntimeError(f"pages without a case, or cases without a page: {sorted(pages ^ cases.keys())}")


def time_pages(
    cases: Cases,
    visitors: Callable[[str], Iterable[tuple[str, Browser]]],
    *,
    names: Mapping[str, str],
    turns: int,
    language: str = "ko",
) -> Slowest:
    """Each address by everybody who may see it. Raises RuntimeError for one that nobody sees."""
    slowest = Slowest()
    for name, addresses in cases.items():
        for address in addresses:
            seen = False
            for who, visitor in visitors(name):
                path = address.format(language=language, **{"who": who, **names})
                seen |= _note(slowest, visitor, name, path, turns=turns)
            if not seen:
                raise RuntimeError(f"nobody sees {address}")
    return slowest


def _note(slowest: Slowest, visitor: Browser, name: str, path: str, *, turns: int) -> bool:
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        page = visitor.get(path, follow_redirects=False)
        taken.append((time.perf_counter() - begun) * 1000)
        if page.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RuntimeError(f"{path} fails")
        if page.status >= HTTPStatus.BAD_REQUEST:
            return False
    slowest.note(name, path, taken)
    return True
