"""The API as a program meets it: one study from project to result, and every way of asking wrongly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from coordinator.api.app import create_app
from coordinator.states import JobState
from onggi.protocol.checkpoint import SignedCheckpoint, cosign_checkpoint
from onggi.protocol.dsse import Envelope, add_signature
from onggi.protocol.enrolment import EnrolToken
from onggi.protocol.trust_root import read_root
from tests.support.coordinator_house import (
    PASSWORD,
    QUORUM,
    House,
    TestClient,
    furnished_house,
    house_root,
    house_spec,
    make_result,
    permit_fields,
    verdict,
)
from tests.support.federation_root import NOW, SITES, key, signed_root


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = furnished_house(tmp_path)
    yield built
    built.database.close()


def spec_json(project: str, permit: str, **changes: Any) -> Any:
    return house_spec(project, permit, **changes).model_dump(mode="json")


def signed_json(envelope: Any, who: str) -> Any:
    signed = add_signature(Envelope.model_validate(envelope), key=key(who))
    return signed.model_dump(mode="json", by_alias=True)


def test_one_study_from_project_to_result(house: House) -> None:
    login = house.ask(None, "POST", "/v1/login", json={"account": "researcher-1", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {login.json()['secret']}"}
    project = house.web.post(
        "/v1/projects", json={"title": "Heart", "purpose": "Pain"}, headers=bearer
    ).json()
    house.review(project["id"])
    draft = house.ask(
        "committee-1",
        "POST",
        "/v1/statements",
        json={"act": "project-permit", "fields": permit_fields(project["id"])},
    ).json()
    for who in QUORUM:
        waiting = house.ask(who, "GET", "/v1/statements?waiting=true").json()["items"]
        assert [one["id"] for one in waiting] == [draft["id"]]
        assert "연구과제 데이터 이용승인입니다." in waiting[0]["rendering"]
        path = f"/v1/statements/{draft['id']}/signatures"
        draft = house.ask(who, "POST", path, json=signed_json(waiting[0]["envelope"], who)).json()
    assert draft["state"] == "complete"
    spec = spec_json(project["id"], draft["id"])
    first = house.web.post("/v1/jobs", json=spec, headers=bearer)
    again = house.web.post("/v1/jobs", json=spec, headers=bearer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    job = first.json()["id"]
    house.move(job, JobState.RUNNING)
    house.services.results.record(job, make_result(), verdict(passed=False))
    turn = house.web.get(f"/v1/jobs/{job}/explain", headers=bearer).json()
    assert (turn["whose_turn"], turn["state"]) == ("output_checker", "held")
    early = house.web.get(f"/v1/jobs/{job}/result", headers=bearer)
    assert (early.status_code, early.json()["code"]) == (409, "result.not_released")
    for who in ("checker-1", "checker-2"):
        desk = house.ask(who, "GET", f"/v1/exports/{job}").json()
        assert list(desk).index("evidence") < list(desk).index("result") < list(desk).index("votes")
        ballot = house.ask(who, "POST", f"/v1/exports/{job}/ballots", json={"verdict": "approve"}).json()
        voted = house.ask(who, "POST", f"/v1/exports/{job}/votes", json=signed_json(ballot["envelope"], who))
        assert voted.status_code == 201
    result = house.web.get(f"/v1/jobs/{job}/result", headers=bearer).json()
    assert result["result"] == make_result().model_dump(mode="json")


def test_why_a_job_waits_is_told_in_words(house: House) -> None:
    project = house.project()
    strict = permit_fields(project)["bounds"] | {"minimum_persons": 20}
    job = house.submit(project, house.permit(project, bounds=strict))
    told = house.ask("researcher-1", "GET", f"/v1/jobs/{job.id}/explain").json()
    assert told["whose_turn"] == "committee"
    assert told["reason"]["code"] == "bounds.minimum_persons"
    assert told["ko"].endswith("니다.")


def test_lists_come_in_parts(house: House) -> None:
    made = [house.project() for _ in range(5)]
    seen, after = [], ""
    while True:
        part = house.ask("researcher-1", "GET", f"/v1/projects?limit=2&after={after}").json()
        seen += [one["id"] for one in part["items"]]
        if part["next"] is None:
            break
        after = part["next"]
    assert seen == sorted(made)


def test_a_repeated_request_makes_nothing_new(house: House) -> None:
    body, headers = {"title": "Heart", "purpose": "Pain"}, {"Idempotency-Key": "first-try-1"}
    first = house.ask("researcher-1", "POST", "/v1/projects", json=body, headers=headers).json()
    again = house.ask("researcher-1", "POST", "/v1/projects", json=body, headers=headers).json()
    assert first == again
    other = house.ask("researcher-1", "POST", "/v1/projects", json=body | {"title": "x"}, headers=headers)
    assert other.json()["code"] == "request.key_reused"
    anothers = house.ask("researcher-2", "POST", "/v1/projects", json=body, headers=headers).json()
    assert anothers["id"] != first["id"]


def test_the_public_log_proves_itself(house: House) -> None:
    signed = house.services.log.publish_checkpoint()
    assert house.ask(None, "GET", "/v1/log/checkpoint").status_code == 503
    for site in SITES[:2]:
        line = cosign_checkpoint(signed, name=site, key=key(site), at=house.clock()).signatures[-1]
        alone = SignedCheckpoint(checkpoint=signed.checkpoint, signatures=(line,)).render().decode()
        house.services.log.add_cosignature(alone.rstrip("\n").split("\n")[-1], size=signed.checkpoint.size)
    shown = house.ask(None, "GET", "/v1/log/checkpoint").json()
    assert SignedCheckpoint.parse(shown["checkpoint"].encode()).checkpoint == signed.checkpoint
    entries = house.ask(None, "GET", "/v1/log/entries").json()["entries"]
    assert read_root(Envelope.model_validate(entries[0]["envelope"])) == house_root()
    assert house.ask(None, "GET", "/v1/log/inclusion?index=0&size=1").json() == {"hashes": []}
    assert house.ask(None, "GET", "/v1/log/consistency?old=1&new=1").json() == {"hashes": []}
    assert house.ask(None, "GET", "/v1/log/inclusion?index=5&size=9").status_code == 404


def test_the_next_root_needs_the_old_and_the_new_quorum(house: House) -> None:
    following = house_root(version=2, issued=NOW)
    few = signed_root(following, by=("committee-1",)).model_dump(mode="json", by_alias=True)
    assert house.ask("operator-1", "POST", "/v1/federation/roots", json=few).status_code >= 400
    assert house.services.roots.get_current().version == 1
    whole = signed_root(following).model_dump(mode="json", by_alias=True)
    assert house.ask("operator-1", "POST", "/v1/federation/roots", json=whole).status_code == 201
    assert house.services.roots.get_current().version == 2
    assert len(house.ask(None, "GET", "/v1/federation/roots").json()["roots"]) == 2


def test_an_enrolment_token_is_for_a_hospital_of_the_root(house: House) -> None:
    made = house.ask("hospital-1", "POST", "/v1/hospitals/cleveland/enrolment-tokens").json()
    token = EnrolToken.parse(made["token"])
    assert (token.site, token.authority_sha256) == ("cleveland", made["authority_fingerprint"])
    assert house.ask("hospital-1", "POST", "/v1/hospitals/zurich/enrolment-tokens").status_code == 404
    assert house.ask("operator-1", "POST", "/v1/hospitals/mars/enrolment-tokens").status_code == 404
    trail = house.ask("auditor-1", "GET", "/v1/audit?subject=cleveland").json()["items"]
    assert (trail[-1]["actor"], trail[-1]["event"]) == ("hospital-1", "person:enrolment:issue")
    assert token.secret not in str(trail)


def test_an_auditor_reads_every_act_and_the_head(house: House) -> None:
    head = house.ask("auditor-1", "GET", "/v1/audit/head").json()
    listed = house.ask("auditor-1", "GET", f"/v1/audit?after={head['seq'] - 1}").json()["items"]
    assert [one["hash"] for one in listed] == [head["hash"]]


# asking wrongly


def error_of(answer: Any) -> Any:
    body = answer.json()
    assert set(body) == {"code", "cause_ko", "cause_en", "next_ko", "next_en", "facts"}
    assert all(body[field] for field in ("cause_ko", "cause_en", "next_ko", "next_en"))
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"account": 1}',
        b"\xff\xfe",
        b'{"a":' * 3000,
        b"[" * 100_000,
        b'{"account": NaN}',
    ],
)
def test_a_malformed_body_is_named_and_not_repeated(house: House, body: bytes) -> None:
    answer = house.ask(None, "POST", "/v1/login", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert error_of(answer)["code"] == "request.malformed"


def test_what_was_sent_is_not_sent_back(house: House) -> None:
    secret = "hunter2-" * 40
    answer = house.ask(None, "POST", "/v1/login", json={"account": "researcher-1", "password": secret})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_an_oversized_body_is_refused_whether_announced_or_not(house: House) -> None:
    web = TestClient(create_app(house.services, largest_request=1000), raise_server_exceptions=False)
    announced = web.post("/v1/login", content=b"x" * 2000)
    streamed = web.post("/v1/login", content=iter([b"x" * 600] * 4))
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert error_of(answer)["facts"] == {"largest": 1000}


def test_a_fault_of_ours_lets_nothing_out(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def burst(_self: object) -> int:
        raise ValueError("the inner text")

    monkeypatch.setattr(type(house.services.log), "size", burst)
    with caplog.at_level(logging.ERROR):
        answer = house.ask(None, "GET", "/v1/health")
    assert answer.status_code == 500
    assert error_of(answer)["code"] == "coordinator.fault"
    assert "inner text" not in answer.text
    assert any(
        "ValueError" in record.message for record in caplog.records if record.name == "coordinator.api"
    )


@pytest.mark.parametrize(
    "path", ["/v1/nothing", "/v1/jobs/", "/", "/docs", "/redoc", "/v1/jobs/A%00b", "/v1/jobs/x%2Fy"]
)
def test_an_address_that_does_not_exist(house: House, path: str) -> None:
    answer = house.ask("operator-1", "GET", path)
    assert answer.status_code in (404, 422)
    assert error_of(answer)["code"].startswith("request.")


FILES = {"/v1/jobs/{job}/crate": "application/zip"}


def test_the_description_names_every_answer(house: House) -> None:
    described = house.web.get("/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            good = [code for code in operation["responses"] if code.startswith("2")]
            assert good, (method, path)
            content = operation["responses"][good[0]]["content"]
            if path in FILES:
                assert list(content) == [FILES[path]]
                continue
            schema = content["application/json"]["schema"]
            assert schema, (method, path)
            assert "409" in operation["responses"], (method, path)


def test_a_token_that_ran_out_is_unknown(house: House) -> None:
    house.clock.now += timedelta(days=400)
    assert house.ask("researcher-1", "GET", "/v1/me").status_code == 401
