"""The benchmarks of pages ask every page, and say so where one is forgotten."""

from __future__ import annotations

import pytest
from fastapi import APIRouter

from benchmarks.many import console_pages, coordinator_pages
from benchmarks.many.full_console import full_console
from benchmarks.many.full_coordinator import Sizes, full_coordinator
from benchmarks.many.timed_pages import Slowest, check_every_page_is_asked
from coordinator.pages.site import ROUTERS as COORDINATOR
from node.console.site import ROUTERS as CONSOLE

FEW = Sizes(
    jobs=120,
    datasets=8,
    projects=6,
    drafts=10,
    exports=40,
    applications=54,
    meetings=20,
    reviews=8,
    messages=40,
    accounts=6,
    account_requests=6,
    announcements=10,
    nodes=6,
    organisations=3,
)


def test_every_page_of_the_coordinator_is_asked_and_answers() -> None:
    with full_coordinator(FEW, backend="sqlite") as full:
        taken = coordinator_pages.time_coordinator(full, turns=1)
    assert taken.by_page.keys() == coordinator_pages.cases().keys()


def test_every_page_of_the_console_is_asked_and_answers() -> None:
    with full_console(runs=20, releases=40) as full:
        pages, papers = console_pages.time_console(full, turns=1)
    assert pages.by_page.keys() | papers.by_page.keys() == console_pages.CASES.keys()
    assert papers.by_page.keys() == console_pages.OF_WHOLE_BOOKS


def test_a_page_that_has_no_case_stops_the_benchmark() -> None:
    router = APIRouter()
    router.get("/{language}/new", name="page_new")(lambda: "new")
    with pytest.raises(RuntimeError, match="page_new"):
        check_every_page_is_asked(
            (*COORDINATOR, router), coordinator_pages.cases(), left_out=coordinator_pages.LEFT_OUT
        )
    cases = {name: at for name, at in console_pages.CASES.items() if name != "console_home"}
    with pytest.raises(RuntimeError, match="console_home"):
        check_every_page_is_asked(CONSOLE, cases, left_out=console_pages.LEFT_OUT)


def test_the_slowest_page_is_told_with_its_address() -> None:
    slowest = Slowest()
    slowest.note("quick", "/quick", [1.0] * 20)
    slowest.note("slow", "/slow", [*[2.0] * 18, 250.0, 900.0])
    slowest.note("slow", "/other", [3.0] * 20)
    assert slowest.worst == ("slow", 250.0, "/slow"), "one look of twenty may be slower"
    assert slowest.over(200) == ["slow takes 250 ms (/slow)"]
