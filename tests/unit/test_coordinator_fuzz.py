"""Whatever is sent to any route by anybody, the answer is never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from coordinator.api.app import ROUTERS
from coordinator.audit.trail import check_chain
from onggi.protocol.canonical import canonical_json
from pages.gate import routes_of
from tests.support.coordinator_house import House, furnished_house, house_spec, permit_fields

WHO = ("researcher-1", "committee-1", "checker-1", "hospital-1", "operator-1", "auditor-1")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.text(max_size=30) | st.sampled_from(
    ["\x00", "..", "a" * 5000, "job-00000001", "-1", "9" * 40, "\ud800"]
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = furnished_house(tmp_path_factory.mktemp("fuzz"), backend=request.param)
    yield built
    with built.database.reading() as session:
        check_chain(session)
    built.database.close()


def _bodies(house: House, draw: Any) -> Any:
    """Wild JSON, or something that is nearly right."""
    envelope = {"payload": "AAAA", "payloadType": "application/vnd.in-toto+json", "signatures": []}
    nearly = draw(
        st.sampled_from(
            [
                house_spec("project-1", "permit-1").model_dump(mode="json"),
                {"act": "project-permit", "fields": permit_fields("project-1")},
                {"act": "revocation", "fields": {"what": "job", "target": "job-00000001", "reason": "x"}},
                envelope,
                {"title": "x", "purpose": "y"},
                {"verdict": "approve"},
                {"account": "researcher-9", "password": "p"},
                {
                    "id": "x-1",
                    "organisation": "university-1",
                    "roles": ["researcher"],
                    "country_of_access": "KR",
                },
            ]
        )
    )
    if draw(st.booleans()):
        return draw(JSON)
    spoilt = dict(nearly)
    for name in draw(st.lists(st.sampled_from(sorted(nearly)), max_size=2)):
        spoilt[name] = draw(JSON)
    return spoilt


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_request_is_a_fault_of_ours(house: House, data: st.DataObject) -> None:
    draw = data.draw
    method, path, name = draw(st.sampled_from(list(routes_of(ROUTERS))))
    assume(name not in ("logout", "account_close"))  # they would lock the sender out of all later examples
    for part in [one for one in path.split("/") if one.startswith("{")]:
        path = path.replace(part, quote(draw(WORDS).encode("utf-8", "replace"), safe=""))
    parameters = {
        key: draw(WORDS | st.integers().map(str)).encode("utf-8", "replace")
        for key in draw(
            st.sets(
                st.sampled_from(
                    ["after", "limit", "start", "index", "size", "old", "new", "state", "subject", "waiting"]
                ),
                max_size=3,
            )
        )
    }
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in parameters.items())
    content = None
    if method in ("POST", "PUT"):
        content = _encode(_bodies(house, draw))
    who = draw(st.sampled_from(WHO))
    answer = house.ask(
        who, method, f"{path}?{query}", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code != 500, (method, path, query, content)
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "cause_ko", "cause_en", "next_ko", "next_en", "facts"}


def _encode(value: Any) -> bytes:
    # As liberal senders do: NaN, lone surrogates and huge numbers included.
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "cohort",
    [
        {"deep": "x"},
        {"number": 10**400},
        {"text": "\x00"},
        {"nested": [[[[[[[["x"]]]]]]]]},
    ],
)
def test_odd_cohorts_are_refused_or_kept_and_never_a_fault(house: House, cohort: dict[str, Any]) -> None:
    project = house.project()
    permit = house.permit(project)
    spec = house_spec(project, permit).model_dump(mode="json") | {"cohort": cohort}
    answer = house.ask(
        "researcher-1",
        "POST",
        "/v1/jobs",
        content=_encode(spec),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (201, 400, 409, 422)
    if answer.status_code == 201:
        kept = house.services.jobs.get(answer.json()["id"])
        assert canonical_json(kept.spec.cohort) == canonical_json(cohort)
