"""Sends odd requests to an application in this process and says what is wrong with an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.odd_places import odd_places
from tests.support.odd_requests import OddRequest, Site, odd_requests

_PATIENCE_S: Final = 120.0
_BEFORE_REWINDING: Final = 20
_CONFORMS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_INNER: Final = re.compile(
    rb"Traceback \(most recent|File \"/|\.py\", line|[A-Za-z]+(?:Error|Exception)\b[:(]"
    rb"|(?:sqlalchemy|psycopg|sqlite3|pydantic_core|starlette)\.|\[SQL|<class '"
)
"""What only a program's inside says."""
SHOW_CODE: Final = frozenset({"page_code", "page_code_file"})
"""Pages of a program's inside."""


@dataclass
class Counter:
    """How many requests were sent, by the class of their answers."""

    sent: int = 0
    answered: dict[int, int] = field(default_factory=dict)

    def count(self, answer: Response) -> None:
        family = answer.status_code // 100
        self.sent += 1
        self.answered[family] = self.answered.get(family, 0) + 1


@dataclass
class Served:
    """The application as a server runs it: what it raises after its answer is kept, not passed on."""

    app: ASGIApp
    raised: list[Exception] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("it has nothing to do at its start and end")
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            self.raised.append(error)


_served = cache(Served)  # schemathesis keeps every application that it ever asked


def operations_of(site: Site) -> dict[str, APIOperation[Any]]:
    """By the name of their route or page."""
    described = schemathesis.openapi.from_dict(site.description)
    found = [each.ok() for each in described.get_all_operations()]
    return {str(each.definition.raw["operationId"]): each for each in found}


def send(site: Site, asked: OddRequest) -> tuple[Response, list[Exception]]:
    """The answer, and what the application raised beside it."""
    served = _served(site.app)
    served.raised.clear()
    more = {} if asked.content is None else {"data": asked.content}
    answer = asked.case.call(
        app=served,
        base_url=site.address,
        headers=asked.headers,
        allow_redirects=False,
        timeout=_PATIENCE_S,
        **more,
    )
    return answer, list(served.raised)


def check_answer(asked: OddRequest, answer: Response, raised: list[Exception]) -> None:
    """Raises where the answer is a fault, tells of our inside, or is none that was declared."""
    assert not raised, (asked, raised)
    assert answer.status_code < 500, (answer.status_code, asked)
    if asked.case.operation.definition.raw["operationId"] not in SHOW_CODE:
        found = _INNER.search(answer.content)
        assert found is None, (found, asked)
    asked.case.validate_response(answer, checks=_CONFORMS)


def try_operation(site: Site, operation: APIOperation[Any], *, cases: int, number: int) -> Counter:
    """Sends that many odd requests, each of them twice, to the site as it was at first."""
    counter = Counter()

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(odd_requests(site, operation))
    def each(asked: OddRequest) -> None:
        site.rewind()
        for _ in range(2):  # whoever is in doubt whether it arrived sends it again
            answer, raised = send(site, asked)
            check_answer(asked, answer, raised)
        counter.count(answer)

    each()
    return counter


def try_places(site: Site, operation: APIOperation[Any], *, every: int = 1) -> Counter:
    """Sends requests with an odd value in one place, or every so manyth of them."""
    counter = Counter()
    for number, asked in enumerate(islice(odd_places(site, operation), 0, None, every)):
        if number % _BEFORE_REWINDING == 0:
            site.rewind()
        answer, raised = send(site, asked)
        check_answer(asked, answer, raised)
        counter.count(answer)
    return counter
