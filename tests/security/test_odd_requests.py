"""Whatever anybody sends to any route or page, the answer is no fault, tells no inside and was declared.

A few requests for each here, many thousands in the long suite.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest
from schemathesis.core.failures import FailureGroup
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.odd_answers import check_answer, operations_of, send, try_operation, try_places
from tests.support.odd_places import odd_places
from tests.support.odd_requests import OddRequest, Site
from tests.support.odd_sites import MAKERS, NOBODY, names_of
from tests.support.odd_values import ODD_HEADERS

CASES = 2
PLACES = {"api": 250, "pages": 250, "console": 120}
"""Of how many odd values in one place each one is tried here."""
OTHER_METHODS = ("HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND")

_PARAMETER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module", params=["api", "pages", "console"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


def test_every_route_and_page_is_described(site: Site, request: pytest.FixtureRequest) -> None:
    assert set(operations_of(site)) == names_of(request.node.callspec.params["site"])


def test_no_odd_request_is_a_fault(site: Site) -> None:
    families: dict[int, int] = {}
    for operation in operations_of(site).values():
        counted = try_operation(site, operation, cases=CASES, number=1)
        assert counted.sent >= CASES, operation.label
        for family, times in counted.answered.items():
            families[family] = families.get(family, 0) + times
    assert families[2] > CASES * 5, "they get past the gate"
    assert families[4] > CASES * 5, "and are odd"


def test_no_odd_value_in_one_place_is_a_fault(site: Site, request: pytest.FixtureRequest) -> None:
    every = PLACES[request.node.callspec.params["site"]]
    counted = [try_places(site, each, every=every) for each in operations_of(site).values()]
    assert sum(each.sent for each in counted) >= 100
    assert sum(each.answered.get(2, 0) + each.answered.get(3, 0) for each in counted) >= 10


def test_no_odd_header_is_a_fault(site: Site) -> None:
    """All of them here, at one route or page in ten: most are read before any of these begins."""
    chosen = list(operations_of(site).values())[::10]
    assert {each.method for each in chosen} >= {"get", "post"}
    for operation in chosen:
        site.rewind()
        for asked in islice(odd_places(site, operation), len(ODD_HEADERS)):
            check_answer(asked, *send(site, asked))


def test_no_odd_method_is_a_fault(site: Site) -> None:
    who = next(name for name in site.senders if name != NOBODY)
    for operation, method in zip(operations_of(site).values(), cycle(OTHER_METHODS), strict=False):
        names = dict.fromkeys(_PARAMETER.findall(operation.path), "x")
        asked = OddRequest(
            operation.Case(method=method, path_parameters=names), who, dict(site.senders[who].headers), None
        )
        answer, raised = send(site, asked)
        assert (answer.status_code < 500, raised) == (True, []), (method, operation.label)


async def _fault(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("inside")


def _answers(status: int, text: str, kind: str = "text/html") -> ASGIApp:
    return Response(text, status_code=status, media_type=kind)


@pytest.mark.parametrize(
    "wrong",
    [
        ServerErrorMiddleware(_fault),
        _answers(503, "Busy"),
        _answers(418, "A teapot"),
        _answers(404, "Traceback (most recent call last):"),
        _answers(200, "<p>psycopg.errors.NumericValueOutOfRange</p>"),
        _answers(200, "<p>OverflowError: int too large</p>"),
    ],
)
def test_the_watch_itself_sees_what_is_wrong(site: Site, wrong: ASGIApp) -> None:
    failing = replace(site, app=wrong)
    asked = OddRequest(next(iter(operations_of(site).values())).Case(), NOBODY, {}, None)
    with pytest.raises((AssertionError, FailureGroup)):
        check_answer(asked, *send(failing, asked))


def test_the_watch_itself_sees_an_answer_of_another_form(tmp_path: Path) -> None:
    site = MAKERS["api"](tmp_path)
    asked = OddRequest(operations_of(site)["health"].Case(), NOBODY, {}, None)
    check_answer(asked, *send(site, asked))
    for text, kind in (('{"status": 1}', "application/json"), ('{"status": "ok"}', "text/html")):
        with pytest.raises(FailureGroup):
            check_answer(asked, *send(replace(site, app=_answers(200, text, kind)), asked))
