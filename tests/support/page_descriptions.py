"""Describes a site's pages as OpenAPI, for tests alone: the forms' fields are read from the pages themselves.

The applications describe nothing of the kind to anybody; what a page's form sends stands in its HTML.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any, Final

from fastapi import APIRouter, FastAPI

from pages.gate import routes_of
from pages.visitors import TOKEN_FIELD

Fields = dict[str, tuple[str, ...]]
"""What one form sends, by field: every value that it offers or shows."""
Names = Mapping[str, tuple[str, ...]]
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_ADDRESSES: Final = 4
ANSWERS: Final = (200, 303, 307, 400, 401, 403, 404, 409, 413, 422, 429)
"""What a page may answer at all."""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self.found.append((given["action"], defaultdict(list)))
        if tag in ("input", "textarea", "button", "option") and self.found and "name" in given:
            self.found[-1][1][given["name"]].append(given.get("value", ""))
        self._area = given.get("name", "") if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            self.found[-1][1][self._area].append(data)


def forms_of(html: str) -> Iterable[tuple[str, Fields]]:
    """Where each form of a page goes, and what it may send."""
    reader = _Forms()
    reader.feed(html)
    for action, fields in reader.found:
        yield action, {name: tuple(dict.fromkeys(values)) for name, values in fields.items()}


def addresses(path: str, names: Names) -> list[str]:
    """A page's addresses with these names: some of them, where there would be many."""
    wanted = re.findall(r"\{(\w+)\}", path)
    choices = itertools.product(*(names.get(name, ("x",)) for name in wanted))
    made = []
    for chosen in itertools.islice(choices, _MOST_ADDRESSES):
        filled = iter(chosen)
        made.append(re.sub(r"\{\w+\}", lambda _found, f=filled: next(f), path))  # type: ignore[misc]
    return made


def describe_pages(
    routers: Sequence[APIRouter],
    *,
    read: Callable[[str, str], str],
    names: Names,
) -> dict[str, Any]:
    """The description. An operation's id is its page's name.

    Args:
        read: the HTML at an address, as somebody who may open the page of this name.
        names: for the parameters of addresses.
    """
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    described: dict[str, Any] = app.openapi()
    for method, path, name in routes_of(routers):
        described["paths"][path.replace(":path}", "}")][method.lower()]["operationId"] = name
    one_language = {**names, "language": names["language"][:1]}
    forms = _find_forms(described, read, one_language)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            operation["responses"] = {str(status): {"description": ""} for status in ANSWERS}
            _add_language(path, operation)
            if method == "post":
                fields = forms.get(path, {})
                operation["requestBody"] = {"content": {_FORM: {"schema": _schema_of(fields)}}}
                operation["x-fields"] = fields
    return described


def _find_forms(
    described: dict[str, Any], read: Callable[[str, str], str], names: Names
) -> dict[str, Fields]:
    places = {path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in described["paths"]}
    found: dict[str, Fields] = {}
    for path, methods in described["paths"].items():
        if "get" not in methods:
            continue
        for address in addresses(path, names):
            for action, fields in forms_of(read(methods["get"]["operationId"], address)):
                goes_to = action.partition("?")[0]
                for place, form in places.items():
                    if form.fullmatch(goes_to):
                        _add(found.setdefault(place, {}), fields)
    return found


def _add(known: Fields, more: Fields) -> None:
    for name, values in more.items():
        known[name] = tuple(dict.fromkeys((*known.get(name, ()), *values)))


def _add_language(path: str, operation: dict[str, Any]) -> None:
    """The gate reads it from the address; no page takes it."""
    if "{language}" in path:
        schema = {"type": "string", "enum": ["en", "ko"]}
        language = {"name": "language", "in": "path", "required": True, "schema": schema}
        operation.setdefault("parameters", []).append(language)


def _schema_of(fields: Fields) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in fields if name != TOKEN_FIELD}
    return {"type": "object", "properties": properties, "additionalProperties": {"type": "string"}}
