"""Text that cannot be kept, moments that no clock shows, and reviews of nothing are refused at the door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from coordinator.committee.drafts import build_act
from onggi.protocol.canonical import digest_of
from onggi.protocol.sealing import draft_statement
from onggi.spec.base import Instant
from tests.support.coordinator_house import (
    PASSWORD,
    SITES,
    House,
    furnished_house,
    house_spec,
    permit_fields,
    review_of,
)

MOMENT: TypeAdapter[Any] = TypeAdapter(Instant)
HALF = "\ud800"
BEYOND = ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0999-12-31T23:59:59Z")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = furnished_house(tmp_path)
    yield built
    built.database.close()


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("written", BEYOND)
def test_a_moment_that_utc_cannot_tell_is_none(written: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(written)


def test_the_first_and_the_last_moment_are_told_as_they_are_written() -> None:
    for written in ("1000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert MOMENT.dump_python(MOMENT.validate_python(written)) == written


@pytest.mark.parametrize("written", BEYOND)
def test_no_job_and_no_announcement_ends_at_such_a_moment(house: House, written: str) -> None:
    project = house.project()
    spec = house_spec(project, house.permit(project)).model_dump(mode="json")
    job = house.ask("researcher-1", "POST", "/v1/jobs/check", json=spec | {"expires": written})
    notice = {"korean": "점검", "english": "Work", "starts": written, "ends": "2026-12-20T09:00:00Z"}
    told = house.ask("operator-1", "POST", "/v1/announcements", json=notice)
    assert code_of(job) == code_of(told) == (422, "request.malformed")


@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        (None, "/v1/login", {"account": "researcher-1", "password": HALF}),
        (None, "/v1/account-setups", {"account": "researcher-1", "secret": HALF, "password": PASSWORD}),
        ("researcher-1", "/v1/me/password", {"old": f"a{HALF}", "new": PASSWORD}),
        ("committee-1", "/v1/statements", {"act": "revocation", "fields": {"target": HALF}}),
        ("committee-1", "/v1/statements", {"act": "revocation", "fields": {HALF: [HALF]}}),
        ("researcher-1", "/v1/projects", {"title": "x", "purpose": "\udfff"}),
        ("researcher-1", "/v1/jobs", {"project": "a\x00b"}),
        ("researcher-1", "/v1/jobs", {"\x00": {"\\": "\\\x00"}}),
    ],
)
def test_what_cannot_be_kept_is_no_text(house: House, who: str | None, path: str, body: Any) -> None:
    kind = {"Content-Type": "application/json"}
    for content in (
        json.dumps(body).encode(),
        json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass"),
    ):
        assert code_of(house.ask(who, "POST", path, content=content, headers=kind)) == (
            422,
            "request.malformed",
        )


def test_a_whole_sign_in_two_halves_and_a_spelt_out_zero_are_text(house: House) -> None:
    content = b'{"title": "\\ud83e\\udec0", "purpose": "\\\\u0000"}'
    made = house.ask(
        "researcher-1", "POST", "/v1/projects", content=content, headers={"Content-Type": "application/json"}
    )
    assert (made.status_code, made.json()["title"]) == (201, "\U0001fac0")
    assert made.json()["purpose"] == "\\u0000"


def test_a_review_of_nothing_is_refused(house: House) -> None:
    project = house.project()
    given = ("site", "dataset", "last_check", "checked_on", "conclusion")
    review = review_of(project, SITES[0]).model_dump(mode="json", include=set(given)) | {"items": []}
    answer = house.ask("committee-3", "POST", f"/v1/projects/{project}/reviews", json=review)
    assert code_of(answer) == (422, "request.malformed")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_no_database_is_asked_for_a_name_that_it_cannot_hold(tmp_path: Path, backend: str) -> None:
    house = furnished_house(tmp_path, backend=backend)
    act = build_act(
        "project-permit",
        permit_fields("a\x00b"),
        root=house.services.roots.get_current(),
        new_id=house.services.new_id,
        now=house.clock(),
    )
    written = draft_statement(act, subject=act.id, digest=digest_of(act))
    body = written.model_dump(mode="json", by_alias=True)
    answer = house.ask("committee-1", "POST", "/v1/statements/signed", json=body)
    assert code_of(answer) == (404, "project.not_found")
    house.database.close()
