"""A signed statement has one text: what reads as the same in another spelling is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.demo.study import SITES
from onggi.errors import NotTrusted
from onggi.protocol.dsse import make_envelope, read_payload
from onggi.protocol.rendering import with_summary
from onggi.protocol.sealing import draft_statement, read_statement
from onggi.protocol.statements import ProjectPermit
from tests.support.federation_root import NOW, make_root
from tests.support.small_federation import permit_for

FEDERATION = make_root().federation
PERMIT = with_summary(permit_for(SITES, project="project-1", now=NOW))
DRAFT = draft_statement(PERMIT, subject=PERMIT.id, digest="sha256:" + "0" * 64)


def _written() -> dict[str, Any]:
    value = read_payload(DRAFT)
    assert isinstance(value, dict)
    return value


def _read(value: object) -> ProjectPermit:
    return read_statement(make_envelope(value), ProjectPermit, federation=FEDERATION)


def _renamed(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        value[new] = value.pop(old)

    return change


def _said(name: str, spelling: object, *, inside: str | None = None) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        place = value["predicate"] if inside is None else value["predicate"][inside]
        assert name in place
        place[name] = spelling

    return change


SPELLINGS: dict[str, Callable[[dict[str, Any]], None]] = {
    "our name of a field": _renamed("_type", "type_"),
    "no type at all": lambda value: value.pop("_type"),
    "offset of a date": _said("issued", PERMIT.issued.strftime("%Y-%m-%dT%H:%M:%S+00:00")),
    "fraction of a second": _said("issued", PERMIT.issued.strftime("%Y-%m-%dT%H:%M:%S.25Z")),
    "date as a number": _said("issued", int(PERMIT.issued.timestamp())),
    "word for true": _said("exact_counts", "yes"),
    "number as text": _said("minimum_sites", "3", inside="bounds"),
}


def test_what_was_drafted_is_read() -> None:
    assert _read(_written()) == PERMIT


@pytest.mark.parametrize("name", SPELLINGS)
def test_another_spelling_of_the_same_statement_is_refused(name: str) -> None:
    value = _written()
    SPELLINGS[name](value)
    with pytest.raises(NotTrusted) as refused:
        _read(value)
    assert refused.value.code == "statement.malformed"


def test_a_field_that_an_older_signer_did_not_know_is_its_default() -> None:
    value = _written()
    assert value["predicate"].pop("export_without_vote") is False
    assert _read(value) == PERMIT
