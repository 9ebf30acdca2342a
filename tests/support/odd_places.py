"""Puts every odd value into every place of requests that would do, one place at a time: headers first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from schemathesis.schemas import APIOperation

from pages.visitors import TOKEN_FIELD
from tests.support.odd_requests import FIELDS, FORM, JSON, OddRequest, Site, likely, places
from tests.support.odd_values import ODD_HEADERS, ODD_TEXTS, TELLING_VALUES

_NONE: Mapping[str, str] = MappingProxyType({})

Body = tuple[bytes, str]
"""What is sent, and as what kind."""


def odd_places(site: Site, operation: APIOperation[Any]) -> Iterator[OddRequest]:
    """As the first who may ask; everything else in a request is as it should be."""
    described = operation.definition.raw
    who = site.senders_of(described["operationId"])[0]
    names: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for parameter in described.get("parameters", ()):
        if parameter["in"] == "path" or parameter["name"] in site.names:
            known = site.names.get(parameter["name"], ("x",))
            names.setdefault(parameter["in"], {})[parameter["name"]] = known[0]

    def ask(
        body: Body | None, place: str = "", name: str = "", odd: str = "", extra: Mapping[str, str] = _NONE
    ) -> OddRequest:
        told = {where: dict(known) for where, known in names.items()}
        if place:
            told[place][name] = odd
        content, kind = body or (None, "")
        headers = {**site.senders[who].headers, **({"Content-Type": kind} if kind else {}), **extra}
        case = operation.Case(path_parameters=told["path"], query=told["query"])
        return OddRequest(case, who, headers, content)

    bodies = list(_bodies(site, operation, site.senders[who].form_token))
    first = bodies[0] if bodies else None
    for odd_headers in ODD_HEADERS:
        yield ask(first, extra=odd_headers)
    for parameter in described.get("parameters", ()):
        if parameter["in"] in ("path", "query"):
            for odd in ODD_TEXTS[1:]:
                yield ask(first, parameter["in"], parameter["name"], odd)
    for body in bodies:
        yield ask(body)


def _bodies(site: Site, operation: APIOperation[Any], form_token: str) -> Iterator[Body]:
    """The first is as it should be."""
    described = operation.definition.raw
    for body in site.bodies.get(described["operationId"], ()):
        yield json.dumps(body).encode(), JSON
        for at in range(len(list(places([body])))):
            for odd in TELLING_VALUES:
                whole = [deepcopy(body)]
                inside, key = list(places(whole))[at]
                inside[key] = odd
                yield json.dumps(whole[0]).encode(), JSON
    if FIELDS in described:
        fields = {name: likely(site, name, offered)[0] for name, offered in described[FIELDS].items()}
        fields[TOKEN_FIELD] = form_token
        yield urlencode(fields).encode(), FORM
        for name in (each for each in fields if each != TOKEN_FIELD):
            for odd in ODD_TEXTS:
                yield urlencode({**fields, name: odd}).encode(), FORM
