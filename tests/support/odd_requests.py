"""Draws odd requests to a described application: schemathesis's own, and real ones that were spoilt.

What schemathesis makes of a description alone seldom gets past "not found", so that names of objects that
are there, and bodies and forms that would do, are mixed in and spoilt in a few places.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from starlette.types import ASGIApp

from pages.visitors import TOKEN_FIELD
from tests.support.odd_values import ODD_BODIES, ODD_HEADERS, ODD_KINDS, ODD_TEXTS, ODD_VALUES

FIELDS: Final = "x-fields"
"""Under which a page's description has the fields of its form."""
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
_MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(frozen=True)
class Sender:
    """Who asks: what carries the sign-in, and the token that forms of theirs carry."""

    headers: Mapping[str, str]
    form_token: str = ""


@dataclass(frozen=True, repr=False)
class Site:
    """One application with something of everything in it.

    Args:
        description: its OpenAPI; operations have the names of routes or pages.
        senders: everybody, by name; the empty name is nobody's.
        senders_of: who may ask an operation.
        names: of objects that are there, by the name of the path's parameter.
        rewind: puts everything back as it was.
        bodies: what would do, by operation; the pages' forms stand in their description.
        typed: what a person would type into a form's field of this name.
    """

    app: ASGIApp
    address: str
    description: dict[str, Any]
    senders: Mapping[str, Sender]
    senders_of: Callable[[str], tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    rewind: Callable[[], None]
    bodies: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class OddRequest:
    """One request. `content`: its body where schemathesis does not hold it."""

    case: Case[Any]
    who: str
    headers: dict[str, str]
    content: bytes | None


def odd_requests(site: Site, operation: APIOperation[Any]) -> st.SearchStrategy[OddRequest]:
    """Requests to one operation. Schemathesis makes each; by its number it is then mixed and spoilt."""
    made = st.one_of([operation.as_strategy(mode) for mode in _MODES])
    return st.builds(
        lambda case, number: _mixed(site, case, Random(f"{operation.label} {number}")),
        made,
        st.integers(0, 2**32),
    )


def _mixed(site: Site, made: Case[Any], chance: Random) -> OddRequest:
    operation, described = made.operation, made.operation.definition.raw
    name = str(described["operationId"])
    allowed = site.senders_of(name)
    who = chance.choice(allowed if chance.random() < 0.8 else tuple(site.senders))
    headers = dict(site.senders[who].headers)
    content, kind = _content(site, made, site.senders[who], chance)
    if kind is not None:
        headers["Content-Type"] = kind
    if chance.random() < 0.1:
        headers |= chance.choice(ODD_HEADERS)
    # Made anew rather than changed: what it knows of its own making would no longer be so.
    case = operation.Case(
        path_parameters={
            each: _in_path(site, each, value, chance) for each, value in (made.path_parameters or {}).items()
        },
        query={each: _in_query(site, each, value, chance) for each, value in (made.query or {}).items()},
        headers=dict(made.headers or {}),
        cookies=dict(made.cookies or {}),
        body=made.body,
        media_type=made.media_type,
    )
    return OddRequest(case, who, headers, content)


def _in_path(site: Site, parameter: str, made: Any, chance: Random) -> Any:
    if chance.random() < 0.75:
        return chance.choice(site.names.get(parameter, (made,)))
    return made if chance.random() < 0.5 else chance.choice(ODD_TEXTS[1:])


def _in_query(site: Site, parameter: str, made: Any, chance: Random) -> Any:
    drawn = chance.random()
    if drawn < 0.2:
        return chance.choice(ODD_TEXTS)
    return chance.choice(site.names[parameter]) if drawn < 0.6 and parameter in site.names else made


def _content(site: Site, made: Case[Any], sender: Sender, chance: Random) -> tuple[bytes | None, str | None]:
    """A body in place of schemathesis's, or None; and the kind that goes with it."""
    described = made.operation.definition.raw
    if chance.random() < (0.1 if "requestBody" in described else 0.3):
        return chance.choice(ODD_BODIES), chance.choice(ODD_KINDS)
    if FIELDS in described:
        return _form(site, described[FIELDS], made.body, sender, chance), FORM
    near = site.bodies.get(described["operationId"], ())
    if near and chance.random() < 0.8:
        # As liberal senders write it: NaN, halves of signs and huge numbers included.
        return json.dumps(_spoilt(chance.choice(near), chance)).encode(), JSON
    return None, None


def _spoilt(value: Any, chance: Random) -> Any:
    """The value with up to two places of it replaced, left out or added to."""
    whole = [deepcopy(value)]
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        inside, key = chance.choice(list(places(whole)))
        odd, act = deepcopy(chance.choice(ODD_VALUES)), chance.choice(("replace", "replace", "remove", "add"))
        if act == "remove" and inside is not whole:
            del inside[key]
        elif act == "add" and isinstance(inside[key], dict):
            inside[key][chance.choice(("", "x", "id", "\x00"))] = odd
        elif act == "add" and isinstance(inside[key], list):
            inside[key].append(odd)
        else:
            inside[key] = odd
    return whole[0]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(what holds it, its key or index) of everything inside."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def _form(
    site: Site, fields: Mapping[str, tuple[str, ...]], made: Any, sender: Sender, chance: Random
) -> bytes:
    """A form as its page would send it, as schemathesis would, or nearly so; mostly with its token."""
    pairs: list[tuple[str, str]] = []
    if isinstance(made, dict) and chance.random() < 0.3:
        pairs = [(_encodable(name), _encodable(value)) for name, value in made.items()]
    else:
        for name, offered in fields.items():
            if name != TOKEN_FIELD:
                pairs += [(name, value) for value in _entries(site, name, offered, chance)]
    for _ in range(chance.choice((0, 0, 0, 1, 2)) if pairs else 0):
        at = chance.randrange(len(pairs))
        pairs[at] = (pairs[at][0], chance.choice(ODD_TEXTS))
    token = sender.form_token if chance.random() < 0.95 else chance.choice(ODD_TEXTS)
    return urlencode([(TOKEN_FIELD, token), *pairs]).encode()


def _entries(site: Site, name: str, offered: tuple[str, ...], chance: Random) -> list[str]:
    """What is entered into one field: something that may do, more than one of it, or nothing."""
    values = likely(site, name, offered)
    if chance.random() < 0.8:
        return [chance.choice(values)]
    return [chance.choice(values) for _ in range(chance.randrange(4))]


def likely(site: Site, name: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """What a person would enter into a field of this name."""
    shown = tuple(value for value in offered if value.strip())
    return (*shown, *site.typed.get(name, ()), *site.names.get(name, ())) or ("x",)


def _encodable(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()
